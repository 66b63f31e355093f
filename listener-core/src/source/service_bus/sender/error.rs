use std::{error::Error as StdError, fmt};

use crate::amqp::{self, ErrorKind};

/// Why a message was not sent, and whether it may have arrived all the same.
#[derive(Clone, Debug)]
pub struct SendError {
    error: amqp::Error,
    unknown: bool,
    taken: usize,
}

impl SendError {
    pub(super) fn new(error: amqp::Error, unknown: bool, taken: usize) -> Self {
        Self {
            error,
            unknown,
            taken,
        }
    }

    pub(super) fn not_sent(error: amqp::Error) -> Self {
        Self::new(error, false, 0)
    }

    pub(super) fn after(mut self, taken: usize) -> Self {
        self.taken = taken;
        self
    }

    /// Whether it left this process, and no answer told what became of it: it may have arrived. Sent again, it may come
    /// twice, unless the entity detects duplicates and the message has the same id.
    pub fn is_unknown(&self) -> bool {
        self.unknown
    }

    /// How many of the messages of [`send_all`](super::Sender::send_all) were taken before, from the first on.
    pub fn taken(&self) -> usize {
        self.taken
    }

    /// What can be done about it.
    pub fn kind(&self) -> ErrorKind {
        self.error.kind()
    }

    /// Whether the same may succeed later.
    pub fn is_transient(&self) -> bool {
        self.error.is_transient()
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fate = if self.unknown {
            "it may have arrived"
        } else {
            "it was not sent"
        };
        match self.taken {
            0 => f.write_str(fate)?,
            taken => write!(f, "after {taken} were taken, {fate}")?,
        }
        write!(f, ": {}", self.error)
    }
}

impl StdError for SendError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        // Its text is in ours.
        self.error.source()
    }
}
