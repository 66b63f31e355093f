use std::borrow::Cow;

/// The start of a .NET binary string: an element `string` of Microsoft's serialisation namespace ([MC-NBFX] 2.2.1.1,
/// 2.2.2.3).
pub(super) const START: &[u8] =
    b"\x40\x06string\x08\x33http://schemas.microsoft.com/2003/10/Serialization/";

/// The text of a .NET binary string that is all of `body`; `None` if it is not just that.
pub(super) fn text(body: &[u8]) -> Option<Cow<'_, [u8]>> {
    let mut rest = body.strip_prefix(START)?;
    let mut text = Cow::Borrowed(&[][..]);
    let mut ended = false;
    while let Some((&record, behind)) = rest.split_first() {
        if ended {
            return None;
        }
        // The low bit of a text record ends the element ([MC-NBFX] 2.2.3.1); so does a record of its own.
        ended = record & 1 == 1;
        let (length, behind) = match record & !1 {
            0x00 if ended => (0, behind),
            0xA8 => (0, behind),
            0x98 | 0xB6 => length::<1>(behind)?,
            0x9A | 0xB8 => length::<2>(behind)?,
            0x9C | 0xBA => length::<4>(behind)?,
            _ => return None,
        };
        let (piece, behind) = behind.split_at_checked(length)?;
        if record >= 0xB6 {
            text.to_mut().extend_from_slice(utf_16(piece)?.as_bytes());
        } else if text.is_empty() {
            text = Cow::Borrowed(piece);
        } else {
            text.to_mut().extend_from_slice(piece);
        }
        rest = behind;
    }
    ended.then_some(text)
}

fn length<const N: usize>(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (length, rest) = bytes.split_at_checked(N)?;
    let length = length
        .iter()
        .rev()
        .fold(0_u32, |sum, &byte| sum << 8 | u32::from(byte));
    Some((usize::try_from(length).ok()?, rest))
}

fn utf_16(bytes: &[u8]) -> Option<String> {
    let (units, []) = bytes.as_chunks::<2>() else {
        return None;
    };
    char::decode_utf16(units.iter().copied().map(u16::from_le_bytes))
        .collect::<Result<_, _>>()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn string(records: &[&[u8]]) -> Vec<u8> {
        [START, &records.concat()].concat()
    }

    #[test]
    fn joins_records_of_all_kinds() {
        for (records, expected) in [
            (&[&b"\x99\x02{}"[..]][..], "{}"),
            (&[b"\x98\x02{}", b"\x01"], "{}"),
            (&[b"\x9b\x02\0{}"], "{}"),
            (&[b"\x9d\x02\0\0\0{}"], "{}"),
            (
                &[
                    b"\x98\x01{",
                    b"\x98\0",
                    b"\x9a\x02\0\"\"",
                    b"\xa8",
                    b"\xb7\x02}\0",
                ],
                "{\"\"}",
            ),
            (&[b"\xa9"], ""),
            (&[b"\x01"], ""),
            (&[b"\x98\0", b"\x01"], ""),
        ] {
            assert_eq!(
                text(&string(records)).as_deref(),
                Some(expected.as_bytes()),
                "{records:?}"
            );
        }
    }

    #[test]
    fn refuses_what_is_not_just_a_string() {
        for records in [
            &[][..],
            &[&b"\x98\x02{}"[..]],
            &[b"\x99\x03{}"],
            &[b"\x9b\x02"],
            &[b"\x99\x02{}", b"\x01"],
            &[b"\x40\x01a"],
            &[b"\xb7\x01}"],
            &[b"\xb7\x02\0\xd8"],
            &[b"\x9d\xff\xff\xff\xff"],
        ] {
            assert_eq!(text(&string(records)), None, "{records:?}");
        }
    }
}
