//! Tower layers for deliveries.

mod catch_panic;
mod trace;

pub use catch_panic::{CatchPanic, CatchPanicFuture, CatchPanicLayer, Panicked};
pub use trace::{Trace, TraceFuture, TraceLayer};
