//! A host at work, and the signal that ends it.

use listener_core::{HostError, Report};
use tokio::{sync::oneshot, task::JoinHandle};

pub(crate) struct Running {
    pub(crate) host: JoinHandle<Result<Report, HostError>>,
    pub(crate) stop: oneshot::Sender<()>,
}

pub(crate) type Signal = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// Starts what is made with its signal.
pub(crate) fn spawn<H>(host: impl FnOnce(Signal) -> H) -> Running
where
    H: IntoFuture<Output = Result<Report, HostError>, IntoFuture: Send + 'static>,
{
    let (stop, stopped) = oneshot::channel::<()>();
    let signal: Signal = Box::pin(async {
        let _ = stopped.await;
    });
    Running {
        host: tokio::spawn(host(signal).into_future()),
        stop,
    }
}
