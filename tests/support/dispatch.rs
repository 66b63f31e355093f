//! What the dispatch bench and the allocation test share: routers of any size, and deliveries for them.

use std::{
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use listener_core::{
    Attempt, Binding, Claims, Delivery, Router, State, Truncation, context::RemoteExecutionContext,
    decode::Message, router::RouterService,
};

/// The application's state.
#[derive(Debug, Default)]
pub struct App {
    /// What a listener may read.
    pub limit: u32,
}

/// A router of so many listeners, each for the `Update` of a table of its own, which take the state and metadata.
pub fn router(routes: usize) -> RouterService<()> {
    async fn listener(
        State(app): State<Arc<App>>,
        Attempt(attempt): Attempt,
        truncation: Truncation,
    ) {
        std::hint::black_box((app.limit, attempt, truncation));
    }

    (0..routes)
        .fold(Router::new(), |router, number| {
            let table: &'static str = format!("new_table{number}").leak();
            router.on(Binding::message("Update").entity(table), listener)
        })
        .with_state(Arc::new(App::default()))
}

/// A decoded delivery of an `Update` of the table of this number, with its claims.
pub fn delivery(table: usize) -> Delivery {
    let context = RemoteExecutionContext::new("Update", format!("new_table{table}"));
    let claims = Claims::of(&context);
    Delivery::builder(Message::from_context(context))
        .claims(claims)
        .build()
}

/// The output of a future that need not wait.
///
/// # Panics
/// If it does.
pub fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}
