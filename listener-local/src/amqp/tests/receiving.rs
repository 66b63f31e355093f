//! Messages from the peer: put together, counted, answered.

use super::{
    broker::Heard,
    peer::{Peer, attach, detach, flow, transfer},
    setup::{detached, is, server, server_with},
};
use crate::amqp::{
    EndCause, Limits,
    types::{
        definitions::{AmqpError, LinkError, Role, SessionError},
        messaging::DeliveryState,
        performatives::{Disposition, Flow, Performative, Transfer},
        transaction::TransactionalState,
    },
};

#[tokio::test]
async fn a_message_that_is_too_large_is_rejected_and_its_link_stays() {
    let (server, _, mut heard) = server_with(Limits {
        max_message_size: 100,
        ..Limits::default()
    });
    let mut peer = Peer::attach(&server, Role::Sender, "queue").await;
    let part = Transfer {
        more: true,
        ..transfer(0)
    };
    peer.transfer(part, &[0; 60]).await;
    peer.transfer(transfer(0), &[0; 60]).await;
    let rejected = loop {
        match peer.receive().await {
            Performative::Disposition(Disposition {
                state: Some(DeliveryState::Rejected(rejected)),
                settled: true,
                ..
            }) => break rejected,
            Performative::Flow(_) => {}
            other => panic!("expected a rejection, but {other:?}"),
        }
    };
    assert!(is(
        &rejected.error.expect("an error"),
        LinkError::MessageSizeExceeded
    ));
    peer.transfer(transfer(1), &[0; 100]).await;
    loop {
        match heard.recv().await {
            Some(Heard::Message(message)) => break assert_eq!(message.payload.len(), 100),
            Some(_) => {}
            None => panic!("expected a message"),
        }
    }
}

#[tokio::test]
async fn a_message_that_is_far_too_large_detaches_its_link() {
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
        &[0; 1600],
    )
    .await;
    assert!(is(&peer.detached().await, LinkError::MessageSizeExceeded));
    assert!(matches!(
        detached(&mut heard).await.cause,
        EndCause::Refused(_)
    ));
    // What was on its way is dropped until the peer has answered.
    peer.transfer(transfer(1), &[0; 10]).await;
    peer.echo().await;
    assert_eq!(server.counts().links, 1);
    peer.send(0, &detach(0)).await;
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
    peer.send(0, &detach(0)).await;
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
    peer.echo().await;
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

/// Sends these as the frames of one link, and gives the error that it is detached with.
async fn refused(
    address: &str,
    transfers: Vec<Transfer>,
) -> crate::amqp::types::definitions::Error {
    let (server, ..) = server();
    let mut peer = Peer::attach(&server, Role::Sender, address).await;
    for transfer in transfers {
        peer.transfer(transfer, b"x").await;
    }
    loop {
        match peer.receive().await {
            Performative::Detach(detach) => return detach.error.unwrap(),
            Performative::Flow(_) | Performative::Disposition(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_delivery_inside_of_another_detaches_its_link() {
    let first = Transfer {
        more: true,
        ..transfer(0)
    };
    let error = refused("queue", vec![first, transfer(1)]).await;
    assert!(is(&error, AmqpError::InvalidField));
}

#[tokio::test]
async fn a_delivery_without_id_or_tag_or_with_a_long_tag_detaches_its_link() {
    for wrong in [
        Transfer {
            delivery_id: None,
            ..transfer(0)
        },
        Transfer {
            delivery_tag: None,
            ..transfer(0)
        },
        Transfer {
            delivery_tag: Some(vec![0; 33].into()),
            ..transfer(0)
        },
    ] {
        let error = refused("queue", vec![wrong]).await;
        assert!(is(&error, AmqpError::InvalidField));
    }
}

#[tokio::test]
async fn a_resumed_delivery_detaches_its_link() {
    let resumed = Transfer {
        resume: true,
        ..transfer(0)
    };
    let error = refused("queue", vec![resumed]).await;
    assert!(is(&error, AmqpError::NotImplemented));
}
