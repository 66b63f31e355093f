use std::future::Future;

use super::Answer;
use crate::{Delivery, FromContext, IntoOutcome};

/// An async function of up to twelve extractors; what [`Router::on`](crate::Router::on) takes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot handle deliveries for a router with the answer `{R}`",
    label = "not a listener",
    note = "put `#[listener(..)]` on the function: it names the argument or the return type that does not fit"
)]
pub trait Handler<Args, S, R>: Clone + Send + Sync + 'static {
    /// Calls the function with arguments out of the delivery and the state.
    fn call(self, delivery: Delivery, state: S) -> Answer<R>;
}

macro_rules! handlers {
    ($([$($arg:ident)*])*) => { $(
        #[diagnostic::do_not_recommend]
        #[allow(non_snake_case, unused_variables)]
        impl<F, Fut, S, R, $($arg,)*> Handler<($($arg,)*), S, R> for F
        where
            F: FnOnce($($arg),*) -> Fut + Clone + Send + Sync + 'static,
            Fut: Future<Output: IntoOutcome<R>> + Send,
            S: Send + Sync + 'static,
            $($arg: FromContext<S> + Send,)*
        {
            fn call(self, delivery: Delivery, state: S) -> Answer<R> {
                Box::pin(async move {
                    $(let $arg = $arg::from_context(&delivery, &state)?;)*
                    // What the listener did not ask for is not kept while it runs.
                    drop((delivery, state));
                    self($($arg),*).await.into_outcome()
                })
            }
        }
    )* };
}

handlers! {
    []
    [A1]
    [A1 A2]
    [A1 A2 A3]
    [A1 A2 A3 A4]
    [A1 A2 A3 A4 A5]
    [A1 A2 A3 A4 A5 A6]
    [A1 A2 A3 A4 A5 A6 A7]
    [A1 A2 A3 A4 A5 A6 A7 A8]
    [A1 A2 A3 A4 A5 A6 A7 A8 A9]
    [A1 A2 A3 A4 A5 A6 A7 A8 A9 A10]
    [A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11]
    [A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12]
}
