use std::sync::Arc;

use uuid::Uuid;

use super::{Entry, MessageState, Queue, ReceiveMode, Way};
use crate::service_bus::engine::{error::EngineError, message::Received, time::Timestamp};

impl Queue {
    /// Refuses a receiver that does not fit the queue.
    pub(in crate::service_bus::engine) fn check_receiver(
        &self,
        session: bool,
    ) -> Result<(), EngineError> {
        if !self.options.status.can_receive() {
            return Err(EngineError::Disabled);
        }
        match (self.options.requires_session, session) {
            (true, false) => Err(EngineError::NotAllowed(
                "the entity requires sessions: accept a session to receive from it",
            )),
            (false, true) => Err(EngineError::NotAllowed(
                "the entity has no sessions: receive from it without one",
            )),
            _ => Ok(()),
        }
    }

    /// Takes up to `max` messages in order, leaving those that belong to `ahead` receivers.
    pub(in crate::service_bus::engine) fn take(
        &mut self,
        mode: ReceiveMode,
        max: usize,
        ahead: usize,
        now: Timestamp,
    ) -> Vec<Received> {
        let count = self.ready.len().saturating_sub(ahead).min(max);
        let until = now.after(self.options.lock_duration);
        let mut taken = Vec::with_capacity(count);
        for _ in 0..count {
            let Some(&sequence) = self.ready.first() else {
                break;
            };
            taken.extend(self.deliver(sequence, mode, until));
        }
        taken
    }

    /// As [`take`](Self::take), in a session whose lock was checked.
    pub(in crate::service_bus::engine) fn take_in_session(
        &mut self,
        id: &Arc<str>,
        mode: ReceiveMode,
        max: usize,
        ahead: usize,
    ) -> Vec<Received> {
        let Some((count, until)) = self.sessions.ready_count(id) else {
            return Vec::new();
        };
        let count = count.saturating_sub(ahead).min(max);
        let mut taken = Vec::with_capacity(count);
        for _ in 0..count {
            let Some(sequence) = self.sessions.first_ready(id) else {
                break;
            };
            taken.extend(self.deliver(sequence, mode, until));
        }
        taken
    }

    /// Hands out one message: locked, or gone.
    pub(super) fn deliver(
        &mut self,
        sequence: i64,
        mode: ReceiveMode,
        until: Timestamp,
    ) -> Option<Received> {
        match mode {
            ReceiveMode::PeekLock => {
                let token = Uuid::new_v4();
                self.change(sequence, |entry| entry.lock = Some((token, until)))?;
                let entry = self.entries.get(&sequence)?;
                Some(entry.received(sequence))
            }
            ReceiveMode::ReceiveAndDelete => {
                let entry = self.remove(sequence)?;
                Some(entry.received(sequence))
            }
        }
    }

    /// Sends on what could be received and is in nobody's hands.
    pub(in crate::service_bus::engine) fn forward_all(&mut self) {
        while let Some(sequence) = self.ready.first().copied() {
            if let Some(entry) = self.remove(sequence) {
                self.send_out(sequence, entry, Way::Forward);
            }
        }
    }

    /// Drops up to `max` of the oldest that could be received, are in nobody's hands and were enqueued before a time.
    pub(in crate::service_bus::engine) fn delete_batch(
        &mut self,
        max: usize,
        before: Timestamp,
    ) -> usize {
        let free = |entry: &Entry| {
            let session = self.session_of(entry);
            entry.state == MessageState::Active
                && entry.lock.is_none()
                && entry.enqueued < before
                && session.is_none_or(|id| self.sessions.ready_count(&id).is_none())
        };
        let doomed: Vec<i64> = self
            .entries
            .iter()
            .filter(|(_, entry)| free(entry))
            .map(|(sequence, _)| *sequence)
            .take(max)
            .collect();
        for sequence in &doomed {
            self.remove(*sequence);
        }
        doomed.len()
    }

    /// Drops what could be received and is in nobody's hands.
    pub(in crate::service_bus::engine) fn purge(&mut self) -> usize {
        let mut purged = 0;
        while let Some(&sequence) = self.ready.first() {
            self.remove(sequence);
            purged += 1;
        }
        while let Some(sequence) = self.sessions.first_free() {
            self.remove(sequence);
            purged += 1;
        }
        purged
    }
}
