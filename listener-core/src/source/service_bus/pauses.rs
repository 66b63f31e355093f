//! Released messages, on their way back.

use std::collections::{BTreeMap, HashMap};

use tokio::time::Instant;
use uuid::Uuid;

/// What is to be given back, by when. Of one record nothing goes back before what was released earlier: the order in
/// which a record's messages come again is the order of their releases.
#[derive(Debug)]
pub(super) struct Pauses<T> {
    last: u64,
    waiting: BTreeMap<(Instant, u64), Pause<T>>,
    /// When the last of each record goes back.
    records: HashMap<Uuid, Instant>,
}

#[derive(Debug)]
struct Pause<T> {
    /// When it would go back if all else went well.
    alone: Instant,
    record: Option<Uuid>,
    item: T,
}

impl<T> Pauses<T> {
    pub(super) fn new() -> Self {
        Self {
            last: 0,
            waiting: BTreeMap::new(),
            records: HashMap::new(),
        }
    }

    /// Keeps it until then, or longer if an earlier one of its record stays longer. `alone` is when it would be due if all
    /// else went well.
    pub(super) fn insert(&mut self, due: Instant, alone: Instant, record: Option<Uuid>, item: T) {
        self.last += 1;
        let pause = Pause {
            alone,
            record,
            item,
        };
        self.place(due, self.last, pause);
    }

    /// Keeps it until all that is kept of its record has gone back.
    pub(super) fn join(&mut self, record: Option<Uuid>, item: T) {
        let now = Instant::now();
        self.insert(now, now, record, item);
    }

    /// All goes well again: nothing stays longer than it would have alone.
    pub(super) fn recover(&mut self) {
        self.records.clear();
        let waiting = std::mem::take(&mut self.waiting);
        let by_number: BTreeMap<_, _> = waiting
            .into_iter()
            .map(|((due, number), pause)| (number, (due, pause)))
            .collect();
        for (number, (due, pause)) in by_number {
            self.place(due.min(pause.alone), number, pause);
        }
    }

    fn place(&mut self, due: Instant, number: u64, pause: Pause<T>) {
        let due = match pause.record {
            Some(record) => {
                let latest = self.records.entry(record).or_insert(due);
                *latest = due.max(*latest);
                *latest
            }
            None => due,
        };
        self.waiting.insert((due, number), pause);
    }

    /// When the next one is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.waiting.first_key_value().map(|((due, _), _)| *due)
    }

    /// When the last one of this record is due.
    pub(super) fn last_due(&self, record: Option<Uuid>) -> Option<Instant> {
        self.records.get(&record?).copied()
    }

    /// The next one that was due by then; whichever is next for `None`.
    pub(super) fn pop(&mut self, by: Option<Instant>) -> Option<T> {
        let due = self.next_due()?;
        if by.is_some_and(|by| by < due) {
            return None;
        }
        let ((due, _), Pause { record, item, .. }) = self.waiting.pop_first()?;
        if let Some(record) = record
            && self
                .records
                .get(&record)
                .is_some_and(|latest| *latest <= due)
            && !self
                .waiting
                .range((due, 0)..=(due, u64::MAX))
                .any(|(_, other)| other.record == Some(record))
        {
            self.records.remove(&record);
        }
        Some(item)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn all(pauses: &mut Pauses<u32>) -> Vec<u32> {
        std::iter::from_fn(|| pauses.pop(None)).collect()
    }

    fn insert(pauses: &mut Pauses<u32>, due: Instant, record: Option<Uuid>, number: u32) {
        pauses.insert(due, due, record, number);
    }

    #[test]
    fn what_is_due_first_goes_back_first_and_nothing_before_its_time() {
        let now = Instant::now();
        let mut pauses = Pauses::new();
        for (number, seconds) in [(1, 3), (2, 1), (3, 2)] {
            insert(
                &mut pauses,
                now + Duration::from_secs(seconds),
                None,
                number,
            );
        }
        assert_eq!(pauses.next_due(), Some(now + Duration::from_secs(1)));
        assert_eq!(pauses.pop(Some(now)), None);
        assert_eq!(pauses.pop(Some(now + Duration::from_secs(1))), Some(2));
        assert_eq!(all(&mut pauses), [3, 1]);
    }

    #[test]
    fn the_messages_of_a_record_keep_their_order_whatever_their_pauses() {
        let now = Instant::now();
        let record = Some(Uuid::from_u128(7));
        let mut pauses = Pauses::new();
        for (number, seconds) in [(1, 8), (2, 1), (3, 1)] {
            insert(
                &mut pauses,
                now + Duration::from_secs(seconds),
                record,
                number,
            );
        }
        pauses.join(record, 4);
        insert(&mut pauses, now + Duration::from_secs(2), None, 9);
        assert_eq!(pauses.last_due(record), Some(now + Duration::from_secs(8)));
        assert_eq!(all(&mut pauses), [9, 1, 2, 3, 4]);
        assert!(pauses.records.is_empty());
    }

    #[test]
    fn once_all_goes_well_nothing_stays_longer_than_it_would_have_alone() {
        let (now, second) = (Instant::now(), Duration::from_secs(1));
        let record = Some(Uuid::from_u128(7));
        let mut pauses = Pauses::new();
        pauses.insert(now + second * 600, now + second * 4, record, 1);
        pauses.join(record, 2);
        pauses.insert(now + second * 500, now + second * 2, None, 3);
        // An explicit time, which holds.
        pauses.insert(now + second * 9, now + second * 9, None, 4);
        pauses.recover();
        assert_eq!(pauses.pop(Some(now + second)), None);
        assert_eq!(pauses.pop(Some(now + second * 3)), Some(3));
        assert_eq!(pauses.pop(Some(now + second * 3)), None);
        assert_eq!(pauses.pop(Some(now + second * 4)), Some(1));
        assert_eq!(pauses.pop(Some(now + second * 4)), Some(2));
        assert_eq!(pauses.next_due(), Some(now + second * 9));
    }
}
