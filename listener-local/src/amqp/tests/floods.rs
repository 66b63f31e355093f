//! Peers that want too much: of links, sessions, answers, settlements.

use super::{
    broker::Heard,
    peer::{Peer, attach, begin, detach, flow, transfer},
    setup::{is, server, server_with, settle},
};
use crate::amqp::{
    Limits,
    codec::Write,
    types::{
        definitions::{AmqpError, Role},
        messaging::{Accepted, DeliveryState},
        performatives::{Attach, Disposition, End, Flow, Performative, Transfer},
    },
};
use bytes::{BufMut, BytesMut};
use std::time::Duration;
use tokio::{io::AsyncWriteExt, time::timeout};

fn frame(channel: u16, performative: &impl Write) -> Vec<u8> {
    let mut frame = BytesMut::new();
    frame.put_slice(&[0, 0, 0, 0, 2, 0]);
    frame.put_u16(channel);
    performative.write(&mut frame).unwrap();
    let size = u32::try_from(frame.len()).unwrap();
    frame[..4].copy_from_slice(&size.to_be_bytes());
    frame.to_vec()
}

#[tokio::test]
async fn links_beyond_the_limit_of_the_connection_are_refused_in_every_session() {
    let (server, ..) = server_with(Limits {
        connection_links: 3,
        ..Limits::default()
    });
    let mut peer = Peer::begin(&server).await;
    peer.send(1, &begin()).await;
    peer.receive().await;
    for (channel, handle) in [(0, 0), (0, 1), (1, 0)] {
        peer.send(channel, &attach(handle, Role::Receiver, "queue"))
            .await;
        assert!(matches!(peer.receive().await, Performative::Attach(_)));
    }
    for channel in [0, 1] {
        peer.send(channel, &attach(7, Role::Receiver, "queue"))
            .await;
        let Performative::Attach(reply) = peer.receive().await else {
            panic!()
        };
        assert!(reply.source.is_none());
        assert!(is(&peer.detached().await, AmqpError::ResourceLimitExceeded));
        peer.send(channel, &detach(7)).await;
    }
    peer.send(0, &detach(0)).await;
    assert!(matches!(peer.receive().await, Performative::Detach(_)));
    peer.send(1, &attach(8, Role::Receiver, "queue")).await;
    let Performative::Attach(reply) = peer.receive().await else {
        panic!()
    };
    assert!(reply.source.is_some());
}

#[tokio::test]
async fn a_link_with_an_endless_name_is_refused_and_its_session_lives() {
    let (server, ..) = server();
    let mut peer = Peer::begin(&server).await;
    let long = Attach {
        name: "n".repeat(1025),
        ..attach(0, Role::Receiver, "queue")
    };
    peer.send(0, &long).await;
    assert!(matches!(peer.receive().await, Performative::Attach(_)));
    assert!(is(&peer.detached().await, AmqpError::InvalidField));
    peer.send(0, &detach(0)).await;
    peer.echo().await;
    assert_eq!(server.counts().links, 0);
}

#[tokio::test]
async fn links_that_come_and_go_leave_nothing() {
    let (server, _, mut heard) = server();
    let mut peer = Peer::begin(&server).await;
    for _ in 0..1000 {
        peer.send(0, &attach(0, Role::Receiver, "queue")).await;
        peer.send(0, &detach(0)).await;
        while !matches!(peer.receive().await, Performative::Detach(_)) {}
        while heard.try_recv().is_ok() {}
    }
    assert_eq!(server.counts().links, 0);
}

#[tokio::test]
async fn sessions_that_come_and_go_leave_nothing() {
    let (server, ..) = server();
    let mut peer = Peer::open(&server).await;
    for _ in 0..1000 {
        peer.send(0, &begin()).await;
        peer.send(0, &End { error: None }).await;
        while !matches!(peer.receive().await, Performative::End(_)) {}
    }
    assert_eq!(server.counts().sessions, 0);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_asks_and_does_not_read_is_not_read_either() {
    let (server, ..) = server();
    let mut peer = Peer::begin(&server).await;
    let echo = frame(
        0,
        &Flow {
            echo: true,
            ..flow(None, 0)
        },
    );
    let mut written = 0;
    let minute = Duration::from_secs(30);
    while timeout(minute, peer.io.write_all(&echo)).await.is_ok() {
        written += echo.len();
        // What it wants to say goes into buffers of a bounded size, and no further.
        assert!(written < 2 << 20, "everything is read");
    }
    assert_eq!(server.counts().connections, 1);
}

#[tokio::test]
async fn settlements_of_everything_cost_what_is_there() {
    let (server, broker, _heard) = server();
    broker.put(b"x");
    let mut peer = Peer::attach(&server, Role::Receiver, "queue").await;
    peer.send(0, &flow(Some(0), 1)).await;
    assert!(matches!(peer.receive().await, Performative::Transfer(_)));
    // Ids that were never given out, in ranges that would take for ever one by one.
    for _ in 0..1000 {
        let all = settle(1, u32::MAX / 2, DeliveryState::Accepted(Accepted {}));
        peer.send(0, &all).await;
        let ours = Disposition {
            role: Role::Sender,
            settled: true,
            ..all
        };
        peer.send(0, &ours).await;
    }
    peer.echo().await;
    assert_eq!(server.counts().unsettled, 1);
}

#[tokio::test]
async fn messages_that_never_end_hold_no_more_than_one_message_may() {
    let (server, _, mut heard) = server_with(Limits {
        max_message_size: 1_000,
        ..Limits::default()
    });
    let mut peer = Peer::attach(&server, Role::Sender, "queue").await;
    for _ in 0..500 {
        let part = Transfer {
            more: true,
            ..transfer(0)
        };
        peer.transfer(part, &[0; 100]).await;
    }
    assert!(is(
        &peer.detached().await,
        crate::amqp::types::definitions::LinkError::MessageSizeExceeded
    ));
    while let Ok(heard) = heard.try_recv() {
        assert!(!matches!(heard, Heard::Message(_)));
    }
}
