//! How links come and go.

use super::{
    broker::{Heard, lock_lost},
    peer::{Peer, attach, begin, detach, flow},
    setup::{detached, is, server},
};
use crate::amqp::{
    EndCause,
    types::{
        definitions::{AmqpError, LinkError, Role},
        performatives::{Attach, End, Performative},
    },
};

#[tokio::test]
async fn transfers_wait_for_the_attach_reply_of_a_peer_that_does_not() {
    tokio::time::pause();
    let (server, broker, _heard) = server();
    broker.put(b"one");
    let mut peer = Peer::begin(&server).await;
    peer.send(0, &attach(0, Role::Receiver, "slow")).await;
    peer.send(0, &flow(Some(0), 1)).await;
    assert!(matches!(peer.receive().await, Performative::Attach(_)));
    assert!(matches!(peer.receive().await, Performative::Transfer(_)));
}

#[tokio::test]
async fn termini_go_back_as_they_came() {
    let (server, ..) = server();
    let mut peer = Peer::begin(&server).await;
    let ours = attach(3, Role::Receiver, "amqps://localhost/queue");
    peer.send(0, &ours).await;
    let Performative::Attach(reply) = peer.receive().await else {
        panic!()
    };
    assert_eq!(
        (reply.source, reply.target, reply.handle),
        (ours.source, ours.target, ours.handle)
    );
    assert_eq!(reply.role, Role::Sender);
    assert_eq!(reply.initial_delivery_count, Some(0));
}

#[tokio::test]
async fn a_refused_link_has_no_terminus_and_is_closed() {
    let (server, ..) = server();
    let mut peer = Peer::begin(&server).await;
    peer.send(0, &attach(0, Role::Receiver, "refused")).await;
    let Performative::Attach(reply) = peer.receive().await else {
        panic!()
    };
    assert!(reply.source.is_none() && reply.target.is_none());
    assert!(is(&peer.detached().await, AmqpError::NotFound));
}

#[tokio::test]
async fn a_second_link_of_one_name_steals_the_first() {
    let (server, ..) = server();
    let mut peer = Peer::attach(&server, Role::Receiver, "queue").await;
    peer.send(
        0,
        &Attach {
            name: "link-0".into(),
            ..attach(1, Role::Receiver, "queue")
        },
    )
    .await;
    assert!(is(&peer.detached().await, LinkError::Stolen));
    assert!(matches!(peer.receive().await, Performative::Attach(_)));
}

#[tokio::test]
async fn a_detach_while_the_service_thinks_is_answered_with_both() {
    let (server, ..) = server();
    let mut peer = Peer::begin(&server).await;
    peer.send(0, &attach(0, Role::Receiver, "slow")).await;
    peer.send(0, &detach(0)).await;
    let Performative::Attach(reply) = peer.receive().await else {
        panic!()
    };
    assert!(reply.source.is_none());
    assert!(matches!(peer.receive().await, Performative::Detach(_)));
    assert_eq!(server.counts().links, 0);
}

#[tokio::test]
async fn a_detach_after_the_end_is_let_pass() {
    let (server, ..) = server();
    let mut peer = Peer::attach(&server, Role::Receiver, "queue").await;
    peer.send(0, &End { error: None }).await;
    assert!(matches!(peer.receive().await, Performative::End(_)));
    peer.send(0, &detach(0)).await;
    peer.send(0, &begin()).await;
    assert!(matches!(peer.receive().await, Performative::Begin(_)));
}

#[tokio::test]
async fn a_handle_of_a_link_that_is_gone_does_nothing() {
    let (server, _, mut heard) = server();
    let mut peer = Peer::attach(&server, Role::Receiver, "queue").await;
    let Heard::Attached(old, _) = heard.recv().await.unwrap() else {
        panic!()
    };
    peer.send(0, &detach(0)).await;
    assert!(matches!(peer.receive().await, Performative::Detach(_)));
    peer.send(0, &attach(0, Role::Receiver, "queue")).await;
    assert!(matches!(peer.receive().await, Performative::Attach(_)));
    old.detach(lock_lost());
    peer.echo().await;
}

#[tokio::test]
async fn a_lost_connection_tells_what_is_unsettled() {
    let (server, broker, mut heard) = server();
    broker.put(b"x");
    broker.put(b"y");
    let mut peer = Peer::attach(&server, Role::Receiver, "queue").await;
    peer.send(0, &flow(Some(0), 5)).await;
    peer.receive().await;
    peer.receive().await;
    drop(peer);
    let end = detached(&mut heard).await;
    assert_eq!(
        (end.cause, end.unsettled),
        (EndCause::Lost, vec![[0; 16], [1; 16]])
    );
}
