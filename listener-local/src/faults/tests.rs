//! Every switch, as a client sees it.

mod broker;
mod plan;
mod service;
mod stream;

use super::Faults;
use crate::amqp::{
    Limits, Server,
    tests::{
        broker::{Broker, Heard},
        peer::{Peer, open},
    },
    types::definitions::Role,
};
use tokio::sync::mpsc::UnboundedReceiver;

/// A server with faults on both sides of it.
struct House {
    faults: Faults,
    server: Server,
    broker: Broker,
    heard: UnboundedReceiver<Heard>,
}

impl House {
    fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    fn with_limits(limits: Limits) -> Self {
        let faults = Faults::new();
        let (broker, heard) = Broker::new();
        let server = Server::with_limits(faults.service(broker.clone()), limits);
        Self {
            faults,
            server,
            broker,
            heard,
        }
    }

    /// A client that has begun a session.
    async fn client(&self) -> Peer {
        let peer = Peer::connect_through(&self.server, |far| self.faults.stream(far));
        peer.opened(open()).await.begun().await
    }

    /// A client with a link.
    async fn link(&self, role: Role, address: &str) -> Peer {
        self.client().await.attached(role, address).await
    }
}
