//! A queue in memory, with redelivery, locks, delays and parking: for tests, and for listeners that are fed by hand.

mod message;
mod queue;
#[allow(clippy::module_inception)]
mod source;
mod state;

pub use message::MemoryMessage;
pub use queue::{MemoryQueue, Parked, Settled};
pub use source::{MemoryOptions, MemorySource};
