//! What all deliveries of a source share: they are settled beside receiving, and whether or not anybody receives.

use std::{
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use super::{
    Dialect, Mode, Options,
    attempts::Attempts,
    books::Books,
    clock::Clock,
    links::{Links, OnLink},
    locks::Locks,
    reach::Reach,
    sessions::InSession,
    settle,
    shelf::Shelf,
    work::{Job, work},
};
use crate::amqp::{Answer, Attached, Error, ReceivedMessage, shortened_by_chance};

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
    pub(super) parks: bool,
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

impl Desk {
    /// The desk, and its work, which has to be polled.
    pub(super) fn new(
        name: Arc<str>,
        dialect: Dialect,
        options: Options,
        reach: Reach,
        session: Option<InSession>,
        books: Books,
        shelf: Arc<Shelf>,
    ) -> (Arc<Self>, impl Future<Output = ()> + Send) {
        let (jobs, waiting) = mpsc::unbounded_channel();
        let desk = Arc::new(Self {
            parks: !settle::is_dead_letters(&name),
            name,
            dialect,
            options,
            locks: Arc::default(),
            books,
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
                    (Dialect::Plain { .. }, Reach::Beside(mut watch)) => {
                        links.watch(&mut watch).await;
                    }
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

    pub(super) fn let_go(&self) {
        self.held.fetch_sub(1, Ordering::AcqRel);
        self.freed.notify_one();
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
        let by_link = self.dialect.is_plain() && self.options.mode == Mode::PeekLock;
        by_link.then(|| self.links.hold(attached.clone()))
    }

    pub(super) fn forget(&self, key: u64) {
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
    pub(super) fn pause(&self, deliveries: u32) -> Duration {
        self.options.pause(deliveries, self.share)
    }

    /// Notes a failure; gives how many there were in a row before.
    pub(super) fn failed(&self) -> u32 {
        let before = self.books.failed();
        if before.saturating_add(1) == self.books.outage() {
            let source = &*self.name;
            let failures = self.books.outage();
            tracing::warn!(
                source,
                failures,
                "Nothing has succeeded for so many tries: from now on only these messages are tried, more and more \
                 seldom, until one succeeds."
            );
        }
        before
    }

    /// Notes a success, which ends what is too long of the pauses of others.
    pub(super) fn succeeded(&self) {
        let failures = self.books.succeeded();
        if failures >= self.books.outage() {
            let source = &*self.name;
            tracing::info!(source, failures, "Messages are handled again.");
        }
        if failures > 0 {
            self.send(Job::Recover);
        }
    }

    /// Says once what becomes of dead letters that are rejected.
    pub(super) fn tell_of_dead_letters(&self) {
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

    pub(super) fn send(&self, job: Job) {
        // Without its work the source is gone, and the message comes again.
        let _ = self.jobs.send(job);
    }
}
