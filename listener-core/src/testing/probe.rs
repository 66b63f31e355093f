use std::time::Duration;

use tokio::{sync::oneshot, task::JoinHandle, time::timeout};

use crate::{
    Host, HostError, Report, Serves,
    layer::CatchPanic,
    source::memory::{MemoryMessage, MemoryOptions, MemoryQueue, MemorySource, Parked, Settled},
};

/// How long a settlement may take before a test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A host on a queue in memory, for tests that go step by step.
///
/// ```
/// use listener_core::{Attempt, Binding, Error, Router, context::RemoteExecutionContext, testing::Probe};
///
/// async fn flaky(Attempt(attempt): Attempt) -> listener_core::Result {
///     if attempt == 1 { Err(Error::transient("not yet")) } else { Ok(()) }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let probe = Probe::new(Router::new().on(Binding::message("Create"), flaky).with_state(()));
/// probe.send(RemoteExecutionContext::new("Create", "account"));
/// assert!(probe.settled().await.outcome.is_release());
/// assert!(probe.settled().await.outcome.is_accept());
/// assert_eq!(probe.finish().await.received, 2);
/// # }
/// ```
#[derive(Debug)]
pub struct Probe<R = ()> {
    queue: MemoryQueue<R>,
    host: JoinHandle<Result<Report, HostError>>,
    stop: oneshot::Sender<()>,
}

impl<R: Default + Send + 'static> Probe<R> {
    /// A host that serves this service, with all by default.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn new<Svc: Serves<R>>(service: Svc) -> Self {
        Self::with(MemoryOptions::default(), service, |host| host)
    }

    /// A host on a queue that behaves so, changed by `tune`.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn with<Svc: Serves<R>, Tuned: Serves<R>>(
        options: MemoryOptions,
        service: Svc,
        tune: impl FnOnce(Host<MemorySource<R>, CatchPanic<Svc>>) -> Host<MemorySource<R>, Tuned>,
    ) -> Self {
        let (source, queue) = MemorySource::with_options(options);
        let (stop, stopped) = oneshot::channel();
        let host = tune(Host::new(source).serve(service)).with_graceful_shutdown(async {
            // A probe that is dropped stops its host, too.
            let _ = stopped.await;
        });
        Self {
            queue,
            host: tokio::spawn(host.into_future()),
            stop,
        }
    }

    /// Sends a message, and gives its number, from 1.
    pub fn send(&self, message: impl Into<MemoryMessage>) -> u64 {
        self.queue.send(message)
    }

    /// The next settlement.
    ///
    /// # Panics
    /// If there is none within a minute.
    pub async fn settled(&self) -> Settled<R> {
        timeout(PATIENCE, self.queue.settled())
            .await
            .expect("nothing was settled within a minute")
    }

    /// The messages that were rejected, with their reasons.
    pub fn parked(&self) -> Vec<Parked> {
        self.queue.parked()
    }

    /// The far side of the queue.
    pub fn queue(&self) -> &MemoryQueue<R> {
        &self.queue
    }

    /// Drains the host, and gives its report.
    ///
    /// # Panics
    /// If the host failed.
    pub async fn finish(self) -> Report {
        // It may have ended by itself.
        let _ = self.stop.send(());
        self.host
            .await
            .expect("the host panicked")
            .expect("the host failed")
    }
}
