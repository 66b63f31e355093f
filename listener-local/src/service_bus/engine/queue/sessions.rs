use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use bytes::Bytes;

use super::{Entry, Queue};
use crate::service_bus::engine::{error::EngineError, line::Line, time::Timestamp};

/// The largest state of a session, in bytes: Azure's standard tier.
const MAX_STATE: usize = 256 * 1024;

/// Who holds a session: a number that is never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::service_bus::engine) struct SessionLock(u64);

#[derive(Default)]
pub(super) struct Sessions {
    by_id: HashMap<Arc<str>, State>,
    /// Unlocked sessions with messages to receive, by the first of these.
    free: BTreeSet<(i64, Arc<str>)>,
    ends: BTreeSet<(Timestamp, Arc<str>)>,
    last_lock: u64,
    line: Line,
}

#[derive(Default)]
struct State {
    all: BTreeSet<i64>,
    ready: BTreeSet<i64>,
    locked: BTreeSet<i64>,
    lock: Option<(SessionLock, Timestamp)>,
    state: Option<Bytes>,
    line: Line,
}

impl Sessions {
    pub(super) fn full(&self, id: &str, limit: usize) -> bool {
        self.by_id.len() >= limit && !self.by_id.contains_key(id)
    }

    pub(super) fn hold(&mut self, id: &Arc<str>, sequence: i64) {
        self.with(id, |session| session.all.insert(sequence));
    }

    pub(super) fn make_ready(&mut self, id: &Arc<str>, sequence: i64) {
        self.with(id, |session| {
            session.ready.insert(sequence);
            session.line.wake_for(session.ready.len());
        });
    }

    pub(super) fn lock_message(&mut self, id: &Arc<str>, sequence: i64) {
        self.with(id, |session| session.locked.insert(sequence));
    }

    pub(super) fn forget(&mut self, id: &Arc<str>, sequence: i64) {
        self.with(id, |session| {
            session.all.remove(&sequence);
            session.ready.remove(&sequence);
            session.locked.remove(&sequence);
        });
    }

    pub(super) fn ready_count(&self, id: &str) -> Option<(usize, Timestamp)> {
        let session = self.by_id.get(id)?;
        Some((session.ready.len(), session.lock?.1))
    }

    pub(super) fn first_ready(&self, id: &str) -> Option<i64> {
        self.by_id.get(id)?.ready.first().copied()
    }

    pub(super) fn first_free(&self) -> Option<i64> {
        self.free.first().map(|(sequence, _)| *sequence)
    }

    pub(super) fn ended(&self, now: Timestamp) -> Option<Arc<str>> {
        let (_, id) = self.ends.first().filter(|(end, _)| *end <= now)?;
        Some(Arc::clone(id))
    }

    pub(super) fn next_end(&self) -> Option<Timestamp> {
        self.ends.first().map(|(end, _)| *end)
    }

    pub(super) fn sequences(&self, id: &str, from: i64) -> impl Iterator<Item = i64> + '_ {
        self.by_id
            .get(id)
            .into_iter()
            .flat_map(move |session| session.all.range(from..).copied())
    }

    pub(super) fn set_state(&mut self, id: &Arc<str>, state: Option<Bytes>) {
        self.with(id, |session| session.state = state);
    }

    pub(super) fn wake_everyone(&self) {
        self.line.wake_all();
        for session in self.by_id.values() {
            session.line.wake_all();
        }
    }

    /// Changes a session and keeps the indexes; a session without messages, lock and state is forgotten.
    fn with<R>(&mut self, id: &Arc<str>, change: impl FnOnce(&mut State) -> R) -> R {
        let session = self.by_id.entry(Arc::clone(id)).or_default();
        let (was_free, was_end) = (session.free(), session.end());
        let result = change(session);
        let (is_free, is_end) = (session.free(), session.end());
        let empty = session.empty();
        if was_free != is_free {
            if let Some(first) = was_free {
                self.free.remove(&(first, Arc::clone(id)));
            }
            if let Some(first) = is_free {
                self.free.insert((first, Arc::clone(id)));
                if was_free.is_none() {
                    self.line.wake_for(self.free.len());
                }
            }
        }
        if was_end != is_end {
            if let Some(end) = was_end {
                self.ends.remove(&(end, Arc::clone(id)));
            }
            if let Some(end) = is_end {
                self.ends.insert((end, Arc::clone(id)));
            }
        }
        if empty {
            self.by_id.remove(id);
        }
        result
    }
}

impl State {
    fn free(&self) -> Option<i64> {
        self.ready.first().copied().filter(|_| self.lock.is_none())
    }

    fn end(&self) -> Option<Timestamp> {
        self.lock.map(|(_, end)| end)
    }

    fn empty(&self) -> bool {
        self.all.is_empty() && self.lock.is_none() && self.state.is_none()
    }
}

impl Queue {
    pub(super) fn session_of(&self, entry: &Entry) -> Option<Arc<str>> {
        let id = self
            .options
            .requires_session
            .then(|| entry.message.session());
        id.flatten().cloned()
    }

    /// Locks a session by its id, also one that has no messages yet.
    pub(in crate::service_bus::engine) fn lock_session(
        &mut self,
        id: &Arc<str>,
        now: Timestamp,
    ) -> Result<(SessionLock, Timestamp), EngineError> {
        if self
            .sessions
            .by_id
            .get(id)
            .is_some_and(|session| session.lock.is_some())
        {
            return Err(EngineError::SessionCannotBeLocked);
        }
        if self.sessions.full(id, self.options.max_sessions) {
            return Err(EngineError::LimitExceeded("sessions of the entity"));
        }
        self.sessions.last_lock += 1;
        let lock = SessionLock(self.sessions.last_lock);
        let until = now.after(self.options.lock_duration);
        self.sessions
            .with(id, |session| session.lock = Some((lock, until)));
        Ok((lock, until))
    }

    /// The unlocked session whose first message is the oldest, if any is left by `ahead` receivers.
    pub(in crate::service_bus::engine) fn next_session(&self, ahead: usize) -> Option<Arc<str>> {
        let free = self.sessions.free.len() > ahead;
        let (_, id) = self.sessions.free.first().filter(|_| free)?;
        Some(Arc::clone(id))
    }

    /// When the lock of a session ends.
    pub(in crate::service_bus::engine) fn check_session(
        &self,
        id: &str,
        lock: SessionLock,
    ) -> Result<Timestamp, EngineError> {
        match self.sessions.by_id.get(id).and_then(|session| session.lock) {
            Some((held, until)) if held == lock => Ok(until),
            _ => Err(EngineError::SessionLockLost),
        }
    }

    /// The lock that a session has now.
    pub(in crate::service_bus::engine) fn session_lock(&self, id: &str) -> Option<SessionLock> {
        let session = self.sessions.by_id.get(id)?;
        session.lock.map(|(lock, _)| lock)
    }

    pub(in crate::service_bus::engine) fn renew_session(
        &mut self,
        id: &Arc<str>,
        lock: SessionLock,
        now: Timestamp,
    ) -> Result<Timestamp, EngineError> {
        self.check_session(id, lock)?;
        let until = now.after(self.options.lock_duration);
        self.sessions
            .with(id, |session| session.lock = Some((lock, until)));
        Ok(until)
    }

    /// Frees a session: its locked messages come again, and their deliveries do not count (Microsoft's page on
    /// sessions says so of both an ended and a closed session).
    pub(in crate::service_bus::engine) fn unlock_session(&mut self, id: &Arc<str>) {
        let Some(session) = self.sessions.by_id.get(id) else {
            return;
        };
        let locked: Vec<i64> = session.locked.iter().copied().collect();
        for sequence in locked {
            self.change(sequence, |entry| entry.lock = None);
        }
        self.sessions.with(id, |session| {
            session.lock = None;
            // Whoever waits in it has to learn that it is lost.
            session.line.wake_all();
        });
    }

    pub(in crate::service_bus::engine) fn session_state(&self, id: &str) -> Option<Bytes> {
        self.sessions.by_id.get(id)?.state.clone()
    }

    pub(in crate::service_bus::engine) fn set_session_state(
        &mut self,
        id: &Arc<str>,
        state: Option<Bytes>,
    ) -> Result<(), EngineError> {
        if let Some(state) = state.as_ref().filter(|state| state.len() > MAX_STATE) {
            return Err(EngineError::TooLarge {
                bytes: state.len(),
                limit: MAX_STATE,
            });
        }
        self.journal.session(id, state.as_ref());
        self.sessions.set_state(id, state);
        Ok(())
    }

    /// The ids of all known sessions, in order.
    pub(in crate::service_bus::engine) fn session_ids(
        &self,
        skip: usize,
        top: usize,
    ) -> Vec<String> {
        let mut ids: Vec<_> = self.sessions.by_id.keys().collect();
        ids.sort_unstable();
        let page = ids.into_iter().skip(skip).take(top);
        page.map(|id| id.as_ref().to_owned()).collect()
    }

    /// The line of those who wait in a session, or for any session.
    pub(in crate::service_bus::engine) fn session_line(
        &mut self,
        id: Option<&str>,
    ) -> Option<&mut Line> {
        match id {
            Some(id) => self
                .sessions
                .by_id
                .get_mut(id)
                .map(|session| &mut session.line),
            None => Some(&mut self.sessions.line),
        }
    }

    pub(in crate::service_bus::engine) fn ready_in_session(&self, id: &str) -> usize {
        self.sessions.ready_count(id).map_or(0, |(count, _)| count)
    }

    pub(in crate::service_bus::engine) fn free_sessions(&self) -> usize {
        self.sessions.free.len()
    }

    pub(in crate::service_bus::engine) fn ready(&self) -> usize {
        self.ready.len()
    }
}
