//! What a Service Bus on loopback is built of.
//!
//! - [`rules`]: which messages a subscription takes, and what it changes in them;
//! - [`config`]: the file in which the official emulators declare their entities.

pub mod config;
pub mod rules;
