use std::borrow::Cow;

/// The text of a JSON string that is all of `literal`, white space behind it apart; `None` if it is not just that.
///
/// A lone surrogate becomes U+FFFD.
pub(super) fn text(literal: &[u8]) -> Option<Cow<'_, [u8]>> {
    let inside = literal
        .trim_ascii_end()
        .strip_prefix(b"\"")?
        .strip_suffix(b"\"")?;
    let stops = |byte: &u8| matches!(byte, b'\\' | b'"' | 0..0x20);
    let Some(first) = inside.iter().position(stops) else {
        return Some(Cow::Borrowed(inside));
    };
    let mut text = Vec::with_capacity(inside.len());
    text.extend_from_slice(&inside[..first]);
    let mut rest = &inside[first..];
    while let [byte, behind @ ..] = rest {
        if *byte != b'\\' {
            return None;
        }
        rest = escape(behind, &mut text)?;
        let plain = rest.iter().position(stops).unwrap_or(rest.len());
        text.extend_from_slice(&rest[..plain]);
        rest = &rest[plain..];
    }
    Some(Cow::Owned(text))
}

/// Reads what follows a backslash; gives what follows that.
fn escape<'a>(rest: &'a [u8], text: &mut Vec<u8>) -> Option<&'a [u8]> {
    let (kind, rest) = rest.split_first()?;
    let byte = match kind {
        b'"' | b'\\' | b'/' => *kind,
        b'b' => 0x08,
        b'f' => 0x0C,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'u' => return unicode(rest, text),
        _ => return None,
    };
    text.push(byte);
    Some(rest)
}

fn unicode<'a>(rest: &'a [u8], text: &mut Vec<u8>) -> Option<&'a [u8]> {
    let (unit, rest) = hex(rest)?;
    let pair = match rest {
        [b'\\', b'u', low @ ..] => hex(low).filter(|(low, _)| (0xDC00..0xE000).contains(low)),
        _ => None,
    };
    let (scalar, rest) = match (unit, pair) {
        (0xD800..0xDC00, Some((low, rest))) => (
            0x1_0000 + ((u32::from(unit) - 0xD800) << 10) + (u32::from(low) - 0xDC00),
            rest,
        ),
        _ => (unit.into(), rest),
    };
    let scalar = char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER);
    text.extend_from_slice(scalar.encode_utf8(&mut [0; 4]).as_bytes());
    Some(rest)
}

fn hex(rest: &[u8]) -> Option<(u16, &[u8])> {
    let (digits, rest) = rest.split_at_checked(4)?;
    let mut unit = 0;
    for digit in digits {
        unit = unit << 4 | u16::try_from(char::from(*digit).to_digit(16)?).ok()?;
    }
    Some((unit, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_what_is_not_one_string() {
        for literal in [
            "\"",
            "\"a",
            "\"a\"b\"",
            "\"a\\\"",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\u12g4\"",
            "\"\n\"",
            "\"\\",
        ] {
            assert_eq!(text(literal.as_bytes()), None, "{literal}");
        }
    }

    #[test]
    fn puts_a_mark_where_a_surrogate_is_alone() {
        for literal in [r#""\ud800""#, r#""\udc00""#] {
            assert_eq!(text(literal.as_bytes()).unwrap(), "\u{fffd}".as_bytes());
        }
        assert_eq!(
            text(br#""\ud800\ud83d\ude00""#).unwrap(),
            "\u{fffd}\u{1f600}".as_bytes()
        );
    }

    proptest! {
        #[test]
        fn reads_what_serde_json_writes(given in ".*") {
            let literal = serde_json::to_string(&given).unwrap();
            prop_assert_eq!(text(literal.as_bytes()).unwrap(), given.as_bytes());
        }
    }
}
