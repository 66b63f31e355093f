//! The eight bytes before any frame (AMQP 1.0, 2.2 and 5.3.1).

/// How long a protocol header is, in bytes.
pub(crate) const HEADER_LENGTH: usize = 8;

/// What the peer wants to speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// Frames of AMQP itself (id 0).
    Amqp,
    /// The security layer first (id 3).
    Sasl,
}

impl Protocol {
    /// What is answered, and sent to a peer that asked for something else.
    pub(crate) const fn header(self) -> [u8; HEADER_LENGTH] {
        let id = match self {
            Self::Amqp => 0,
            Self::Sasl => 3,
        };
        [b'A', b'M', b'Q', b'P', id, 1, 0, 0]
    }

    /// `None` for another protocol or another version.
    pub(crate) fn of(header: [u8; HEADER_LENGTH]) -> Option<Self> {
        [Self::Amqp, Self::Sasl]
            .into_iter()
            .find(|protocol| protocol.header() == header)
    }
}
