use std::{borrow::Cow, fmt, sync::Arc, time::Duration};

use tokio::time::sleep_until;

use super::{MemoryQueue, state::Shared};
use crate::source::{Capabilities, Closed, Received, Source, SourceError};

/// A queue in memory, as a source.
///
/// ```
/// use listener_core::{Binding, Host, Router, context::RemoteExecutionContext, source::memory::MemorySource};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> listener_core::Result {
/// let router = Router::new().on(Binding::message("Create"), || async {});
/// let (source, queue) = MemorySource::new();
/// queue.send(RemoteExecutionContext::new("Create", "account"));
/// queue.close();
///
/// let report = Host::new(source).serve(router.with_state(())).await?;
/// assert_eq!(report.accepted, 1);
/// assert!(queue.settled().await.outcome.is_accept());
/// # Ok(())
/// # }
/// ```
pub struct MemorySource<R = ()>(Arc<Shared<R>>);

/// How a [`MemorySource`] behaves.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MemoryOptions {
    /// Its name, for logs. `memory`.
    pub name: Cow<'static, str>,
    /// What it can do with outcomes. All.
    pub capabilities: Capabilities,
    /// How long a message is locked; `None` for as long as it takes. `None`.
    pub lock_duration: Option<Duration>,
    /// After how many deliveries a released message is parked; `None` for never. `None`.
    pub max_attempts: Option<u32>,
}

impl Default for MemoryOptions {
    fn default() -> Self {
        Self {
            name: "memory".into(),
            capabilities: Capabilities::ALL,
            lock_duration: None,
            max_attempts: None,
        }
    }
}

impl<R: Send + 'static> MemorySource<R> {
    /// An empty queue: the source, and its far side.
    #[allow(clippy::new_ret_no_self)]
    pub fn new() -> (Self, MemoryQueue<R>) {
        Self::with_options(MemoryOptions::default())
    }

    /// An empty queue that behaves so.
    pub fn with_options(options: MemoryOptions) -> (Self, MemoryQueue<R>) {
        let shared = Arc::new(Shared::new(options));
        (Self(shared.clone()), MemoryQueue(shared))
    }
}

impl<R: Default + Send + 'static> Source for MemorySource<R> {
    type Reply = R;

    fn name(&self) -> &str {
        &self.0.options().name
    }

    fn capabilities(&self) -> Capabilities {
        self.0.options().capabilities
    }

    async fn next(&mut self) -> Result<Option<Received<R>>, SourceError> {
        loop {
            if let Some(received) = self.0.receive() {
                return Ok(Some(received));
            }
            let due = {
                let state = self.0.state();
                if state.is_over() {
                    return Ok(None);
                }
                state.next_due()
            };
            match due {
                Some(due) => tokio::select! {
                    () = self.0.changed.notified() => {}
                    () = sleep_until(due) => {}
                },
                None => self.0.changed.notified().await,
            }
        }
    }

    async fn close(self) -> Closed {
        Closed {
            refused: self.0.state().refused,
        }
    }
}

impl<R> fmt::Debug for MemorySource<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemorySource").finish_non_exhaustive()
    }
}
