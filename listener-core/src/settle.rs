use std::fmt;

use tokio::sync::oneshot;

use crate::{Outcome, binding::Binding};

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

type Sink<R> = Box<dyn FnOnce(Outcome<R>, Note) + Send>;

/// What a host knows of a settlement besides its outcome. A source writes it on the message, where its transport can.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Note {
    /// What went wrong; `None` where nothing did, and where no host says.
    pub failure: Option<Failure>,
    /// The binding by which the router chose the listener; `None` for the fallback, and where no router did.
    pub route: Option<&'static Binding>,
    /// Whether it was accepted unheard, because of filtering attributes: that says nothing of how the listener fares.
    pub filtered: bool,
}

/// Why a message was not handled, by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Failure {
    /// The listener failed with a transient error, or released the message itself.
    Transient,
    /// The listener failed with a permanent error or rejected the message itself, or no listener can have it.
    Permanent,
    /// The listener panicked.
    Panic,
    /// The listener took too long, or what it waited for did.
    Timeout,
    /// The lock was lost while the listener ran.
    LockLost,
    /// The grace time of a shutdown ended before the listener did.
    Unfinished,
    /// No listener saw it: the host ended, an earlier message of the record was released, or the lock was lost before.
    Unseen,
}

impl Note {
    /// A note of this failure, or of none.
    pub fn new(failure: impl Into<Option<Failure>>) -> Self {
        Self {
            failure: failure.into(),
            ..Self::default()
        }
    }

    /// The same note with the binding by which the listener was chosen.
    #[must_use]
    pub const fn route(mut self, route: Option<&'static Binding>) -> Self {
        self.route = route;
        self
    }

    /// The same note of what was accepted unheard, or not.
    #[must_use]
    pub const fn filtered(mut self, filtered: bool) -> Self {
        self.filtered = filtered;
        self
    }
}

impl Failure {
    /// The kind in a word or two, as it stands on an abandoned message.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::Permanent => "permanent",
            Self::Panic => "panic",
            Self::Timeout => "timeout",
            Self::LockLost => "lock lost",
            Self::Unfinished => "unfinished",
            Self::Unseen => "unseen",
        }
    }

    /// Whether the listener tried, failed, and may succeed with the same message later.
    pub const fn is_transient(self) -> bool {
        matches!(self, Self::Transient | Self::Panic | Self::Timeout)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<R> Settler<R> {
    /// A settler that hands its outcome to a source.
    ///
    /// `sink` runs wherever the settler is used or dropped, a panicking task included: it must neither block nor wait
    /// nor panic. Send into a channel without a bound, and do the work behind it.
    pub fn new(sink: impl FnOnce(Outcome<R>) + Send + 'static) -> Self {
        Self::noting(move |outcome, _| sink(outcome))
    }

    /// A settler that hands its outcome to a source, and what the host notes beside it. The same holds for `sink` as in
    /// [`new`](Self::new).
    pub fn noting(sink: impl FnOnce(Outcome<R>, Note) + Send + 'static) -> Self {
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
    pub fn settle(self, outcome: Outcome<R>) {
        self.settle_noted(outcome, Note::default());
    }

    /// Settles the delivery, with what there is to note beside the outcome.
    pub fn settle_noted(mut self, outcome: Outcome<R>, note: Note) {
        self.send(outcome, note);
    }

    fn send(&mut self, outcome: Outcome<R>, note: Note) {
        if let Some(sink) = self.0.take() {
            sink(outcome, note);
        }
    }
}

impl<R> Drop for Settler<R> {
    fn drop(&mut self) {
        if self.0.is_some() {
            self.send(Outcome::release("dropped unsettled"), Note::default());
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
    fn what_is_noted_reaches_a_source_that_asks_for_it() {
        let (sender, notes) = std::sync::mpsc::channel();
        let sink = move |_: Outcome, note| sender.send(note).unwrap();
        let note = Note::new(Failure::Panic);
        Settler::noting(sink.clone()).settle_noted(Outcome::release("x"), note);
        Settler::noting(sink).settle(Outcome::Accept(()));
        assert_eq!(notes.recv(), Ok(note));
        assert_eq!(notes.recv(), Ok(Note::default()));
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
