use tower_service::Service;

use crate::{BoxError, Delivery, Outcome};

/// A tower service that a host can call, where the source's answer is `R`; implemented for all that fit.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be served: it does not answer `{R}` to a `Delivery`",
    label = "no service for this source",
    note = "a source that sends nothing back has the answer `()`; two-way and REST endpoints have `Reply`",
    note = "give a `Router` its state first: `.with_state(..)`"
)]
pub trait Serves<R>:
    Service<Delivery, Response = Outcome<R>, Error: Into<BoxError>, Future: Send + 'static>
    + Send
    + 'static
{
}

impl<R, S> Serves<R> for S where
    S: Service<Delivery, Response = Outcome<R>, Error: Into<BoxError>, Future: Send + 'static>
        + Send
        + 'static
{
}
