//! Where deliveries are settled: beside receiving, and whether or not anybody receives.

use std::{
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use tokio::{
    sync::{Notify, mpsc},
    time::{Instant, sleep, sleep_until, timeout_at},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    Dialect, Mode, Options,
    attempts::Attempts,
    links::{Links, OnLink},
    locks::{HeldLock, Locks},
    pauses::Pauses,
    settle,
};
use crate::{
    LockKeeper, Outcome,
    amqp::{
        Answer, Attached, Delivery, Error, ErrorKind, Operation, ReceivedMessage, Settlement,
        Settling, Watch, shortened_by_chance,
    },
};

/// How soon a settlement over `$management` that failed on its way is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// What all deliveries of a source share.
pub(super) struct Desk {
    pub(super) name: Arc<str>,
    pub(super) dialect: Dialect,
    pub(super) options: Options,
    pub(super) locks: Arc<Locks>,
    pub(super) links: Arc<Links>,
    attempts: Option<Mutex<Attempts>>,
    watch: Watch,
    jobs: mpsc::UnboundedSender<Job>,
    held: AtomicUsize,
    /// One less is held.
    pub(super) freed: Notify,
    refused: AtomicU64,
    /// Nothing more comes, and pauses are over.
    pub(super) hurry: CancellationToken,
    /// How much of a pause this source takes: drawn once, so that its own messages keep their order.
    share: f64,
}

/// A delivery that is not settled yet. Dropped, it is held no more.
pub(super) struct Held {
    pub(super) desk: Arc<Desk>,
    pub(super) delivery: Delivery,
    /// Kept for as long as it may be settled on it.
    pub(super) _attached: Arc<Attached>,
    pub(super) lock: Option<(Uuid, HeldLock, LockKeeper)>,
    /// What it has in place of a lock, where there are none.
    pub(super) link: Option<OnLink>,
    pub(super) attempt: u32,
    /// By which key its attempts are remembered.
    pub(super) remembered: Option<u64>,
}

enum Job {
    /// To be abandoned at that time, after what of the same record is to be abandoned before.
    Release(Held, Outcome, Instant, Option<Uuid>),
    Answer(Held, Settlement, Settling),
    /// To be given back unseen, once nothing more comes.
    GiveBack(Held),
}

impl Desk {
    /// The desk, and its work, which has to be polled.
    pub(super) fn new(
        name: Arc<str>,
        dialect: Dialect,
        options: Options,
        watch: Watch,
    ) -> (Arc<Self>, impl Future<Output = ()> + Send) {
        let (jobs, waiting) = mpsc::unbounded_channel();
        let desk = Arc::new(Self {
            name,
            dialect,
            options,
            locks: Arc::default(),
            links: Arc::default(),
            attempts: dialect.attempts(),
            watch,
            jobs,
            held: AtomicUsize::new(0),
            freed: Notify::new(),
            refused: AtomicU64::new(0),
            hurry: CancellationToken::new(),
            share: shortened_by_chance(Duration::from_secs(1)).as_secs_f64(),
        });
        let (locks, links, hurry) = (desk.locks.clone(), desk.links.clone(), desk.hurry.clone());
        let (mut watch, options) = (desk.watch.clone(), desk.options.clone());
        let work = async move {
            let kept = async {
                match dialect {
                    Dialect::ServiceBus => {
                        let (length, within) = (options.lock_duration, options.answer_timeout);
                        locks.renew(&watch, length, within).await;
                    }
                    Dialect::Plain { .. } => links.watch(&mut watch).await,
                }
            };
            tokio::select! {
                () = work(waiting, hurry) => {}
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

    fn refuse(&self, error: &Error) {
        self.refused.fetch_add(1, Ordering::AcqRel);
        let source = &*self.name;
        tracing::warn!(source, %error, "A settlement was not taken; the message comes again.");
    }
}

impl Held {
    /// Settles it, as a message of this record. It neither blocks nor waits.
    pub(super) fn settle(self, outcome: Outcome, record: impl FnOnce() -> Option<Uuid>) {
        if self.desk.options.mode == Mode::ReceiveAndDelete {
            return;
        }
        let job = match &outcome {
            Outcome::Release { after, .. } => {
                let pause = after.unwrap_or_else(|| {
                    // Not all that failed together comes again together.
                    self.desk
                        .options
                        .pause(self.attempt)
                        .mul_f64(self.desk.share)
                });
                self.renew_for(pause);
                let due = Instant::now() + pause;
                Job::Release(self, outcome, due, record())
            }
            _ => {
                let settlement = self.settlement(outcome);
                self.send(settlement)
            }
        };
        let jobs = match &job {
            Job::Release(held, ..) | Job::Answer(held, ..) | Job::GiveBack(held) => {
                held.desk.jobs.clone()
            }
        };
        // Without its work the source is gone, and the message comes again.
        let _ = jobs.send(job);
    }

    /// Gives it back unseen, once nothing more comes: this delivery does not count.
    pub(super) fn release(self) {
        let jobs = self.desk.jobs.clone();
        let _ = jobs.send(Job::GiveBack(self));
    }

    pub(super) fn dead_letter(self, reason: &str, description: &str) {
        let jobs = self.desk.jobs.clone();
        let settlement = self.desk.dialect.unfit(reason, description);
        let job = self.send(settlement);
        let _ = jobs.send(job);
    }

    fn settlement(&self, outcome: Outcome) -> Settlement {
        self.desk.dialect.settlement(outcome, self.attempt)
    }

    fn send(self, settlement: Settlement) -> Job {
        if let (Some(key), Settlement::Accepted | Settlement::Rejected { .. }) =
            (self.remembered, &settlement)
        {
            self.desk.forget(key);
        }
        let settling = self.delivery.settle(settlement.clone());
        Job::Answer(self, settlement, settling)
    }

    /// A pause is not the listener's time.
    fn renew_for(&self, pause: Duration) {
        if let Some((_, held, _)) = &self.lock
            && !self.desk.options.max_lock_renewal.is_zero()
        {
            held.renew_until(Instant::now() + pause);
        }
    }

    fn deadline(&self) -> Option<Instant> {
        self.lock
            .as_ref()
            .and_then(|(.., keeper)| keeper.lock().deadline())
    }

    fn is_lost(&self) -> bool {
        let lock = self.lock.as_ref().map(|(.., keeper)| keeper);
        let link = self.link.as_ref().map(|link| &link.keeper);
        lock.or(link).is_some_and(|keeper| keeper.lock().is_lost())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.desk.held.fetch_sub(1, Ordering::AcqRel);
        self.desk.freed.notify_one();
    }
}

/// Does what is to be done, all at once.
async fn work(mut waiting: mpsc::UnboundedReceiver<Job>, hurry: CancellationToken) {
    let mut answers = FuturesUnordered::new();
    let mut pauses = Pauses::new();
    let mut unseen = Vec::new();
    loop {
        let due = pauses.next_due();
        tokio::select! {
            job = waiting.recv() => match job {
                Some(Job::Answer(held, settlement, settling)) => {
                    answers.push(answer(held, settlement, settling));
                }
                Some(Job::Release(held, outcome, due, record)) => {
                    pauses.insert(due, record, (held, outcome));
                }
                Some(Job::GiveBack(held)) => unseen.push(held),
                None => return,
            },
            Some(()) = answers.next(), if !answers.is_empty() => {}
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
            () = hurry.cancelled(), if due.is_some() || !unseen.is_empty() => {}
        }
        let by = (!hurry.is_cancelled()).then(Instant::now);
        if by.is_none() {
            for held in unseen.drain(..) {
                if let Job::Answer(held, settlement, settling) = held.send(Settlement::Released) {
                    answers.push(answer(held, settlement, settling));
                }
            }
        }
        while let Some((held, outcome)) = pauses.pop(by) {
            if held.is_lost() {
                // It comes again already.
                continue;
            }
            let settlement = held.settlement(outcome);
            if let Job::Answer(held, settlement, settling) = held.send(settlement) {
                answers.push(answer(held, settlement, settling));
            }
        }
    }
}

async fn answer(held: Held, settlement: Settlement, settling: Settling) {
    let error = match settling.within(held.desk.options.answer_timeout).await {
        Ok(Answer::Accepted) if settlement != Settlement::Accepted => {
            let source = &*held.desk.name;
            tracing::warn!(
                source,
                "The service answered a settlement with another outcome."
            );
            return;
        }
        Ok(_) => return,
        Err(error) => error,
    };
    let unknown = matches!(
        error.kind(),
        ErrorKind::LinkDetached
            | ErrorKind::LinkStolen
            | ErrorKind::ConnectionLost
            | ErrorKind::TimedOut
            | ErrorKind::ServerBusy
    );
    let told = match (&held.lock, held.deadline()) {
        (Some((token, ..)), Some(_)) if unknown => {
            by_management(&held, *token, &settlement, &error).await
        }
        _ => Err(error),
    };
    if let Err(error) = told {
        if let Some((.., keeper)) = &held.lock {
            keeper.lose();
        }
        held.desk.refuse(&error);
    }
}

/// Settles on whatever connection stands, while the lock holds. A settlement that had arrived before is refused here: the
/// message is settled then, or comes again, and nobody can tell which.
async fn by_management(
    held: &Held,
    token: Uuid,
    settlement: &Settlement,
    before: &Error,
) -> Result<(), Error> {
    let mut watch = held.desk.watch.clone();
    let mut last = before.clone();
    while let Some(deadline) = held.deadline()
        && !held.is_lost()
    {
        let Ok(attached) = timeout_at(deadline, watch.attached()).await else {
            // It may have been renewed meanwhile.
            continue;
        };
        let Some(management) = attached.management() else {
            break;
        };
        let operation = Operation::new("com.microsoft:update-disposition")
            .property("associated-link-name", attached.receiver().name())
            .body(settle::update_disposition(token, settlement));
        match management
            .call(operation, held.desk.options.answer_timeout)
            .await
        {
            Ok(_) => return Ok(()),
            Err(error) if error.is_transient() => last = error,
            Err(error) => return Err(error),
        }
        sleep(AGAIN).await;
    }
    Err(last)
}
