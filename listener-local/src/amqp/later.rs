//! Outcomes that are not known yet.

use super::types::definitions::Error;
use std::{
    collections::VecDeque,
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
};

/// Something that is done when it is done, or has failed.
pub type Doing = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// What a node [settles later](super::Verdict::Later), in the order in which it came.
///
/// The node's `poll` asks [`poll`](Self::poll) each time.
pub struct Later<K> {
    waiting: VecDeque<(K, Doing)>,
    waker: Option<Waker>,
}

impl<K> Later<K> {
    /// Adds one, to be settled after all before it.
    pub fn push(&mut self, key: K, doing: Doing) {
        self.waiting.push_back((key, doing));
        // Who was told that there is nothing to wait for does not ask by itself.
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// The next whose outcome is known.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<(K, Result<(), Error>)> {
        let Some((_, doing)) = self.waiting.front_mut() else {
            self.waker = Some(cx.waker().clone());
            return Poll::Pending;
        };
        match doing.as_mut().poll(cx) {
            Poll::Ready(result) => match self.waiting.pop_front() {
                Some((key, _)) => Poll::Ready((key, result)),
                None => Poll::Pending,
            },
            Poll::Pending => {
                self.waker = None;
                Poll::Pending
            }
        }
    }
}

impl<K> Default for Later<K> {
    fn default() -> Self {
        Self {
            waiting: VecDeque::new(),
            waker: None,
        }
    }
}

impl<K> fmt::Debug for Later<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Later")
            .field("waiting", &self.waiting.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn outcomes_are_told_in_order_also_when_they_come_before_who_asks() {
        let mut later = Later::default();
        let (first, done) = oneshot::channel::<()>();
        later.push(
            1,
            Box::pin(async {
                let _ = done.await;
                Ok(())
            }),
        );
        later.push(2, Box::pin(async { Ok(()) }));
        let told = tokio::spawn(async move {
            let first = poll_fn(|cx| later.poll(cx)).await.0;
            let second = poll_fn(|cx| later.poll(cx)).await.0;
            (first, second)
        });
        first.send(()).unwrap();
        assert_eq!(told.await.unwrap(), (1, 2));
    }

    #[tokio::test]
    async fn who_waits_for_nothing_is_woken_by_the_first_that_is_added() {
        let later = std::sync::Arc::new(std::sync::Mutex::new(Later::default()));
        let asked = std::sync::Arc::clone(&later);
        let asking =
            tokio::spawn(async move { poll_fn(|cx| asked.lock().unwrap().poll(cx)).await.0 });
        tokio::task::yield_now().await;
        later.lock().unwrap().push(7, Box::pin(async { Ok(()) }));
        assert_eq!(asking.await.unwrap(), 7);
    }
}
