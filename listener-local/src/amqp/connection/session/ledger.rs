//! What is unsettled, by delivery id.

use std::collections::VecDeque;

/// Entries under ids that go up, and round at 2^32. Mostly they leave in the order in which they came, or nearly, so
/// they stand in a queue where the place of an id is known from the first one's.
#[derive(Debug)]
pub(super) struct Ledger<T> {
    /// In the order of their ids; what has left from the middle leaves its place for a while.
    places: VecDeque<(u32, Option<T>)>,
    len: usize,
}

/// Empty places beyond the entries that are put up with.
const SPARE: usize = 64;

impl<T> Ledger<T> {
    pub(super) fn new() -> Self {
        Self {
            places: VecDeque::new(),
            len: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Adds an entry under an id that lies ahead of all others.
    pub(super) fn push(&mut self, id: u32, entry: T) {
        self.places.push_back((id, Some(entry)));
        self.len += 1;
    }

    pub(super) fn get(&self, id: u32) -> Option<&T> {
        let place = self.place(id).ok()?;
        self.places[place].1.as_ref()
    }

    pub(super) fn remove(&mut self, id: u32) -> Option<T> {
        let place = self.place(id).ok()?;
        let entry = self.places[place].1.take()?;
        self.len -= 1;
        while self
            .places
            .front()
            .is_some_and(|(_, entry)| entry.is_none())
        {
            self.places.pop_front();
        }
        if self.places.len() > self.len * 2 + SPARE {
            self.places.retain(|(_, entry)| entry.is_some());
        }
        Some(entry)
    }

    /// The first id at or behind `from` that has an entry and does not lie behind `last`.
    pub(super) fn first_within(&self, from: u32, last: u32) -> Option<u32> {
        let (front, _) = self.places.front()?;
        let (from_there, last_there) = (from.wrapping_sub(*front), last.wrapping_sub(*front));
        let start = self.place(from).unwrap_or_else(|place| place);
        let taken = |(id, entry): &(u32, Option<T>)| entry.is_some().then_some(*id);
        let found = self.places.range(start..).find_map(taken);
        if from_there <= last_there {
            return found.filter(|id| id.wrapping_sub(*front) <= last_there);
        }
        // The range begins before the first entry, or goes round.
        found.or(Some(*front))
    }

    /// Takes out all entries that are meant, in order.
    pub(super) fn take_all(&mut self, mut meant: impl FnMut(&T) -> bool) -> Vec<T> {
        let mut taken = Vec::new();
        for (_, place) in &mut self.places {
            if place.as_ref().is_some_and(&mut meant) {
                taken.extend(place.take());
            }
        }
        self.places.retain(|(_, entry)| entry.is_some());
        self.len = self.places.len();
        taken
    }

    /// Where an id stands, or would.
    fn place(&self, id: u32) -> Result<usize, usize> {
        let Some((front, _)) = self.places.front() else {
            return Err(0);
        };
        let ahead = id.wrapping_sub(*front);
        let place = ahead as usize;
        // Without gaps, this is it.
        if self.places.get(place).is_some_and(|(own, _)| *own == id) {
            return Ok(place);
        }
        self.places
            .binary_search_by_key(&ahead, |(own, _)| own.wrapping_sub(*front))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn all(ledger: &Ledger<u32>, first: u32, last: u32) -> Vec<u32> {
        let mut found = Vec::new();
        let mut from = first;
        while let Some(id) = ledger.first_within(from, last) {
            found.push(id);
            if id == last {
                break;
            }
            from = id.wrapping_add(1);
        }
        found
    }

    #[test]
    fn a_range_that_goes_round_is_in_the_order_of_sending() {
        let mut ledger = Ledger::new();
        for id in [u32::MAX - 1, u32::MAX, 0, 1, 5] {
            ledger.push(id, id);
        }
        assert_eq!(all(&ledger, u32::MAX, 1), [u32::MAX, 0, 1]);
        assert_eq!(all(&ledger, 1, 5), [1, 5]);
        assert_eq!(all(&ledger, u32::MAX - 9, 0), [u32::MAX - 1, u32::MAX, 0]);
        assert!(all(&ledger, 6, 900).is_empty());
    }

    #[test]
    fn places_are_not_kept_for_what_has_left() {
        let mut ledger = Ledger::new();
        ledger.push(0, 0);
        for id in 1..10_000 {
            ledger.push(id, id);
            ledger.remove(id);
        }
        assert_eq!(ledger.len(), 1);
        assert!(ledger.places.len() < 100, "{}", ledger.places.len());
    }

    proptest! {
        #[test]
        fn it_holds_what_a_map_would(
            steps in prop::collection::vec((0u8..5, 1u32..4, 0u32..40), 0..200),
            start in prop_oneof![Just(0u32), Just(u32::MAX - 20)],
        ) {
            let mut ledger = Ledger::new();
            // By the distance from the start, which does not go round.
            let mut map = BTreeMap::new();
            let mut next = 0;
            for (step, gap, at) in steps {
                let id = |at: u32| start.wrapping_add(at);
                match step {
                    0 | 1 => {
                        next += gap;
                        ledger.push(id(next), next);
                        map.insert(next, next);
                    }
                    2 | 3 => prop_assert_eq!(ledger.remove(id(at)), map.remove(&at)),
                    _ => {
                        let meant = |entry: &u32| entry % 7 == at % 7;
                        let taken = ledger.take_all(meant);
                        let mut same = Vec::new();
                        map.retain(|at, _| {
                            let kept = !meant(at);
                            if !kept {
                                same.push(*at);
                            }
                            kept
                        });
                        prop_assert_eq!(taken, same);
                    }
                }
                prop_assert_eq!(ledger.len(), map.len());
                prop_assert_eq!(ledger.get(id(at)), map.get(&at));
                let last = at + gap * 3;
                let same: Vec<u32> = map.range(at..=last).map(|(at, _)| id(*at)).collect();
                prop_assert_eq!(all(&ledger, id(at), id(last)), same);
            }
        }
    }
}
