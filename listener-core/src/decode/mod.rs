//! From bytes to a [`RemoteExecutionContext`](crate::context::RemoteExecutionContext).

mod document;
mod error;
mod limits;
mod message;
mod row;

pub use document::Document;
pub use error::{DecodeError, DecodeErrorKind};
pub(crate) use error::{clip, join};
pub use limits::Limits;
pub use message::Message;
pub use row::Row;

/// The format of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// .NET binary XML, `application/msbin1`: what an endpoint sends unless someone chose otherwise.
    Binary,
    /// JSON, `application/json`: what webhooks send.
    Json,
    /// Text XML, `application/xml`.
    Xml,
}
