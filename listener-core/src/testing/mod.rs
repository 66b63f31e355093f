//! Help for the tests of listeners and sources.
//!
//! A listener is an async function: most of its tests call it. A router is a tower service: a test calls it with a
//! [`Delivery`](crate::Delivery). What is left is a [`Probe`]: a whole host on a queue in memory, step by step. Who
//! writes a source runs the [`conformance`] suite over it.

pub mod conformance;
mod probe;

pub use probe::Probe;
