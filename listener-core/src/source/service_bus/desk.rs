//! Where deliveries are settled: beside receiving, and whether or not anybody receives.

use std::{
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Notify, mpsc},
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    Dialect, Mode, Options,
    attempts::Attempts,
    books::{Books, Place},
    came::Came,
    clock::Clock,
    links::{Links, OnLink},
    locks::{HeldLock, Locks},
    reach::Reach,
    sessions::InSession,
    settle,
    shelf::Shelf,
    work::{Job, work},
};
use crate::{
    Failure, LockKeeper, Note, Outcome,
    amqp::{Answer, Attached, Error, ReceivedMessage, Settlement, Settling, shortened_by_chance},
};

/// What all deliveries of a source share.
pub(super) struct Desk {
    pub(super) name: Arc<str>,
    pub(super) dialect: Dialect,
    pub(super) options: Options,
    pub(super) locks: Arc<Locks>,
    pub(super) books: Books,
    pub(super) clock: Clock,
    pub(super) links: Arc<Links>,
    attempts: Option<Mutex<Attempts>>,
    pub(super) reach: Reach,
    /// The session that all of it belongs to.
    pub(super) session: Option<InSession>,
    /// Whether a message can be parked; a dead letter cannot.
    parks: bool,
    /// Whether that has been told.
    told: AtomicBool,
    jobs: mpsc::UnboundedSender<Job>,
    held: AtomicUsize,
    /// One less is held.
    pub(super) freed: Notify,
    refused: AtomicU64,
    /// Nothing more is asked for.
    pub(super) stop: CancellationToken,
    /// Nothing more comes, and pauses are over.
    pub(super) hurry: CancellationToken,
    /// How much of a pause this source takes: drawn once, so that its own messages keep their order.
    share: f64,
}

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

impl Desk {
    /// The desk, and its work, which has to be polled.
    pub(super) fn new(
        name: Arc<str>,
        dialect: Dialect,
        options: Options,
        reach: Reach,
        session: Option<InSession>,
        shelf: Arc<Shelf>,
    ) -> (Arc<Self>, impl Future<Output = ()> + Send) {
        let (jobs, waiting) = mpsc::unbounded_channel();
        let desk = Arc::new(Self {
            parks: !settle::is_dead_letters(&name),
            name,
            dialect,
            options,
            locks: Arc::default(),
            books: Books::default(),
            clock: Clock::default(),
            told: AtomicBool::new(false),
            links: Arc::default(),
            attempts: dialect.attempts(),
            reach,
            session,
            jobs,
            held: AtomicUsize::new(0),
            freed: Notify::new(),
            refused: AtomicU64::new(0),
            stop: CancellationToken::new(),
            hurry: CancellationToken::new(),
            share: shortened_by_chance(Duration::from_secs(1)).as_secs_f64(),
        });
        let (locks, links, hurry) = (desk.locks.clone(), desk.links.clone(), desk.hurry.clone());
        let (reach, options) = (desk.reach.clone(), desk.options.clone());
        let work = async move {
            let kept = async {
                match (dialect, reach) {
                    (Dialect::Plain, Reach::Beside(mut watch)) => links.watch(&mut watch).await,
                    (_, reach) => {
                        let (length, within) = (options.lock_duration, options.answer_timeout);
                        locks.renew(&reach, length, within).await;
                    }
                }
            };
            tokio::select! {
                () = work(waiting, hurry, shelf, options.max_lock_renewal) => {}
                () = kept => {}
            }
        };
        (desk, work)
    }

    pub(super) fn held(&self) -> usize {
        self.held.load(Ordering::Acquire)
    }

    pub(super) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Acquire)
    }

    pub(super) fn hold(&self) {
        self.held.fetch_add(1, Ordering::AcqRel);
    }

    /// Which attempt a delivery is, and by which key that is remembered, if it has to be.
    pub(super) fn arrived(&self, message: &ReceivedMessage) -> (u32, Option<u64>) {
        match &self.attempts {
            // Nothing panics while it is held.
            Some(attempts) => {
                let mut attempts = attempts.lock().unwrap_or_else(PoisonError::into_inner);
                attempts.arrived(message)
            }
            None => (message.delivery_count().saturating_add(1), None),
        }
    }

    /// What a message that came on this link has in place of a lock.
    pub(super) fn on_link(&self, attached: &Arc<Attached>) -> Option<OnLink> {
        let by_link = self.dialect == Dialect::Plain && self.options.mode == Mode::PeekLock;
        by_link.then(|| self.links.hold(attached.clone()))
    }

    fn forget(&self, key: u64) {
        if let Some(attempts) = &self.attempts {
            let mut attempts = attempts.lock().unwrap_or_else(PoisonError::into_inner);
            attempts.forget(key);
        }
    }

    /// Waits until nothing is held.
    pub(super) async fn empty(&self) {
        while self.held() > 0 {
            self.freed.notified().await;
        }
    }

    pub(super) fn refuse(&self, error: &Error) {
        self.refused.fetch_add(1, Ordering::AcqRel);
        let source = &*self.name;
        tracing::warn!(source, %error, "A settlement was not taken; the message comes again.");
    }

    /// What stands is not what was asked for.
    pub(super) fn contradict(&self, answer: Answer) {
        self.refused.fetch_add(1, Ordering::AcqRel);
        let source = &*self.name;
        tracing::warn!(
            source,
            ?answer,
            "The service answered a settlement with another outcome, which is the one that stands."
        );
    }

    /// How long what was delivered so often stays away. Not all that failed together comes again together.
    fn pause(&self, deliveries: u32) -> Duration {
        self.options.pause(deliveries, self.share)
    }

    /// Says once what becomes of dead letters that are rejected.
    fn tell_of_dead_letters(&self) {
        if !self.parks && !self.told.swap(true, Ordering::Relaxed) {
            let source = &*self.name;
            let pause = self.options.longest_pause;
            tracing::warn!(
                source,
                ?pause,
                "What is rejected here cannot be dead-lettered again: it is abandoned, and comes again after this pause."
            );
        }
    }

    fn send(&self, job: Job) {
        // Without its work the source is gone, and the message comes again.
        let _ = self.jobs.send(job);
    }
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
                if outcome.is_accept() && self.desk.books.succeeded() {
                    self.desk.send(Job::Recover);
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
            _ => desk.books.failed(),
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
        self.desk.held.fetch_sub(1, Ordering::AcqRel);
        self.desk.freed.notify_one();
    }
}
