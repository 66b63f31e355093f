use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use fe2o3_amqp::{
    Receiver,
    acceptor::LinkEndpoint,
    link::receiver::TerminalDeliveryState,
    types::{
        definitions::{self, ErrorCondition, LinkError},
        messaging::{Body, Modified, Rejected, Released, annotations::OwnedKey},
        primitives::{SimpleValue, Symbol, Timestamp, Value as Wire},
    },
};
use uuid::Uuid;

use super::peer::{MAX_MESSAGE_SIZE, Peer, SOON, accept, session, string};
use crate::amqp::{Connection, Connector, ErrorKind, Message, Sender, Session, Value};

async fn sender() -> (Connection, Session, Peer, Sender, Receiver) {
    let (connection, mut session, mut peer) = session().await;
    let (sender, link) = tokio::join!(session.sender("crm", SOON), peer.link());
    let LinkEndpoint::Receiver(link) = link else {
        panic!("expected a sender of ours");
    };
    (connection, session, peer, sender.unwrap(), link)
}

fn custom(condition: &str) -> definitions::Error {
    definitions::Error::new(ErrorCondition::Custom(Symbol::from(condition)), None, None)
}

#[tokio::test(start_paused = true)]
async fn all_that_is_said_about_a_message_arrives_with_its_type() {
    let (_connection, _session, _peer, sender, mut link) = sender().await;
    let message = Message::new(Bytes::from_static(b"<x/>"))
        .content_type("application/msbin1")
        .message_id("id")
        .correlation_id("other")
        .session_id("session")
        .subject("label")
        .partition_key("key")
        .scheduled_at(UNIX_EPOCH + Duration::from_millis(1_800_000_000_123))
        .property("depth", Value::Int(1))
        .property("user", Value::Uuid(Uuid::from_u128(7)))
        .property("claim", Value::from("text"));
    let receiving = async {
        let (info, message) = link.recv::<Body<Wire>>().await.unwrap().into_parts();
        link.accept(info).await.unwrap();
        message
    };
    let (sent, message) = tokio::join!(sender.send(message, SOON), receiving);
    sent.unwrap();
    let bytes: Vec<_> = message.body.try_into_data().ok().unwrap().collect();
    assert_eq!(bytes, [b"<x/>".to_vec()]);
    let properties = message.properties.unwrap();
    assert_eq!(properties.message_id, Some("id".to_owned().into()));
    assert_eq!(properties.correlation_id, Some("other".to_owned().into()));
    assert_eq!(properties.content_type, Some("application/msbin1".into()));
    assert_eq!(properties.group_id.as_deref(), Some("session"));
    assert_eq!(properties.subject.as_deref(), Some("label"));
    let annotations = message.message_annotations.unwrap().0;
    let annotation = |name: &str| annotations.get(&OwnedKey::from(name)).cloned();
    assert_eq!(
        annotation("x-opt-partition-key"),
        Some(Wire::String("key".into()))
    );
    assert_eq!(
        annotation("x-opt-scheduled-enqueue-time"),
        Some(Wire::Timestamp(Timestamp::from_milliseconds(
            1_800_000_000_123
        )))
    );
    let properties = message.application_properties.unwrap().0;
    assert_eq!(properties.get("depth"), Some(&SimpleValue::Int(1)));
    assert_eq!(
        properties.get("user"),
        Some(&SimpleValue::Uuid(Uuid::from_u128(7).into_bytes().into()))
    );
    assert_eq!(
        properties.get("claim"),
        Some(&SimpleValue::String("text".into()))
    );
}

#[tokio::test(start_paused = true)]
async fn several_are_in_flight_before_the_first_is_taken() {
    let (_connection, _session, _peer, sender, mut link) = sender().await;
    let send = || sender.send(Message::new("x"), SOON);
    let receiving = async {
        let mut received = Vec::new();
        for _ in 0..3 {
            received.push(link.recv::<Body<Wire>>().await.unwrap().into_parts().0);
        }
        for info in received.into_iter().rev() {
            link.accept(info).await.unwrap();
        }
    };
    let (one, two, three, ()) = tokio::join!(send(), send(), send(), receiving);
    one.and(two).and(three).unwrap();
}

#[tokio::test(start_paused = true)]
async fn each_outcome_is_told_as_an_error() {
    let (_connection, _session, _peer, sender, mut link) = sender().await;
    let rejected = |error| TerminalDeliveryState::Rejected(Rejected { error });
    for (state, kind) in [
        (
            rejected(Some(custom("com.microsoft:server-busy"))),
            ErrorKind::ServerBusy,
        ),
        (
            rejected(Some(custom("amqp:resource-limit-exceeded"))),
            ErrorKind::QuotaExceeded,
        ),
        (rejected(None), ErrorKind::NotTaken),
        (
            TerminalDeliveryState::Released(Released {}),
            ErrorKind::NotTaken,
        ),
        (
            TerminalDeliveryState::Modified(Modified {
                delivery_failed: Some(true),
                undeliverable_here: None,
                message_annotations: None,
            }),
            ErrorKind::NotTaken,
        ),
    ] {
        let receiving = async {
            let info = link.recv::<Body<Wire>>().await.unwrap().into_parts().0;
            link.dispose(info, state).await.unwrap();
        };
        let (sent, ()) = tokio::join!(sender.send(Message::new("x"), SOON), receiving);
        let error = sent.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains("sending to `crm`"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_too_large_fails_alone() {
    let (_connection, _session, _peer, sender, mut link) = sender().await;
    assert_eq!(sender.max_message_size(), Some(MAX_MESSAGE_SIZE));
    let large = Message::new(vec![0; MAX_MESSAGE_SIZE as usize]);
    for error in [
        sender.send(large.clone(), SOON).await.unwrap_err(),
        sender.send_batch(vec![large], SOON).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
    }
    let receiving = async {
        let info = link.recv::<Body<Wire>>().await.unwrap().into_parts().0;
        link.accept(info).await.unwrap();
    };
    let (sent, ()) = tokio::join!(sender.send(Message::new("x"), SOON), receiving);
    sent.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_batch_goes_in_as_few_transfers_as_fit() {
    let (_connection, _session, _peer, sender, mut link) = sender().await;
    let messages = (0..100)
        .map(|number| Message::new(vec![number; 5_000]))
        .collect();
    let receiving = async {
        let mut numbers = Vec::new();
        for transfer in 0..2 {
            let delivery = link.recv::<Body<Wire>>().await.unwrap();
            assert_eq!(*delivery.message_format(), Some(0x8001_3700), "{transfer}");
            let (info, message) = delivery.into_parts();
            link.accept(info).await.unwrap();
            // The last byte of an encoded message is the last of its body.
            numbers.extend(
                message
                    .body
                    .try_into_data()
                    .ok()
                    .unwrap()
                    .map(|data| *data.last().unwrap()),
            );
        }
        numbers
    };
    let (sent, numbers) = tokio::join!(sender.send_batch(messages, SOON), receiving);
    sent.unwrap();
    assert!(numbers.into_iter().eq(0..100));
}

#[tokio::test(start_paused = true)]
async fn a_forced_detach_shows_at_once_and_in_each_later_send() {
    let (_connection, _session, _peer, sender, link) = sender().await;
    let reason = definitions::Error::new(LinkError::DetachForced, "idle".to_owned(), None);
    let _ = link.close_with_error(reason).await;
    sender.closed().await;
    for _ in 0..2 {
        let error = sender.send(Message::new("x"), SOON).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LinkDetached);
        assert!(error.is_transient());
        assert!(error.to_string().contains("idle"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_credit_only_what_somebody_waits_for_is_sent() {
    let (_connection, _session, _peer, sender, mut link) = sender().await;
    link.set_credit(0).await.unwrap();
    // Until our side has read it.
    tokio::time::sleep(SOON).await;
    let mut given_up = 0;
    for _ in 0..3 {
        let error = sender.send(Message::new("early"), SOON).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        given_up += 1;
    }
    link.set_credit(10).await.unwrap();
    let receiving = async {
        let mut early = 0;
        loop {
            let (info, message) = link.recv::<Body<Wire>>().await.unwrap().into_parts();
            link.accept(info).await.unwrap();
            let body = message.body.try_into_data().ok().unwrap().next().unwrap();
            if body == b"late".to_vec() {
                return early;
            }
            early += 1;
        }
    };
    let (sent, early) = tokio::join!(sender.send(Message::new("late"), SOON), receiving);
    sent.unwrap();
    assert!(
        early < given_up,
        "{early} of {given_up} were sent though nobody waited"
    );
}

#[tokio::test(start_paused = true)]
async fn a_refused_attach_tells_the_entity_and_does_not_hang() {
    let (_connection, mut session, mut peer) = session().await;
    let refusing = async {
        let mut attach = peer.session.next_incoming_attach().await.unwrap();
        // As brokers refuse: an attach without target, then a detach with an error.
        attach.target = None;
        let acceptor = fe2o3_amqp::acceptor::LinkAcceptor::new();
        let refused = acceptor
            .accept_incoming_attach(attach, &mut peer.session)
            .await;
        if let Ok(LinkEndpoint::Receiver(link)) = refused {
            let reason = definitions::Error::new(
                definitions::AmqpError::NotFound,
                "no such".to_owned(),
                None,
            );
            let _ = link.close_with_error(reason).await;
        }
    };
    let (refused, ()) = tokio::join!(session.sender("nowhere", SOON), refusing);
    let error = refused.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    assert!(error.to_string().contains("no such"), "{error}");
    assert!(
        error
            .to_string()
            .contains("attaching a sender to `nowhere`"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_settles_nothing_is_given_up() {
    let (_connection, _session, _peer, sender, _link) = sender().await;
    let error = sender.send(Message::new("x"), SOON).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}

/// `cargo test --release -p listener-core -F amqp -- --ignored --nocapture measures_sends`
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn measures_sends_of_5_kb_over_the_loopback() {
    const COUNT: u32 = 50_000;
    let listener = tokio::net::TcpListener::bind("localhost:0").await.unwrap();
    let string = string(listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        let (tcp, _) = listener.accept().await.unwrap();
        tcp.set_nodelay(true).unwrap();
        let mut peer = Peer::on(accept(tcp).await).await;
        let LinkEndpoint::Receiver(mut link) = peer.link().await else {
            panic!("expected a sender of ours");
        };
        while let Ok(delivery) = link.recv::<Body<Wire>>().await {
            link.accept(delivery).await.unwrap();
        }
    });
    let mut connection = Connector::new(&string).connect().await.unwrap();
    let mut session = connection.session().await.unwrap();
    let sender = session.sender("crm", SOON).await.unwrap();
    let body = Bytes::from(vec![7; 5_000]);
    for in_flight in [1_u32, 20, 200] {
        let count = if in_flight == 1 { COUNT / 10 } else { COUNT };
        let start = std::time::Instant::now();
        let tasks = (0..in_flight).map(|_| {
            let (sender, body) = (sender.clone(), body.clone());
            tokio::spawn(async move {
                for _ in 0..count / in_flight {
                    sender.send(Message::new(body.clone()), SOON).await.unwrap();
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        let rate = f64::from(count) / start.elapsed().as_secs_f64();
        println!("{in_flight} in flight: {rate:.0} sends of 5 KB a second");
    }
}
