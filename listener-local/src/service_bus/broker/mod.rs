//! Service Bus on AMQP 1.0: what a link's address names, and what becomes of a [`Namespace`] through it.
//!
//! The protocol itself is [`amqp`](crate::amqp)'s, what Service Bus means is the [engine](super::engine)'s.

use super::engine::Namespace;
use crate::amqp::{AttachFuture, AttachRequest, Service, types::definitions::AmqpError};

/// A namespace for AMQP clients. Clones are the same broker.
#[derive(Clone, Debug)]
pub struct Broker {
    namespace: Namespace,
}

impl Broker {
    /// Serves a namespace.
    #[must_use]
    pub fn new(namespace: Namespace) -> Self {
        Self { namespace }
    }

    /// The namespace that is served.
    #[must_use]
    pub fn namespace(&self) -> &Namespace {
        &self.namespace
    }
}

impl Service for Broker {
    fn attach(&self, _: AttachRequest) -> AttachFuture {
        Box::pin(async { Err(AmqpError::NotFound.into()) })
    }
}
