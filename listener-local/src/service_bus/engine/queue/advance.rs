use super::{Queue, Way};
use crate::service_bus::engine::{address::SubQueue, message::Patch, time::Timestamp};

impl Queue {
    /// Lets happen what the time has brought: ended locks, due and expired messages.
    pub(in crate::service_bus::engine) fn advance(&mut self, now: Timestamp) {
        self.end_locks(now);
        while let Some(&(_, sequence)) = self.due.first().filter(|(due, _)| *due <= now) {
            if let Some(mut entry) = self.remove(sequence) {
                // Azure enqueues it anew, under the next number.
                entry.enqueue_sequence = 0;
                self.arrive(entry, now);
            }
        }
        while let Some(&(_, sequence)) = self.expiries.first().filter(|(at, _)| *at <= now) {
            self.expire(sequence);
        }
    }

    /// Ends all locks, whenever their time would be over; tells how many.
    pub(in crate::service_bus::engine) fn expire_locks(&mut self) -> usize {
        self.end_locks(Timestamp::MAX)
    }

    /// Ends the locks that are over by then.
    fn end_locks(&mut self, now: Timestamp) -> usize {
        let mut ended = 0;
        while let Some(&(_, sequence)) = self.locks.first().filter(|(until, _)| *until <= now) {
            self.fail(sequence, None);
            ended += 1;
        }
        while let Some(id) = self.sessions.ended(now) {
            self.unlock_session(&id);
            ended += 1;
        }
        ended
    }

    /// When [`advance`](Self::advance) has something to do next.
    pub(in crate::service_bus::engine) fn next_deadline(&self) -> Option<Timestamp> {
        let first =
            |set: &std::collections::BTreeSet<(Timestamp, i64)>| set.first().map(|(at, _)| *at);
        [
            first(&self.locks),
            first(&self.due),
            first(&self.expiries),
            self.sessions.next_end(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Counts a failed delivery: the message comes again, or is dead-lettered at the limit.
    pub(super) fn fail(&mut self, sequence: i64, patch: Option<&Patch>) {
        let limit = self.options.max_delivery_count;
        let counts = self.kind == SubQueue::Main;
        let changed = self.change(sequence, |entry| {
            entry.lock = None;
            entry.delivery_count = entry.delivery_count.saturating_add(1);
            if let Some(patch) = patch.filter(|patch| !patch.is_empty()) {
                entry.message = entry.message.patched(patch).into();
            }
        });
        if changed.is_some_and(|entry| counts && entry.delivery_count >= limit) {
            self.dead_letter(
                sequence,
                "MaxDeliveryCountExceeded",
                &format!("Message could not be consumed after {limit} delivery attempts."),
            );
        } else if patch.is_some() {
            self.bury_oversized(sequence);
        }
    }

    fn expire(&mut self, sequence: i64) {
        if self.options.dead_letter_on_expiration {
            self.dead_letter(
                sequence,
                "TTLExpiredException",
                "The message expired and was dead lettered.",
            );
        } else {
            self.remove(sequence);
        }
    }

    fn dead_letter(&mut self, sequence: i64, reason: &str, description: &str) {
        if let Some(entry) = self.remove(sequence) {
            self.send_out(sequence, entry, Way::dead_letter(reason, description));
        }
    }
}
