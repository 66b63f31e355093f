use std::{
    collections::VecDeque,
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use super::{
    error::EngineError,
    namespace::{Namespace, Shared},
};

type Waiting = Pin<Box<dyn Future<Output = Result<(), EngineError>> + Send>>;

/// Things that are done and have to be on the disk before somebody is told, first come, first told: what the answers of
/// a link are.
///
/// In memory they are ready at once.
pub struct Commits<T> {
    shared: Arc<Shared>,
    things: VecDeque<(u64, T)>,
    /// For the first of them.
    first: Option<Waiting>,
}

impl<T> Commits<T> {
    /// Nothing yet, of a namespace.
    pub fn new(namespace: &Namespace) -> Self {
        Self {
            shared: Arc::clone(&namespace.shared),
            things: VecDeque::new(),
            first: None,
        }
    }

    /// Adds a thing that was done just now.
    pub fn push(&mut self, thing: T) {
        let batch = self.shared.log().map_or(0, |log| log.batch());
        self.things.push_back((batch, thing));
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.things.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.things.is_empty()
    }

    /// The first thing, once it is on the disk, or the error with which it is not
    /// ([`Namespace::committed`]). `Pending` also when there is none.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<(T, Result<(), EngineError>)> {
        let Some((batch, _)) = self.things.front() else {
            return Poll::Pending;
        };
        let done = match (&mut self.first, self.shared.log()) {
            (Some(first), _) => first.as_mut().poll(cx),
            (None, Some(log)) if !log.has_committed(*batch) => {
                let first = self.first.insert(Box::pin(log.committed_to(*batch)));
                first.as_mut().poll(cx)
            }
            (None, _) => Poll::Ready(Ok(())),
        };
        let Poll::Ready(result) = done else {
            return Poll::Pending;
        };
        self.first = None;
        match self.things.pop_front() {
            Some((_, thing)) => Poll::Ready((thing, result)),
            None => Poll::Pending,
        }
    }
}

impl<T> fmt::Debug for Commits<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Commits")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
