use std::fmt;

use tokio::sync::oneshot;

use crate::Outcome;

/// The power to settle one delivery, or to answer it; it stays with the host and is used once.
///
/// Dropped unused, it releases: a panic, an abort or a forgotten message never counts as handled.
///
/// ```
/// use std::sync::mpsc;
/// use listener_core::{Outcome, Settler};
///
/// let (outcomes, settled) = mpsc::channel::<Outcome>();
/// let sender = outcomes.clone();
/// Settler::new(move |outcome| sender.send(outcome).unwrap()).settle(Outcome::Accept(()));
/// drop(Settler::new(move |outcome| outcomes.send(outcome).unwrap()));
///
/// assert!(settled.recv()?.is_accept());
/// assert!(settled.recv()?.is_release());
/// # Ok::<(), mpsc::RecvError>(())
/// ```
#[must_use = "a settler that is dropped unused releases its message"]
pub struct Settler<R>(Option<Sink<R>>);

type Sink<R> = Box<dyn FnOnce(Outcome<R>) + Send>;

impl<R> Settler<R> {
    /// A settler that hands its outcome to a source.
    ///
    /// `sink` runs wherever the settler is used or dropped, a panicking task included: it must neither block nor wait
    /// nor panic. Send into a channel without a bound, and do the work behind it.
    pub fn new(sink: impl FnOnce(Outcome<R>) + Send + 'static) -> Self {
        Self(Some(Box::new(sink)))
    }

    /// A settler whose one outcome is waited for.
    pub fn channel() -> (Self, oneshot::Receiver<Outcome<R>>)
    where
        R: Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        // Whoever no longer waits has no use for the outcome.
        (
            Self::new(move |outcome| drop(sender.send(outcome))),
            receiver,
        )
    }

    /// Settles the delivery.
    pub fn settle(mut self, outcome: Outcome<R>) {
        self.send(outcome);
    }

    fn send(&mut self, outcome: Outcome<R>) {
        if let Some(sink) = self.0.take() {
            sink(outcome);
        }
    }
}

impl<R> Drop for Settler<R> {
    fn drop(&mut self) {
        if self.0.is_some() {
            self.send(Outcome::release("dropped unsettled"));
        }
    }
}

impl<R> fmt::Debug for Settler<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settler").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settles_once() {
        let (settler, mut settled) = Settler::<()>::channel();
        settler.settle(Outcome::Accept(()));
        assert_eq!(settled.try_recv(), Ok(Outcome::Accept(())));
    }

    #[test]
    fn releases_when_dropped_unused() {
        let (settler, mut settled) = Settler::<()>::channel();
        drop(settler);
        assert_eq!(
            settled.try_recv(),
            Ok(Outcome::release("dropped unsettled"))
        );
    }

    #[test]
    fn releases_when_its_task_panics() {
        let (settler, mut settled) = Settler::<()>::channel();
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
            let _settler = settler;
            std::panic::resume_unwind(Box::new(()));
        }));
        assert!(panicked.is_err());
        assert!(settled.try_recv().unwrap().is_release());
    }
}
