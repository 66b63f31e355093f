//! What handles a delivery: an async function, by itself or under `#[listener]`.

mod function;
mod listener;

pub use function::Handler;
pub use listener::Listener;

use crate::{BoxFuture, Outcome, Result};

/// What a listener gives back: its outcome, or why it failed.
pub type Answer<R> = BoxFuture<'static, Result<Outcome<R>>>;
