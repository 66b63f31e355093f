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
    match body {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [b'<', 0, ..] => utf16(body, u16::from_le_bytes),
        [0, b'<', ..] => utf16(body, u16::from_be_bytes),
        _ => simdutf8::compat::from_utf8(body)
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

fn utf16(body: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'static, str>, DecodeError> {
    let pairs = body.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return Err(DecodeError::new(
            DecodeErrorKind::UnexpectedEnd,
            "the UTF-16 ends within a character: it was cut",
        )
        .at(body.len()));
    }
    let mut text = String::with_capacity(body.len());
    let mut offset = 0;
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
