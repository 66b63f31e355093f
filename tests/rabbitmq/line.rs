//! A line to the broker that can be cut.

use std::{io, sync::Arc};

use listener_core::amqp::Broker;
use tokio::{
    io::{DuplexStream, copy_bidirectional, duplex},
    net::TcpStream,
    sync::Notify,
};

use crate::node::Node;

/// Cuts all connections that go through it.
#[derive(Clone, Default)]
pub(crate) struct Line(Arc<Notify>);

impl Line {
    /// The broker, by this line.
    pub(crate) fn to(&self, node: &Node) -> Broker {
        let (port, cut) = (node.port(), self.0.clone());
        let broker = node.broker();
        broker.connector(|connector| connector.dial(move || dial(port, cut.clone())))
    }

    pub(crate) fn cut(&self) {
        self.0.notify_waiters();
    }
}

async fn dial(port: u16, cut: Arc<Notify>) -> io::Result<DuplexStream> {
    let mut broker = TcpStream::connect(("127.0.0.1", port)).await?;
    let (ours, mut theirs) = duplex(1 << 16);
    tokio::spawn(async move {
        tokio::select! {
            _ = copy_bidirectional(&mut broker, &mut theirs) => {}
            () = cut.notified() => {}
        }
    });
    Ok(ours)
}
