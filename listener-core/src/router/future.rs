use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use crate::{Answer, Outcome, Result};

/// What [`RouterService`](super::RouterService) gives back: a listener at work, or an outcome that needed none.
pub struct RouterFuture<R>(State<R>);

enum State<R> {
    Running(Answer<R>),
    Ready(Option<Outcome<R>>),
}

impl<R> RouterFuture<R> {
    pub(super) const fn run(answer: Answer<R>) -> Self {
        Self(State::Running(answer))
    }

    pub(super) const fn ready(outcome: Outcome<R>) -> Self {
        Self(State::Ready(Some(outcome)))
    }
}

// Nothing in it is pinned in place: the listener's future is boxed.
impl<R> Unpin for RouterFuture<R> {}

impl<R> Future for RouterFuture<R> {
    type Output = Result<Outcome<R>>;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.get_mut().0 {
            State::Running(answer) => answer.as_mut().poll(task),
            State::Ready(outcome) => {
                Poll::Ready(Ok(outcome.take().expect("polled again after it was ready")))
            }
        }
    }
}

impl<R> fmt::Debug for RouterFuture<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RouterFuture").finish_non_exhaustive()
    }
}
