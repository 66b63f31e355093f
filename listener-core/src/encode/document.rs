use super::{EncodeError, Guesses, json::slot_into, xml};
use crate::decode::{Document, Format};

/// Writes a document in a format, byte for byte as Microsoft's serialiser of that format does.
///
/// # Errors
///
/// If it holds what the format has no form for: a date that JSON cannot carry, an enum known by the other format's form.
pub fn document(document: &Document, format: Format) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::with_capacity(4096);
    document_into(document, format, &mut out)?;
    Ok(out)
}

/// Writes a document as [`document`] does, at the end of `out`, and says which types it had to guess: a document that
/// came in JSON does not name those that XML and .NET binary name.
///
/// # Errors
///
/// As [`document`]; `out` is then as it was.
pub fn document_into(
    document: &Document,
    format: Format,
    out: &mut Vec<u8>,
) -> Result<Guesses, EncodeError> {
    match format {
        Format::Json => {
            match document {
                Document::Context(context) => slot_into(context, out),
                Document::Fault(fault) => slot_into(fault, out),
                Document::Text(text) => slot_into(text, out),
            }?;
            Ok(Guesses::default())
        }
        Format::Xml => {
            let mut text = String::with_capacity(8192);
            let guesses = xml::write(document, xml::TextSink::new(&mut text))?;
            out.extend_from_slice(text.as_bytes());
            Ok(guesses)
        }
        Format::Binary => {
            let length = out.len();
            let written = xml::write(document, xml::BinarySink::new(out));
            if written.is_err() {
                out.truncate(length);
            }
            written
        }
    }
}
