//! Handles and channels that are not there: the narrowest endpoint ends.

use super::{
    peer::{Peer, attach, begin, flow},
    setup::{is, server},
};
use crate::amqp::types::{
    definitions::{AmqpError, ConnectionError, Role, SessionError},
    performatives::{Begin, End, Flow, Performative},
};

#[tokio::test]
async fn an_unknown_handle_ends_its_session_only() {
    let (server, ..) = server();
    let mut peer = Peer::begin(&server).await;
    peer.send(1, &begin()).await;
    peer.receive().await;
    peer.send(0, &flow(Some(9), 1)).await;
    assert!(is(&peer.ended().await, SessionError::UnattachedHandle));
    peer.send(
        1,
        &Flow {
            echo: true,
            ..flow(None, 0)
        },
    )
    .await;
    assert!(matches!(peer.receive().await, Performative::Flow(_)));
    assert_eq!(
        server.counts().sessions,
        2,
        "the ended one waits for the peer's end"
    );
}

#[tokio::test]
async fn a_handle_in_use_ends_the_session() {
    let (server, ..) = server();
    let mut peer = Peer::attach(&server, Role::Receiver, "queue").await;
    peer.send(0, &attach(0, Role::Receiver, "queue")).await;
    assert!(is(&peer.ended().await, SessionError::HandleInUse));
}

#[tokio::test]
async fn a_handle_above_the_maximum_closes_the_connection() {
    let (server, ..) = server();
    let mut peer = Peer::begin(&server).await;
    peer.send(0, &attach(256, Role::Receiver, "queue")).await;
    assert!(is(&peer.closed().await, ConnectionError::FramingError));
}

#[tokio::test]
async fn an_unknown_channel_closes_the_connection_and_no_other() {
    let (server, ..) = server();
    let mut other = Peer::begin(&server).await;
    let mut peer = Peer::open(&server).await;
    peer.send(4, &flow(None, 0)).await;
    assert!(is(&peer.closed().await, AmqpError::NotAllowed));
    other.echo().await;
}

#[tokio::test]
async fn a_channel_above_the_maximum_closes_the_connection() {
    let (server, ..) = server();
    let mut peer = Peer::open(&server).await;
    peer.send(256, &begin()).await;
    assert!(is(&peer.closed().await, ConnectionError::FramingError));
}

#[tokio::test]
async fn a_second_begin_on_a_channel_closes_the_connection() {
    let (server, ..) = server();
    let mut peer = Peer::begin(&server).await;
    peer.send(0, &begin()).await;
    assert!(is(&peer.closed().await, AmqpError::IllegalState));
}

#[tokio::test]
async fn a_begin_in_answer_to_none_closes_the_connection() {
    let (server, ..) = server();
    let mut peer = Peer::open(&server).await;
    let answer = Begin {
        remote_channel: Some(0),
        ..begin()
    };
    peer.send(0, &answer).await;
    assert!(is(&peer.closed().await, AmqpError::InvalidField));
}

#[tokio::test]
async fn frames_of_an_ended_session_close_the_connection() {
    let (server, ..) = server();
    let mut peer = Peer::begin(&server).await;
    peer.send(0, &End { error: None }).await;
    assert!(matches!(peer.receive().await, Performative::End(_)));
    peer.send(0, &flow(None, 0)).await;
    assert!(is(&peer.closed().await, AmqpError::NotAllowed));
}
