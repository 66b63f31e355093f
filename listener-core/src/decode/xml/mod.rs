//! Text XML.

mod events;
mod scopes;

use super::{DecodeError, Document, Limits, contract};
use events::XmlEvents;

/// Reads a document of text XML.
pub(crate) fn document(text: &str, limits: &Limits) -> Result<Document, DecodeError> {
    contract::document(XmlEvents::new(text, limits))
}
