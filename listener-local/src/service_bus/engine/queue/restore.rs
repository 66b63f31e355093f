//! Filling a queue from a store. Nothing here is journaled.

use std::sync::Arc;

use bytes::Bytes;

use super::{Entry, Queue};
use crate::service_bus::engine::time::Timestamp;

impl Queue {
    pub(in crate::service_bus::engine) fn restore_number(&mut self, last: i64) {
        self.last_sequence = last;
    }

    pub(in crate::service_bus::engine) fn restore_session(&mut self, id: &Arc<str>, state: Bytes) {
        self.sessions.set_state(id, Some(state));
    }

    pub(in crate::service_bus::engine) fn restore_duplicate(
        &mut self,
        id: Arc<[u8]>,
        until: Timestamp,
    ) {
        self.duplicates.remember(id, until);
    }

    pub(in crate::service_bus::engine) fn restore_entry(&mut self, sequence: i64, entry: Entry) {
        self.insert(sequence, entry);
    }
}
