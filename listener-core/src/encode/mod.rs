//! From a [`RemoteExecutionContext`](crate::context::RemoteExecutionContext) to bytes, as Microsoft's serialisers write
//! them.
//!
//! What was decoded is written back byte for byte; [`canonical`] prints what is comparable in all formats.

pub mod binary;
mod canonical;
mod document;
mod error;
mod json;
mod number;
mod xml;

pub use canonical::canonical;
pub use document::{document, document_into};
pub use error::EncodeError;
pub use json::{json, json_into};
pub(crate) use number::Double;
pub use xml::Guesses;
