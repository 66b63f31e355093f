//! A delivery from its receipt to the answer to its settlement.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;
use uuid::Uuid;

use super::{
    Mode, books::Place, came::Came, desk::Desk, links::OnLink, locks::HeldLock, work::Job,
};
use crate::{
    Failure, LockKeeper, Note, Outcome,
    amqp::{Settlement, Settling},
};

/// A delivery that is not settled yet. Dropped, it is held no more.
pub(super) struct Held {
    pub(super) desk: Arc<Desk>,
    pub(super) came: Came,
    /// Its token, its place among those that are renewed, unless it is its session's lock, and its end.
    pub(super) lock: Option<(Uuid, Option<HeldLock>, LockKeeper)>,
    /// What it has in place of a lock, where there are none.
    pub(super) link: Option<OnLink>,
    pub(super) attempt: u32,
    pub(super) sequence: Option<i64>,
    /// By which key its attempts are remembered.
    pub(super) remembered: Option<u64>,
    /// Its number in the books and its place, if it failed and pauses.
    pub(super) pausing: Option<(u64, Place)>,
}

impl Held {
    /// Settles what was given out. It neither blocks nor waits.
    pub(super) fn settle(
        self,
        outcome: Outcome,
        note: Note,
        record: impl FnOnce() -> Option<Uuid>,
    ) {
        self.desk.books.settled();
        if self.desk.options.mode == Mode::ReceiveAndDelete {
            return;
        }
        match outcome {
            Outcome::Release { .. } if note.failure == Some(Failure::Unseen) => {
                self.unseen(record());
            }
            Outcome::Release { after, .. } => self.pause(outcome, note, after, record()),
            _ => {
                if outcome.is_accept() && !note.filtered {
                    self.desk.succeeded();
                }
                let settlement = self.settlement(outcome, note);
                self.answer(settlement);
            }
        }
    }

    /// Abandons it after a pause, which is longer the more has failed before.
    fn pause(
        mut self,
        outcome: Outcome,
        note: Note,
        after: Option<Duration>,
        record: Option<Uuid>,
    ) {
        if self.is_lost() {
            // It comes again already.
            return;
        }
        let desk = self.desk.clone();
        let before = match note.failure {
            Some(failure) if !failure.is_transient() => 0,
            _ => desk.failed(),
        };
        let longest = desk.options.longest_pause;
        let (pause, alone) = match (after, note.failure) {
            (Some(after), _) => (after, after),
            (None, Some(Failure::Permanent)) => {
                desk.tell_of_dead_letters();
                (longest, longest)
            }
            (None, _) => (
                desk.pause(self.attempt.saturating_add(before)),
                desk.pause(self.attempt),
            ),
        };
        let place = self.place(record);
        self.pausing = Some((desk.books.pause(place), place));
        let now = Instant::now();
        let settlement = self.settlement(outcome, note);
        desk.send(Job::Pause {
            settlement,
            due: now + pause,
            alone: now + alone,
            record,
            held: self,
        });
    }

    /// Gives back what no listener saw, without its delivery being counted: behind what pauses of its record, and once
    /// nothing more comes if that is near.
    fn unseen(self, record: Option<Uuid>) {
        let desk = self.desk.clone();
        if desk.books.is_behind(self.place(record)) {
            self.join(record);
        } else if desk.stop.is_cancelled() {
            self.release();
        } else if !self.is_lost() {
            self.answer(Settlement::Released);
        }
    }

    /// Gives it back unseen, behind what pauses of this record.
    pub(super) fn join(self, record: Option<Uuid>) {
        let desk = self.desk.clone();
        desk.send(Job::Join(self, record));
    }

    /// Gives it back unseen, once nothing more comes: this delivery does not count.
    pub(super) fn release(self) {
        let desk = self.desk.clone();
        desk.send(Job::GiveBack(self));
    }

    /// Parks what is fit for no listener; a dead letter stays away for as long as it can.
    pub(super) fn dead_letter(self, reason: &'static str, description: String) {
        if self.desk.parks {
            let settlement = self.desk.dialect.unfit(reason, &description);
            self.answer(settlement);
        } else {
            let outcome = Outcome::release(format!("{reason}: {description}"));
            self.pause(outcome, Note::new(Failure::Permanent), None, None);
        }
    }

    fn settlement(&self, outcome: Outcome, note: Note) -> Settlement {
        self.desk.dialect.settlement(outcome, self.attempt, note)
    }

    fn answer(self, settlement: Settlement) {
        let desk = self.desk.clone();
        desk.send(self.send(settlement));
    }

    /// Sends a settlement on its way, whose answer is then to be waited for.
    pub(super) fn send(self, settlement: Settlement) -> Job {
        if let (Some(key), Settlement::Accepted | Settlement::Rejected { .. }) =
            (self.remembered, &settlement)
        {
            self.desk.forget(key);
        }
        let settling: Settling = self.came.settle(settlement.clone());
        if let Some((number, _)) = self.pausing {
            self.desk.books.sent(number);
        }
        Job::Answer(self, settlement, settling)
    }

    /// A pause is not the listener's time.
    pub(super) fn renew_until(&self, due: Instant) {
        if self.desk.options.max_lock_renewal.is_zero() {
            return;
        }
        if let Some((_, Some(held), _)) = &self.lock {
            held.renew_until(due);
        }
        if let Some(session) = &self.desk.session {
            session.renew_until(due);
        }
    }

    pub(super) fn place(&self, record: Option<Uuid>) -> Place {
        Place {
            record,
            sequence: self.sequence,
        }
    }

    /// Until when it may wait to be seen: its lock is renewed no longer, and would end with its delivery counted.
    pub(super) fn unseen_until(&self) -> Option<Instant> {
        let (_, held, _) = self.lock.as_ref()?;
        held.as_ref().map(HeldLock::safe_until)
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.lock
            .as_ref()
            .and_then(|(.., keeper)| keeper.lock().deadline())
    }

    pub(super) fn is_lost(&self) -> bool {
        let lock = self.lock.as_ref().map(|(.., keeper)| keeper);
        let link = self.link.as_ref().map(|link| &link.keeper);
        lock.or(link).is_some_and(LockKeeper::is_lost)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some((number, _)) = self.pausing {
            self.desk.books.back(number);
        }
        self.desk.let_go();
    }
}
