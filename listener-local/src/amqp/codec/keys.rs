//! Symbols where a client writes strings.
//!
//! The keys of an error's info are symbols (AMQP 1.0, 2.8.14 and 2.8.15). rhea, on which Azure's library for JavaScript
//! stands, writes strings, and each dead-lettering of that library has such an info. Both are encoded alike but for
//! their constructors.

use super::scan::value_length;

/// Makes symbols of the keys of the info in the error of a rejection, if the disposition has one.
pub(super) fn make_symbols(disposition: &mut [u8]) {
    if let Some((mut at, count)) = info(disposition) {
        for index in 0..count {
            let Some(Ok(length)) = disposition.get(at..).map(value_length) else {
                return;
            };
            let constructor = &mut disposition[at];
            if index % 2 == 0 {
                *constructor = match *constructor {
                    0xa1 => 0xa3,
                    0xb1 => 0xb3,
                    other => other,
                };
            }
            at += length;
        }
    }
}

/// Where the items of the info begin, and how many keys and values there are.
fn info(bytes: &[u8]) -> Option<(usize, u32)> {
    let state = item(bytes, described(bytes, 0, 0x15)?, 4)?;
    let error = item(bytes, described(bytes, state, 0x25)?, 0)?;
    let info = item(bytes, described(bytes, error, 0x1d)?, 2)?;
    items(bytes, info, [0xc1, 0xd1])
}

/// Where the value behind this descriptor begins.
fn described(bytes: &[u8], at: usize, code: u8) -> Option<usize> {
    let rest = bytes.get(at..)?;
    rest.starts_with(&[0x00, 0x53, code]).then_some(at + 3)
}

/// Where an item of a list begins.
fn item(bytes: &[u8], list: usize, index: u32) -> Option<usize> {
    let (mut at, count) = items(bytes, list, [0xc0, 0xd0])?;
    for _ in 0..index {
        at += value_length(bytes.get(at..)?).ok()?;
    }
    (index < count).then_some(at)
}

/// Where the items of a list or map begin, and how many there are.
fn items(bytes: &[u8], at: usize, [short, long]: [u8; 2]) -> Option<(usize, u32)> {
    match *bytes.get(at..)? {
        [code, _, count, ..] if code == short => Some((at + 3, count.into())),
        [code, _, _, _, _, a, b, c, d, ..] if code == long => {
            Some((at + 9, u32::from_be_bytes([a, b, c, d])))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use fe2o3_amqp_types::{messaging::DeliveryState, performatives::Disposition};
    use serde_amqp::{Value, primitives::Symbol};

    use super::make_symbols;

    /// What rhea writes for a dead-lettering: `DeadLetterReason` is a string, `step` has a value that is none.
    fn rejection() -> Vec<u8> {
        let mut info = vec![0xc1, 0, 4, 0xa1, 16];
        info.extend(b"DeadLetterReason");
        info.extend([0xa1, 3]);
        info.extend(b"why");
        info.extend([0xa1, 4]);
        info.extend(b"step");
        info.extend([0x54, 4]);
        info[1] = u8::try_from(info.len() - 2).unwrap();
        let mut error = vec![0x00, 0x53, 0x1d, 0xc0, 0, 3, 0xa3, 25];
        error.extend(b"com.microsoft:dead-letter");
        error.push(0x40);
        error.extend(info);
        error[4] = u8::try_from(error.len() - 5).unwrap();
        let mut state = vec![0x00, 0x53, 0x25, 0xc0, 0, 1];
        state.extend(error);
        state[4] = u8::try_from(state.len() - 5).unwrap();
        let mut disposition = vec![0x00, 0x53, 0x15, 0xc0, 0, 5, 0x41, 0x43, 0x43, 0x42];
        disposition.extend(state);
        disposition[4] = u8::try_from(disposition.len() - 5).unwrap();
        disposition
    }

    #[test]
    fn strings_become_symbols_and_nothing_else_changes() {
        let mut bytes = rejection();
        assert!(serde_amqp::from_slice::<Disposition>(&bytes).is_err());
        make_symbols(&mut bytes);
        let disposition: Disposition = serde_amqp::from_slice(&bytes).unwrap();
        let Some(DeliveryState::Rejected(rejected)) = disposition.state else {
            panic!("{disposition:?}");
        };
        let info = rejected.error.unwrap().info.unwrap();
        let reason = info.get(&Symbol::from("DeadLetterReason"));
        assert_eq!(reason, Some(&Value::String("why".to_owned())));
        assert_eq!(info.get(&Symbol::from("step")), Some(&Value::Int(4)));
    }

    #[test]
    fn what_is_cut_or_something_else_is_left_alone() {
        let whole = rejection();
        for length in 0..whole.len() {
            make_symbols(&mut whole[..length].to_vec());
        }
        let mut flow = whole;
        flow[2] = 0x13;
        let before = flow.clone();
        make_symbols(&mut flow);
        assert_eq!(flow, before);
    }
}
