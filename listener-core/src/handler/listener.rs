use super::Answer;
use crate::{Binding, Delivery};

/// A function under `#[listener]`: what it listens to, and how it is called.
///
/// The attribute implements it for a struct of the function's name, and calls the function directly, so that a type that
/// does not fit is underlined where it stands.
///
/// ```
/// use listener_core::{Answer, Binding, Delivery, FromContext, IntoOutcome, Listener, Router, TargetReference};
///
/// async fn on_delete(row: TargetReference) {
///     println!("{} is gone", row.0.id());
/// }
///
/// // What `#[listener(message = "Delete", entity = "account")]` adds:
/// #[allow(non_camel_case_types)]
/// struct on_delete {}
///
/// impl<S: Send + Sync + 'static> Listener<S, ()> for on_delete {
///     const BINDING: Binding = Binding::message("Delete").entity("account");
///
///     fn call(delivery: Delivery, state: S) -> Answer<()> {
///         Box::pin(async move {
///             let row = TargetReference::from_context(&delivery, &state)?;
///             on_delete(row).await.into_outcome()
///         })
///     }
/// }
///
/// let service = Router::new().listener::<on_delete>().with_state(());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no listener for a router with the answer `{R}`",
    note = "`two_way` listeners answer `Reply`, all others `()`; a router, like a source, has one kind of answer"
)]
pub trait Listener<S, R> {
    /// What it listens to.
    const BINDING: Binding;

    /// Calls the function with arguments out of the delivery and the state.
    fn call(delivery: Delivery, state: S) -> Answer<R>;
}
