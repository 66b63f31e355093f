//! From bytes to a [`RemoteExecutionContext`](crate::context::RemoteExecutionContext).

pub mod binary;
mod binary_events;
mod body;
mod contract;
mod decoded;
mod document;
mod error;
mod events;
mod format;
mod fuzz;
mod index;
mod json;
pub(crate) mod lexical;
mod limits;
mod message;
mod options;
mod registry;
mod repair;
mod row;
mod unwrap;
mod xml;

pub use decoded::{Decoded, Notes, decode};
pub use document::Document;
pub use error::{DecodeError, DecodeErrorKind};
pub(crate) use error::{clip, join};
pub use format::Format;
#[doc(hidden)]
pub use fuzz::{fuzz_json, fuzz_lazy};
pub(crate) use json::date as json_date;
pub use limits::Limits;
pub use message::Message;
pub use options::DecodeOptions;
pub use repair::repair;
pub use row::Row;
pub use unwrap::Wrapping;
pub(crate) use xml::document as xml;
