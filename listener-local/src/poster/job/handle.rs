use tokio::sync::watch;

use super::SystemJob;

/// Follows one [`SystemJob`]. Dropped, the job goes on.
#[derive(Clone, Debug)]
#[must_use = "whether the message arrived is told by the job"]
pub struct Job(watch::Receiver<SystemJob>);

impl Job {
    pub(super) fn new(state: watch::Receiver<SystemJob>) -> Self {
        Self(state)
    }

    /// The job as it stands.
    pub fn current(&self) -> SystemJob {
        self.0.borrow().clone()
    }

    /// Waits until the job stands otherwise than when this was last asked; states in between may be passed over. `None`
    /// when it is completed and that has been told. Cancel-safe.
    pub async fn changed(&mut self) -> Option<SystemJob> {
        self.0.changed().await.ok()?;
        Some(self.0.borrow_and_update().clone())
    }

    /// Waits until the job is completed.
    pub async fn completed(mut self) -> SystemJob {
        // The job's task is the only one that tells, and completes it before it ends.
        let _ = self.0.wait_for(SystemJob::is_completed).await;
        self.current()
    }
}
