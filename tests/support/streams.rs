//! Connections that never touch a network, so that time can be paused.

use std::{future::ready, io};

use listener_core::amqp::{ConnectionString, Connector};
use listener_local::amqp::Accept;
use tokio::{
    io::{DuplexStream, duplex},
    sync::mpsc,
};

/// Where connections are opened. Clones open to the same place.
#[derive(Clone, Debug)]
pub struct Dials(mpsc::UnboundedSender<DuplexStream>);

/// Where they arrive, for a server.
#[derive(Debug)]
pub struct Arrivals(mpsc::UnboundedReceiver<DuplexStream>);

/// The two ends of a network in memory.
pub fn in_memory() -> (Dials, Arrivals) {
    let (dials, arrivals) = mpsc::unbounded_channel();
    (Dials(dials), Arrivals(arrivals))
}

/// A connection string whose host nobody connects to.
pub fn connection_string() -> ConnectionString {
    "Endpoint=sb://localhost;SharedAccessKeyName=x;SharedAccessKey=y;UseDevelopmentEmulator=true"
        .parse()
        .expect("a connection string")
}

impl Dials {
    /// Opens a connection.
    ///
    /// # Errors
    /// If the server is gone.
    pub fn open(&self) -> io::Result<DuplexStream> {
        let (ours, theirs) = duplex(1 << 20);
        let sent = self.0.send(theirs);
        sent.map_err(|_| io::ErrorKind::ConnectionRefused)?;
        Ok(ours)
    }

    /// What connects by these.
    pub fn connector(&self, string: &ConnectionString) -> Connector {
        let dials = self.clone();
        Connector::new(string).dial(move || ready(dials.open()))
    }
}

impl Accept for Arrivals {
    type Stream = DuplexStream;

    async fn accept(&mut self) -> io::Result<DuplexStream> {
        match self.0.recv().await {
            Some(stream) => Ok(stream),
            None => std::future::pending().await,
        }
    }
}
