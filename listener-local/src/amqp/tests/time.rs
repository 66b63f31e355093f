//! Deadlines, on a paused clock.

use super::{
    peer::{Peer, flow, open},
    setup::{detached, is, server, server_with},
};
use crate::amqp::{
    EndCause, Limits,
    codec::Body,
    types::{
        definitions::{AmqpError, Role},
        performatives::Open,
    },
};
use std::time::Duration;
use tokio::{io::AsyncWriteExt, time::Instant};

#[tokio::test(start_paused = true)]
async fn a_peer_gets_an_empty_frame_at_half_of_its_time() {
    let (server, ..) = server();
    let mut peer = Peer::open_with(
        &server,
        Open {
            idle_time_out: Some(60_000),
            ..open()
        },
    )
    .await;
    let start = Instant::now();
    assert!(matches!(peer.next().await, Some(Body::Empty)));
    assert_eq!(start.elapsed().as_secs(), 30);
    assert!(matches!(peer.next().await, Some(Body::Empty)));
    assert_eq!(start.elapsed().as_secs(), 60);
}

#[tokio::test(start_paused = true)]
async fn a_silent_peer_is_closed() {
    let (server, ..) = server();
    let mut peer = Peer::open(&server).await;
    let start = Instant::now();
    assert!(is(&peer.closed().await, AmqpError::ResourceLimitExceeded));
    assert_eq!(start.elapsed().as_secs(), 240);
    assert!(peer.next().await.is_none(), "and not waited for long");
    assert!(start.elapsed() <= Duration::from_secs(250));
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_open_is_hung_up_after_twenty_seconds() {
    let (server, ..) = server();
    let start = Instant::now();
    let mut peer = Peer::connect(&server);
    peer.io.write_all(b"AMQP").await.unwrap();
    assert!(peer.next().await.is_none());
    assert_eq!(start.elapsed().as_secs(), 20);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_read_is_hung_up() {
    let (server, broker, mut heard) = server_with(Limits {
        idle_timeout: Duration::ZERO,
        ..Limits::default()
    });
    for _ in 0..20 {
        broker.put(&[0; 60_000]);
    }
    let mut peer = Peer::attach(&server, Role::Receiver, "queue").await;
    peer.send(0, &flow(Some(0), 1000)).await;
    let start = Instant::now();
    let end = detached(&mut heard).await;
    assert_eq!(end.cause, EndCause::Lost);
    assert!(
        end.unsettled.len() < 20,
        "not all is taken from the queue for a peer that does not read"
    );
    assert_eq!(start.elapsed().as_secs(), 60);
    drop(peer);
}
