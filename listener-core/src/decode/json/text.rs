use crate::decode::{DecodeError, DecodeErrorKind};

/// The body as text.
pub(in crate::decode) fn utf8(body: &[u8]) -> Result<&str, DecodeError> {
    simdutf8::basic::from_utf8(body).map_err(|_| not_utf8(body))
}

#[cold]
fn not_utf8(body: &[u8]) -> DecodeError {
    let (kind, text, at) = match std::str::from_utf8(body) {
        Err(error) if error.error_len().is_none() => (
            DecodeErrorKind::UnexpectedEnd,
            "expected the rest of a character, found the end of the body",
            body.len(),
        ),
        Err(error) => (
            DecodeErrorKind::Syntax,
            "expected UTF-8, found bytes that are not",
            error.valid_up_to(),
        ),
        Ok(_) => (DecodeErrorKind::Syntax, "expected UTF-8", 0),
    };
    DecodeError::new(kind, text).at(at)
}
