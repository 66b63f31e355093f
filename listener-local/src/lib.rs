//! Azure and Dataverse on loopback: what a listener application talks to, without either.
//!
//! [`amqp`] is the server side of AMQP 1.0, which Service Bus and Event Hubs speak.
//! [`poster`] posts an execution context as Dataverse's webhook poster does.

pub mod amqp;
pub mod poster;
