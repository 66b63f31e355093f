//! From the first byte to the open, and what is refused on the way.

use super::{
    peer::{Peer, begin, open},
    setup::{is, server, server_with},
};
use crate::amqp::{
    Limits,
    types::{
        definitions::{AmqpError, ConnectionError},
        performatives::{Open, Performative},
    },
};
use tokio::io::AsyncWriteExt;

#[tokio::test]
async fn another_protocol_is_answered_with_ours_and_hung_up() {
    let (server, ..) = server();
    let mut peer = Peer::connect(&server);
    peer.io.write_all(b"HTTP/1.1").await.unwrap();
    assert_eq!(peer.bytes(8).await, b"AMQP\x00\x01\x00\x00");
    assert!(peer.next().await.is_none());
}

/// Chooses a mechanism and returns the code of the outcome.
async fn choose(peer: &mut Peer, mechanism: &str) -> u8 {
    peer.io.write_all(b"AMQP\x03\x01\x00\x00").await.unwrap();
    assert_eq!(peer.bytes(8).await, b"AMQP\x03\x01\x00\x00");
    let length = peer.bytes(4).await[3];
    peer.bytes(usize::from(length) - 4).await;
    let name = u8::try_from(mechanism.len()).unwrap();
    let mut init = vec![
        0,
        0,
        0,
        22 + name,
        2,
        1,
        0,
        0,
        0x00,
        0x53,
        0x41,
        0xc0,
        name + 7,
        3,
        0xa3,
        name,
    ];
    init.extend_from_slice(mechanism.as_bytes());
    init.extend_from_slice(&[0xa0, 2, 0, 0, 0x40]);
    init[3] = u8::try_from(init.len()).unwrap();
    init[12] = u8::try_from(init.len() - 13).unwrap();
    peer.io.write_all(&init).await.unwrap();
    let outcome = peer.bytes(23).await;
    outcome[21]
}

#[tokio::test]
async fn mechanisms_that_are_not_offered_are_taken_too() {
    for mechanism in ["ANONYMOUS", "PLAIN", "EXTERNAL", "MSSBCBS"] {
        let (server, ..) = server();
        let mut peer = Peer::connect(&server);
        assert_eq!(choose(&mut peer, mechanism).await, 0, "{mechanism}");
        peer.io.write_all(b"AMQP\x00\x01\x00\x00").await.unwrap();
        peer.send(0, &open()).await;
        assert_eq!(peer.bytes(8).await, b"AMQP\x00\x01\x00\x00");
        assert!(matches!(peer.receive().await, Performative::Open(_)));
    }
}

#[tokio::test]
async fn an_unknown_mechanism_is_refused() {
    let (server, ..) = server();
    let mut peer = Peer::connect(&server);
    assert_eq!(choose(&mut peer, "XYZ").await, 1);
    assert!(peer.next().await.is_none());
}

#[tokio::test]
async fn a_frame_before_the_open_is_told_in_a_close() {
    let (server, ..) = server();
    let mut peer = Peer::connect(&server);
    peer.io.write_all(b"AMQP\x00\x01\x00\x00").await.unwrap();
    peer.send(0, &begin()).await;
    peer.bytes(8).await;
    assert!(matches!(peer.receive().await, Performative::Open(_)));
    assert!(is(&peer.closed().await, AmqpError::IllegalState));
    assert!(peer.next().await.is_none());
}

#[tokio::test]
async fn a_second_open_closes_the_connection() {
    let (server, ..) = server();
    let mut peer = Peer::open(&server).await;
    peer.send(0, &open()).await;
    assert!(is(&peer.closed().await, AmqpError::IllegalState));
}

#[tokio::test]
async fn a_service_may_refuse_a_connection() {
    let (server, ..) = server();
    let mut peer = Peer::open_with(
        &server,
        Open {
            container_id: "unwanted".into(),
            ..open()
        },
    )
    .await;
    assert!(is(&peer.closed().await, AmqpError::UnauthorizedAccess));
    assert!(peer.next().await.is_none());
}

#[tokio::test]
async fn connections_beyond_the_limit_are_dropped() {
    let (server, ..) = server_with(Limits {
        connections: 1,
        ..Limits::default()
    });
    let _first = Peer::open(&server).await;
    let mut second = Peer::connect(&server);
    assert!(second.next().await.is_none());
}

#[tokio::test]
async fn a_malformed_body_is_a_decode_error() {
    let (server, ..) = server();
    let mut peer = Peer::open(&server).await;
    peer.send_body(0, &[0x00, 0x53, 0x11, 0xc0, 0x00]).await;
    assert!(is(&peer.closed().await, AmqpError::DecodeError));
}

#[tokio::test]
async fn a_frame_above_the_maximum_is_a_framing_error() {
    let (server, ..) = server();
    let mut peer = Peer::open(&server).await;
    peer.io.write_all(&[0, 1, 0, 1, 2, 0, 0, 0]).await.unwrap();
    assert!(is(&peer.closed().await, ConnectionError::FramingError));
}
