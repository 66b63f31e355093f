//! Text as DataContractJsonSerializer of the .NET Framework escapes it.

/// How many bytes are looked at together; the compiler makes vector instructions of it.
const BLOCK: usize = 16;

/// Writes a JSON string with its quotes.
pub(super) fn string(out: &mut Vec<u8>, text: &str) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = next_special(bytes, at) {
        match escape(&bytes[found..]) {
            Some((escape, len)) => {
                out.extend_from_slice(&bytes[copied..found]);
                match escape {
                    Escape::Backslash(byte) => out.extend_from_slice(&[b'\\', byte]),
                    Escape::Unit(unit) => unicode(out, unit),
                    Escape::Pair(scalar) => {
                        let mut units = [0; 2];
                        for unit in scalar.encode_utf16(&mut units) {
                            unicode(out, *unit);
                        }
                    }
                }
                at = found + len;
                copied = at;
            }
            None => at = found + 1,
        }
    }
    out.extend_from_slice(&bytes[copied..]);
    out.push(b'"');
}

enum Escape {
    Backslash(u8),
    Unit(u16),
    Pair(char),
}

/// Whether a character that begins with this byte may have to be escaped.
const fn is_special(byte: u8) -> bool {
    byte < b' '
        || byte == b'"'
        || byte == b'\\'
        || byte == b'/'
        || byte == 0xC2
        || byte == 0xE2
        || byte >= 0xEF
}

/// `is_special` as a table, for the bytes behind the last block.
static SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        special[byte] = is_special(byte as u8);
        byte += 1;
    }
    special
};

fn next_special(bytes: &[u8], mut at: usize) -> Option<usize> {
    while let Some(block) = bytes.get(at..at + BLOCK) {
        if block
            .iter()
            .fold(false, |any, &byte| any | is_special(byte))
        {
            break;
        }
        at += BLOCK;
    }
    bytes[at..]
        .iter()
        .position(|&byte| SPECIAL[usize::from(byte)])
        .map(|found| at + found)
}

/// The escape of the character at the start of `bytes`, if it has one, and the character's length in bytes.
fn escape(bytes: &[u8]) -> Option<(Escape, usize)> {
    match *bytes {
        [byte @ (b'"' | b'\\' | b'/'), ..] => Some((Escape::Backslash(byte), 1)),
        [byte @ 0..0x20, ..] => Some((Escape::Unit(byte.into()), 1)),
        [0xC2, 0x85, ..] => Some((Escape::Unit(0x85), 2)),
        [0xE2, 0x80, last @ (0xA8 | 0xA9), ..] => {
            Some((Escape::Unit(0x2028 + u16::from(last - 0xA8)), 3))
        }
        [0xEF, 0xBF, last @ (0xBE | 0xBF), ..] => {
            Some((Escape::Unit(0xFFFE + u16::from(last - 0xBE)), 3))
        }
        [0xF0..=0xFF, ..] => {
            let scalar = std::str::from_utf8(bytes.get(..4)?).ok()?.chars().next()?;
            Some((Escape::Pair(scalar), 4))
        }
        _ => None,
    }
}

fn unicode(out: &mut Vec<u8>, unit: u16) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let digit = |shift: u16| HEX[usize::from(unit >> shift & 15)];
    out.extend_from_slice(&[b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(text: &str) -> String {
        let mut out = Vec::new();
        string(&mut out, text);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn escapes_what_microsoft_escapes_and_no_more() {
        for (text, json) in [
            ("", r#""""#),
            ("a/b\\c\"d'<&>", r#""a\/b\\c\"d'<&>""#),
            (
                "\0\t\n\r\u{8}\u{c}\u{1f}",
                r#""\u0000\u0009\u000a\u000d\u0008\u000c\u001f""#,
            ),
            (
                "\u{7f}\u{80}\u{85}\u{86}\u{a0}\u{feff}",
                "\"\u{7f}\u{80}\\u0085\u{86}\u{a0}\u{feff}\"",
            ),
            (
                "\u{2027}\u{2028}\u{2029}\u{202a}€",
                "\"\u{2027}\\u2028\\u2029\u{202a}€\"",
            ),
            ("\u{fffd}\u{fffe}\u{ffff}", "\"\u{fffd}\\ufffe\\uffff\""),
            (
                "\u{10000}😀\u{10ffff}",
                r#""\ud800\udc00\ud83d\ude00\udbff\udfff""#,
            ),
        ] {
            assert_eq!(written(text), json);
        }
    }

    #[test]
    fn escapes_at_every_place_of_a_block() {
        for at in 0..40 {
            let text = format!("{}/{}", "x".repeat(at), "y".repeat(40 - at));
            assert_eq!(written(&text), format!("\"{}\"", text.replace('/', "\\/")));
        }
    }

    proptest! {
        #[test]
        fn reads_back_as_the_same_text(text in ".*") {
            let back: String = serde_json::from_str(&written(&text)).unwrap();
            prop_assert_eq!(back, text);
        }
    }
}
