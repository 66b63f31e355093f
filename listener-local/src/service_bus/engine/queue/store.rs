//! The only three ways in which the messages of a queue change, each of which the journal learns of.

use super::{Entry, MessageState, Queue};

impl Queue {
    /// Puts a message at its place.
    pub(super) fn append(&mut self, sequence: i64, entry: Entry) {
        self.journal.append(sequence, &entry);
        self.insert(sequence, entry);
    }

    pub(super) fn insert(&mut self, sequence: i64, entry: Entry) {
        self.bytes += size(&entry);
        self.index(sequence, &entry);
        self.entries.insert(sequence, entry);
    }

    /// Takes a message out.
    pub(super) fn remove(&mut self, sequence: i64) -> Option<Entry> {
        let entry = self.entries.remove(&sequence)?;
        self.journal.remove(sequence);
        self.unindex(sequence, &entry);
        self.bytes -= size(&entry);
        Some(entry)
    }

    /// Changes a message in place; gives what it is now.
    pub(super) fn change(
        &mut self,
        sequence: i64,
        change: impl FnOnce(&mut Entry),
    ) -> Option<&Entry> {
        let mut entry = self.entries.remove(&sequence)?;
        self.unindex(sequence, &entry);
        self.bytes -= size(&entry);
        let before = self.journal.is_kept().then(|| entry.clone());
        change(&mut entry);
        if let Some(before) = before {
            self.journal.change(sequence, &before, &entry);
        }
        self.bytes += size(&entry);
        self.index(sequence, &entry);
        Some(self.entries.entry(sequence).or_insert(entry))
    }

    fn index(&mut self, sequence: i64, entry: &Entry) {
        let session = self.session_of(entry);
        if let Some(id) = &session {
            self.sessions.hold(id, sequence);
        }
        if entry.state == MessageState::Deferred {
            self.deferred += 1;
        }
        match (entry.state, entry.lock) {
            (MessageState::Scheduled, _) => {
                self.due.insert((entry.enqueued, sequence));
            }
            (_, Some((token, until))) => {
                self.tokens.insert(token, sequence);
                match &session {
                    // The lock of the session is the lock of its messages.
                    Some(id) => self.sessions.lock_message(id, sequence),
                    None => {
                        self.locks.insert((until, sequence));
                    }
                }
            }
            (MessageState::Deferred, None) => {}
            (MessageState::Active, None) => {
                if let Some(expires) = entry.expires {
                    self.expiries.insert((expires, sequence));
                }
                match &session {
                    Some(id) => self.sessions.make_ready(id, sequence),
                    None => {
                        self.ready.insert(sequence);
                        self.line.wake_for(self.ready.len());
                    }
                }
            }
        }
    }

    fn unindex(&mut self, sequence: i64, entry: &Entry) {
        if entry.state == MessageState::Deferred {
            self.deferred -= 1;
        }
        if let Some((token, until)) = entry.lock {
            self.tokens.remove(&token);
            self.locks.remove(&(until, sequence));
        }
        if entry.state == MessageState::Scheduled {
            self.due.remove(&(entry.enqueued, sequence));
        }
        if let Some(expires) = entry.expires {
            self.expiries.remove(&(expires, sequence));
        }
        match self.session_of(entry) {
            Some(id) => self.sessions.forget(&id, sequence),
            None => {
                self.ready.remove(&sequence);
            }
        }
    }
}

fn size(entry: &Entry) -> u64 {
    // Each message also takes its place in the indexes.
    const OVERHEAD: u64 = 256;
    OVERHEAD + u64::try_from(entry.message.size()).unwrap_or(u64::MAX / 2)
}
