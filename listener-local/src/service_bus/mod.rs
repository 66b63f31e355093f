//! What a Service Bus on loopback is built of.
//!
//! - [`engine`]: what Service Bus means: entities, locks, sessions, dead-lettering and time, without a line of AMQP framing;
//! - [`rules`]: which messages a subscription takes, and what it changes in them;
//! - [`broker`]: both joined, for AMQP clients;
//! - [`config`]: the file in which the official emulators declare their entities, which [`declare()`] makes in a namespace.

pub mod broker;
pub mod config;
mod declare;
pub mod engine;
pub mod rules;

pub use declare::{DeclareError, declare};
