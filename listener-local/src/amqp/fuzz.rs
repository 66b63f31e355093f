//! The server against bytes that mean it harm.

use super::{
    AttachFuture, AttachRequest, Attached, Delivery, Incoming, Limits, Message, Node, Outgoing,
    OutgoingEvent, Server, Service, Verdict,
    types::messaging::{Accepted, DeliveryState},
};
use bytes::Bytes;
use std::{
    task::{Context, Poll},
    time::Duration,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

/// How long the stream stays open behind the bytes; on a paused clock it costs nothing.
const LINGER: Duration = Duration::from_millis(10);

/// Feeds the bytes to a connection and reads what it answers, until the connection is over.
///
/// Returns the number of bytes answered; never panics, and ends whatever the bytes are: on a Tokio runtime with a
/// clock, since the server waits for closes for a bounded time. A stream that starts with a protocol header and an
/// open gets deeper than one that does not.
pub async fn fuzz(data: &[u8]) -> usize {
    fuzz_with(Echo, data).await
}

/// As [`fuzz`], with a service of the caller's behind the server.
pub async fn fuzz_with(service: impl Service, data: &[u8]) -> usize {
    let (mut near, far) = duplex(4096);
    let limits = Limits {
        links: 16,
        sessions: 16,
        max_message_size: 1 << 16,
        ..Limits::default()
    };
    let server = Server::with_limits(service, limits);
    let connection = server.connection(far);
    let peer = async {
        let (mut read, mut write) = tokio::io::split(&mut near);
        let write = async {
            // The server may hang up before it has read all.
            let _ = write.write_all(data).await;
            // Room for the links to do something before the stream ends.
            tokio::time::sleep(LINGER).await;
            let _ = write.shutdown().await;
        };
        let mut answer = Vec::new();
        let read = read.read_to_end(&mut answer);
        let (_, _) = tokio::join!(write, read);
        answer.len()
    };
    let ((), answered) = tokio::join!(connection, peer);
    answered
}

/// Accepts what comes, and gives a message for every credit, up to a few.
struct Echo;

impl Service for Echo {
    fn attach(&self, request: AttachRequest) -> AttachFuture {
        let node = if request.is_sender() {
            Node::Incoming(Box::new(Sink))
        } else {
            Node::Outgoing(Box::new(Spring { left: 100 }))
        };
        Box::pin(async move { Ok(Attached::to(&request, node)) })
    }
}

struct Sink;

impl Incoming for Sink {
    fn message(&mut self, _: Message) -> Verdict {
        Verdict::Settle(DeliveryState::Accepted(Accepted {}))
    }
}

struct Spring {
    left: u8,
}

impl Outgoing for Spring {
    fn poll(&mut self, _: &mut Context<'_>, credit: u32) -> Poll<OutgoingEvent> {
        if credit == 0 || self.left == 0 {
            return Poll::Pending;
        }
        self.left -= 1;
        Poll::Ready(OutgoingEvent::Deliver(Delivery {
            tag: [self.left; 16],
            format: 0,
            settled: false,
            head: Bytes::new(),
            body: Bytes::from_static(&[0x00, 0x53, 0x77, 0x40]),
        }))
    }

    fn disposition(&mut self, _: &[u8; 16], state: Option<DeliveryState>, _: bool) -> Verdict {
        state.map_or(Verdict::Later, Verdict::Settle)
    }
}
