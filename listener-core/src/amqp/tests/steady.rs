//! Receivers through breaks, on the paused clock.

use std::{io, time::Duration};

use tokio::{
    io::DuplexStream,
    sync::mpsc,
    time::{Instant, timeout},
};

use super::{
    peer::{SOON, string},
    scripted::{Scripted, data, message},
};
use crate::amqp::{
    Connector, ErrorKind, Namespace, ReceiverOptions, SteadyReceiver,
    wire::{code, descriptor},
};

/// A namespace in memory, and the far ends of its connections.
fn namespace() -> (Namespace, mpsc::UnboundedReceiver<DuplexStream>) {
    let (streams, incoming) = mpsc::unbounded_channel();
    let string = string(1);
    let connector = Connector::new(&string)
        .idle_timeout(Duration::from_secs(20))
        .dial(move || {
            let (ours, theirs) = tokio::io::duplex(1 << 20);
            let sent = streams.send(theirs);
            async move {
                sent.map_err(|_| io::Error::from(io::ErrorKind::ConnectionRefused))?;
                Ok(ours)
            }
        });
    (
        Namespace::new(&string)
            .connector(connector)
            .without_tokens(),
        incoming,
    )
}

async fn accept(incoming: &mut mpsc::UnboundedReceiver<DuplexStream>) -> Scripted {
    let stream = timeout(SOON, incoming.recv()).await.unwrap().unwrap();
    let mut peer = Scripted::accept(stream).await;
    peer.attach().await;
    peer
}

async fn steady() -> (
    SteadyReceiver,
    Scripted,
    mpsc::UnboundedReceiver<DuplexStream>,
) {
    let (namespace, mut incoming) = namespace();
    let open = SteadyReceiver::open(namespace, "crm", ReceiverOptions::peek_lock());
    let (receiver, peer) = tokio::join!(open, accept(&mut incoming));
    (receiver.unwrap(), peer, incoming)
}

fn body() -> Vec<u8> {
    message(&[data("x")])
}

#[tokio::test(start_paused = true)]
async fn a_receive_waits_through_a_cut_and_has_its_credit_again() {
    let (mut receiver, mut peer, mut incoming) = steady().await;
    receiver.keep_buffered(5);
    let far = async {
        peer.expect(code::FLOW).await;
        peer.deliver(0, &[0; 16], &body()).await;
        drop(peer);
        let mut peer = accept(&mut incoming).await;
        let (_, _, flow) = peer.expect(code::FLOW).await;
        assert_eq!(flow[6].as_i64(), Some(5), "credit");
        peer.deliver(0, &[0; 16], &body()).await;
        peer
    };
    let near = async {
        let (_, first) = receiver.recv().await;
        let (_, second) = receiver.recv().await;
        (first, second)
    };
    let (_peer, (first, second)) = tokio::join!(far, near);
    assert!(!std::sync::Arc::ptr_eq(&first, &second));
}

#[tokio::test(start_paused = true)]
async fn a_detached_link_is_attached_again_on_the_same_connection() {
    let (mut receiver, mut peer, mut incoming) = steady().await;
    let far = async {
        peer.expect(code::FLOW).await;
        peer.detach("amqp:link:detach-forced").await;
        peer.expect(code::DETACH).await;
        peer.expect(code::END).await;
        peer.say(peer.channel, code::END, &[]).await;
        peer.attach().await;
        peer.deliver_once_asked(&body()).await;
        peer
    };
    receiver.keep_buffered(1);
    let (_peer, _) = tokio::join!(far, receiver.recv());
    assert!(incoming.try_recv().is_err(), "it connected again");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_only_delivers_is_alive_and_a_silent_one_is_gone() {
    let (mut receiver, mut peer, mut incoming) = steady().await;
    receiver.keep_buffered(1);
    let began = Instant::now();
    let far = async {
        peer.expect(code::FLOW).await;
        for id in 0..30 {
            peer.deliver(id, &[0; 16], &body()).await;
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
        // It hangs, with its socket open.
        let gone = incoming.recv().await;
        (peer, gone)
    };
    let near = async {
        for _ in 0..30 {
            receiver.keep_buffered(1);
            receiver.recv().await;
        }
        let attached = receiver.attached().await;
        attached.receiver().closed().await
    };
    let ((_peer, gone), error) = tokio::join!(far, near);
    assert!(gone.is_some());
    assert_eq!(error.kind(), ErrorKind::ConnectionLost, "{error}");
    let lived = began.elapsed();
    assert!((145..200).contains(&lived.as_secs()), "{lived:?}");
}

#[tokio::test(start_paused = true)]
async fn a_start_that_is_refused_says_what_to_change() {
    let (namespace, mut incoming) = namespace();
    let open = SteadyReceiver::open(namespace, "crm", ReceiverOptions::peek_lock());
    let far = async {
        let stream = incoming.recv().await.unwrap();
        let mut peer = Scripted::accept(stream).await;
        peer.begin().await;
        peer.detach("amqp:not-found").await;
        peer
    };
    let (refused, _peer) = tokio::join!(open, far);
    let error = refused.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(
        error.to_string().contains("check the entity's name"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_settlement_before_a_cut_does_not_hang() {
    let (mut receiver, mut peer, _incoming) = steady().await;
    receiver.keep_buffered(1);
    let bytes = body();
    let ((), (delivery, _attached)) =
        tokio::join!(peer.deliver_once_asked(&bytes), receiver.recv());
    let settling = delivery.accept();
    let said = peer.expect(code::DISPOSITION).await;
    assert_eq!(said.2[4].kind(), "described");
    assert_ne!(said.2[4], super::scripted::state(descriptor::RELEASED));
    drop(peer);
    assert_eq!(
        settling.await.unwrap_err().kind(),
        ErrorKind::ConnectionLost
    );
}
