/// What Windows-1252 has at 80 to 9F; its five undefined bytes are themselves, as in .NET.
const HIGH_CONTROLS: [char; 32] = [
    '\u{20AC}', '\u{81}', '\u{201A}', '\u{192}', '\u{201E}', '\u{2026}', '\u{2020}', '\u{2021}',
    '\u{2C6}', '\u{2030}', '\u{160}', '\u{2039}', '\u{152}', '\u{8D}', '\u{17D}', '\u{8F}',
    '\u{90}', '\u{2018}', '\u{2019}', '\u{201C}', '\u{201D}', '\u{2022}', '\u{2013}', '\u{2014}',
    '\u{2DC}', '\u{2122}', '\u{161}', '\u{203A}', '\u{153}', '\u{9D}', '\u{17E}', '\u{178}',
];

/// Undoes the double encoding of Dataverse's webhook poster, which takes its UTF-8 for Windows-1252 and encodes it
/// again, so that `ē` arrives as `Ä“`.
///
/// The guard: `None` unless the body is UTF-8 with non-ASCII text, every character is one of Windows-1252, and the bytes
/// that they stand for are UTF-8 again. Text that was encoded once hardly ever passes; it would have to consist of pairs
/// such as `Ä“` throughout. The whole body is repaired, before it is parsed; a byte order mark is dropped.
///
/// ```
/// use listener_core::decode::repair;
///
/// assert_eq!(repair("\"RÄ«ga\"".as_bytes()).as_deref(), Some("\"Rīga\"".as_bytes()));
/// assert_eq!(repair("\"Rīga\"".as_bytes()), None);
/// assert_eq!(repair(b"\"Riga\""), None);
/// ```
pub fn repair(body: &[u8]) -> Option<Vec<u8>> {
    let body = super::format::strip_byte_order_mark(body);
    if body.is_ascii() {
        return None;
    }
    let text = simdutf8::basic::from_utf8(body).ok()?;
    let mut bytes = Vec::with_capacity(body.len());
    for character in text.chars() {
        bytes.push(windows_1252(character)?);
    }
    simdutf8::basic::from_utf8(&bytes).is_ok().then_some(bytes)
}

fn windows_1252(character: char) -> Option<u8> {
    match u32::from(character) {
        code @ (0..0x80 | 0xA0..0x100) => u8::try_from(code).ok(),
        _ => {
            let at = HIGH_CONTROLS.iter().position(|&known| known == character)?;
            u8::try_from(0x80 + at).ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What the poster does: UTF-8 read as Windows-1252 and written as UTF-8.
    fn encoded_twice(text: &str) -> String {
        let character = |byte: u8| match byte {
            0x80..=0x9F => HIGH_CONTROLS[usize::from(byte - 0x80)],
            _ => char::from(byte),
        };
        text.bytes().map(character).collect()
    }

    #[test]
    fn repairs_what_the_poster_broke() {
        let text = "{\"name\":\"Čāpēj € ‰ Ð Ý Á\"}";
        assert_eq!(encoded_twice("ē"), "Ä“");
        assert_eq!(
            repair(encoded_twice(text).as_bytes()).unwrap(),
            text.as_bytes()
        );
    }

    #[test]
    fn leaves_what_is_not_broken() {
        for text in ["", "plain", "Ann Å", "日本", "é", "\u{80}", "Ä“ and é"] {
            assert_eq!(repair(text.as_bytes()), None, "{text}");
        }
        assert_eq!(repair(b"\xC3\xA4\xFF"), None);
    }

    proptest! {
        #[test]
        fn undoes_the_double_encoding_of_any_text(text in ".*[^\\x00-\\x7f].*") {
            let repaired = repair(encoded_twice(&text).as_bytes());
            prop_assert_eq!(repaired.as_deref(), Some(text.as_bytes()));
        }
    }
}
