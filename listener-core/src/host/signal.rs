use std::future::pending;

use tokio_util::sync::CancellationToken;

use crate::BoxFuture;

/// Waits for Ctrl-C or SIGTERM; a second one ends the grace time.
///
/// ```no_run
/// use listener_core::{Binding, Host, Router, shutdown_signal, source::memory::MemorySource};
///
/// # async fn run() -> listener_core::Result {
/// let (source, queue) = MemorySource::new();
/// let router = Router::new().on(Binding::message("Create"), || async {});
/// let report =
///     Host::new(source).serve(router.with_state(())).with_graceful_shutdown(shutdown_signal()).await?;
/// println!("{report}");
/// # Ok(())
/// # }
/// ```
pub async fn shutdown_signal() -> SecondSignal {
    let mut signals = Signals::listen();
    signals.next().await;
    tracing::info!("Shutting down; another signal ends the grace time.");
    SecondSignal(signals)
}

/// The signal after the first: what [`shutdown_signal`] leaves behind.
#[derive(Debug)]
pub struct SecondSignal(Signals);

/// What a shutdown signal leaves behind: what ends the grace time, if anything does.
pub trait EndsGrace: Send + 'static {
    /// Waits for the end.
    fn wait(self) -> BoxFuture<'static, ()>;
}

impl EndsGrace for () {
    fn wait(self) -> BoxFuture<'static, ()> {
        Box::pin(pending())
    }
}

impl EndsGrace for SecondSignal {
    fn wait(mut self) -> BoxFuture<'static, ()> {
        Box::pin(async move { self.0.next().await })
    }
}

#[cfg(unix)]
#[derive(Debug)]
struct Signals(Vec<tokio::signal::unix::Signal>);

#[cfg(unix)]
impl Signals {
    fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};

        let signals = [SignalKind::interrupt(), SignalKind::terminate()].map(signal);
        Self(
            signals
                .into_iter()
                .filter_map(|signal| {
                    signal
                        .inspect_err(|error| tracing::error!(%error, "Cannot listen for a signal."))
                        .ok()
                })
                .collect(),
        )
    }

    async fn next(&mut self) {
        std::future::poll_fn(|task| {
            match self
                .0
                .iter_mut()
                .any(|signal| matches!(signal.poll_recv(task), std::task::Poll::Ready(Some(()))))
            {
                true => std::task::Poll::Ready(()),
                false => std::task::Poll::Pending,
            }
        })
        .await;
    }
}

#[cfg(not(unix))]
#[derive(Debug)]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> Self {
        Self
    }

    async fn next(&mut self) {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "Cannot listen for a signal.");
            pending().await
        }
    }
}

/// A shutdown signal, and after it what ends the grace.
pub(super) type Signal = BoxFuture<'static, BoxFuture<'static, ()>>;

#[allow(clippy::async_yields_async)] // What is left after the first signal is waited for later.
pub(super) fn boxed<F>(signal: F) -> Signal
where
    F: Future<Output: EndsGrace> + Send + 'static,
{
    Box::pin(async move {
        let second = signal.await;
        second.wait()
    })
}

/// How hosts are told to end.
#[derive(Clone, Debug, Default)]
pub(super) struct Stop {
    /// Receive no more, and finish what is in flight.
    pub(super) drain: CancellationToken,
    /// The grace is over.
    pub(super) hurry: CancellationToken,
}

impl Stop {
    /// One that is told with this one, and can be told alone.
    pub(super) fn child(&self) -> Self {
        Self {
            drain: self.drain.child_token(),
            hurry: self.hurry.child_token(),
        }
    }

    /// Runs `work` to its end, and tells it when the signals come.
    pub(super) async fn on<T>(&self, signal: Option<Signal>, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        let Some(signal) = signal else {
            return work.await;
        };
        let second = tokio::select! {
            biased;
            result = &mut work => return result,
            second = signal => second,
        };
        self.drain.cancel();
        tokio::select! {
            biased;
            result = &mut work => return result,
            () = second => {}
        }
        self.hurry.cancel();
        work.await
    }
}
