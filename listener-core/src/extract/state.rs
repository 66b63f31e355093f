use super::FromContext;
use crate::{Delivery, Result};

/// What the application gave the router, or a part of it.
///
/// ```
/// use std::sync::Arc;
/// use listener_core::{Binding, FromRef, Router, State};
///
/// #[derive(Clone)]
/// struct App { greeting: Arc<str> }
///
/// impl FromRef<App> for Arc<str> {
///     fn from_ref(app: &App) -> Self {
///         app.greeting.clone()
///     }
/// }
///
/// async fn on_create(State(greeting): State<Arc<str>>) {
///     println!("{greeting}");
/// }
///
/// let router: Router<App> = Router::new().on(Binding::message("Create"), on_create);
/// let service = router.with_state(App { greeting: "hello".into() });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State<T>(pub T);

/// A part of the application's state: what `State<Self>` gets out of an `S`.
///
/// Each `Clone` type is a part of itself.
#[diagnostic::on_unimplemented(
    message = "the router's state `{S}` holds no `{Self}` for the listener's `State<{Self}>`",
    note = "give `with_state` a `{Self}`, or write `impl FromRef<{S}> for {Self}`"
)]
pub trait FromRef<S> {
    /// The part.
    fn from_ref(state: &S) -> Self;
}

#[diagnostic::do_not_recommend]
impl<S: Clone> FromRef<S> for S {
    fn from_ref(state: &S) -> Self {
        state.clone()
    }
}

impl<S, T: FromRef<S>> FromContext<S> for State<T> {
    fn from_context(_: &Delivery, state: &S) -> Result<Self> {
        Ok(Self(T::from_ref(state)))
    }
}
