use std::{
    any::Any,
    fmt,
    future::{IntoFuture, pending},
    panic::resume_unwind,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio_util::task::AbortOnDropHandle;
use tower_layer::Layer;
use tracing::Instrument as _;

use super::{
    EndsGrace, HostError, Report, Serves,
    config::Config,
    run::Run,
    signal::{self, Signal, Stop},
};
use crate::{
    BoxFuture,
    layer::{CatchPanic, CatchPanicLayer},
    router::RouterService,
    source::{Capabilities, Source},
};

/// Receives from a source, calls a service, settles what comes of it; and drains when it is told to. Awaited, it runs as a
/// task of its own on the runtime; that ends when the future is dropped, and what is in flight is released.
///
/// - Deliveries of one record run one after the other, in the order of their arrival, unless it is
///   [`unordered`](Self::unordered). When one is released, those that wait behind it go back, too.
/// - At most [`concurrency`](Self::concurrency) deliveries run at once. Nothing is received while the service is not ready.
/// - `Ok` accepts; a transient error, a panic or an error of a layer releases; a permanent error rejects, and so does
///   the last of [`max_attempts`](Self::max_attempts).
/// - No listener starts on a lost lock, and what ends on one counts as failed. The listener's [`Lock`](crate::Lock)
///   tells it.
///
/// ```
/// use std::time::Duration;
/// use listener_core::{Host, Router, Binding, context::RemoteExecutionContext, source::memory::MemorySource};
/// use tower::timeout::TimeoutLayer;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> listener_core::Result {
/// let router = Router::new().on(Binding::message("Create").entity("account"), || async {});
/// let (source, queue) = MemorySource::new();
/// queue.send(RemoteExecutionContext::new("Create", "account"));
/// queue.close();
///
/// let report = Host::new(source)
///     .serve(router.with_state(()))
///     .layer(TimeoutLayer::new(Duration::from_secs(30)))
///     .concurrency(8)
///     .await?;
/// println!("{report}");
/// # assert_eq!(report.accepted, 1);
/// # Ok(())
/// # }
/// ```
///
/// The layer that was added last runs first, as in axum; built-in ones are inside of all others. To give several at once
/// in the order in which they run, use tower's `ServiceBuilder`.
#[must_use = "a host does nothing until it is awaited"]
pub struct Host<Src, Svc = ()> {
    source: Src,
    service: Svc,
    config: Config,
    signal: Option<Signal>,
    catch_panic: Arc<AtomicBool>,
}

impl<Src: Source> Host<Src> {
    /// A host of this source.
    pub fn new(source: Src) -> Self {
        Self {
            source,
            service: (),
            config: Config::default(),
            signal: None,
            catch_panic: Arc::new(AtomicBool::new(true)),
        }
    }

    /// Serves it with a router, or with any other tower service.
    pub fn serve<Svc: Serves<Src::Reply>>(mut self, service: Svc) -> Host<Src, CatchPanic<Svc>> {
        if let Some(router) = (&service as &dyn Any).downcast_ref::<RouterService<Src::Reply>>() {
            let router = router.clone();
            self.config.wanted = Some(Arc::new(move |delivery| router.may_run(delivery)));
        }
        let service = CatchPanicLayer::switched(self.catch_panic.clone()).layer(service);
        self.with_service(service)
    }

    fn with_service<Svc>(self, service: Svc) -> Host<Src, Svc> {
        let Self {
            source,
            config,
            signal,
            catch_panic,
            ..
        } = self;
        Host {
            source,
            service,
            config,
            signal,
            catch_panic,
        }
    }
}

impl<Src: Source, Svc: Serves<Src::Reply>> Host<Src, Svc> {
    /// Puts a tower layer around the service. The layer that was added last runs first.
    pub fn layer<L: Layer<Svc, Service: Serves<Src::Reply>>>(
        self,
        layer: L,
    ) -> Host<Src, L::Service> {
        let Self {
            source,
            service,
            config,
            signal,
            catch_panic,
        } = self;
        Host {
            source,
            service: layer.layer(service),
            config,
            signal,
            catch_panic,
        }
    }

    /// What the source can do with outcomes.
    pub fn capabilities(&self) -> Capabilities {
        self.source.capabilities()
    }

    pub(super) async fn run(self, stop: Stop) -> Result<Report, HostError> {
        let run = Run::new(self.source, self.service, self.config);
        stop.on(self.signal, run.run(&stop)).await
    }
}

impl<Src, Svc> Host<Src, Svc> {
    /// How many deliveries run at once, at most; at least 1. 16.
    pub fn concurrency(mut self, deliveries: usize) -> Self {
        self.config.concurrency = deliveries.max(1);
        self
    }

    /// How many deliveries may wait behind others of the same record, at most. When so many wait, nothing more is
    /// received until one of them runs; their locks run on in the meantime. At least 1. 64.
    pub fn buffer(mut self, deliveries: usize) -> Self {
        self.config.buffer = deliveries.max(1);
        self
    }

    /// Lets deliveries of one record run at the same time, and in any order.
    pub fn unordered(mut self) -> Self {
        self.config.ordered = false;
        self
    }

    /// How long a drain waits for what is in flight; then it is dropped and released. 25 s: within the 30 s that
    /// Kubernetes and Azure give a process.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.config.grace = grace;
        self
    }

    /// How often a message may fail. When its listener fails with what may pass (a transient error, a panic, a timeout, a
    /// release of its own) at that attempt or a later one, it is rejected as
    /// [`MaxAttempts`](crate::Reason::MaxAttempts), with the last cause. Some(10), at least 1; `None` switches it off.
    ///
    /// It is for sources that count deliveries and can reject; with others nothing changes. A broker counts what no
    /// listener saw, too, and parks a message by a limit of its own: for the better reason to win, keep the broker's
    /// limit at or above this one.
    pub fn max_attempts(mut self, attempts: Option<u32>) -> Self {
        self.config.max_attempts = attempts.map(|attempts| attempts.max(1));
        self
    }

    /// Drops a listener's future when its lock is lost, rather than only telling it. It then ends at an `await`, in the
    /// middle of what it does.
    pub fn drop_on_lost_lock(mut self) -> Self {
        self.config.drop_on_lost_lock = true;
        self
    }

    /// Does not turn panics of the listener into errors for the layers around it. The delivery is released all the same,
    /// and the host goes on.
    pub fn without_catch_panic(self) -> Self {
        self.catch_panic.store(false, Ordering::Relaxed);
        self
    }

    /// Drains when `signal` completes: receives no more, gives back what waits, and lets what runs finish within the
    /// grace time. After [`shutdown_signal`](crate::shutdown_signal), a second signal ends the grace time.
    pub fn with_graceful_shutdown<F>(mut self, signal: F) -> Self
    where
        F: Future<Output: EndsGrace> + Send + 'static,
    {
        self.signal = Some(signal::boxed(signal));
        self
    }
}

impl<Src: Source, Svc: Serves<Src::Reply>> IntoFuture for Host<Src, Svc> {
    type Output = Result<Report, HostError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            // Whoever waits in `block_on`, as `main` does, is woken by the kernel for each event; a task is not.
            let running = tokio::spawn(self.run(Stop::default()).in_current_span());
            match AbortOnDropHandle::new(running).await {
                Ok(ended) => ended,
                Err(error) => match error.try_into_panic() {
                    Ok(panic) => resume_unwind(panic),
                    // The runtime is shutting down, and this future with it.
                    Err(_) => pending().await,
                },
            }
        })
    }
}

impl<Src, Svc> fmt::Debug for Host<Src, Svc> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("concurrency", &self.config.concurrency)
            .field("buffer", &self.config.buffer)
            .field("ordered", &self.config.ordered)
            .field("grace", &self.config.grace)
            .finish_non_exhaustive()
    }
}
