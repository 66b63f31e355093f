//! Messages to the peer: credit, windows, settlements.

use super::{
    broker::{Heard, data, lock_lost},
    peer::{Peer, attach, begin, detach, flow, open},
    setup::{is, server, server_with, settle},
};
use crate::amqp::{
    Limits,
    types::{
        definitions::{AmqpError, Role},
        messaging::{Accepted, DeliveryState, Modified, Rejected},
        performatives::{Begin, Flow, Open, Performative},
    },
};

#[tokio::test]
async fn a_verdict_may_differ_from_what_the_client_asked_for() {
    let (server, broker, _heard) = server();
    broker.put(b"one");
    let mut peer = Peer::attach(&server, Role::Receiver, "lost").await;
    peer.send(0, &flow(Some(0), 1)).await;
    assert!(matches!(peer.receive().await, Performative::Transfer(_)));
    peer.send(0, &settle(0, 0, DeliveryState::Accepted(Accepted {})))
        .await;
    let Performative::Disposition(answer) = peer.receive().await else {
        panic!()
    };
    assert!(answer.settled && answer.role == Role::Sender);
    assert_eq!(
        answer.state,
        Some(DeliveryState::Rejected(Rejected {
            error: Some(lock_lost())
        }))
    );
}

#[tokio::test]
async fn a_range_is_settled_one_by_one_and_answered_as_a_range() {
    let (server, broker, mut heard) = server();
    for _ in 0..5 {
        broker.put(b"x");
    }
    let mut peer = Peer::attach(&server, Role::Receiver, "queue").await;
    peer.send(0, &flow(Some(0), 5)).await;
    for _ in 0..5 {
        assert!(matches!(peer.receive().await, Performative::Transfer(_)));
    }
    assert_eq!(server.counts().unsettled, 5);
    let modified = DeliveryState::Modified(Modified {
        delivery_failed: Some(true),
        undeliverable_here: Some(false),
        message_annotations: None,
    });
    peer.send(0, &settle(1, 0x7fff_fff0, modified.clone()))
        .await;
    let Performative::Disposition(answer) = peer.receive().await else {
        panic!()
    };
    assert_eq!((answer.first, answer.last), (1, Some(4)));
    assert_eq!(answer.state, Some(modified));
    assert_eq!(server.counts().unsettled, 1);
    let mut tags = Vec::new();
    while let Ok(heard) = heard.try_recv() {
        if let Heard::Disposition(tag, _, settled) = heard {
            assert!(!settled);
            tags.push(tag[0]);
        }
    }
    assert_eq!(tags, [1, 2, 3, 4]);
}

#[tokio::test]
async fn no_more_is_sent_than_the_peers_window_takes() {
    let (server, broker, _heard) = server();
    broker.put(&[7; 2000]);
    let mut peer = Peer::open_with(
        &server,
        Open {
            max_frame_size: 512.into(),
            ..open()
        },
    )
    .await;
    peer.send(
        0,
        &Begin {
            incoming_window: 2,
            ..begin()
        },
    )
    .await;
    peer.receive().await;
    peer.send(0, &attach(0, Role::Receiver, "queue")).await;
    peer.receive().await;
    peer.send(
        0,
        &Flow {
            incoming_window: 2,
            ..flow(Some(0), 1)
        },
    )
    .await;
    let mut message = Vec::new();
    for sent in 1.. {
        let (Performative::Transfer(transfer), payload) = peer.receive_with().await else {
            panic!()
        };
        message.extend_from_slice(&payload);
        if !transfer.more {
            break;
        }
        if sent % 2 == 0 {
            peer.send(
                0,
                &Flow {
                    echo: true,
                    incoming_window: 0,
                    next_incoming_id: Some(1 + sent),
                    ..flow(None, 0)
                },
            )
            .await;
            assert!(
                matches!(peer.receive().await, Performative::Flow(_)),
                "nothing beyond the window"
            );
            peer.send(
                0,
                &Flow {
                    incoming_window: 2,
                    next_incoming_id: Some(1 + sent),
                    ..flow(None, 0)
                },
            )
            .await;
        }
    }
    assert_eq!(message, data(&[7; 2000]));
}

#[tokio::test]
async fn a_link_that_ends_makes_room_for_the_others() {
    let (server, broker, _heard) = server_with(Limits {
        unsettled: 1,
        ..Limits::default()
    });
    broker.put(b"x");
    broker.put(b"y");
    let mut peer = Peer::attach(&server, Role::Receiver, "queue").await;
    peer.send(0, &flow(Some(0), 1)).await;
    assert!(matches!(peer.receive().await, Performative::Transfer(_)));
    peer.send(0, &attach(1, Role::Receiver, "queue")).await;
    assert!(matches!(peer.receive().await, Performative::Attach(_)));
    peer.send(
        0,
        &Flow {
            echo: true,
            ..flow(Some(1), 1)
        },
    )
    .await;
    assert!(matches!(peer.receive().await, Performative::Flow(_)));
    tokio::task::yield_now().await;
    peer.send(0, &detach(0)).await;
    assert!(matches!(peer.receive().await, Performative::Detach(_)));
    let Performative::Transfer(transfer) = peer.receive().await else {
        panic!()
    };
    assert_eq!(transfer.handle, 1.into());
}

#[tokio::test]
async fn a_drain_without_credit_is_answered() {
    let (server, _, mut heard) = server();
    let mut peer = Peer::attach(&server, Role::Receiver, "queue").await;
    peer.send(
        0,
        &Flow {
            drain: true,
            ..flow(Some(0), 0)
        },
    )
    .await;
    let Performative::Flow(answer) = peer.receive().await else {
        panic!()
    };
    assert!(answer.drain);
    loop {
        if let Heard::Credit { credit, drain } = heard.recv().await.unwrap() {
            break assert_eq!((credit, drain), (0, true));
        }
    }
    assert_eq!(answer.link_credit, Some(0));
}

#[tokio::test]
async fn a_drain_uses_up_what_the_queue_cannot_fill() {
    let (server, broker, _heard) = server();
    broker.put(b"x");
    let mut peer = Peer::attach(&server, Role::Receiver, "queue").await;
    peer.send(
        0,
        &Flow {
            drain: true,
            ..flow(Some(0), 10)
        },
    )
    .await;
    assert!(matches!(peer.receive().await, Performative::Transfer(_)));
    let Performative::Flow(answer) = peer.receive().await else {
        panic!()
    };
    assert_eq!(
        (answer.drain, answer.link_credit, answer.delivery_count),
        (true, Some(0), Some(10))
    );
}

#[tokio::test]
async fn a_range_that_ends_before_it_begins_ends_the_session() {
    let (server, ..) = server();
    let mut peer = Peer::attach(&server, Role::Receiver, "queue").await;
    peer.send(0, &settle(5, 4, DeliveryState::Accepted(Accepted {})))
        .await;
    assert!(is(&peer.ended().await, AmqpError::InvalidField));
}

#[tokio::test]
async fn what_is_settled_twice_is_settled_once() {
    let (server, broker, mut heard) = server();
    broker.put(b"x");
    let mut peer = Peer::attach(&server, Role::Receiver, "queue").await;
    peer.send(0, &flow(Some(0), 1)).await;
    assert!(matches!(peer.receive().await, Performative::Transfer(_)));
    for _ in 0..2 {
        peer.send(0, &settle(0, 0, DeliveryState::Accepted(Accepted {})))
            .await;
    }
    assert!(matches!(peer.receive().await, Performative::Disposition(_)));
    peer.echo().await;
    let mut settled = 0;
    while let Ok(heard) = heard.try_recv() {
        settled += usize::from(matches!(heard, Heard::Disposition(..)));
    }
    assert_eq!(settled, 1);
}
