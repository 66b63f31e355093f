//! What all deliveries of a source share: they are settled beside receiving, and whether or not anybody receives.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use super::{
    Options,
    books::Books,
    clock::Clock,
    locks::Locks,
    settle,
    shelf::Shelf,
    work::{Job, work},
};
use crate::amqp::{Error, Watch, shortened_by_chance};

/// What all deliveries of a source share.
pub(super) struct Desk {
    pub(super) name: Arc<str>,
    pub(super) options: Options,
    pub(super) locks: Arc<Locks>,
    pub(super) books: Books,
    pub(super) clock: Clock,
    pub(super) watch: Watch,
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
        options: Options,
        watch: Watch,
        books: Books,
        shelf: Arc<Shelf>,
    ) -> (Arc<Self>, impl Future<Output = ()> + Send) {
        let (jobs, waiting) = mpsc::unbounded_channel();
        let desk = Arc::new(Self {
            parks: !settle::is_dead_letters(&name),
            name,
            options,
            locks: Arc::default(),
            books,
            clock: Clock::default(),
            told: AtomicBool::new(false),
            watch,
            jobs,
            held: AtomicUsize::new(0),
            freed: Notify::new(),
            refused: AtomicU64::new(0),
            stop: CancellationToken::new(),
            hurry: CancellationToken::new(),
            share: shortened_by_chance(Duration::from_secs(1)).as_secs_f64(),
        });
        let (locks, hurry) = (desk.locks.clone(), desk.hurry.clone());
        let (watch, options) = (desk.watch.clone(), desk.options.clone());
        let work = async move {
            tokio::select! {
                () = work(waiting, hurry, shelf, options.max_lock_renewal) => {}
                () = locks.renew(&watch, options.lock_duration, options.answer_timeout) => {}
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
