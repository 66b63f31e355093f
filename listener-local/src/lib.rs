//! Azure and Dataverse on loopback: what a listener application talks to, without either.
//!
//! [`poster`] posts an execution context as Dataverse's webhook poster does.
//! [`service_bus`] keeps queues, topics and subscriptions as Service Bus does.

pub mod poster;
pub mod service_bus;
