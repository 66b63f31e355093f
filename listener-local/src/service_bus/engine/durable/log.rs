use std::{
    future::Future,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::watch;

use super::Changes;
use crate::service_bus::engine::{core::Core, error::EngineError, queue::QueueId};

/// What is to be committed, and how far the commits have come.
pub(in crate::service_bus::engine) struct Log {
    pending: Mutex<Pending>,
    /// Wakes the writer.
    work: Condvar,
    progress: watch::Sender<Progress>,
}

#[derive(Default)]
struct Pending {
    changes: Changes,
    /// The number of the batch that was taken last.
    taken: u64,
    closing: bool,
}

#[derive(Clone, Default)]
struct Progress {
    /// The number of the batch that was committed last.
    committed: u64,
    /// Why nothing is committed at present.
    failure: Option<EngineError>,
    /// Whether the writer has ended.
    ended: bool,
}

impl Log {
    pub(super) fn new() -> Self {
        Self {
            pending: Mutex::default(),
            work: Condvar::new(),
            progress: watch::Sender::new(Progress::default()),
        }
    }

    /// Adds changes. Called with the namespace locked.
    pub(super) fn write<R>(&self, change: impl FnOnce(&mut Changes) -> R) {
        let mut pending = self.lock();
        let was_empty = pending.changes.is_empty();
        change(&mut pending.changes);
        if was_empty {
            self.work.notify_one();
        }
    }

    /// An entity is this record now, or is gone with its queues.
    pub(in crate::service_bus::engine) fn entity(&self, path: &str, record: Option<Vec<u8>>) {
        self.write(|changes| changes.entities.insert(path.to_owned(), record));
    }

    /// All that a queue held is gone.
    pub(in crate::service_bus::engine) fn drop_queue(&self, id: QueueId) {
        self.write(|changes| changes.dropped.push(id));
    }

    /// Why new messages are refused at present.
    pub(in crate::service_bus::engine) fn failure(&self) -> Option<EngineError> {
        self.progress.borrow().failure.clone()
    }

    /// Waits until all that was written before this call is committed.
    pub(in crate::service_bus::engine) fn committed(
        &self,
    ) -> impl Future<Output = Result<(), EngineError>> + Send + use<> {
        // All of it is in the batch that was taken last, or in the next.
        let wanted = {
            let pending = self.lock();
            let waits = !pending.changes.is_empty();
            pending.taken + u64::from(waits)
        };
        let mut progress = self.progress.subscribe();
        async move {
            let reached = progress
                .wait_for(|progress| progress.committed >= wanted || progress.failure.is_some())
                .await;
            match reached {
                Ok(progress) if progress.committed >= wanted => Ok(()),
                Ok(progress) => Err(progress.failure.clone().unwrap_or_else(ended)),
                Err(_) => Err(ended()),
            }
        }
    }

    /// Waits for changes; tells whether there are any, which there are not any more once the log is closed.
    pub(super) fn wait(&self) -> bool {
        let mut pending = self.lock();
        while pending.changes.is_empty() && !pending.closing {
            pending = self
                .work
                .wait(pending)
                .unwrap_or_else(PoisonError::into_inner);
        }
        !pending.changes.is_empty()
    }

    /// Waits before another attempt; tells whether there is to be one.
    pub(super) fn pause(&self, pause: Duration) -> bool {
        let pending = self.lock();
        let (pending, _) = self
            .work
            .wait_timeout_while(pending, pause, |pending| !pending.closing)
            .unwrap_or_else(PoisonError::into_inner);
        !pending.closing
    }

    /// Takes all changes as one batch, from a namespace that is locked meanwhile, so that no step is cut in two.
    pub(in crate::service_bus::engine) fn take(&self, _locked: &Core) -> (u64, Changes) {
        let mut pending = self.lock();
        pending.taken += 1;
        (pending.taken, std::mem::take(&mut pending.changes))
    }

    pub(super) fn succeeded(&self, batch: u64) {
        self.progress.send_modify(|progress| {
            progress.committed = batch;
            progress.failure = None;
        });
    }

    pub(super) fn failed(&self, changes: Changes, error: EngineError) {
        self.lock().changes.put_back(changes);
        self.progress
            .send_modify(|progress| progress.failure = Some(error));
    }

    /// Lets the writer end after a last commit.
    pub(super) fn close(&self) {
        self.lock().closing = true;
        self.work.notify_one();
    }

    /// Nothing is committed any more.
    pub(super) fn end(&self) {
        self.progress.send_modify(|progress| {
            progress.failure.get_or_insert_with(ended);
            progress.ended = true;
        });
    }

    /// Closes, and waits until the writer has ended.
    ///
    /// # Errors
    ///
    /// If the last commit failed.
    pub(in crate::service_bus::engine) async fn end_well(&self) -> Result<(), EngineError> {
        let committed = self.committed();
        self.close();
        let mut progress = self.progress.subscribe();
        // The sender is this log's own.
        let _ = progress.wait_for(|progress| progress.ended).await;
        committed.await
    }

    fn lock(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ended() -> EngineError {
    EngineError::Storage("the namespace was closed".to_owned())
}
