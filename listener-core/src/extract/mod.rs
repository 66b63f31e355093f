//! The arguments of a listener.
//!
//! | argument | is |
//! |---|---|
//! | [`Context`] | the whole context |
//! | [`Target<T>`] | the row of the message; `Option<Target<T>>` where there may be none |
//! | [`TargetReference`] | which row the message is about |
//! | [`PreImage<T>`], [`PostImage<T>`] | the row before and after; `Option` of them where there may be none |
//! | [`Input<T>`], [`Output<T>`], [`SharedVariables<T>`] | parameters |
//! | [`State<T>`] | what the application gave the router, or a part of it |
//! | [`Depth`], [`Truncation`], [`Attempt`], [`Claims`](crate::Claims), [`Lock`](crate::Lock), [`Session`](crate::Session), [`Delivery`](crate::Delivery) | the message's circumstances |

mod context;
mod image;
mod metadata;
mod parameters;
mod state;
mod target;

pub use context::{Context, Depth};
pub use image::{PostImage, PreImage};
pub use metadata::{Attempt, Truncation};
pub use parameters::{Input, Output, SharedVariables};
pub use state::{FromRef, State};
pub use target::{Target, TargetReference};

use crate::{Delivery, Result};

/// A type that a listener can take as an argument.
///
/// It reads the delivery, by reference and without waiting; what has to wait is a layer that passes on a new delivery.
/// An error rejects the message before the listener runs, if it is permanent, as all errors of our own extractors are.
///
/// ```
/// use listener_core::{Delivery, FromContext, Result};
///
/// /// The organisation that sent the message.
/// struct Organization(String);
///
/// impl<S> FromContext<S> for Organization {
///     fn from_context(delivery: &Delivery, _: &S) -> Result<Self> {
///         Ok(Self(delivery.claims().organization.as_deref().unwrap_or("unknown").to_owned()))
///     }
/// }
///
/// async fn on_create(Organization(host): Organization) {
///     println!("a row was created in {host}");
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a listener argument",
    label = "not an extractor",
    note = "these can: `Context`, `Target<T>`, `PreImage<T>`, `PostImage<T>`, `Input<T>`, `State<T>`, `Depth`, ...",
    note = "a type of your own can, if it implements `FromContext<S>`"
)]
pub trait FromContext<S>: Sized {
    /// Reads the argument.
    ///
    /// # Errors
    /// If the delivery does not have it.
    fn from_context(delivery: &Delivery, state: &S) -> Result<Self>;
}

#[cfg(test)]
mod tests;
