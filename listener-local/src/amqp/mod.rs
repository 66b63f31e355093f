//! The server side of AMQP 1.0, frame by frame, as Service Bus and Event Hubs speak it.
//!
//! [`Server`] takes streams and speaks the protocol: headers, the security layer, sessions, windows, credit, frames.
//! It knows nothing of queues. A [`Service`] is asked at each attach and gives a [`Node`] for the link: an [`Incoming`]
//! takes whole messages and answers with outcomes, an [`Outgoing`] gives messages when there is credit and hears what
//! becomes of them. The connection's task owns its nodes and calls them, so no call may block. What comes later (an
//! outcome, a message, a detach) a node returns from its `poll`, which is called when there is credit, and whenever the
//! waker that it was last given has been woken.
//!
//! What a peer must not do ends the narrowest endpoint that can bear it: a message that is far too large its link, an
//! unknown handle its session, a frame that cannot be read its connection.
//!
//! Every performative goes out at full length, since one of the official clients reads fields by their index. Whatever
//! comes in is bounded by [`Limits`], and no other connection notices a fault.

mod codec;
mod connection;
mod fuzz;
mod later;
mod limits;
mod serial;
mod server;
mod service;
pub mod transactions;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use codec::scan_value;
pub use codec::write_header;
pub use connection::{ConnectionHandle, ConnectionInfo, Counts, LinkHandle};
pub use fe2o3_amqp_types as types;
pub use fuzz::{fuzz, fuzz_with};
pub use later::{Doing, Later};
pub use limits::Limits;
pub use serde_amqp;
pub use server::{Accept, Server};
pub use service::{
    AttachFuture, AttachRequest, Attached, Credit, Delivery, DeliveryId, EndCause, Incoming,
    IncomingEvent, LinkEnd, Message, Node, Outgoing, OutgoingEvent, Service, Verdict,
};
