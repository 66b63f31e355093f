//! A Service Bus on loopback.
//!
//! [`engine`] is what Service Bus means: entities, locks, sessions, dead-lettering and time, without a line of AMQP
//! framing. What speaks AMQP calls it.

pub mod engine;
