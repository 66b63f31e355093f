//! The links that live, so that they can be detached.

use super::{handle::Faults, trigger::concerns};
use crate::amqp::LinkHandle;
use std::{collections::BTreeMap, fmt, sync::Arc};

#[derive(Debug, Default)]
pub(super) struct Links {
    next: u64,
    links: BTreeMap<u64, (Arc<str>, LinkHandle)>,
}

impl Links {
    pub(super) fn add(&mut self, entity: Arc<str>, link: LinkHandle) -> u64 {
        let id = self.next;
        self.next += 1;
        self.links.insert(id, (entity, link));
        id
    }

    pub(super) fn remove(&mut self, id: u64) {
        self.links.remove(&id);
    }

    /// The links of an entity, or all.
    pub(super) fn of(&self, scope: Option<&str>) -> Vec<LinkHandle> {
        let links = self.links.values();
        links
            .filter(|(entity, _)| concerns(scope, entity))
            .map(|(_, link)| link.clone())
            .collect()
    }
}

/// Keeps a link in the list until it is dropped.
pub(super) struct Listed {
    pub(super) faults: Faults,
    pub(super) id: u64,
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.faults.lock().links.remove(self.id);
    }
}

impl fmt::Debug for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Listed").field(&self.id).finish()
    }
}
