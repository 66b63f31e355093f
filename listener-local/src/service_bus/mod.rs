//! What a Service Bus on loopback is built of.
//!
//! - [`rules`]: which messages a subscription takes, and what it changes in them;

pub mod rules;
