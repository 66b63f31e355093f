//! Service Bus on AMQP 1.0: what a link's address names, and what becomes of a [`Namespace`] through it.
//!
//! The protocol itself is [`amqp`](crate::amqp)'s, what Service Bus means is the [engine](super::engine)'s. Here a link
//! finds its entity: data links send and receive, `$cbs` takes tokens, `{entity}/$management` answers requests
//! ([protocol guide](https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-protocol-guide),
//! [requests](https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-request-response)).

mod access;
mod cbs;
mod error;
mod fuzz;
mod management;
mod node;
mod outcome;
mod receiver;
mod replies;
mod reply;
mod request;
mod requester;
mod sender;
#[cfg(test)]
mod tests;
mod work;

pub use access::Keys;
pub use fuzz::fuzz;

use std::{sync::Arc, time::Duration};

use self::{
    access::Claims,
    error::refusal,
    node::{Node, path_of},
    work::{Gathered, Open},
};
use super::engine::Namespace;
use crate::{
    amqp::{
        AttachFuture, AttachRequest, Attached, ConnectionInfo, Service,
        types::{
            definitions::{AmqpError, Error},
            messaging::TargetArchetype,
        },
    },
    faults::{FaultService, Faults},
};

/// How long a connection may go without a token, if tokens are asked for.
const FIRST_TOKEN: Duration = Duration::from_secs(20);

/// A namespace for AMQP clients. Clones are the same broker.
///
/// ```no_run
/// use listener_local::{
///     amqp::Server,
///     service_bus::{broker::Broker, engine::{Namespace, QueueOptions}},
/// };
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let namespace = Namespace::new(Default::default());
/// namespace.create_queue("crm", QueueOptions::default())?;
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:5672").await?;
/// Server::new(Broker::new(namespace)).serve(listener).await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Broker {
    namespace: Namespace,
    keys: Option<Keys>,
    faults: Faults,
}

impl Broker {
    /// Serves a namespace to everybody: tokens are taken, but not looked at.
    #[must_use]
    pub fn new(namespace: Namespace) -> Self {
        Self {
            namespace,
            keys: None,
            faults: Faults::new(),
        }
    }

    /// Asks for a token that one of these keys has signed before it lets anybody at an entity.
    ///
    /// A connection that shows none within 20 seconds is closed, as Azure does.
    #[must_use]
    pub fn with_keys(mut self, keys: Keys) -> Self {
        self.keys = Some(keys);
        self
    }

    /// Puts faults in front of the broker and into it: whatever is switched on there happens here.
    ///
    /// What happens to connections belongs around the listener: [`Faults::accept`].
    pub fn with_faults(mut self, faults: &Faults) -> FaultService<Self> {
        let namespace = self.namespace.clone();
        faults.when_locks_are_lost(move |entity| {
            namespace.expire_locks(entity);
        });
        self.faults = faults.clone();
        faults.service(self)
    }

    /// The namespace that is served.
    #[must_use]
    pub fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    async fn admit(self, request: AttachRequest) -> Result<Attached, Error> {
        let address = if request.is_sender() {
            match request.attach.target.as_deref() {
                Some(TargetArchetype::Target(target)) => target.address.as_deref(),
                Some(TargetArchetype::Coordinator(_)) => {
                    let open: Open = request.connection.extension();
                    return Ok(open.attach(&request, move || Gathered::begin(&self.namespace)));
                }
                None => None,
            }
        } else {
            let source = request.attach.source.as_deref();
            source.and_then(|source| source.address.as_deref())
        };
        let Some(address) = address else {
            return Err(refusal(
                AmqpError::InvalidField,
                "expected the address of an entity, found none",
            ));
        };
        let path = path_of(address);
        let node = Node::of(&path);
        let pass = match (&node, &self.keys) {
            (Node::Cbs, _) | (_, None) => None,
            (_, Some(_)) => {
                let claims: Claims = request.connection.extension();
                Some(claims.pass(&path, &self.namespace)?)
            }
        };
        match (node, request.is_sender()) {
            (Node::Entity(path), true) => sender::attach(&self, path, &request, pass),
            (Node::Entity(path), false) => receiver::attach(&self, path, &request, pass).await,
            (node, true) => Ok(requester::attach(self, node, &request)),
            (_, false) => Ok(reply::attach(&path, &request)),
        }
    }
}

impl Service for Broker {
    fn attach(&self, request: AttachRequest) -> AttachFuture {
        Box::pin(self.clone().admit(request))
    }

    fn opened(&self, connection: &Arc<ConnectionInfo>) -> Result<(), Error> {
        if self.keys.is_some() {
            let claims: Claims = connection.extension();
            let handle = connection.handle().clone();
            tokio::spawn(async move {
                tokio::time::sleep(FIRST_TOKEN).await;
                if claims.is_empty() {
                    handle.close(Some(refusal(
                        AmqpError::UnauthorizedAccess,
                        "expected a token on $cbs within 20 seconds, found none",
                    )));
                }
            });
        }
        Ok(())
    }
}
