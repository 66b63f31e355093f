use std::{error::Error, fmt, time::Duration};

use listener_core::{decode::DecodeError, encode::EncodeError};

/// Why nothing was posted, or no answer came.
///
/// An answer that is not a success is no such error: it is a [`Posted`](super::Posted). No text of this type holds a
/// secret, a query string or a value of the message.
#[derive(Debug)]
#[non_exhaustive]
pub enum PostError {
    /// The URL cannot be posted to; why.
    Url(String),
    /// A setting, or a member of the context that goes into a header, cannot be sent; which and why.
    Setting(String),
    /// The certificates to trust cannot be used; why.
    Roots(String),
    /// The message cannot be read.
    Decode(DecodeError),
    /// The message is no execution context, but this: Dataverse posts nothing else.
    NotAContext(&'static str),
    /// The context cannot be written in the endpoint's format.
    Encode(EncodeError),
    /// The context is too large even after it was trimmed. Dataverse sends nothing then.
    TooLarge {
        /// The size of the trimmed context, in bytes.
        bytes: usize,
        /// How much Dataverse posts to such an endpoint, in bytes.
        limit: usize,
    },
    /// The poster was closed.
    Closed,
    /// No answer came in time.
    TimedOut {
        /// At which try.
        attempts: u32,
        /// How long each try may take.
        limit: Duration,
    },
    /// The connection failed before the answer was complete.
    Connection {
        /// At which try.
        attempts: u32,
        /// What went wrong, without the URL.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl fmt::Display for PostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(why) => write!(f, "expected a URL of http or https to post to: {why}"),
            Self::Setting(why) => f.write_str(why),
            Self::Roots(why) => write!(f, "the certificates to trust cannot be used: {why}"),
            Self::Decode(error) => error.fmt(f),
            Self::NotAContext(what) => write!(
                f,
                "expected a RemoteExecutionContext, which is all that Dataverse posts, found {what}"
            ),
            Self::Encode(error) => write!(f, "cannot be written in the endpoint's format: {error}"),
            Self::TooLarge { bytes, limit } => write!(
                f,
                "{bytes} bytes after trimming, of which Dataverse posts at most {limit}: nothing was sent"
            ),
            Self::Closed => f.write_str("the poster was closed: nothing was sent"),
            Self::TimedOut { attempts, limit } => {
                write!(f, "no answer within {limit:?}, at try {attempts}")
            }
            Self::Connection { attempts, .. } => {
                write!(f, "no complete answer, at try {attempts}")
            }
        }
    }
}

impl Error for PostError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Connection { source, .. } => Some(&**source),
            // Their texts are part of this one's.
            _ => None,
        }
    }
}

impl From<DecodeError> for PostError {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

impl From<EncodeError> for PostError {
    fn from(error: EncodeError) -> Self {
        Self::Encode(error)
    }
}
