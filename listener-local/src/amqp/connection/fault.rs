//! What is wrong, and the narrowest endpoint that can bear it.

use crate::amqp::types::definitions::{
    AmqpError, ConnectionError, Error, ErrorCondition, LinkError, SessionError,
};

/// An error and the endpoint that ends by it.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The whole connection closes.
    Connection(Box<Error>),
    /// The session ends.
    Session(Box<Error>),
    /// The link of this handle is detached.
    Link(u32, Box<Error>),
}

impl Fault {
    pub(crate) fn framing(text: impl Into<String>) -> Self {
        Self::Connection(error(ConnectionError::FramingError, text))
    }

    pub(crate) fn connection(condition: AmqpError, text: impl Into<String>) -> Self {
        Self::Connection(error(condition, text))
    }

    pub(crate) fn session(condition: SessionError, text: impl Into<String>) -> Self {
        Self::Session(error(condition, text))
    }

    pub(crate) fn link(
        handle: u32,
        condition: impl Into<ErrorCondition>,
        text: impl Into<String>,
    ) -> Self {
        Self::Link(handle, error(condition, text))
    }

    pub(crate) fn stolen() -> Box<Error> {
        error(LinkError::Stolen, "another link of this name was attached")
    }
}

/// What we could not encode was filled in by the service, so the connection is as good as the service.
impl From<crate::amqp::codec::EncodeError> for Fault {
    fn from(_: crate::amqp::codec::EncodeError) -> Self {
        Self::connection(
            AmqpError::InternalError,
            "an answer of the service cannot be encoded",
        )
    }
}

pub(crate) fn error(condition: impl Into<ErrorCondition>, text: impl Into<String>) -> Box<Error> {
    Box::new(Error::new(condition, text.into(), None))
}
