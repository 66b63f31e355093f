use uuid::Uuid;

use super::{MAX_HEADER, MessageState, Outgoing, Queue, Settlement, Way, header_size_exceeded};
use crate::service_bus::engine::{
    address::SubQueue, error::EngineError, message::Patch, time::Timestamp,
};

impl Queue {
    /// Settles the message that `token` locks.
    pub(in crate::service_bus::engine) fn settle(
        &mut self,
        token: Uuid,
        settlement: Settlement,
    ) -> Result<(), EngineError> {
        if !self.options.status.can_receive() {
            return Err(EngineError::Disabled);
        }
        let sequence = self.locked(token)?;
        match settlement {
            Settlement::Complete => {
                self.remove(sequence);
            }
            Settlement::Release => {
                self.change(sequence, |entry| entry.lock = None);
            }
            Settlement::Abandon(changes) => {
                let patch = Patch::new(changes)?;
                self.fail(sequence, Some(&patch));
            }
            Settlement::Defer(changes) => {
                let patch = Patch::new(changes)?;
                self.change(sequence, |entry| {
                    entry.lock = None;
                    entry.state = MessageState::Deferred;
                    if !patch.is_empty() {
                        entry.message = entry.message.patched(&patch).into();
                    }
                });
                self.bury_oversized(sequence);
            }
            Settlement::DeadLetter {
                reason,
                description,
                changes,
            } => {
                if self.kind != SubQueue::Main {
                    return Err(EngineError::NotAllowed(
                        "a message of a dead-letter queue cannot be dead-lettered: complete or abandon it",
                    ));
                }
                let mut patch = Patch::new(changes)?;
                for (name, value) in [
                    ("DeadLetterReason", reason),
                    ("DeadLetterErrorDescription", description),
                ] {
                    if let Some(value) = value {
                        patch.set(name, clip(&value));
                    }
                }
                if let Some(mut entry) = self.remove(sequence) {
                    entry.lock = None;
                    self.outbox.push(Outgoing {
                        entry,
                        sequence,
                        way: Way::DeadLetter(patch),
                    });
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
