use uuid::Uuid;

use super::{MAX_HEADER, MessageState, Queue, Settlement, Way, header_size_exceeded};
use crate::service_bus::engine::{
    address::SubQueue, error::EngineError, message::Patch, time::Timestamp,
};

/// A settlement whose changes are encoded, so that it cannot fail any more for what it says.
pub(in crate::service_bus::engine) enum Prepared {
    Complete,
    Abandon(Patch),
    Defer(Patch),
    DeadLetter(Patch),
    Release,
}

impl Settlement {
    /// # Errors
    ///
    /// `Argument` for changes that do not encode, or are too large.
    pub(in crate::service_bus::engine) fn prepare(self) -> Result<Prepared, EngineError> {
        Ok(match self {
            Self::Complete => Prepared::Complete,
            Self::Release => Prepared::Release,
            Self::Abandon(changes) => Prepared::Abandon(Patch::new(changes)?),
            Self::Defer(changes) => Prepared::Defer(Patch::new(changes)?),
            Self::DeadLetter {
                reason,
                description,
                changes,
            } => {
                let mut patch = Patch::new(changes)?;
                for (name, value) in [
                    ("DeadLetterReason", reason),
                    ("DeadLetterErrorDescription", description),
                ] {
                    if let Some(value) = value {
                        patch.set(name, clip(&value));
                    }
                }
                Prepared::DeadLetter(patch)
            }
        })
    }
}

impl Queue {
    /// Settles the message that `token` locks.
    pub(in crate::service_bus::engine) fn settle(
        &mut self,
        token: Uuid,
        settlement: Settlement,
    ) -> Result<(), EngineError> {
        self.locked(token)?;
        self.settle_prepared(token, settlement.prepare()?)
    }

    /// Tells whether [`settle_prepared`](Self::settle_prepared) would be refused.
    pub(in crate::service_bus::engine) fn check_settle(
        &self,
        token: Uuid,
        settlement: &Prepared,
    ) -> Result<(), EngineError> {
        if !self.options.status.can_receive() {
            return Err(EngineError::Disabled);
        }
        self.locked(token)?;
        if matches!(settlement, Prepared::DeadLetter(_)) && self.kind != SubQueue::Main {
            return Err(EngineError::NotAllowed(
                "a message of a dead-letter queue cannot be dead-lettered: complete or abandon it",
            ));
        }
        Ok(())
    }

    pub(in crate::service_bus::engine) fn settle_prepared(
        &mut self,
        token: Uuid,
        settlement: Prepared,
    ) -> Result<(), EngineError> {
        self.check_settle(token, &settlement)?;
        let sequence = self.locked(token)?;
        match settlement {
            Prepared::Complete => {
                self.remove(sequence);
            }
            Prepared::Release => {
                self.change(sequence, |entry| entry.lock = None);
            }
            Prepared::Abandon(patch) => self.fail(sequence, Some(&patch)),
            Prepared::Defer(patch) => {
                self.change(sequence, |entry| {
                    entry.lock = None;
                    entry.state = MessageState::Deferred;
                    if !patch.is_empty() {
                        entry.message = entry.message.patched(&patch).into();
                    }
                });
                self.bury_oversized(sequence);
            }
            Prepared::DeadLetter(patch) => {
                if let Some(entry) = self.remove(sequence) {
                    self.send_out(sequence, entry, Way::DeadLetter(patch));
                }
            }
        }
        Ok(())
    }

    /// Renews the lock of a message; gives its new end.
    pub(in crate::service_bus::engine) fn renew(
        &mut self,
        token: Uuid,
        now: Timestamp,
    ) -> Result<Timestamp, EngineError> {
        if self.options.requires_session {
            return Err(EngineError::NotAllowed(
                "messages of a session have no lock of their own: renew the session's",
            ));
        }
        let sequence = self.locked(token)?;
        let until = now.after(self.options.lock_duration);
        self.change(sequence, |entry| entry.lock = Some((token, until)));
        Ok(until)
    }

    /// Dead-letters a message that changes have made too large to come again.
    pub(super) fn bury_oversized(&mut self, sequence: i64) {
        let entry = self.entries.get(&sequence);
        if self.kind == SubQueue::Main
            && entry.is_some_and(|entry| entry.message.header_size() > MAX_HEADER)
            && let Some(entry) = self.remove(sequence)
        {
            self.send_out(sequence, entry, header_size_exceeded());
        }
    }

    fn locked(&self, token: Uuid) -> Result<i64, EngineError> {
        self.tokens
            .get(&token)
            .copied()
            .ok_or(EngineError::MessageLockLost)
    }
}

/// Azure's limit of reason and description.
fn clip(text: &str) -> &str {
    let mut end = text.len().min(4096);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
