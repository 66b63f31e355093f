use std::{ops::Deref, sync::Arc};

use super::FromContext;
use crate::{Delivery, Result, context::RemoteExecutionContext};

/// The whole context; decoded once for all that ask.
///
/// ```
/// use listener_core::Context;
///
/// async fn on_any(context: Context) {
///     println!("{} of {}", context.message_name(), context.primary_entity_name());
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Context(pub Arc<RemoteExecutionContext>);

/// How deep in a chain of operations the message's own is, from 1: a listener that writes back what triggers it again
/// sees it grow.
///
/// ```
/// use listener_core::{Depth, Error, Result};
///
/// async fn on_update(Depth(depth): Depth) -> Result {
///     if depth > 8 { Err(Error::permanent("update loop")) } else { Ok(()) }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Depth(pub i32);

impl Deref for Context {
    type Target = RemoteExecutionContext;

    fn deref(&self) -> &RemoteExecutionContext {
        &self.0
    }
}

impl From<RemoteExecutionContext> for Context {
    /// For calling a listener in a test.
    fn from(context: RemoteExecutionContext) -> Self {
        Self(Arc::new(context))
    }
}

impl<S> FromContext<S> for Context {
    fn from_context(delivery: &Delivery, _: &S) -> Result<Self> {
        Ok(Self(delivery.message().context()?.clone()))
    }
}

impl<S> FromContext<S> for Depth {
    fn from_context(delivery: &Delivery, _: &S) -> Result<Self> {
        Ok(Self(delivery.message().depth()?.unwrap_or_default()))
    }
}
