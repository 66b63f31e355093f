use std::{fmt, sync::Arc};

use super::{MemoryMessage, state::Shared};
use crate::Outcome;

/// The far side of a [`MemorySource`](super::MemorySource): sends messages, and sees what becomes of them. Cheap to
/// clone.
pub struct MemoryQueue<R = ()>(pub(super) Arc<Shared<R>>);

/// What became of one delivery.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Settled<R = ()> {
    /// The message's number, from 1 in the order of sending.
    pub sequence: u64,
    /// Which delivery of it, from 1.
    pub attempt: u32,
    /// The outcome.
    pub outcome: Outcome<R>,
    /// Whether the queue refused it, because the lock was lost.
    pub refused: bool,
}

/// A message that was rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parked {
    /// The message's number.
    pub sequence: u64,
    /// Why, for programs.
    pub reason: String,
    /// Why, for people.
    pub description: String,
}

impl<R: Send + 'static> MemoryQueue<R> {
    /// Sends a message, and gives its number.
    pub fn send(&self, message: impl Into<MemoryMessage>) -> u64 {
        self.0.send(message.into())
    }

    /// Waits for the next settlement; one that somebody took is not given again.
    pub async fn settled(&self) -> Settled<R> {
        loop {
            let notified = self.0.settled.notified();
            if let Some(settled) = self.0.state().settled.pop_front() {
                return settled;
            }
            notified.await;
        }
    }

    /// The next settlement, if there is one already.
    pub fn try_settled(&self) -> Option<Settled<R>> {
        self.0.state().settled.pop_front()
    }

    /// Says that no message will be sent any more: the source ends when all are settled.
    pub fn close(&self) {
        self.0.state().closed = true;
        self.0.changed.notify_one();
    }

    /// Takes the lock of a message away, as a broker may that fails over; whether it had one.
    pub fn lose_lock(&self, sequence: u64) -> bool {
        self.0.lose_lock(sequence)
    }

    /// The messages that were rejected, in the order of their rejection.
    pub fn parked(&self) -> Vec<Parked> {
        self.0.state().parked.clone()
    }

    /// The numbers of the messages that were set aside.
    pub fn deferred(&self) -> Vec<u64> {
        self.0.state().deferred.keys().copied().collect()
    }

    /// How many messages wait to be received, or received again.
    pub fn waiting(&self) -> usize {
        self.0.state().waiting()
    }

    /// How many messages are received and not yet settled.
    pub fn in_flight(&self) -> usize {
        self.0.state().in_flight()
    }
}

impl<R> Clone for MemoryQueue<R> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<R> fmt::Debug for MemoryQueue<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryQueue").finish_non_exhaustive()
    }
}
