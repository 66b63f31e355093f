use std::{
    error::Error as StdError,
    fmt,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::{BoxError, Delivery};

/// Turns a panic of a listener into an error that releases the message. A [`Host`](crate::Host) has it by default.
///
/// The panic's own text stays with the panic hook: it may hold anything.
#[derive(Clone, Debug)]
pub struct CatchPanicLayer {
    on: Arc<AtomicBool>,
}

/// The service of [`CatchPanicLayer`].
#[derive(Clone, Debug)]
pub struct CatchPanic<S> {
    inner: S,
    on: Arc<AtomicBool>,
}

/// A listener panicked.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Panicked;

impl CatchPanicLayer {
    /// The layer.
    pub fn new() -> Self {
        Self::switched(Arc::new(AtomicBool::new(true)))
    }

    /// The layer with a switch, since the host's user may say that he wants none after the service is wrapped.
    pub(crate) fn switched(on: Arc<AtomicBool>) -> Self {
        Self { on }
    }
}

impl Default for CatchPanicLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for CatchPanicLayer {
    type Service = CatchPanic<S>;

    fn layer(&self, inner: S) -> CatchPanic<S> {
        CatchPanic {
            inner,
            on: self.on.clone(),
        }
    }
}

impl<S: Service<Delivery, Error: Into<BoxError>>> Service<Delivery> for CatchPanic<S> {
    type Response = S::Response;
    type Error = BoxError;
    type Future = CatchPanicFuture<S::Future>;

    fn poll_ready(&mut self, task: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(task).map_err(Into::into)
    }

    fn call(&mut self, delivery: Delivery) -> Self::Future {
        if !self.on.load(Ordering::Relaxed) {
            return CatchPanicFuture {
                state: State::Uncaught {
                    future: self.inner.call(delivery),
                },
            };
        }
        // Neither the service nor the future is used again after a panic in it.
        match catch_unwind(AssertUnwindSafe(|| self.inner.call(delivery))) {
            Ok(future) => CatchPanicFuture {
                state: State::Caught { future },
            },
            Err(_) => CatchPanicFuture {
                state: State::Panicked,
            },
        }
    }
}

pin_project! {
    /// The future of [`CatchPanic`].
    #[derive(Debug)]
    pub struct CatchPanicFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[project = StateProjection]
    #[derive(Debug)]
    enum State<F> {
        Uncaught { #[pin] future: F },
        Caught { #[pin] future: F },
        Panicked,
    }
}

impl<T, E: Into<BoxError>, F: Future<Output = Result<T, E>>> Future for CatchPanicFuture<F> {
    type Output = Result<T, BoxError>;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProjection::Uncaught { future } => future.poll(task).map_err(Into::into),
            StateProjection::Caught { future } => {
                match catch_unwind(AssertUnwindSafe(|| future.poll(task))) {
                    Ok(poll) => poll.map_err(Into::into),
                    Err(_) => Poll::Ready(Err(Panicked.into())),
                }
            }
            StateProjection::Panicked => Poll::Ready(Err(Panicked.into())),
        }
    }
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the listener panicked")
    }
}

impl StdError for Panicked {}

#[cfg(test)]
mod tests {
    use tower::{ServiceExt, service_fn};

    use super::*;
    use crate::{Outcome, context::RemoteExecutionContext};

    fn delivery() -> Delivery {
        Delivery::from_context(RemoteExecutionContext::new("Create", "account"))
    }

    #[tokio::test]
    async fn catches_a_panic_of_the_future_and_of_the_call() {
        let future = service_fn(|_| async { panic!("in the future") as Result<Outcome, BoxError> });
        let call = service_fn(|_| -> std::future::Ready<Result<Outcome, BoxError>> {
            panic!("in the call")
        });
        let futures = CatchPanicLayer::new()
            .layer(future)
            .oneshot(delivery())
            .await;
        let calls = CatchPanicLayer::new().layer(call).oneshot(delivery()).await;
        for result in [futures, calls] {
            assert!(result.unwrap_err().is::<Panicked>());
        }
    }
}
