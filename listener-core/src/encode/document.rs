use super::{EncodeError, json::slot_into};
use crate::decode::{Document, Format};

/// Writes a document in a format, as Microsoft's serialiser of that format does: a context as [`json`](super::json), a
/// fault and a text by the same rules.
///
/// # Errors
///
/// As [`json`](super::json). JSON is the only format that this version writes.
pub fn document(document: &Document, format: Format) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::with_capacity(4096);
    document_into(document, format, &mut out)?;
    Ok(out)
}

/// Writes a document as [`document`] does, at the end of `out`.
///
/// # Errors
///
/// As [`document`]; `out` is then as it was.
pub fn document_into(
    document: &Document,
    format: Format,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    match format {
        Format::Json => match document {
            Document::Context(context) => slot_into(context, out),
            Document::Fault(fault) => slot_into(fault, out),
            Document::Text(text) => slot_into(text, out),
        },
        Format::Xml | Format::Binary => Err(EncodeError::new(
            "this version writes JSON only, neither XML nor .NET binary",
        )),
    }
}
