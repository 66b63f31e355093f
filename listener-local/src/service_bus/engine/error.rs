use std::{error::Error, fmt};

/// Why the engine refused an operation.
///
/// [`condition`](Self::condition) is the symbol that goes into an AMQP error; the text is its description. No text
/// holds anything of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EngineError {
    /// No entity of that name.
    NotFound {
        /// The name that was asked for.
        entity: String,
    },
    /// An entity of that name is there already.
    AlreadyExists {
        /// The name that was asked for.
        entity: String,
    },
    /// The entity is disabled.
    Disabled,
    /// The lock of the message has ended, or there never was such a lock.
    MessageLockLost,
    /// The lock of the session has ended.
    SessionLockLost,
    /// Another receiver holds the session.
    SessionCannotBeLocked,
    /// No such message, or none in the state that the operation needs.
    MessageNotFound {
        /// The first sequence number that was not found.
        sequence_number: i64,
    },
    /// Nothing came in time.
    Timeout,
    /// The transaction has taken longer than two minutes.
    TransactionTimeout,
    /// The entity does not take this operation; why.
    NotAllowed(&'static str),
    /// A limit was reached; which.
    LimitExceeded(&'static str),
    /// A message is too large.
    TooLarge {
        /// The size of the message, in bytes.
        bytes: usize,
        /// The most that is taken, in bytes.
        limit: usize,
    },
    /// The disk does not take what is to be kept; what it says.
    Storage(String),
    /// An argument does not hold; which and why.
    Argument(&'static str),
    /// The bytes are no AMQP message.
    Malformed {
        /// Where in the message, in bytes from its start.
        offset: usize,
        /// What was expected there.
        expected: &'static str,
    },
}

impl EngineError {
    /// The AMQP error condition (AMQP 1.0 section 2.8.15 and Microsoft's protocol guide for Service Bus).
    pub fn condition(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "amqp:not-found",
            Self::AlreadyExists { .. } => "com.microsoft:entity-already-exists",
            Self::Disabled => "com.microsoft:entity-disabled",
            Self::MessageLockLost => "com.microsoft:message-lock-lost",
            Self::SessionLockLost => "com.microsoft:session-lock-lost",
            Self::SessionCannotBeLocked => "com.microsoft:session-cannot-be-locked",
            Self::MessageNotFound { .. } => "com.microsoft:message-not-found",
            Self::Timeout => "com.microsoft:timeout",
            // AMQP 1.0 section 4.5.8.
            Self::TransactionTimeout => "amqp:transaction:timeout",
            Self::NotAllowed(_) => "amqp:not-allowed",
            Self::LimitExceeded(_) => "amqp:resource-limit-exceeded",
            Self::TooLarge { .. } => "amqp:link:message-size-exceeded",
            // Clients come again after a pause.
            Self::Storage(_) => "com.microsoft:server-busy",
            Self::Argument(_) => "com.microsoft:argument-error",
            Self::Malformed { .. } => "amqp:decode-error",
        }
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // JavaScript's client knows this error by these words.
            Self::NotFound { entity } => {
                write!(f, "The messaging entity '{entity}' could not be found.")
            }
            Self::AlreadyExists { entity } => {
                write!(f, "the messaging entity '{entity}' exists already")
            }
            Self::Disabled => f.write_str("the messaging entity is disabled; enable it first"),
            Self::MessageLockLost => f.write_str(
                "the lock of the message has ended, or the message is gone; receive it again, and renew in time",
            ),
            Self::SessionLockLost => {
                f.write_str("the lock of the session has ended; accept it again, and renew in time")
            }
            Self::SessionCannotBeLocked => {
                f.write_str("the session is locked by another receiver; try later or take another session")
            }
            Self::MessageNotFound { sequence_number } => write!(
                f,
                "no message with sequence number {sequence_number} in the state that this operation needs"
            ),
            Self::Timeout => f.write_str("nothing came within the time that was given"),
            Self::TransactionTimeout => f.write_str(
                "the transaction took longer than two minutes; do less in one, and commit sooner",
            ),
            Self::NotAllowed(why) | Self::Argument(why) => f.write_str(why),
            Self::LimitExceeded(which) => write!(f, "limit reached: {which}"),
            Self::TooLarge { bytes, limit } => {
                write!(f, "expected a message of at most {limit} bytes, found {bytes}")
            }
            Self::Storage(what) => write!(
                f,
                "the store cannot be written to ({what}); see that the disk has room, then send again"
            ),
            Self::Malformed { offset, expected } => {
                write!(f, "expected {expected} at byte {offset} of the message")
            }
        }
    }
}

impl Error for EngineError {}
