use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use crate::service_bus::engine::{durable::Journal, time::Timestamp};

/// The most ids that are remembered; beyond, the oldest is forgotten before its time.
const MAX_IDS: usize = 1_000_000;

/// Message ids of the duplicate detection history.
#[derive(Default)]
pub(super) struct Duplicates {
    ids: HashSet<Arc<[u8]>>,
    order: VecDeque<(Timestamp, Arc<[u8]>)>,
}

impl Duplicates {
    /// Remembers an id for `window`; tells whether it was known.
    pub(super) fn seen(
        &mut self,
        id: &[u8],
        now: Timestamp,
        window: Duration,
        journal: &Journal,
    ) -> bool {
        while self
            .order
            .front()
            .is_some_and(|(until, _)| *until <= now || self.order.len() >= MAX_IDS)
        {
            if let Some((_, old)) = self.order.pop_front() {
                self.ids.remove(&old);
                journal.duplicate(&old, None);
            }
        }
        if self.ids.contains(id) {
            return true;
        }
        let id: Arc<[u8]> = id.into();
        let until = now.after(window);
        journal.duplicate(&id, Some(until));
        self.remember(id, until);
        false
    }

    /// Remembers an id until then; ids come in order of time.
    pub(super) fn remember(&mut self, id: Arc<[u8]>, until: Timestamp) {
        self.ids.insert(Arc::clone(&id));
        self.order.push_back((until, id));
    }
}
