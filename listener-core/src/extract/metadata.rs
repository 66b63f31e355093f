use super::FromContext;
use crate::{Claims, Delivery, Error, Lock, Result, Session};

/// How often the message was delivered, this delivery included: 1 the first time.
///
/// ```
/// use listener_core::{Attempt, Error, Result};
///
/// async fn on_create(Attempt(attempt): Attempt) -> Result {
///     if attempt > 5 { Err(Error::permanent("given up")) } else { Ok(()) }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attempt(pub u32);

/// Whether Dataverse cut the message down because it was too large: InputParameters, images and ParentContext are empty
/// then, and the record has to be fetched by [`TargetReference`](super::TargetReference).
///
/// ```
/// use listener_core::{Target, TargetReference, Truncation, context::Entity};
///
/// async fn on_update(target: Option<Target<Entity>>, row: TargetReference, truncation: Truncation) {
///     match target {
///         Some(Target(changes)) => println!("{} columns changed", changes.attributes().len()),
///         None if truncation.is_truncated() => println!("fetch {}", row.0.id()),
///         None => println!("no row"),
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truncation {
    /// The message is whole.
    Whole,
    /// The message was cut down.
    Truncated,
}

impl Truncation {
    /// Whether the message was cut down.
    pub const fn is_truncated(self) -> bool {
        matches!(self, Self::Truncated)
    }
}

impl<S> FromContext<S> for Attempt {
    fn from_context(delivery: &Delivery, _: &S) -> Result<Self> {
        Ok(Self(delivery.attempt()))
    }
}

impl<S> FromContext<S> for Truncation {
    fn from_context(delivery: &Delivery, _: &S) -> Result<Self> {
        Ok(if delivery.size_exceeded() {
            Self::Truncated
        } else {
            Self::Whole
        })
    }
}

impl<S> FromContext<S> for Claims {
    fn from_context(delivery: &Delivery, _: &S) -> Result<Self> {
        Ok(delivery.claims().clone())
    }
}

impl<S> FromContext<S> for Lock {
    fn from_context(delivery: &Delivery, _: &S) -> Result<Self> {
        Ok(delivery.lock().clone())
    }
}

impl<S> FromContext<S> for Session {
    fn from_context(delivery: &Delivery, _: &S) -> Result<Self> {
        delivery.session().cloned().ok_or_else(|| {
            Error::permanent(
                "expected a message of a session, found one without: listen with `sessions()`, or take `Option<Session>`",
            )
        })
    }
}

impl<S> FromContext<S> for Option<Session> {
    fn from_context(delivery: &Delivery, _: &S) -> Result<Self> {
        Ok(delivery.session().cloned())
    }
}

impl<S> FromContext<S> for Delivery {
    fn from_context(delivery: &Delivery, _: &S) -> Result<Self> {
        Ok(delivery.clone())
    }
}
