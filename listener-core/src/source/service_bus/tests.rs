//! On peers that are no Service Bus, or a broken one.

use std::{io, time::Duration};

use tokio::{io::DuplexStream, sync::mpsc, time::timeout};

use super::Queue;
use crate::{
    Delivery, Outcome, Settler,
    amqp::{
        Connector, Namespace, Value,
        tests::scripted::{Scripted, data, message},
    },
    source::{Settings, Source},
};

/// Codes of performatives (AMQP 1.0, transport, 2.7).
mod code {
    pub(super) const FLOW: u64 = 0x13;
    pub(super) const DISPOSITION: u64 = 0x15;
}

/// Codes of states (AMQP 1.0, messaging, 3.4).
mod state {
    pub(super) const ACCEPTED: u64 = 0x24;
    pub(super) const REJECTED: u64 = 0x25;
    pub(super) const MODIFIED: u64 = 0x27;
}

/// A source at work, its peer, and the connections that come after a break.
async fn queue() -> (Queue, Scripted, mpsc::UnboundedReceiver<DuplexStream>) {
    let (streams, mut incoming) = mpsc::unbounded_channel();
    let string =
        "Endpoint=sb://localhost;SharedAccessKeyName=x;SharedAccessKey=y;UseDevelopmentEmulator=true"
            .parse()
            .unwrap();
    let connector = Connector::new(&string).dial(move || {
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        let sent = streams.send(theirs);
        async move {
            sent.map_err(|_| io::Error::from(io::ErrorKind::ConnectionRefused))?;
            Ok(ours)
        }
    });
    let namespace = Namespace::new(&string)
        .connector(connector)
        .without_tokens();
    let mut queue = Queue::new(namespace, "crm");
    let settings = Settings {
        concurrency: 4,
        buffer: 4,
        ordered: true,
    };
    let peer = async {
        let mut peer = Scripted::accept(incoming.recv().await.unwrap()).await;
        peer.attach().await;
        peer
    };
    let (started, mut peer) = tokio::join!(queue.start(&settings), peer);
    started.unwrap();
    peer.expect(code::FLOW).await;
    (queue, peer, incoming)
}

async fn next(queue: &mut Queue) -> (Delivery, Settler<()>) {
    let next = timeout(Duration::from_secs(3600), queue.next()).await;
    next.unwrap().unwrap().unwrap()
}

/// The next settlement: the delivery's number, and the code of its state.
async fn settled(peer: &mut Scripted) -> (Option<i64>, u64) {
    loop {
        let (_, said, fields) = peer.next().await;
        if said == code::DISPOSITION {
            let Value::Described(state) = &fields[4] else {
                panic!("no state: {fields:?}");
            };
            let Value::Ulong(code) = state.0 else {
                panic!("no code: {fields:?}");
            };
            return (fields[1].as_i64(), code);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn messages_under_tags_of_four_bytes_have_no_lock_and_are_settled_on_their_link() {
    let (mut queue, mut peer, _incoming) = queue().await;
    peer.deliver(0, b"tag0", &message(&[data("{}")])).await;
    peer.deliver(1, b"tag1", &message(&[data("{}")])).await;
    let (first, accepts) = next(&mut queue).await;
    let (_, releases) = next(&mut queue).await;
    assert_eq!((first.attempt(), first.lock().deadline()), (1, None));
    accepts.settle(Outcome::Accept(()));
    assert_eq!(settled(&mut peer).await, (Some(0), state::ACCEPTED));
    releases.settle(Outcome::release("busy"));
    assert_eq!(settled(&mut peer).await, (Some(1), state::MODIFIED));
}

#[tokio::test(start_paused = true)]
async fn bytes_that_are_no_message_are_dead_lettered_and_the_next_message_is_handled() {
    let (mut queue, mut peer, _incoming) = queue().await;
    peer.deliver(0, &[7; 16], b"\x00\x53").await;
    peer.deliver(1, &[8; 16], &message(&[data("{}")])).await;
    let (_, settler) = next(&mut queue).await;
    assert_eq!(settled(&mut peer).await, (Some(0), state::REJECTED));
    settler.settle(Outcome::Accept(()));
    assert_eq!(settled(&mut peer).await, (Some(1), state::ACCEPTED));
}
