use std::sync::Arc;

use bytes::Bytes;

use super::{Log, changes::Change};
use crate::service_bus::engine::{
    queue::{Entry, QueueId},
    time::Timestamp,
};

/// Where a queue writes what it changes: nowhere, or into the log of a durable namespace.
#[derive(Clone, Default)]
pub(in crate::service_bus::engine) struct Journal(Option<(QueueId, Arc<Log>)>);

impl Journal {
    pub(in crate::service_bus::engine) fn new(id: QueueId, log: Arc<Log>) -> Self {
        Self(Some((id, log)))
    }

    /// A message has come.
    pub(in crate::service_bus::engine) fn append(&self, sequence: i64, entry: &Entry) {
        self.put(sequence, entry, true, true);
    }

    /// A message has changed from what it was before.
    pub(in crate::service_bus::engine) fn change(&self, sequence: i64, was: &Entry, is: &Entry) {
        let message = !Arc::ptr_eq(&was.message, &is.message);
        let state = was.state != is.state || was.delivery_count != is.delivery_count;
        // A lock is not kept.
        if message || state {
            self.put(sequence, is, message, false);
        }
    }

    /// A message has gone.
    pub(in crate::service_bus::engine) fn remove(&self, sequence: i64) {
        if let Some((id, log)) = &self.0 {
            log.write(|changes| changes.change((*id, sequence), Change::Remove));
        }
    }

    /// A sequence number was given.
    pub(in crate::service_bus::engine) fn number(&self, last: i64) {
        if let Some((id, log)) = &self.0 {
            log.write(|changes| changes.sequences.insert(*id, last));
        }
    }

    /// A session has this state.
    pub(in crate::service_bus::engine) fn session(
        &self,
        session: &Arc<str>,
        state: Option<&Bytes>,
    ) {
        if let Some((id, log)) = &self.0 {
            let key = (*id, Arc::clone(session));
            log.write(|changes| changes.states.insert(key, state.cloned()));
        }
    }

    /// A message id is remembered until then, or not any more.
    pub(in crate::service_bus::engine) fn duplicate(
        &self,
        id: &Arc<[u8]>,
        until: Option<Timestamp>,
    ) {
        if let Some((queue, log)) = &self.0 {
            let key = (*queue, Arc::clone(id));
            log.write(|changes| changes.duplicates.insert(key, until));
        }
    }

    pub(in crate::service_bus::engine) fn is_kept(&self) -> bool {
        self.0.is_some()
    }

    fn put(&self, sequence: i64, entry: &Entry, message: bool, fresh: bool) {
        if let Some((id, log)) = &self.0 {
            let change = Change::Put {
                entry: Box::new(entry.clone()),
                message,
                fresh,
            };
            log.write(|changes| changes.change((*id, sequence), change));
        }
    }
}
