use std::{fmt, sync::Arc};

use bytes::Bytes;
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    Answer, MessageError, ReceivedMessage, Settlement, Settling, link::Link, partial::Raw,
};
use crate::amqp::{Error, ErrorKind, Value};

/// A message that has arrived, and the power to settle it.
///
/// Dropped unsettled, it comes again when its lock ends.
pub struct Delivery {
    link: Arc<Link>,
    id: u32,
    tag: Bytes,
    settled: bool,
    message: Result<ReceivedMessage, MessageError>,
    received: Instant,
}

impl Delivery {
    pub(super) fn new(raw: Raw, link: Arc<Link>) -> Self {
        let Raw {
            id,
            tag,
            settled,
            payload,
            received,
        } = raw;
        Self {
            link,
            id,
            tag,
            settled,
            message: ReceivedMessage::read(payload),
            received,
        }
    }

    /// The message.
    ///
    /// # Errors
    /// If its bytes are none: reject it, or it comes again and again.
    pub fn message(&self) -> Result<&ReceivedMessage, &MessageError> {
        self.message.as_ref()
    }

    /// When its last byte arrived: what a lock's age is counted from.
    pub fn received(&self) -> Instant {
        self.received
    }

    /// What names the lock in management requests. Service Bus makes it the delivery's tag, 16 bytes in the order of a
    /// .NET `Guid`; other services, whose tags are shorter, may tell it in the delivery annotation `x-opt-lock-token`.
    pub fn lock_token(&self) -> Option<Uuid> {
        if let Ok(tag) = <[u8; 16]>::try_from(&*self.tag) {
            return Some(Uuid::from_bytes_le(tag));
        }
        let message = self.message.as_ref().ok()?;
        match message.delivery_annotation("x-opt-lock-token") {
            Some(Value::Uuid(token)) => Some(*token),
            _ => None,
        }
    }

    /// What names the delivery on its link.
    pub fn tag(&self) -> &[u8] {
        &self.tag
    }

    /// Whether it was settled when it was sent: there is nothing to do about it then.
    pub fn is_settled(&self) -> bool {
        self.settled
    }

    /// Says that it is done: completes it.
    pub fn accept(&self) -> Settling {
        self.settle(Settlement::Accepted)
    }

    /// Gives it back unseen.
    pub fn release(&self) -> Settling {
        self.settle(Settlement::Released)
    }

    /// Says what becomes of it. That is on its way when this returns, whether or not anybody waits for the answer, and
    /// whether or not somebody receives. Of several settlements the first counts.
    pub fn settle(&self, settlement: Settlement) -> Settling {
        if !self.settled {
            return Settling::new(self.link.settle(self.id, settlement));
        }
        Settling::known(match settlement {
            Settlement::Accepted => Ok(Answer::Accepted),
            _ => Err(Error::new(ErrorKind::NotAllowed, "")
                .with_detail("the message was settled when it was sent, and is deleted")),
        })
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("id", &self.id)
            .field("settled", &self.settled)
            .field("message", &self.message)
            .finish_non_exhaustive()
    }
}
