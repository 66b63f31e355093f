//! Text XML.

mod encoding;
mod events;
mod scopes;
mod tokens;

use super::{DecodeError, Document, Limits, contract};
use events::XmlEvents;

/// Reads a document of text XML.
pub(crate) fn document(body: &[u8], limits: &Limits) -> Result<Document, DecodeError> {
    let text = encoding::text(body, limits)?;
    contract::document(XmlEvents::new(&text, limits))
}

#[cfg(test)]
mod tests;
