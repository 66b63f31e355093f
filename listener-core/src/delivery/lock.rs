use std::{
    fmt,
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::{BoxFuture, Error, Result};

/// How long a message is ours: a deadline that can be renewed, and a signal when it is lost. It has no power to settle.
///
/// A listener that takes it as an argument can stop when going on is pointless:
///
/// ```
/// use listener_core::{Error, Lock, Result};
///
/// async fn on_create(lock: Lock) -> Result {
///     tokio::select! {
///         done = long_work() => done,
///         () = lock.lost() => Err(Error::transient("the lock was lost half-way")),
///     }
/// }
/// # async fn long_work() -> Result { Ok(()) }
/// ```
///
/// Deadlines are kept on tokio's monotonic clock. A source without locks gives one that has no deadline.
#[derive(Clone)]
pub struct Lock(Arc<Inner>);

/// The source's side of a [`Lock`]: it moves the deadline, and says when the lock is lost.
///
/// ```
/// use std::time::Duration;
/// use listener_core::{LockKeeper};
/// use tokio::time::Instant;
///
/// let keeper = LockKeeper::new(Some(Instant::now() + Duration::from_secs(60)));
/// let lock = keeper.lock();
/// keeper.lose();
/// assert!(lock.is_lost());
/// ```
#[derive(Clone)]
pub struct LockKeeper(Arc<Inner>);

struct Inner {
    deadline: Mutex<Option<Instant>>,
    lost: CancellationToken,
    /// Lost by the source's own word. The host ends a listener by `lost` too, and its message is ours still.
    gone: AtomicBool,
    renew: Option<Renew>,
}

type Renew = Box<dyn Fn() -> BoxFuture<'static, Result<Instant>> + Send + Sync>;

impl Inner {
    fn deadline(&self) -> Option<Instant> {
        *self.deadline.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn extend(&self, deadline: Instant) {
        *self.deadline.lock().unwrap_or_else(PoisonError::into_inner) = Some(deadline);
    }
}

impl Lock {
    /// No lock: never lost, unless the host ends.
    pub fn none() -> Self {
        LockKeeper::new(None).lock()
    }

    /// When the lock ends, unless it is renewed; `None` where there is none.
    pub fn deadline(&self) -> Option<Instant> {
        self.0.deadline()
    }

    /// Whether the message is no longer ours: the deadline has passed, the source said so, or the host has ended its
    /// grace time. Whatever the listener does then counts as failed.
    pub fn is_lost(&self) -> bool {
        self.0.lost.is_cancelled()
            || self
                .deadline()
                .is_some_and(|deadline| deadline <= Instant::now())
    }

    /// Waits until the lock is lost; for ever, where it never is.
    pub async fn lost(&self) {
        // A renewed deadline is seen when the old one comes.
        while !self.is_lost() {
            match self.deadline() {
                Some(deadline) => tokio::select! {
                    () = self.0.lost.cancelled() => {}
                    () = sleep_until(deadline) => {}
                },
                None => self.0.lost.cancelled().await,
            }
        }
    }

    /// Renews the lock, and gives its new end.
    ///
    /// # Errors
    /// If the source cannot renew, or the lock is lost already.
    pub async fn renew(&self) -> Result<Instant> {
        let Some(renew) = &self.0.renew else {
            return Err(Error::permanent(
                "the source of this message has no lock to renew",
            ));
        };
        let deadline = renew().await?;
        self.0.extend(deadline);
        Ok(deadline)
    }

    /// Tells the listener to stop.
    pub(crate) fn signal(&self) {
        self.0.lost.cancel();
    }
}

impl LockKeeper {
    /// A lock that ends at `deadline`; one that never ends for `None`.
    pub fn new(deadline: Option<Instant>) -> Self {
        Self::build(deadline, None)
    }

    /// A lock that can be renewed: `renew` asks the broker and gives the new end.
    pub fn renewable<F>(deadline: Instant, renew: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Instant>> + Send + 'static,
    {
        Self::build(Some(deadline), Some(Box::new(move || Box::pin(renew()))))
    }

    fn build(deadline: Option<Instant>, renew: Option<Renew>) -> Self {
        Self(Arc::new(Inner {
            deadline: Mutex::new(deadline),
            lost: CancellationToken::new(),
            gone: AtomicBool::new(false),
            renew,
        }))
    }

    /// What the delivery carries.
    pub fn lock(&self) -> Lock {
        Lock(self.0.clone())
    }

    /// Moves the end of the lock.
    pub fn extend(&self, deadline: Instant) {
        self.0.extend(deadline);
    }

    /// Says that the lock is lost.
    pub fn lose(&self) {
        self.0.gone.store(true, Ordering::Release);
        self.0.lost.cancel();
    }

    /// Whether the deadline has passed, or [`lose`](Self::lose) was called. A host that ends its grace time makes the
    /// listener's [`Lock`] lost, and not this: the message can still be settled.
    pub fn is_lost(&self) -> bool {
        self.0.gone.load(Ordering::Acquire)
            || self
                .0
                .deadline()
                .is_some_and(|deadline| deadline <= Instant::now())
    }
}

impl Default for Lock {
    fn default() -> Self {
        Self::none()
    }
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lock")
            .field("deadline", &self.deadline())
            .field("lost", &self.is_lost())
            .finish()
    }
}

impl fmt::Debug for LockKeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lock().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[tokio::test(start_paused = true)]
    async fn is_lost_when_its_deadline_passes() {
        let keeper = LockKeeper::new(Some(Instant::now() + MINUTE));
        let before = Instant::now();
        keeper.lock().lost().await;
        assert_eq!(before.elapsed(), MINUTE);
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_of_a_grace_time_takes_the_message_from_the_listener_and_not_from_the_source() {
        let keeper = LockKeeper::new(Some(Instant::now() + MINUTE));
        keeper.lock().signal();
        assert!(keeper.lock().is_lost() && !keeper.is_lost());
        tokio::time::advance(MINUTE).await;
        assert!(keeper.is_lost());
    }

    #[tokio::test(start_paused = true)]
    async fn a_renewed_lock_lasts_longer() {
        let keeper = LockKeeper::renewable(Instant::now() + MINUTE, || async {
            Ok(Instant::now() + 2 * MINUTE)
        });
        let (lock, before) = (keeper.lock(), Instant::now());
        lock.renew().await.unwrap();
        lock.lost().await;
        assert_eq!(before.elapsed(), 2 * MINUTE);
    }

    #[tokio::test]
    async fn a_lock_that_does_not_exist_cannot_be_renewed() {
        assert!(Lock::none().renew().await.unwrap_err().is_permanent());
        assert!(!Lock::none().is_lost());
    }
}
