//! Streams with faults, as they are accepted.

use super::{handle::Faults, stream::FaultStream};
use crate::amqp::Accept;
use std::io;

/// What [`Faults::accept`] gives: accepts streams and puts faults into each.
#[derive(Debug)]
pub struct FaultAccept<A> {
    inner: A,
    faults: Faults,
}

impl Faults {
    /// Puts faults into every stream that this accepts. Stand it below TLS, as a network is.
    ///
    /// ```no_run
    /// use listener_local::{amqp::{Server, Service}, faults::{Fault, Faults}};
    ///
    /// # async fn run(broker: impl Service) -> std::io::Result<()> {
    /// let faults = Faults::new();
    /// let listener = tokio::net::TcpListener::bind("127.0.0.1:5672").await?;
    /// let server = Server::new(faults.service(broker));
    /// tokio::spawn(server.clone().serve(faults.accept(listener)));
    /// // …
    /// faults.switch(Fault::Cut);
    /// # Ok(())
    /// # }
    /// ```
    pub fn accept<A: Accept>(&self, inner: A) -> FaultAccept<A> {
        FaultAccept {
            inner,
            faults: self.clone(),
        }
    }
}

impl<A: Accept> Accept for FaultAccept<A> {
    type Stream = FaultStream<A::Stream>;

    async fn accept(&mut self) -> io::Result<Self::Stream> {
        let stream = self.inner.accept().await?;
        Ok(self.faults.stream(stream))
    }
}
