use std::collections::{HashMap, VecDeque, hash_map::Entry};

use foldhash::fast::RandomState;
use uuid::Uuid;

use crate::{Delivery, TargetReference, context::Text, extract::FromContext};

/// The record that a delivery is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Lane {
    entity: Text,
    id: Uuid,
}

impl Lane {
    /// The delivery's lane: its primary entity, else its Target; `None` where it names no record, or cannot be read.
    pub(super) fn of(delivery: &Delivery) -> Option<Self> {
        let message = delivery.message();
        let id = message.primary_entity_id().ok()?;
        if !id.is_nil() {
            return Some(Self {
                entity: message.primary_entity_name().ok()?.into(),
                id,
            });
        }
        let TargetReference(target) = TargetReference::from_context(delivery, &()).ok()?;
        let id = target.id();
        (!id.is_nil()).then(|| Self {
            entity: target.logical_name().into(),
            id,
        })
    }
}

/// Work in lanes: of each lane one item is out at a time, and items come out in the order in which they went in.
pub(super) struct Lanes<T> {
    /// Lanes of which an item is out, with those that wait for it.
    busy: HashMap<Lane, VecDeque<T>, RandomState>,
    /// What can come out now.
    free: VecDeque<(Option<Lane>, T)>,
    held: usize,
}

impl<T> Lanes<T> {
    pub(super) fn new() -> Self {
        Self {
            busy: HashMap::default(),
            free: VecDeque::new(),
            held: 0,
        }
    }

    /// Puts an item in; without a lane it waits for nobody.
    pub(super) fn push(&mut self, lane: Option<Lane>, item: T) {
        let Some(lane) = lane else {
            self.free.push_back((None, item));
            return;
        };
        match self.busy.entry(lane) {
            Entry::Occupied(mut lane) => {
                lane.get_mut().push_back(item);
                self.held += 1;
            }
            Entry::Vacant(vacant) => {
                self.free.push_back((Some(vacant.key().clone()), item));
                vacant.insert(VecDeque::new());
            }
        }
    }

    /// Takes out the next item that need not wait.
    pub(super) fn pop(&mut self) -> Option<(Option<Lane>, T)> {
        self.free.pop_front()
    }

    /// The item that was out is done: the next of its lane may come out.
    pub(super) fn advance(&mut self, lane: Lane) {
        let Entry::Occupied(mut entry) = self.busy.entry(lane) else {
            return;
        };
        match entry.get_mut().pop_front() {
            Some(item) => {
                self.held -= 1;
                let lane = entry.key().clone();
                self.free.push_back((Some(lane), item));
            }
            None => {
                entry.remove();
            }
        }
    }

    /// The item that was out goes back: so do those that wait for it.
    pub(super) fn give_back(&mut self, lane: &Lane) -> VecDeque<T> {
        let items = self.busy.remove(lane).unwrap_or_default();
        self.held -= items.len();
        items
    }

    /// All that has not come out, each lane in its order.
    pub(super) fn drain(&mut self) -> Vec<T> {
        self.held = 0;
        let free = self.free.drain(..).map(|(_, item)| item);
        free.chain(self.busy.drain().flat_map(|(_, items)| items))
            .collect()
    }

    /// How many wait for others of their lane.
    pub(super) const fn held(&self) -> usize {
        self.held
    }

    /// Whether nothing can come out now.
    pub(super) fn is_blocked(&self) -> bool {
        self.free.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::{Entity, EntityReference, RemoteExecutionContext};

    fn lane(id: u128) -> Option<Lane> {
        Some(Lane {
            entity: "account".into(),
            id: Uuid::from_u128(id),
        })
    }

    #[test]
    fn one_item_of_a_lane_is_out_at_a_time_and_in_order() {
        let mut lanes = Lanes::new();
        for (id, item) in [(1, 'a'), (1, 'b'), (2, 'c'), (1, 'd')] {
            lanes.push(lane(id), item);
        }
        assert_eq!(lanes.pop(), Some((lane(1), 'a')));
        assert_eq!(lanes.pop(), Some((lane(2), 'c')));
        assert_eq!((lanes.pop(), lanes.held()), (None, 2));
        lanes.advance(lane(1).unwrap());
        assert_eq!(lanes.pop(), Some((lane(1), 'b')));
        assert!(lanes.is_blocked());
    }

    #[test]
    fn giving_back_empties_the_lane_only() {
        let mut lanes = Lanes::new();
        for (id, item) in [(1, 'a'), (1, 'b'), (2, 'c'), (2, 'd'), (1, 'e')] {
            lanes.push(lane(id), item);
        }
        lanes.pop();
        assert_eq!(lanes.give_back(&lane(1).unwrap()), ['b', 'e']);
        assert_eq!(lanes.held(), 1);
        lanes.push(lane(1), 'f');
        assert_eq!(lanes.drain(), ['c', 'f', 'd']);
    }

    #[test]
    fn a_lane_without_work_is_forgotten() {
        let mut lanes = Lanes::new();
        lanes.push(lane(1), ());
        lanes.pop();
        lanes.advance(lane(1).unwrap());
        assert!(lanes.busy.is_empty());
    }

    #[test]
    fn the_lane_is_the_primary_entity_else_the_target() {
        let id = Uuid::from_u128(7);
        let mut context = RemoteExecutionContext::new("Associate", "account");
        assert_eq!(Lane::of(&Delivery::from_context(context.clone())), None);
        context.set_target(EntityReference::new("contact", id));
        let expected = Lane {
            entity: "contact".into(),
            id,
        };
        assert_eq!(
            Lane::of(&Delivery::from_context(context.clone())),
            Some(expected.clone())
        );
        context.set_target(Entity::new("contact", id));
        assert_eq!(
            Lane::of(&Delivery::from_context(context.clone())),
            Some(expected)
        );
        context.primary_entity_id = Uuid::from_u128(8).into();
        let expected = Lane {
            entity: "account".into(),
            id: Uuid::from_u128(8),
        };
        assert_eq!(Lane::of(&Delivery::from_context(context)), Some(expected));
    }
}
