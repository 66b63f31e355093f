//! The host on a memory source, on a paused clock.

mod drain;
mod lanes;
mod locks;
mod outcomes;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{sync::Semaphore, task::JoinHandle};
use uuid::Uuid;

use super::{Host, HostError, Report};
use crate::{
    Context, Handler, Router, State,
    context::RemoteExecutionContext,
    router::RouterService,
    source::memory::{MemoryOptions, MemoryQueue, MemorySource},
};

const SECOND: Duration = Duration::from_secs(1);

fn context(message: &'static str, record: u128) -> RemoteExecutionContext {
    let mut context = RemoteExecutionContext::new(message, "account");
    context.primary_entity_id = Uuid::from_u128(record).into();
    context
}

/// A router whose fallback takes everything.
fn all<Args, H: Handler<Args, (), ()>>(handler: H) -> RouterService<()> {
    Router::new().fallback(handler).with_state(())
}

fn spawn(
    host: impl IntoFuture<Output = Result<Report, HostError>, IntoFuture: Send + 'static>,
) -> Running {
    tokio::spawn(host.into_future())
}

type Running = JoinHandle<Result<Report, HostError>>;

/// Nothing takes this long on a paused clock; what hangs fails.
async fn soon<T>(future: impl IntoFuture<Output = T>) -> T {
    tokio::time::timeout(SECOND * 3600, future)
        .await
        .expect("it hangs")
}

async fn report(running: Running) -> Report {
    soon(running).await.unwrap().unwrap()
}

/// A listener that waits until the test lets it go, and counts.
#[derive(Clone)]
struct Gate {
    permits: Arc<Semaphore>,
    started: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Gate {
    fn shut() -> Self {
        Self {
            permits: Arc::new(Semaphore::new(0)),
            started: Arc::default(),
            most: Arc::default(),
        }
    }

    fn let_go(&self, listeners: usize) {
        self.permits.add_permits(listeners);
    }

    fn started(&self) -> usize {
        self.started.load(Ordering::SeqCst)
    }

    fn router(&self) -> RouterService<()> {
        let running = Arc::new(AtomicUsize::new(0));
        let listener = move |State(gate): State<Self>, _: Context| {
            let running = running.clone();
            async move {
                gate.started.fetch_add(1, Ordering::SeqCst);
                gate.most
                    .fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                gate.permits.acquire().await.unwrap().forget();
                running.fetch_sub(1, Ordering::SeqCst);
            }
        };
        Router::new().fallback(listener).with_state(self.clone())
    }
}

/// Lets everything run that can, without time passing.
async fn settle_down() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

fn locked(seconds: u32) -> (MemorySource, MemoryQueue) {
    MemorySource::with_options(MemoryOptions {
        lock_duration: Some(SECOND * seconds),
        ..MemoryOptions::default()
    })
}
