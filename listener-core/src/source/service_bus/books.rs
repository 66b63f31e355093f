//! What a source knows of all its deliveries: how many are out, what pauses, and how the listener fares.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};
use uuid::Uuid;

/// How long what went back is waited for, before another is tried in its place. Then another process has it.
const RETURN: Duration = Duration::from_secs(10);

/// The record and the place in the queue of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) record: Option<Uuid>,
    /// The sequence number, where the service tells it.
    pub(super) sequence: Option<i64>,
}

/// Books that are kept as it happens, and not when the work gets to it.
#[derive(Debug)]
pub(super) struct Books {
    /// How many messages are tried while all fails.
    most: usize,
    state: Mutex<State>,
    /// There may be room for another message.
    pub(super) changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    last: u64,
    /// Given out, and not settled.
    out: usize,
    /// Failed, and not known to be back in the queue.
    failed: HashMap<u64, Failed>,
    /// Until when those that went back are waited for.
    returning: VecDeque<Instant>,
    /// Failures in a row since the last success.
    in_a_row: u32,
}

#[derive(Debug)]
struct Failed {
    place: Place,
    /// On its way back: it may be here again before that is known.
    sent: bool,
}

/// Whether a message may be given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    Free,
    /// Not before a pause ends or the listener succeeds; this is the time to look again, if there is one.
    Full(Option<Instant>),
}

impl Place {
    /// Whether it stands behind the other one, which may have come again itself if it was `sent`.
    fn is_behind(self, other: Self, sent: bool) -> bool {
        self.record.is_some()
            && self.record == other.record
            && match (self.sequence, other.sequence) {
                (Some(ours), Some(theirs)) => ours > theirs,
                _ => !sent,
            }
    }
}

impl Books {
    /// Of a source whose host runs so many at once. Two are tried at least, so that where one runs at a time one that
    /// always fails does not hold up the others.
    pub(super) fn new(concurrency: usize) -> Self {
        Self {
            most: concurrency.max(2),
            state: Mutex::default(),
            changed: Notify::new(),
        }
    }

    /// Whether a message of this attempt may be given out. While all fails, no more messages are tried than may run at
    /// once: those that pause are the ones that find out when it is over.
    pub(super) fn room(&self, attempt: u32) -> Room {
        let mut state = self.state();
        if state.in_a_row == 0 {
            return Room::Free;
        }
        let now = Instant::now();
        while state.returning.front().is_some_and(|until| *until <= now) {
            state.returning.pop_front();
        }
        let pausing = state.failed.values().filter(|failed| !failed.sent).count();
        // One that came again is what is waited for.
        let returning = if attempt > 1 {
            0
        } else {
            state.returning.len()
        };
        if pausing + returning == 0 || state.out + pausing + returning < self.most {
            Room::Free
        } else {
            Room::Full(state.returning.front().copied())
        }
    }

    /// A message arrived, of this attempt.
    pub(super) fn arrived(&self, attempt: u32) {
        if attempt > 1 {
            self.state().returning.pop_front();
        }
    }

    pub(super) fn given_out(&self) {
        self.state().out += 1;
    }

    pub(super) fn settled(&self) {
        let mut state = self.state();
        state.out = state.out.saturating_sub(1);
        drop(state);
        self.changed.notify_one();
    }

    /// How many failures in a row look like an outage.
    pub(super) fn outage(&self) -> u32 {
        u32::try_from(self.most).unwrap_or(u32::MAX)
    }

    /// The listener succeeded; how often in a row it had failed before.
    pub(super) fn succeeded(&self) -> u32 {
        let mut state = self.state();
        state.returning.clear();
        let failures = std::mem::take(&mut state.in_a_row);
        drop(state);
        if failures > 0 {
            self.changed.notify_one();
        }
        failures
    }

    /// The listener failed; how often in a row it had before.
    pub(super) fn failed(&self) -> u32 {
        let mut state = self.state();
        let before = state.in_a_row;
        state.in_a_row = before.saturating_add(1);
        before
    }

    /// A message begins to pause; gives its number.
    pub(super) fn pause(&self, place: Place) -> u64 {
        let mut state = self.state();
        state.last += 1;
        let number = state.last;
        state.failed.insert(number, Failed { place, sent: false });
        number
    }

    /// It goes back.
    pub(super) fn sent(&self, number: u64) {
        let mut state = self.state();
        if let Some(failed) = state.failed.get_mut(&number)
            && !std::mem::replace(&mut failed.sent, true)
            && state.in_a_row > 0
        {
            state.returning.push_back(Instant::now() + RETURN);
        }
        drop(state);
        self.changed.notify_one();
    }

    /// It is back, or gone.
    pub(super) fn back(&self, number: u64) {
        self.state().failed.remove(&number);
        self.changed.notify_one();
    }

    /// Whether anything pauses: only then is it worth while to read records.
    pub(super) fn any_pauses(&self) -> bool {
        !self.state().failed.is_empty()
    }

    /// Whether an earlier message of the record pauses.
    pub(super) fn is_behind(&self, place: Place) -> bool {
        let state = self.state();
        let mut failed = state.failed.values();
        failed.any(|failed| place.is_behind(failed.place, failed.sent))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(record: u128, sequence: Option<i64>) -> Place {
        Place {
            record: Some(Uuid::from_u128(record)),
            sequence,
        }
    }

    /// Two are out and fail.
    fn outage(books: &Books) -> [u64; 2] {
        books.given_out();
        books.given_out();
        [1, 2].map(|record| {
            books.settled();
            books.failed();
            books.pause(place(record, Some(record as i64)))
        })
    }

    #[tokio::test(start_paused = true)]
    async fn while_all_fails_no_more_are_tried_than_may_run() {
        let books = Books::new(2);
        assert_eq!(books.room(1), Room::Free);
        outage(&books);
        assert_eq!(books.room(1), Room::Full(None));
        assert_eq!(books.succeeded(), 2);
        assert_eq!(books.room(1), Room::Free);
    }

    #[test]
    fn where_one_runs_at_a_time_one_that_fails_does_not_hold_up_the_next() {
        let books = Books::new(1);
        books.failed();
        books.pause(place(1, Some(1)));
        assert_eq!(books.room(1), Room::Free);
        books.given_out();
        assert_eq!(books.room(1), Room::Full(None));
    }

    #[tokio::test(start_paused = true)]
    async fn what_went_back_has_its_room_for_a_while() {
        let books = Books::new(2);
        let [first, _] = outage(&books);
        books.sent(first);
        books.back(first);
        assert!(matches!(books.room(1), Room::Full(Some(_))));
        assert_eq!(books.room(2), Room::Free);
        books.arrived(1);
        assert!(matches!(books.room(1), Room::Full(Some(_))));
        tokio::time::advance(RETURN).await;
        assert_eq!(books.room(1), Room::Free);
    }

    #[test]
    fn only_later_messages_of_the_record_are_behind_what_pauses() {
        let books = Books::new(2);
        let number = books.pause(place(1, Some(5)));
        assert!(books.is_behind(place(1, Some(6))));
        assert!(!books.is_behind(place(1, Some(5))), "it came again");
        assert!(!books.is_behind(place(1, Some(4))));
        assert!(!books.is_behind(place(2, Some(6))));
        assert!(!books.is_behind(Place::default()));
        books.sent(number);
        assert!(books.is_behind(place(1, Some(6))));
        books.back(number);
        assert!(!books.is_behind(place(1, Some(6))));
    }

    #[test]
    fn without_sequence_numbers_all_are_behind_until_the_first_goes_back() {
        let books = Books::new(2);
        let number = books.pause(place(1, None));
        assert!(books.is_behind(place(1, None)));
        books.sent(number);
        assert!(!books.is_behind(place(1, None)));
    }
}
