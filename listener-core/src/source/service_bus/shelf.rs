//! What has been taken and not been given out.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};
use uuid::Uuid;

use super::{
    books::{Books, Place, Room},
    held::Held,
};
use crate::Delivery;

pub(super) type Taken = (Delivery, Held);

/// What waits to be given out: in the order of arrival, but first what came again, which is older.
#[derive(Default)]
pub(super) struct Shelf {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    /// How many at the front came again.
    again: usize,
    items: VecDeque<Taken>,
    closed: bool,
}

impl Shelf {
    /// Puts one on; gives it back after the end.
    pub(super) fn push(&self, taken: Taken) -> Option<Taken> {
        let mut state = self.state();
        if state.closed {
            return Some(taken);
        }
        if taken.1.attempt > 1 {
            let at = state.again;
            state.items.insert(at, taken);
            state.again += 1;
        } else {
            state.items.push_back(taken);
        }
        drop(state);
        self.changed.notify_one();
        None
    }

    /// The next one for which there is room; `None` after the end. Dropped while it waits, it loses nothing.
    pub(super) async fn next(&self, books: &Books) -> Option<Taken> {
        loop {
            let look_again = {
                let mut state = self.state();
                match state.items.front() {
                    None if state.closed => return None,
                    None => None,
                    Some((_, held)) => match books.room(held.attempt) {
                        Room::Free => return state.remove(0),
                        Room::Full(until) => until,
                    },
                }
            };
            tokio::select! {
                () = self.changed.notified() => {}
                () = books.changed.notified() => {}
                () = sleep_until(look_again.unwrap_or_else(Instant::now)), if look_again.is_some() => {}
            }
        }
    }

    /// Takes those out whose time here is over, and tells when the next one's is.
    pub(super) fn overdue(&self, now: Instant) -> (Vec<Held>, Option<Instant>) {
        let mut state = self.state();
        let over =
            state.remove_all(|(_, held)| held.unseen_until().is_some_and(|until| until <= now));
        let next = state
            .items
            .iter()
            .filter_map(|(_, held)| held.unseen_until());
        let next = next.min();
        (over, next)
    }

    /// Takes those of a record out that stand behind this place.
    pub(super) fn behind(&self, place: Place) -> Vec<Held> {
        self.state().remove_all(|(delivery, held)| {
            place.record.is_some()
                && held.sequence > place.sequence
                && record(delivery) == place.record
        })
    }

    /// The end: takes all out.
    pub(super) fn close(&self) -> Vec<Held> {
        let mut state = self.state();
        state.closed = true;
        let all = state.remove_all(|_| true);
        drop(state);
        self.changed.notify_one();
        all
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn remove(&mut self, at: usize) -> Option<Taken> {
        let taken = self.items.remove(at)?;
        self.again -= usize::from(at < self.again);
        Some(taken)
    }

    fn remove_all(&mut self, which: impl Fn(&Taken) -> bool) -> Vec<Held> {
        let mut removed = Vec::new();
        let mut at = 0;
        while let Some(taken) = self.items.get(at) {
            if !which(taken) {
                at += 1;
            } else if let Some((_, held)) = self.remove(at) {
                removed.push(held);
            }
        }
        removed
    }
}

/// The row that a message is about; none if it names none, or cannot be read.
pub(super) fn record(delivery: &Delivery) -> Option<Uuid> {
    let id = delivery.message().primary_entity_id().ok()?;
    (!id.is_nil()).then_some(id)
}
