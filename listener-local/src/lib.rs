//! Azure and Dataverse on loopback: what a listener application talks to, without either.
//!
//! [`amqp`] is the server side of AMQP 1.0, which Service Bus and Event Hubs speak.
//! [`faults`] are switches for what goes wrong on the way and in the broker.
//! [`poster`] posts an execution context to a webhook, queue or topic as Dataverse does.
//! [`service_bus`] holds the parts of a Service Bus, [`local`] starts one.

pub mod amqp;
pub mod faults;
pub mod local;
pub mod poster;
pub mod service_bus;
