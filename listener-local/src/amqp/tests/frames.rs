//! The order of frames, and every fault, at the endpoint that has to bear it.

use super::{
    broker::{Broker, Heard, data, lock_lost},
    peer::{Peer, attach, begin, flow, open, transfer},
};
use crate::amqp::{
    EndCause, Limits, Server,
    codec::Body,
    types::{
        definitions::{AmqpError, ConnectionError, Error, LinkError, Role, SessionError},
        messaging::{Accepted, DeliveryState, Modified, Rejected},
        performatives::*,
        transaction::TransactionalState,
    },
};
use std::time::Duration;
use tokio::{io::AsyncWriteExt, sync::mpsc::UnboundedReceiver, time::Instant};

fn server() -> (Server, Broker, UnboundedReceiver<Heard>) {
    server_with(Limits::default())
}

fn server_with(limits: Limits) -> (Server, Broker, UnboundedReceiver<Heard>) {
    let (broker, heard) = Broker::new();
    (Server::with_limits(broker.clone(), limits), broker, heard)
}

fn is(
    error: &Error,
    condition: impl Into<crate::amqp::types::definitions::ErrorCondition>,
) -> bool {
    error.condition == condition.into()
}

async fn detached(heard: &mut UnboundedReceiver<Heard>) -> crate::amqp::LinkEnd {
    loop {
        if let Heard::Detached(end) = heard.recv().await.unwrap() {
            return end;
        }
    }
}

fn settle(first: u32, last: u32, state: DeliveryState) -> Disposition {
    let state = Some(state);
    Disposition {
        role: Role::Receiver,
        first,
        last: Some(last),
        settled: false,
        state,
        batchable: false,
    }
}

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
    peer.send(
        0,
        &Detach {
            handle: 0.into(),
            closed: true,
            error: None,
        },
    )
    .await;
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
async fn an_unknown_channel_closes_the_connection_and_no_other() {
    let (server, ..) = server();
    let mut other = Peer::begin(&server).await;
    let mut peer = Peer::open(&server).await;
    peer.send(4, &flow(None, 0)).await;
    assert!(is(&peer.closed().await, AmqpError::NotAllowed));
    other
        .send(
            0,
            &Flow {
                echo: true,
                ..flow(None, 0)
            },
        )
        .await;
    assert!(matches!(other.receive().await, Performative::Flow(_)));
}

#[tokio::test]
async fn a_channel_above_the_maximum_closes_the_connection() {
    let (server, ..) = server();
    let mut peer = Peer::open(&server).await;
    peer.send(256, &begin()).await;
    assert!(is(&peer.closed().await, ConnectionError::FramingError));
}

#[tokio::test]
async fn a_detach_after_the_end_is_let_pass() {
    let (server, ..) = server();
    let mut peer = Peer::attach(&server, Role::Receiver, "queue").await;
    peer.send(0, &End { error: None }).await;
    assert!(matches!(peer.receive().await, Performative::End(_)));
    peer.send(
        0,
        &Detach {
            handle: 0.into(),
            closed: true,
            error: None,
        },
    )
    .await;
    peer.send(0, &begin()).await;
    assert!(matches!(peer.receive().await, Performative::Begin(_)));
}

#[tokio::test]
async fn a_second_open_closes_the_connection() {
    let (server, ..) = server();
    let mut peer = Peer::open(&server).await;
    peer.send(0, &open()).await;
    assert!(is(&peer.closed().await, AmqpError::IllegalState));
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

#[tokio::test]
async fn a_message_that_is_too_large_detaches_its_link() {
    let (server, _, mut heard) = server_with(Limits {
        max_message_size: 100,
        ..Limits::default()
    });
    let mut peer = Peer::attach(&server, Role::Sender, "queue").await;
    peer.transfer(
        Transfer {
            more: true,
            ..transfer(0)
        },
        &[0; 60],
    )
    .await;
    peer.transfer(
        Transfer {
            delivery_id: None,
            delivery_tag: None,
            ..transfer(0)
        },
        &[0; 60],
    )
    .await;
    assert!(is(&peer.detached().await, LinkError::MessageSizeExceeded));
    assert!(matches!(
        detached(&mut heard).await.cause,
        EndCause::Refused(_)
    ));
    // What was on its way is dropped until the peer has answered.
    peer.transfer(transfer(1), &[0; 10]).await;
    peer.send(
        0,
        &Flow {
            echo: true,
            ..flow(None, 0)
        },
    )
    .await;
    assert!(matches!(peer.receive().await, Performative::Flow(_)));
    assert_eq!(server.counts().links, 1);
    peer.send(
        0,
        &Detach {
            handle: 0.into(),
            closed: true,
            error: None,
        },
    )
    .await;
    peer.send(0, &attach(0, Role::Sender, "queue")).await;
    assert!(matches!(peer.receive().await, Performative::Attach(_)));
    assert_eq!(server.counts().links, 1);
}

#[tokio::test]
async fn unfinished_messages_hold_no_more_than_their_limit_together() {
    let (server, ..) = server_with(Limits {
        reassembly: 100,
        ..Limits::default()
    });
    let mut peer = Peer::attach(&server, Role::Sender, "queue").await;
    peer.send(0, &attach(1, Role::Sender, "queue")).await;
    while !matches!(peer.receive().await, Performative::Attach(_)) {}
    for id in 0..5 {
        peer.transfer(
            Transfer {
                more: true,
                ..transfer(id)
            },
            &[0; 60],
        )
        .await;
        peer.transfer(transfer(id), &[0; 60]).await;
    }
    peer.transfer(
        Transfer {
            more: true,
            ..transfer(5)
        },
        &[0; 60],
    )
    .await;
    peer.transfer(
        Transfer {
            more: true,
            handle: 1.into(),
            ..transfer(6)
        },
        &[0; 60],
    )
    .await;
    loop {
        match peer.receive().await {
            Performative::Detach(detach) => {
                assert_eq!(detach.handle, 1.into());
                break assert!(is(&detach.error.unwrap(), AmqpError::ResourceLimitExceeded));
            }
            Performative::Flow(_) | Performative::Disposition(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_message_without_credit_detaches_its_link() {
    let (server, ..) = server();
    let mut peer = Peer::attach(&server, Role::Sender, "narrow").await;
    let Performative::Flow(granted) = peer.receive().await else {
        panic!()
    };
    assert_eq!(granted.link_credit, Some(2));
    for id in 0..3 {
        peer.transfer(
            Transfer {
                more: id == 2,
                ..transfer(id)
            },
            b"",
        )
        .await;
    }
    // Credit is granted anew after each message, so only what has none left fails.
    peer.send(
        0,
        &Flow {
            echo: true,
            ..flow(None, 0)
        },
    )
    .await;
    peer.send(
        0,
        &Detach {
            handle: 0.into(),
            closed: true,
            error: None,
        },
    )
    .await;
    loop {
        match peer.receive().await {
            Performative::Detach(detach) => break assert!(detach.error.is_none()),
            Performative::Flow(_) | Performative::Disposition(_) => {}
            other => panic!("{other:?}"),
        }
    }
    let mut peer = Peer::begin(&server).await;
    peer.send(0, &attach(0, Role::Sender, "slow")).await;
    peer.transfer(transfer(0), b"").await;
    assert!(matches!(peer.receive().await, Performative::Attach(_)));
    assert!(is(&peer.detached().await, LinkError::TransferLimitExceeded));
}

#[tokio::test]
async fn a_transfer_beyond_the_window_ends_the_session() {
    let (server, ..) = server_with(Limits {
        incoming_window: 0,
        ..Limits::default()
    });
    let mut peer = Peer::attach(&server, Role::Sender, "queue").await;
    peer.transfer(transfer(0), b"").await;
    assert!(is(&peer.ended().await, SessionError::WindowViolation));
}

#[tokio::test]
async fn the_window_is_opened_anew_before_it_is_used_up() {
    let (server, ..) = server_with(Limits {
        incoming_window: 4,
        ..Limits::default()
    });
    let mut peer = Peer::attach(&server, Role::Sender, "queue").await;
    let mut answers = 0;
    for id in 0..20 {
        peer.transfer(transfer(id), b"").await;
    }
    while answers < 20 {
        match peer.receive().await {
            Performative::Disposition(answer) => answers = answer.last.unwrap() + 1,
            Performative::Flow(flow) => assert!(flow.incoming_window > 0),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_message_comes_with_its_tag_its_format_and_its_state() {
    let (server, _, mut heard) = server();
    let mut peer = Peer::attach(&server, Role::Sender, "queue").await;
    let state = DeliveryState::TransactionalState(TransactionalState {
        txn_id: vec![1, 2].into(),
        outcome: None,
    });
    let ours = Transfer {
        message_format: Some(0x8001_3700),
        state: Some(state.clone()),
        ..transfer(7)
    };
    peer.transfer(Transfer { more: true, ..ours }, b"ab").await;
    peer.transfer(
        Transfer {
            settled: Some(true),
            ..transfer(7)
        },
        b"c",
    )
    .await;
    loop {
        if let Heard::Message(message) = heard.recv().await.unwrap() {
            assert_eq!(
                (message.format, &message.tag[..]),
                (0x8001_3700, &7u32.to_be_bytes()[..])
            );
            assert_eq!(
                (&message.payload[..], message.settled, message.state),
                (&b"abc"[..], true, Some(state))
            );
            break;
        }
    }
}

#[tokio::test]
async fn a_settled_message_is_not_answered() {
    let (server, ..) = server();
    let mut peer = Peer::attach(&server, Role::Sender, "queue").await;
    assert!(matches!(peer.receive().await, Performative::Flow(_)));
    peer.transfer(
        Transfer {
            settled: Some(true),
            ..transfer(0)
        },
        b"",
    )
    .await;
    peer.send(
        0,
        &Flow {
            echo: true,
            ..flow(None, 0)
        },
    )
    .await;
    assert!(matches!(peer.receive().await, Performative::Flow(_)));
}

#[tokio::test]
async fn a_connection_can_be_closed_and_dropped_from_outside() {
    for abort in [false, true] {
        let (server, _, mut heard) = server();
        let mut peer = Peer::attach(&server, Role::Receiver, "queue").await;
        let Heard::Attached(_, connection) = heard.recv().await.unwrap() else {
            panic!()
        };
        if abort {
            connection.handle().abort();
            assert!(peer.next().await.is_none());
        } else {
            connection
                .handle()
                .close(Some(ConnectionError::ConnectionForced.into()));
            assert!(is(&peer.closed().await, ConnectionError::ConnectionForced));
            peer.send(0, &Close { error: None }).await;
        }
        assert_eq!(detached(&mut heard).await.cause, EndCause::Lost);
        drop(peer);
        let Heard::Closed(id) = heard.recv().await.unwrap() else {
            panic!()
        };
        assert_eq!(id, connection.id());
    }
}

#[tokio::test]
async fn a_handle_of_a_link_that_is_gone_does_nothing() {
    let (server, _, mut heard) = server();
    let mut peer = Peer::attach(&server, Role::Receiver, "queue").await;
    let Heard::Attached(old, _) = heard.recv().await.unwrap() else {
        panic!()
    };
    peer.send(
        0,
        &Detach {
            handle: 0.into(),
            closed: true,
            error: None,
        },
    )
    .await;
    assert!(matches!(peer.receive().await, Performative::Detach(_)));
    peer.send(0, &attach(0, Role::Receiver, "queue")).await;
    assert!(matches!(peer.receive().await, Performative::Attach(_)));
    old.detach(lock_lost());
    peer.send(
        0,
        &Flow {
            echo: true,
            ..flow(None, 0)
        },
    )
    .await;
    assert!(matches!(peer.receive().await, Performative::Flow(_)));
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
async fn a_detach_while_the_service_thinks_is_answered_with_both() {
    let (server, ..) = server();
    let mut peer = Peer::begin(&server).await;
    peer.send(0, &attach(0, Role::Receiver, "slow")).await;
    peer.send(
        0,
        &Detach {
            handle: 0.into(),
            closed: true,
            error: None,
        },
    )
    .await;
    let Performative::Attach(reply) = peer.receive().await else {
        panic!()
    };
    assert!(reply.source.is_none());
    assert!(matches!(peer.receive().await, Performative::Detach(_)));
    assert_eq!(server.counts().links, 0);
}

#[tokio::test]
async fn a_transfer_on_a_receivers_link_is_errant() {
    let (server, ..) = server();
    let mut peer = Peer::attach(&server, Role::Receiver, "queue").await;
    peer.transfer(transfer(0), b"").await;
    assert!(is(&peer.ended().await, SessionError::ErrantLink));
}

#[tokio::test]
async fn an_aborted_message_is_forgotten() {
    let (server, _, mut heard) = server();
    let mut peer = Peer::attach(&server, Role::Sender, "queue").await;
    peer.transfer(
        Transfer {
            more: true,
            ..transfer(0)
        },
        b"half",
    )
    .await;
    peer.transfer(
        Transfer {
            aborted: true,
            ..transfer(0)
        },
        b"",
    )
    .await;
    peer.transfer(transfer(1), b"whole").await;
    loop {
        if let Heard::Message(message) = heard.recv().await.unwrap() {
            assert_eq!(&message.payload[..], b"whole");
            break;
        }
    }
}

#[tokio::test]
async fn an_outcome_that_takes_its_time_is_told_then() {
    let (server, ..) = server();
    let mut peer = Peer::attach(&server, Role::Sender, "later").await;
    assert!(matches!(peer.receive().await, Performative::Flow(_)));
    peer.transfer(transfer(41), b"x").await;
    let Performative::Disposition(answer) = peer.receive().await else {
        panic!()
    };
    assert_eq!(
        (answer.role, answer.first, answer.settled),
        (Role::Receiver, 41, true)
    );
}

#[tokio::test]
async fn shutting_down_forces_connections_closed() {
    let (server, ..) = server();
    let mut peer = Peer::open(&server).await;
    let answers = async {
        assert!(is(&peer.closed().await, ConnectionError::ConnectionForced));
        assert_eq!(server.counts().connections, 1);
        peer.send(0, &Close { error: None }).await;
        assert!(peer.next().await.is_none());
        drop(peer);
    };
    tokio::join!(server.shutdown(), answers);
    assert_eq!(server.counts().connections, 0);
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
