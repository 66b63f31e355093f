use std::{fmt, future::IntoFuture};

use tokio::task::JoinSet;

use super::{
    EndsGrace, Host, HostError, Report, Serves,
    signal::{self, Signal, Stop},
};
use crate::{BoxFuture, source::Source};

/// Several hosts under one signal, with one drain and one report. When one fails, all drain.
///
/// ```
/// use listener_core::{Binding, Host, Hosts, Reply, Router, context::RemoteExecutionContext};
/// use listener_core::source::memory::MemorySource;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> listener_core::Result {
/// let (one_way, events) = MemorySource::new();
/// let (two_way, calls) = MemorySource::new();
/// events.send(RemoteExecutionContext::new("Create", "account"));
/// calls.send(RemoteExecutionContext::new("Score", "none"));
/// events.close();
/// calls.close();
///
/// let listeners = Router::new().on(Binding::message("Create"), || async {}).with_state(());
/// let scores = Router::<(), Reply>::new().on(Binding::message("Score"), || async { "17" }).with_state(());
/// let report = Hosts::new()
///     .add(Host::new(one_way).serve(listeners))
///     .add(Host::new(two_way).serve(scores))
///     .await?;
/// assert_eq!(report.accepted, 2);
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
#[must_use = "hosts do nothing until they are awaited"]
pub struct Hosts {
    hosts: Vec<Run>,
    signal: Option<Signal>,
}

type Run = Box<dyn FnOnce(&Stop) -> BoxFuture<'static, Result<Report, HostError>> + Send>;

impl Hosts {
    /// No hosts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a host.
    #[allow(clippy::should_implement_trait)] // It takes hosts of many types, and hosts are no numbers.
    pub fn add<Src: Source, Svc: Serves<Src::Reply>>(mut self, host: Host<Src, Svc>) -> Self {
        self.hosts.push(Box::new(|stop| {
            let stop = stop.child();
            Box::pin(host.run(stop))
        }));
        self
    }

    /// Drains all hosts when `signal` completes; see [`Host::with_graceful_shutdown`].
    pub fn with_graceful_shutdown<F>(mut self, signal: F) -> Self
    where
        F: Future<Output: EndsGrace> + Send + 'static,
    {
        self.signal = Some(signal::boxed(signal));
        self
    }
}

impl IntoFuture for Hosts {
    type Output = Result<Report, HostError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let stop = Stop::default();
            let mut hosts = JoinSet::new();
            for host in self.hosts {
                hosts.spawn(host(&stop));
            }
            stop.on(self.signal, all(hosts, &stop)).await
        })
    }
}

async fn all(
    mut hosts: JoinSet<Result<Report, HostError>>,
    stop: &Stop,
) -> Result<Report, HostError> {
    let (mut sum, mut failure) = (Report::default(), None);
    while let Some(ended) = hosts.join_next().await {
        match ended {
            Ok(Ok(report)) => sum += report,
            Ok(Err(error)) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "A host failed; all drain."
                );
                stop.drain.cancel();
                sum += *error.report();
                failure.get_or_insert(error);
            }
            // Nobody aborts them while this waits, so it is a panic.
            Err(error) => {
                if let Ok(panic) = error.try_into_panic() {
                    std::panic::resume_unwind(panic);
                }
            }
        }
    }
    match failure {
        Some(error) => Err(error.with(sum)),
        None => Ok(sum),
    }
}

impl fmt::Debug for Hosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hosts")
            .field("hosts", &self.hosts.len())
            .finish_non_exhaustive()
    }
}
