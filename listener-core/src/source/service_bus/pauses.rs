//! Released messages, on their way back.

use std::collections::{BTreeMap, HashMap};

use tokio::time::Instant;
use uuid::Uuid;

/// What is to be given back, by when. Of one record nothing goes back before what was released earlier: the order in
/// which a record's messages come again is the order of their releases.
#[derive(Debug)]
pub(super) struct Pauses<T> {
    last: u64,
    waiting: BTreeMap<(Instant, u64), (Option<Uuid>, T)>,
    /// When the last of each record goes back.
    records: HashMap<Uuid, Instant>,
}

impl<T> Pauses<T> {
    pub(super) fn new() -> Self {
        Self {
            last: 0,
            waiting: BTreeMap::new(),
            records: HashMap::new(),
        }
    }

    pub(super) fn insert(&mut self, due: Instant, record: Option<Uuid>, item: T) {
        let due = match record {
            Some(record) => {
                let latest = self.records.entry(record).or_insert(due);
                *latest = due.max(*latest);
                *latest
            }
            None => due,
        };
        self.last += 1;
        self.waiting.insert((due, self.last), (record, item));
    }

    /// When the next one is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.waiting.first_key_value().map(|((due, _), _)| *due)
    }

    /// The next one that was due by then; whichever is next for `None`.
    pub(super) fn pop(&mut self, by: Option<Instant>) -> Option<T> {
        let due = self.next_due()?;
        if by.is_some_and(|by| by < due) {
            return None;
        }
        let ((due, _), (record, item)) = self.waiting.pop_first()?;
        if let Some(record) = record
            && self
                .records
                .get(&record)
                .is_some_and(|latest| *latest <= due)
            && !self
                .waiting
                .range((due, 0)..=(due, u64::MAX))
                .any(|(_, (other, _))| *other == Some(record))
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

    #[test]
    fn what_is_due_first_goes_back_first_and_nothing_before_its_time() {
        let now = Instant::now();
        let mut pauses = Pauses::new();
        for (number, seconds) in [(1, 3), (2, 1), (3, 2)] {
            pauses.insert(now + Duration::from_secs(seconds), None, number);
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
            pauses.insert(now + Duration::from_secs(seconds), record, number);
        }
        pauses.insert(now + Duration::from_secs(2), None, 9);
        assert_eq!(all(&mut pauses), [9, 1, 2, 3]);
        assert!(pauses.records.is_empty());
    }
}
