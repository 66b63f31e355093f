//! Where a delivery came from, and so where it is settled.

use std::{any::Any, sync::Arc};

use tokio::time::Instant;
use uuid::Uuid;

use super::bring::Again;
use crate::amqp::{Delivery, MessageError, ReceivedMessage, Settlement, Settling};

/// A message, and where it came from.
pub(super) enum Came {
    /// On a link, which is kept for as long as the message may be settled on it.
    OnLink {
        delivery: Delivery,
        _link: Arc<dyn Any + Send + Sync>,
    },
    /// By its number, from among the deferred ones: it is settled by its lock token.
    ByNumber(Deferred),
}

/// A deferred message, received by its number. Dropped before it is settled for good, it is asked for again: it stays
/// deferred, and by itself it would never come.
pub(super) struct Deferred {
    pub(super) number: i64,
    pub(super) token: Option<Uuid>,
    pub(super) message: Result<ReceivedMessage, MessageError>,
    /// Before the service could have begun its lock.
    pub(super) asked: Instant,
    pub(super) again: Again,
    pub(super) is_done: bool,
}

impl Came {
    pub(super) fn message(&self) -> Result<&ReceivedMessage, &MessageError> {
        match self {
            Self::OnLink { delivery, .. } => delivery.message(),
            Self::ByNumber(deferred) => deferred.message.as_ref(),
        }
    }

    pub(super) fn token(&self) -> Option<Uuid> {
        match self {
            Self::OnLink { delivery, .. } => delivery.lock_token(),
            Self::ByNumber(deferred) => deferred.token,
        }
    }

    /// From when on its lock counts.
    pub(super) fn received(&self) -> Instant {
        match self {
            Self::OnLink { delivery, .. } => delivery.received(),
            Self::ByNumber(deferred) => deferred.asked,
        }
    }

    pub(super) fn settle(&self, settlement: Settlement) -> Settling {
        match self {
            Self::OnLink { delivery, .. } => delivery.settle(settlement),
            Self::ByNumber(_) => Settling::on_no_link(),
        }
    }

    /// The service has taken this settlement.
    pub(super) fn settled(&mut self, settlement: &Settlement) {
        if let Self::ByNumber(deferred) = self {
            deferred.is_done = match settlement {
                Settlement::Accepted | Settlement::Rejected { .. } => true,
                // Deferred once more, it is on its listener to ask for it.
                Settlement::Modified {
                    undeliverable_here, ..
                } => *undeliverable_here,
                Settlement::Released => false,
            };
        }
    }
}

impl Drop for Deferred {
    fn drop(&mut self) {
        if !self.is_done {
            self.again.ask(self.number);
        }
    }
}
