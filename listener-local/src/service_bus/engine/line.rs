use std::{collections::VecDeque, task::Waker};

/// Receivers that wait, first come, first served.
///
/// A waiter may take only what those before it leave, so a newcomer never overtakes one that was woken and has not
/// run yet.
#[derive(Debug, Default)]
pub(super) struct Line {
    waiting: VecDeque<(u64, Waker)>,
    next: u64,
}

impl Line {
    /// How many stand before `ticket`; all, when there is no ticket yet.
    pub(super) fn ahead(&self, ticket: Option<u64>) -> usize {
        ticket
            .and_then(|ticket| self.place(ticket))
            .unwrap_or(self.waiting.len())
    }

    /// Waits on, at the same place if there is one.
    pub(super) fn wait(&mut self, ticket: &mut Option<u64>, waker: &Waker) {
        let place = ticket.and_then(|ticket| self.place(ticket));
        if let Some((_, known)) = place.and_then(|place| self.waiting.get_mut(place)) {
            known.clone_from(waker);
            return;
        }
        *ticket = Some(self.next);
        self.waiting.push_back((self.next, waker.clone()));
        self.next += 1;
    }

    pub(super) fn leave(&mut self, ticket: u64) {
        if let Some(place) = self.place(ticket) {
            self.waiting.remove(place);
        }
    }

    /// Wakes the one to whom the last of `available` things belongs: the others were woken when theirs came.
    pub(super) fn wake_for(&self, available: usize) {
        let last = available.checked_sub(1);
        if let Some((_, waker)) = last.and_then(|place| self.waiting.get(place)) {
            waker.wake_by_ref();
        }
    }

    pub(super) fn wake_all(&self) {
        for (_, waker) in &self.waiting {
            waker.wake_by_ref();
        }
    }

    fn place(&self, ticket: u64) -> Option<usize> {
        self.waiting
            .binary_search_by_key(&ticket, |(ticket, _)| *ticket)
            .ok()
    }
}
