//! From bytes to a [`RemoteExecutionContext`](crate::context::RemoteExecutionContext).

mod document;
mod error;
mod format;
mod limits;
mod message;
mod repair;
mod row;
mod unwrap;

pub use document::Document;
pub use error::{DecodeError, DecodeErrorKind};
pub(crate) use error::{clip, join};
pub use format::Format;
pub use limits::Limits;
pub use message::Message;
pub use repair::repair;
pub use row::Row;
pub use unwrap::Wrapping;
