//! The sections of a message, as far as one is left out (AMQP 1.0, 3.2).

use bytes::Bytes;

/// The message without its header and properties (AMQP 1.0, 3.2.1 and 3.2.4), which both tell how long it lives.
pub(crate) fn timeless(payload: &[u8]) -> Bytes {
    let (mut kept, mut rest) = (Vec::new(), payload);
    while let Some((section, behind)) = first_section(rest) {
        if !matches!(section[2], 0x70 | 0x73) {
            kept.extend_from_slice(section);
        }
        rest = behind;
    }
    kept.extend_from_slice(rest);
    kept.into()
}

/// The first section, if it is one of those before the body.
fn first_section(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = match *bytes {
        [0x00, 0x53, 0x70..=0x74, 0x45, ..] => 4,
        [0x00, 0x53, 0x70..=0x74, 0xc0 | 0xc1, size, ..] => 5 + usize::from(size),
        [0x00, 0x53, 0x70..=0x74, 0xd0 | 0xd1, a, b, c, d, ..] => {
            8 + usize::try_from(u32::from_be_bytes([a, b, c, d])).ok()?
        }
        _ => return None,
    };
    bytes.split_at_checked(length)
}
