use std::{
    collections::{HashMap, hash_map::Entry as Slot},
    sync::Arc,
};

use bytes::Bytes;

use crate::service_bus::engine::{
    queue::{Entry, QueueId},
    time::Timestamp,
};

/// What has changed since the last commit. Of several changes of one thing only the last is kept, so that it never
/// grows beyond what the namespace holds, and a message that comes and goes between two commits is not written at all.
#[derive(Default)]
pub(in crate::service_bus::engine) struct Changes {
    pub(super) entries: HashMap<(QueueId, i64), Change>,
    /// The last sequence numbers that were given.
    pub(super) sequences: HashMap<QueueId, i64>,
    pub(super) states: HashMap<(QueueId, Arc<str>), Option<Bytes>>,
    /// Until when message ids are remembered.
    pub(super) duplicates: HashMap<(QueueId, Arc<[u8]>), Option<Timestamp>>,
    /// Entities as records, by path.
    pub(super) entities: HashMap<String, Option<Vec<u8>>>,
    /// Queues whose entity was deleted.
    pub(super) dropped: Vec<QueueId>,
}

pub(super) enum Change {
    Put {
        entry: Box<Entry>,
        /// Whether the message itself is to be written, not only its state.
        message: bool,
        /// Whether the file is known not to have it.
        fresh: bool,
    },
    Remove,
}

impl Changes {
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
            && self.sequences.is_empty()
            && self.states.is_empty()
            && self.duplicates.is_empty()
            && self.entities.is_empty()
            && self.dropped.is_empty()
    }

    #[cfg(test)]
    pub(in crate::service_bus::engine) fn messages(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn change(&mut self, key: (QueueId, i64), change: Change) {
        match self.entries.entry(key) {
            Slot::Vacant(slot) => {
                slot.insert(change);
            }
            Slot::Occupied(mut slot) => match (slot.get_mut(), change) {
                (Change::Put { fresh: true, .. }, Change::Remove) => {
                    slot.remove();
                }
                (
                    Change::Put { entry, message, .. },
                    Change::Put {
                        entry: new,
                        message: changed,
                        ..
                    },
                ) => {
                    *entry = new;
                    *message |= changed;
                }
                (known, Change::Put { entry, .. }) => {
                    *known = Change::Put {
                        entry,
                        message: true,
                        fresh: false,
                    };
                }
                (known, Change::Remove) => *known = Change::Remove,
            },
        }
    }

    /// Puts back what could not be committed, under what has changed since.
    pub(super) fn put_back(&mut self, mut older: Self) {
        for change in older.entries.values_mut() {
            if let Change::Put { fresh, .. } = change {
                // A commit that failed may still be in the file.
                *fresh = false;
            }
        }
        let newer = std::mem::replace(self, older);
        for (key, change) in newer.entries {
            self.change(key, change);
        }
        self.sequences.extend(newer.sequences);
        self.states.extend(newer.states);
        self.duplicates.extend(newer.duplicates);
        self.entities.extend(newer.entities);
        self.dropped.extend(newer.dropped);
    }
}
