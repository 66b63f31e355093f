use std::borrow::Cow;

use crate::decode::{DecodeError, DecodeErrorKind, Limits};

/// The text of a document in UTF-8, or in UTF-16 that a mark or the first character shows. Other encodings are not
/// taken: Microsoft's readers do not take them either.
pub(super) fn text<'a>(body: &'a [u8], limits: &Limits) -> Result<Cow<'a, str>, DecodeError> {
    if body.len() > limits.bytes {
        return Err(DecodeError::new(
            DecodeErrorKind::Limit,
            format!(
                "the body has {} bytes, more than the {} of `Limits::bytes`",
                body.len(),
                limits.bytes
            ),
        ));
    }
    match utf16_start(body) {
        Some((start, unit)) => utf16(body, start, unit),
        None => simdutf8::compat::from_utf8(body)
            .map(|text| Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text)))
            .map_err(|e| {
                DecodeError::new(
                    DecodeErrorKind::Syntax,
                    "the XML is neither UTF-8 nor UTF-16",
                )
                .at(e.valid_up_to())
            }),
    }
}

/// How a unit of UTF-16 is read.
type Unit = fn([u8; 2]) -> u16;

/// Where the characters begin, and how a unit is read, if it is UTF-16.
fn utf16_start(body: &[u8]) -> Option<(usize, Unit)> {
    Some(match body {
        [0xFF, 0xFE, ..] => (2, u16::from_le_bytes),
        [0xFE, 0xFF, ..] => (2, u16::from_be_bytes),
        [b'<', 0, ..] => (0, u16::from_le_bytes),
        [0, b'<', ..] => (0, u16::from_be_bytes),
        _ => return None,
    })
}

/// Where in the body the byte at `offset` of its [`text`] comes from.
pub(super) fn place(body: &[u8], text: &str, offset: usize) -> usize {
    let Some((start, _)) = utf16_start(body) else {
        // The text is the body's end: a mark may stand before it.
        return body.len() - text.len() + offset;
    };
    // A character of four bytes has two units, a shorter one has one.
    let units = text.bytes().take(offset).map(|byte| match byte {
        0x80..0xC0 => 0,
        0xF0.. => 2,
        _ => 1,
    });
    start + units.sum::<usize>() * 2
}

fn utf16(body: &[u8], start: usize, unit: Unit) -> Result<Cow<'static, str>, DecodeError> {
    let pairs = body[start..].chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return Err(DecodeError::new(
            DecodeErrorKind::UnexpectedEnd,
            "the UTF-16 ends within a character: it was cut",
        )
        .at(body.len()));
    }
    let mut text = String::with_capacity(body.len());
    let mut offset = start;
    for character in char::decode_utf16(pairs.map(|pair| unit([pair[0], pair[1]]))) {
        let character = character.map_err(|_| {
            DecodeError::new(
                DecodeErrorKind::Syntax,
                "half of a character stands alone in the UTF-16",
            )
            .at(offset)
        })?;
        offset += character.len_utf16() * 2;
        text.push(character);
    }
    Ok(Cow::Owned(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_is_taken_with_and_without_its_mark() {
        let limits = Limits::default();
        let le: Vec<u8> = "<é😀/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = "<é😀/>".encode_utf16().flat_map(u16::to_be_bytes).collect();
        for body in [
            &le,
            &be,
            &[&[0xFF, 0xFE], &le[..]].concat(),
            &[&[0xFE, 0xFF], &be[..]].concat(),
        ] {
            assert_eq!(text(body, &limits).unwrap(), "<é😀/>");
        }
        assert_eq!(text(b"\xEF\xBB\xBF<a/>", &limits).unwrap(), "<a/>");
    }

    #[test]
    fn an_error_in_utf16_is_placed_in_the_body_and_not_in_its_text() {
        let le: Vec<u8> = "<é😀>&".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let body = [&[0xFF, 0xFE], &le[..]].concat();
        let text = text(&body, &Limits::default()).unwrap();
        let at = text.find('&').unwrap();
        assert_eq!(place(&body, &text, at), body.len() - 2);
        assert_eq!(place(&le, &text, at), le.len() - 2);
        assert_eq!(place(b"\xEF\xBB\xBF<a>", "<a>", 1), 4);
    }

    #[test]
    fn what_is_neither_is_refused_with_its_place() {
        let limits = Limits::default();
        assert_eq!(text(b"<a>\xE9</a>", &limits).unwrap_err().offset(), Some(3));
        assert_eq!(
            text(b"<\0a", &limits).unwrap_err().kind(),
            DecodeErrorKind::UnexpectedEnd
        );
        assert_eq!(
            text(b"<\0\0\xD8a\0", &limits).unwrap_err().offset(),
            Some(2)
        );
    }
}
