//! From the errors of the library below to ours, all at this one place.

use std::{borrow::Cow, io};

use fe2o3_amqp::{
    connection::{ConnectionStopReason, Error as ConnectionError, OpenError},
    link::{
        DetachError, LinkStateError, ReceiverAttachError, RecvError, SendError, SenderAttachError,
        SessionStopReason,
    },
    session::{BeginError, Error as SessionError},
    transport::Error as TransportError,
    types::{
        definitions::{self, ErrorCondition},
        primitives::Symbol,
    },
};

use super::{Error, ErrorKind};
use crate::amqp::wire::PeerError;

type Doing = Cow<'static, str>;

/// An error of the library below, told as ours.
pub(in crate::amqp) trait Told {
    /// `doing` completes "AMQP: … failed".
    fn told(self, doing: impl Into<Doing>) -> Error;
}

impl Told for definitions::Error {
    fn told(self, doing: impl Into<Doing>) -> Error {
        let condition = match &self.condition {
            ErrorCondition::AmqpError(known) => Symbol::from(known),
            ErrorCondition::ConnectionError(known) => Symbol::from(known),
            ErrorCondition::SessionError(known) => Symbol::from(known),
            ErrorCondition::LinkError(known) => Symbol::from(known),
            ErrorCondition::Custom(other) => other.clone(),
            ErrorCondition::TransactionError(known) => Symbol::from(known),
        };
        let error =
            Error::new(ErrorKind::of_condition(&condition), doing).with_condition(&condition);
        match self.description {
            Some(description) if !description.is_empty() => error.with_detail(&description),
            _ => error,
        }
    }
}

impl Told for PeerError {
    fn told(self, doing: impl Into<Doing>) -> Error {
        let error = Error::new(ErrorKind::of_condition(&self.condition), doing)
            .with_condition(&self.condition);
        match self.description {
            Some(description) if !description.is_empty() => error.with_detail(&description),
            _ => error,
        }
    }
}

impl Told for io::Error {
    fn told(self, doing: impl Into<Doing>) -> Error {
        let kind = match self.kind() {
            io::ErrorKind::TimedOut => ErrorKind::TimedOut,
            _ => ErrorKind::ConnectionLost,
        };
        Error::new(kind, doing).with_detail(&self.to_string())
    }
}

impl Told for TransportError {
    fn told(self, doing: impl Into<Doing>) -> Error {
        match self {
            Self::Io(error) => error.told(doing),
            Self::IdleTimeoutElapsed => {
                Error::new(ErrorKind::ConnectionLost, doing).with_detail("the peer fell silent")
            }
            // Its text can quote what was read.
            Self::DecodeError(_) => {
                Error::new(ErrorKind::Protocol, doing).with_detail("a frame cannot be decoded")
            }
            Self::NotImplemented(_) | Self::FramingError => {
                Error::new(ErrorKind::Protocol, doing).with_detail("a frame is malformed")
            }
        }
    }
}

impl Told for OpenError {
    fn told(self, doing: impl Into<Doing>) -> Error {
        let protocol =
            |doing, detail: &str| Error::new(ErrorKind::Protocol, doing).with_detail(detail);
        let doing = doing.into();
        match self {
            Self::Io(error) => error.told(doing),
            Self::TransportError(error) => error.told(doing),
            Self::RemoteClosedWithError(error) => error.told(doing),
            Self::RemoteClosed => Error::new(ErrorKind::ConnectionLost, doing)
                .with_detail("the peer closed without a reason"),
            Self::SaslError { .. } => {
                Error::new(ErrorKind::Unauthorized, doing).with_detail("SASL refused the login")
            }
            Self::ProtocolHeaderMismatch(_) => {
                protocol(doing, "the peer does not answer with AMQP 1.0 and SASL")
            }
            Self::DecodeError(_) => protocol(doing, "a frame cannot be decoded"),
            Self::NotImplemented(_) => protocol(
                doing,
                "the peer does not offer the SASL mechanism: PLAIN for a login, else ANONYMOUS",
            ),
            _ => protocol(doing, "the connection is in no state to be opened"),
        }
    }
}

impl Told for ConnectionError {
    fn told(self, doing: impl Into<Doing>) -> Error {
        match self {
            Self::TransportError(error) => error.told(doing),
            Self::RemoteClosedWithError(error) => error.told(doing),
            Self::NotFound(_) | Self::NotAllowed(_) | Self::NotImplemented(_) => {
                Error::new(ErrorKind::Protocol, doing)
            }
            Self::RemoteClosed | Self::IllegalState | Self::JoinError(_) => {
                Error::new(ErrorKind::ConnectionLost, doing)
            }
        }
    }
}

impl Told for ConnectionStopReason {
    fn told(self, doing: impl Into<Doing>) -> Error {
        match self {
            Self::RemoteClosedWithError(error) | Self::ClosedWithError(error) => {
                // Whatever the reason, what stood on the connection needs a new one first.
                let told = error.told(doing);
                match told.kind() {
                    ErrorKind::ServerFault | ErrorKind::LinkDetached => {
                        told.with_kind(ErrorKind::ConnectionLost)
                    }
                    _ => told,
                }
            }
            Self::Closed | Self::RemoteClosed => Error::new(ErrorKind::ConnectionLost, doing),
        }
    }
}

impl Told for SessionStopReason {
    fn told(self, doing: impl Into<Doing>) -> Error {
        match self {
            Self::EndedWithError(error) | Self::RemoteEndedWithError(error) => error.told(doing),
            Self::ConnectionStopped(reason) => reason.told(doing),
            Self::Ended | Self::RemoteEnded => {
                Error::new(ErrorKind::LinkDetached, doing).with_detail("its session has ended")
            }
        }
    }
}

impl Told for BeginError {
    fn told(self, doing: impl Into<Doing>) -> Error {
        match self {
            Self::ConnectionStopped(reason) => reason.told(doing),
            Self::RemoteEndedWithError(error) => error.told(doing),
            Self::LocalChannelMaxReached => Error::new(ErrorKind::QuotaExceeded, doing)
                .with_detail("the connection has no channel left"),
            _ => Error::new(ErrorKind::ConnectionLost, doing),
        }
    }
}

impl Told for SessionError {
    fn told(self, doing: impl Into<Doing>) -> Error {
        match self {
            Self::ConnectionStopped(reason) => reason.told(doing),
            Self::RemoteEndedWithError(error) => error.told(doing),
            Self::RemoteEnded | Self::IllegalState => Error::new(ErrorKind::LinkDetached, doing),
            _ => Error::new(ErrorKind::Protocol, doing),
        }
    }
}

impl Told for SenderAttachError {
    fn told(self, doing: impl Into<Doing>) -> Error {
        match self {
            Self::SessionStopped(reason) => reason.told(doing),
            Self::RemoteClosedWithError(error) => error.told(doing),
            Self::SessionNotMapped | Self::IllegalState | Self::ExpectImmediateDetach => {
                Error::new(ErrorKind::LinkDetached, doing)
            }
            Self::IncomingTargetIsNone => Error::new(ErrorKind::LinkDetached, doing)
                .with_detail("the peer refused the link without a reason"),
            _ => {
                Error::new(ErrorKind::Protocol, doing).with_detail("the peer's attach does not fit")
            }
        }
    }
}

impl Told for ReceiverAttachError {
    fn told(self, doing: impl Into<Doing>) -> Error {
        match self {
            Self::SessionStopped(reason) => reason.told(doing),
            Self::RemoteClosedWithError(error) => error.told(doing),
            Self::SessionNotMapped | Self::IllegalState | Self::ExpectImmediateDetach => {
                Error::new(ErrorKind::LinkDetached, doing)
            }
            Self::IncomingSourceIsNone => Error::new(ErrorKind::LinkDetached, doing)
                .with_detail("the peer refused the link without a reason"),
            _ => {
                Error::new(ErrorKind::Protocol, doing).with_detail("the peer's attach does not fit")
            }
        }
    }
}

impl Told for LinkStateError {
    fn told(self, doing: impl Into<Doing>) -> Error {
        match self {
            Self::SessionStopped(reason) => reason.told(doing),
            Self::RemoteDetachedWithError(error) | Self::RemoteClosedWithError(error) => {
                error.told(doing)
            }
            Self::IllegalState
            | Self::RemoteDetached
            | Self::RemoteClosed
            | Self::ExpectImmediateDetach => Error::new(ErrorKind::LinkDetached, doing),
        }
    }
}

impl Told for DetachError {
    fn told(self, doing: impl Into<Doing>) -> Error {
        match self {
            Self::SessionStopped(reason) => reason.told(doing),
            Self::RemoteDetachedWithError(error) | Self::RemoteClosedWithError(error) => {
                error.told(doing)
            }
            _ => Error::new(ErrorKind::LinkDetached, doing),
        }
    }
}

impl Told for SendError {
    fn told(self, doing: impl Into<Doing>) -> Error {
        match self {
            Self::LinkStateError(error) => error.told(doing),
            Self::Detached(error) => error.told(doing),
            Self::MessageSizeExceeded(error) => {
                Error::new(ErrorKind::TooLarge, doing).with_detail(&format!(
                    "{} bytes, and the link takes {}",
                    error.size, error.max_size
                ))
            }
            Self::MessageEncodeError => {
                Error::new(ErrorKind::Protocol, doing).with_detail("the message cannot be encoded")
            }
            _ => Error::new(ErrorKind::Protocol, doing).with_detail("the peer's outcome is none"),
        }
    }
}

impl Told for RecvError {
    fn told(self, doing: impl Into<Doing>) -> Error {
        match self {
            Self::LinkStateError(error) => error.told(doing),
            Self::MessageSizeExceeded(error) => Error::new(ErrorKind::TooLarge, doing).with_detail(
                &format!("{} bytes, and we take {}", error.size, error.max_size),
            ),
            // The source of this one can quote what was read.
            Self::MessageDecode(_) => {
                Error::new(ErrorKind::Protocol, doing).with_detail("a message cannot be decoded")
            }
            _ => Error::new(ErrorKind::Protocol, doing).with_detail("a transfer is malformed"),
        }
    }
}

impl Error {
    pub(in crate::amqp) fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }
}
