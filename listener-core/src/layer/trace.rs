use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;
use tracing::{Span, field};

use crate::{Delivery, Outcome};

/// Opens a span for each delivery: `source`, `message_name`, `entity`, `id`, `attempt`, `correlation_id`, `listener` and
/// `outcome`. No values of the message.
///
/// Message and table come from the claims, id and listener from the router, so that the span reads no body that nobody
/// wants.
///
/// ```
/// use listener_core::{Binding, Router, layer::TraceLayer};
/// use tower::Layer;
///
/// let router: Router = Router::new().on(Binding::message("Create"), || async {});
/// let service = TraceLayer::new().layer(router.with_state(()));
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct TraceLayer;

/// The service of [`TraceLayer`].
#[derive(Clone, Debug)]
pub struct Trace<S> {
    inner: S,
}

pin_project! {
    /// The future of [`Trace`].
    #[derive(Debug)]
    pub struct TraceFuture<F> {
        #[pin]
        inner: F,
        span: Span,
    }
}

impl TraceLayer {
    /// The layer.
    pub const fn new() -> Self {
        Self
    }
}

impl<S> Layer<S> for TraceLayer {
    type Service = Trace<S>;

    fn layer(&self, inner: S) -> Trace<S> {
        Trace { inner }
    }
}

impl<R, S: Service<Delivery, Response = Outcome<R>>> Service<Delivery> for Trace<S> {
    type Response = Outcome<R>;
    type Error = S::Error;
    type Future = TraceFuture<S::Future>;

    fn poll_ready(&mut self, task: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(task)
    }

    fn call(&mut self, delivery: Delivery) -> Self::Future {
        let claims = delivery.claims();
        let span = tracing::info_span!(
            "delivery",
            source = delivery.source(),
            message_name = claims.request_name.as_deref(),
            entity = claims.entity_logical_name.as_deref(),
            id = field::Empty,
            attempt = delivery.attempt(),
            correlation_id = claims.correlation_id.map(field::display),
            listener = field::Empty,
            outcome = field::Empty,
        );
        let inner = {
            let _entered = span.enter();
            self.inner.call(delivery)
        };
        TraceFuture { inner, span }
    }
}

impl<R, E, F: Future<Output = Result<Outcome<R>, E>>> Future for TraceFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let result = {
            let _entered = this.span.enter();
            ready!(this.inner.poll(task))
        };
        this.span
            .record("outcome", result.as_ref().map_or("failed", Outcome::name));
        Poll::Ready(result)
    }
}
