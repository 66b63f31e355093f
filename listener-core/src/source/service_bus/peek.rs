//! Looking at messages without taking them.

use super::{Foreign, convert};
use crate::{
    Delivery,
    amqp::{Error, ReceivedMessage, Value},
};

/// What a message that was peeked at is waiting for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MessageState {
    /// For a receiver; one may have it at this moment.
    #[default]
    Active,
    /// To be [asked for by its number](super::Handle::receive_deferred).
    Deferred,
    /// For its time.
    Scheduled,
}

/// A message that was looked at and not taken: nobody's lock is touched, and nothing can be settled.
///
/// Its body is read as far as somebody asks.
#[derive(Clone, Debug)]
pub struct Peeked {
    sequence_number: i64,
    state: MessageState,
    session_id: Option<Box<str>>,
    delivery: Delivery,
}

impl Peeked {
    pub(super) fn read(bytes: bytes::Bytes, source: &str) -> Result<Self, Error> {
        let unread = |error: String| Error::unreadable("peeking at messages", &error);
        let message = ReceivedMessage::read(bytes).map_err(|error| unread(error.to_string()))?;
        let sequence_number = message
            .sequence_number()
            .ok_or_else(|| unread("expected the annotation x-opt-sequence-number".into()))?;
        let state = message.annotation("x-opt-message-state");
        let delivery = convert::delivery(&message, Foreign::Deliver)
            .map_err(|unfit| unread(unfit.description))?;
        Ok(Self {
            sequence_number,
            state: match state.and_then(Value::as_i64) {
                Some(1) => MessageState::Deferred,
                Some(2) => MessageState::Scheduled,
                _ => MessageState::Active,
            },
            session_id: message.session_id().map(Box::from),
            delivery: delivery.source(source).build(),
        })
    }

    /// The number that the service gave it; messages are ordered by it.
    pub fn sequence_number(&self) -> i64 {
        self.sequence_number
    }

    /// What it is waiting for.
    pub fn state(&self) -> MessageState {
        self.state
    }

    /// The session that it belongs to.
    pub fn session_id(&self) -> Option<&str> {
        self.session_id.as_deref()
    }

    /// The message as its listener would get it: claims, properties, the time of its enqueuing, and the lazily decoded
    /// body. Its attempt is that of the next delivery; a lock it has none.
    pub fn delivery(&self) -> &Delivery {
        &self.delivery
    }
}
