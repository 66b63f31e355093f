use std::time::Duration;

use bytes::Bytes;
use uuid::Uuid;

use super::{
    peer::{SOON, session},
    scripted::{Scripted, data, message, rejected, state},
};
use crate::amqp::{
    Answer, Body, ErrorKind, ReceiverOptions, Settlement, Value,
    wire::{code, descriptor, symbol},
};

async fn receiving() -> (crate::amqp::Connection, crate::amqp::Receiver, Scripted) {
    Scripted::receiving(ReceiverOptions::peek_lock()).await
}

fn ids(said: &super::scripted::Said) -> (u32, u32) {
    match said.2[1..3] {
        [Value::Uint(first), Value::Uint(last)] => (first, last),
        _ => panic!("no ids"),
    }
}

#[tokio::test]
async fn gives_out_what_came_with_all_that_is_said_about_it() {
    let (_connection, receiver, mut peer) = receiving().await;
    receiver.set_credit(1);
    peer.expect(code::FLOW).await;
    let tag = Uuid::from_u128(7).to_bytes_le();
    let annotations = [
        ("x-opt-sequence-number", Value::Long(12)),
        ("x-opt-enqueued-time", Value::Timestamp(1_000_000)),
        ("x-opt-locked-until", Value::Timestamp(1_030_000)),
    ];
    let annotations = annotations.map(|(key, value)| (symbol(key), value));
    let mut properties = vec![Value::Null; 7];
    properties[0] = "id".into();
    properties[6] = symbol("application/json");
    let header = vec![
        Value::Null,
        Value::Null,
        Value::Null,
        Value::Null,
        Value::Uint(2),
    ];
    let bytes = message(&[
        (descriptor::HEADER, Value::List(header)),
        (
            descriptor::MESSAGE_ANNOTATIONS,
            Value::Map(annotations.to_vec()),
        ),
        (descriptor::PROPERTIES, Value::List(properties)),
        (
            descriptor::APPLICATION_PROPERTIES,
            Value::map([("RequestName", Value::from("Create"))]),
        ),
        data("{"),
        data("}"),
    ]);
    peer.deliver(0, &tag, &bytes).await;
    let delivery = receiver.recv().await.unwrap();
    assert_eq!(delivery.lock_token(), Some(Uuid::from_u128(7)));
    let message = delivery.message().unwrap();
    assert_eq!(message.sequence_number(), Some(12));
    assert_eq!(message.lock_at_most(), Some(Duration::from_secs(30)));
    assert_eq!(message.delivery_count(), 2);
    assert_eq!(message.message_id().as_str(), Some("id"));
    assert_eq!(message.content_type(), Some("application/json"));
    assert_eq!(
        message
            .application_property("RequestName")
            .and_then(Value::as_str),
        Some("Create")
    );
    assert!(matches!(message.body(), Body::Data(bytes) if bytes == "{}"));
    assert_eq!(receiver.credit(), 0);
}

#[tokio::test]
async fn a_body_is_a_value_or_a_sequence_too() {
    let (_connection, receiver, mut peer) = receiving().await;
    receiver.set_credit(3);
    peer.deliver(0, b"0", &message(&[(descriptor::VALUE, "text".into())]))
        .await;
    let list = Value::List(vec![Value::Int(1)]);
    let sequences = [
        (descriptor::SEQUENCE, list.clone()),
        (descriptor::SEQUENCE, list),
    ];
    peer.deliver(1, b"1", &message(&sequences)).await;
    peer.deliver(2, b"2", &message(&[])).await;
    let mut bodies = Vec::new();
    for _ in 0..3 {
        let delivery = receiver.recv().await.unwrap();
        bodies.push(delivery.message().unwrap().body().clone());
    }
    assert!(matches!(&bodies[0], Body::Value(value) if value.as_str() == Some("text")));
    assert!(matches!(&bodies[1], Body::Sequence(items) if items.len() == 2));
    assert!(matches!(&bodies[2], Body::Empty));
}

#[tokio::test]
async fn a_short_tag_is_no_lock_token_but_an_annotation_is() {
    let (_connection, receiver, mut peer) = receiving().await;
    receiver.set_credit(2);
    let token = Uuid::from_u128(9);
    let annotation = Value::Map(vec![(symbol("x-opt-lock-token"), token.into())]);
    let with = [(descriptor::DELIVERY_ANNOTATIONS, annotation), data("x")];
    peer.deliver(0, b"\0\0\0\x01", &message(&with)).await;
    peer.deliver(1, b"\0\0\0\x02", &message(&[data("x")])).await;
    assert_eq!(receiver.recv().await.unwrap().lock_token(), Some(token));
    assert_eq!(receiver.recv().await.unwrap().lock_token(), None);
}

#[tokio::test]
async fn settlements_learn_their_answers_in_any_order() {
    let (_connection, receiver, mut peer) = receiving().await;
    receiver.set_credit(4);
    peer.expect(code::FLOW).await;
    for id in 0..4 {
        peer.deliver(id, &[0; 16], &message(&[data("x")])).await;
    }
    let mut deliveries = Vec::new();
    for _ in 0..4 {
        deliveries.push(receiver.recv().await.unwrap());
    }
    let accepted = deliveries[0].accept();
    peer.expect(code::DISPOSITION).await;
    let dead = deliveries[1].settle(Settlement::Rejected {
        condition: "com.microsoft:dead-letter".into(),
        description: Some("why".into()),
        info: vec![("DeadLetterReason".into(), "undecodable".into())],
    });
    peer.expect(code::DISPOSITION).await;
    let abandoned = deliveries[2].settle(Settlement::abandon(Vec::new()));
    peer.expect(code::DISPOSITION).await;
    let lost = deliveries[3].accept();
    let said = peer.expect(code::DISPOSITION).await;
    assert_eq!(ids(&said), (3, 3));
    // The receiver says it, and does not settle by itself.
    assert_eq!(
        (&said.2[0], &said.2[3]),
        (&Value::Bool(true), &Value::Bool(false))
    );
    peer.settle(3, 3, rejected("com.microsoft:message-lock-lost"))
        .await;
    peer.settle(2, 2, state(descriptor::MODIFIED)).await;
    peer.settle(1, 1, state(descriptor::REJECTED)).await;
    peer.settle(0, 0, state(descriptor::ACCEPTED)).await;
    assert_eq!(accepted.await.unwrap(), Answer::Accepted);
    assert_eq!(dead.await.unwrap(), Answer::Rejected);
    assert_eq!(abandoned.await.unwrap(), Answer::Modified);
    let error = lost.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LockLost);
    assert!(error.to_string().contains("settling a message"), "{error}");
}

#[tokio::test]
async fn accepted_deliveries_in_a_row_share_a_disposition() {
    let (_connection, receiver, mut peer) = receiving().await;
    receiver.set_credit(5);
    peer.expect(code::FLOW).await;
    // The numbers wrap around.
    let numbers = [u32::MAX - 1, u32::MAX, 0, 1, 2];
    for id in numbers {
        peer.deliver(id, &[0; 16], &message(&[data("x")])).await;
    }
    let mut deliveries = Vec::new();
    for _ in numbers {
        deliveries.push(receiver.recv().await.unwrap());
    }
    // Nothing is sent meanwhile: the test's one thread is here.
    let settling: Vec<_> = [2, 0, 1, 4].map(|at| deliveries[at].accept()).into();
    assert_eq!(
        ids(&peer.expect(code::DISPOSITION).await),
        (u32::MAX - 1, 0)
    );
    assert_eq!(ids(&peer.expect(code::DISPOSITION).await), (2, 2));
    // One answer for all, and for many that nobody asked about.
    peer.settle(3, 2, state(descriptor::ACCEPTED)).await;
    for answer in settling {
        assert_eq!(answer.within(SOON).await.unwrap(), Answer::Accepted);
    }
}

#[tokio::test(start_paused = true)]
async fn no_answer_in_time_is_an_error_that_says_so() {
    let (_connection, receiver, mut peer) = receiving().await;
    receiver.set_credit(1);
    peer.deliver(0, &[0; 16], &message(&[data("x")])).await;
    let delivery = receiver.recv().await.unwrap();
    let error = delivery.accept().within(SOON).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}

#[tokio::test]
async fn what_was_settled_when_it_was_sent_can_only_be_accepted() {
    let (_connection, receiver, mut peer) =
        Scripted::receiving(ReceiverOptions::receive_and_delete()).await;
    receiver.set_credit(1);
    peer.expect(code::FLOW).await;
    let tag = Value::Binary(Bytes::from_static(b"0"));
    let fields = [
        Value::Uint(5),
        Value::Uint(0),
        tag,
        Value::Uint(0),
        Value::Bool(true),
    ];
    peer.say_with(
        peer.channel,
        code::TRANSFER,
        &fields,
        &message(&[data("x")]),
    )
    .await;
    let delivery = receiver.recv().await.unwrap();
    assert!(delivery.is_settled());
    assert_eq!(delivery.accept().await.unwrap(), Answer::Accepted);
    assert_eq!(
        delivery.release().await.unwrap_err().kind(),
        ErrorKind::NotAllowed
    );
}

#[tokio::test]
async fn a_message_of_several_transfers_is_put_together() {
    let (_connection, receiver, mut peer) = receiving().await;
    receiver.set_credit(1);
    let bytes = message(&[data("one and two and three")]);
    for (at, part) in bytes.chunks(9).enumerate() {
        peer.transfer(0, b"0", part, (at + 1) * 9 < bytes.len())
            .await;
    }
    let delivery = receiver.recv().await.unwrap();
    let body = delivery.message().unwrap().body().clone();
    assert!(matches!(body, Body::Data(bytes) if bytes == "one and two and three"));
}

#[tokio::test]
async fn what_is_no_message_can_be_rejected_and_does_not_end_the_link() {
    let (_connection, receiver, mut peer) = receiving().await;
    receiver.set_credit(2);
    peer.deliver(0, &[0; 16], b"canary").await;
    let delivery = receiver.recv().await.unwrap();
    let error = delivery.message().unwrap_err().to_string();
    assert!(
        error.contains("6 bytes") && !error.contains("canary"),
        "{error}"
    );
    peer.deliver(1, &[0; 16], &message(&[data("x")])).await;
    assert!(receiver.recv().await.unwrap().message().is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_drain_is_answered_or_ends_in_time() {
    let (_connection, receiver, mut peer) = receiving().await;
    receiver.set_credit(10);
    peer.expect(code::FLOW).await;
    let answer = async {
        let (_, _, flow) = peer.expect(code::FLOW).await;
        assert_eq!(flow[8], Value::Bool(true), "drain");
        peer.deliver(0, b"0", &message(&[data("x")])).await;
        peer.flow(10, 0).await;
    };
    let (drained, ()) = tokio::join!(receiver.drain(SOON), answer);
    assert!(drained.unwrap());
    assert_eq!((receiver.credit(), receiver.buffered()), (0, 1));
    receiver.set_credit(10);
    peer.expect(code::FLOW).await;
    assert!(!receiver.drain(SOON).await.unwrap());
    peer.expect(code::FLOW).await;
    let (_, _, flow) = peer.expect(code::FLOW).await;
    assert_eq!(flow[6], Value::Uint(0), "credit");
}

#[tokio::test]
async fn what_was_under_way_when_its_credit_was_taken_away_still_arrives_and_no_more() {
    let (_connection, receiver, mut peer) = receiving().await;
    receiver.set_credit(2);
    peer.expect(code::FLOW).await;
    receiver.set_credit(0);
    for id in 0..2 {
        peer.deliver(id, &[0; 16], &message(&[data("x")])).await;
        receiver.recv().await.unwrap();
    }
    peer.deliver(2, &[0; 16], &message(&[data("x")])).await;
    let error = receiver.recv().await.unwrap_err();
    assert!(error.to_string().contains("more deliveries"), "{error}");
}

#[tokio::test]
async fn a_broker_that_counts_badly_may_send_some_in_excess() {
    let options = ReceiverOptions::peek_lock().excess(2);
    let (_connection, receiver, mut peer) = Scripted::receiving(options).await;
    for first in [0, 3] {
        receiver.set_credit(1);
        peer.expect(code::FLOW).await;
        for id in first..first + 3 {
            peer.deliver(id, &[0; 16], &message(&[data("x")])).await;
            receiver.recv().await.unwrap();
        }
    }
    peer.deliver(6, &[0; 16], &message(&[data("x")])).await;
    let error = receiver.recv().await.unwrap_err();
    assert!(error.to_string().contains("more deliveries"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn credit_is_recalled_when_the_peer_says_so_or_in_time() {
    let (_connection, receiver, mut peer) = receiving().await;
    receiver.set_credit(10);
    peer.expect(code::FLOW).await;
    let answer = async {
        let (_, _, flow) = peer.expect(code::FLOW).await;
        assert_eq!(flow[6], Value::Uint(0), "credit");
        assert_eq!(flow[8..], [Value::Bool(false), Value::Bool(true)]);
        peer.deliver(0, b"0", &message(&[data("x")])).await;
        peer.flow(1, 0).await;
    };
    let (recalled, ()) = tokio::join!(receiver.recall(SOON), answer);
    assert!(recalled.unwrap());
    assert_eq!(receiver.buffered(), 1);
    receiver.set_credit(10);
    peer.expect(code::FLOW).await;
    assert!(!receiver.recall(SOON).await.unwrap());
}

#[tokio::test]
async fn credit_is_topped_up_when_half_of_it_is_used() {
    let (_connection, receiver, mut peer) = receiving().await;
    receiver.keep_buffered(4);
    let (_, _, flow) = peer.expect(code::FLOW).await;
    assert_eq!(flow[6], Value::Uint(4), "credit");
    for (id, credit) in [(0, 3), (1, 4)] {
        peer.deliver(id, &[0; 16], &message(&[data("x")])).await;
        receiver.recv().await.unwrap();
        receiver.keep_buffered(4);
        assert_eq!(receiver.credit(), credit);
    }
    let (_, _, flow) = peer.expect(code::FLOW).await;
    assert_eq!((&flow[5], &flow[6]), (&Value::Uint(2), &Value::Uint(4)));
}

#[tokio::test]
async fn a_refused_link_says_why() {
    let (connection, mut peer) = Scripted::pair().await;
    let refuse = async {
        peer.begin().await;
        let mut fields = vec!["link".into(), Value::Uint(5), Value::Bool(false)];
        fields.extend([Value::Ubyte(0), Value::Ubyte(1), Value::Null]);
        peer.say(peer.channel, code::ATTACH, &fields).await;
        peer.detach("amqp:not-allowed").await;
        peer.expect(code::DETACH).await;
        peer.expect(code::END).await;
    };
    let options = ReceiverOptions::peek_lock();
    let (refused, ()) = tokio::join!(connection.receiver("crm", options, SOON), refuse);
    let error = refused.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotAllowed);
    assert!(error.to_string().contains("as scripted"), "{error}");
}

#[tokio::test]
async fn a_detach_gives_out_what_had_come_and_fails_what_waits() {
    let (_connection, receiver, mut peer) = receiving().await;
    receiver.set_credit(2);
    peer.expect(code::FLOW).await;
    peer.deliver(0, &[0; 16], &message(&[data("x")])).await;
    peer.deliver(1, &[0; 16], &message(&[data("x")])).await;
    let delivery = receiver.recv().await.unwrap();
    let settling = delivery.accept();
    peer.expect(code::DISPOSITION).await;
    peer.detach("amqp:link:detach-forced").await;
    assert_eq!(settling.await.unwrap_err().kind(), ErrorKind::LinkDetached);
    assert!(receiver.recv().await.is_ok());
    assert_eq!(
        receiver.recv().await.unwrap_err().kind(),
        ErrorKind::LinkDetached
    );
    assert_eq!(
        delivery.accept().await.unwrap_err().kind(),
        ErrorKind::LinkDetached
    );
    peer.expect(code::DETACH).await;
    peer.expect(code::END).await;
}

#[tokio::test]
async fn a_cut_connection_fails_what_waits() {
    let (connection, receiver, peer) = receiving().await;
    drop(peer);
    assert_eq!(receiver.closed().await.kind(), ErrorKind::ConnectionLost);
    let again = connection
        .receiver("crm", ReceiverOptions::peek_lock(), SOON)
        .await;
    assert_eq!(again.unwrap_err().kind(), ErrorKind::ConnectionLost);
}

#[tokio::test]
async fn a_peer_that_sends_more_than_it_may_loses_the_link() {
    let (_connection, receiver, mut peer) = receiving().await;
    receiver.set_credit(1);
    peer.expect(code::FLOW).await;
    peer.deliver(0, &[0; 16], &message(&[data("x")])).await;
    peer.deliver(1, &[0; 16], &message(&[data("x")])).await;
    peer.expect(code::DETACH).await;
    assert_eq!(receiver.closed().await.kind(), ErrorKind::Protocol);
}

#[tokio::test]
async fn a_message_that_is_too_large_ends_the_link_before_it_fills_the_memory() {
    let options = ReceiverOptions::peek_lock().max_message_size(1_000);
    let (_connection, receiver, mut peer) = Scripted::receiving(options).await;
    receiver.set_credit(1);
    peer.expect(code::FLOW).await;
    for _ in 0..3 {
        peer.transfer(0, b"0", &[0; 400], true).await;
    }
    peer.expect(code::DETACH).await;
    assert_eq!(receiver.closed().await.kind(), ErrorKind::Protocol);
}

#[tokio::test]
async fn what_nobody_can_read_ends_the_link_and_not_the_connection() {
    let (connection, receiver, mut peer) = receiving().await;
    peer.say(peer.channel, code::TRANSFER, &[]).await;
    assert_eq!(receiver.closed().await.kind(), ErrorKind::Protocol);
    peer.expect(code::DETACH).await;
    peer.expect(code::END).await;
    peer.say(peer.channel, code::END, &[]).await;
    let options = ReceiverOptions::peek_lock();
    let (again, ()) = tokio::join!(connection.receiver("crm", options, SOON), peer.attach());
    again.unwrap();
}

#[tokio::test]
async fn dropped_it_detaches_and_closed_it_waits() {
    let (connection, receiver, mut peer) = receiving().await;
    drop(receiver);
    peer.expect(code::DETACH).await;
    peer.expect(code::END).await;
    peer.say(peer.channel, code::END, &[]).await;
    let options = ReceiverOptions::peek_lock();
    let (again, ()) = tokio::join!(connection.receiver("crm", options, SOON), peer.attach());
    let close = async {
        peer.expect(code::DETACH).await;
        peer.expect(code::END).await;
        peer.say(peer.channel, code::END, &[]).await;
    };
    let (closed, ()) = tokio::join!(again.unwrap().close(SOON), close);
    closed.unwrap();
}

/// The other library's own server, on the same connection as a session of the other library's client.
#[tokio::test]
async fn shares_a_connection_with_other_sessions_of_another_library() {
    use fe2o3_amqp::{
        acceptor::{LinkAcceptor, LinkEndpoint, SessionAcceptor},
        types::messaging::{Message, Outcome},
    };
    let (connection, mut session, mut peer) = session().await;
    let serve = async {
        let mut ours = SessionAcceptor::new()
            .accept(&mut peer.connection)
            .await
            .unwrap();
        let attach = ours.next_incoming_attach().await.unwrap();
        let link = LinkAcceptor::new()
            .accept_incoming_attach(attach, &mut ours)
            .await;
        let Ok(LinkEndpoint::Sender(sender)) = link else {
            panic!("expected a receiver");
        };
        (ours, sender)
    };
    let options = ReceiverOptions::peek_lock();
    let (receiver, (_ours, mut sender)) =
        tokio::join!(connection.receiver("crm", options, SOON), serve);
    let receiver = receiver.unwrap();
    receiver.set_credit(100);
    let send = async {
        for number in 0..100 {
            let message = Message::builder().value(number).build();
            let outcome = sender.send(message).await.unwrap();
            assert!(matches!(outcome, Outcome::Accepted(_)), "{outcome:?}");
        }
    };
    let receive = async {
        for number in 0..100 {
            let delivery = receiver.recv().await.unwrap();
            let body = delivery.message().unwrap().body().clone();
            assert!(matches!(body, Body::Value(Value::Int(found)) if found == number));
            // This server keeps the outcome, and does not answer for a single delivery.
            drop(delivery.accept());
        }
    };
    let other = async {
        let (attached, link) = tokio::join!(session.sender("q", SOON), peer.link());
        let LinkEndpoint::Receiver(mut receiver) = link else {
            panic!("expected a sender");
        };
        let (sent, ()) = tokio::join!(
            attached
                .as_ref()
                .unwrap()
                .send(crate::amqp::Message::new("x"), SOON),
            async {
                let delivery = receiver
                    .recv::<fe2o3_amqp::types::messaging::Data>()
                    .await
                    .unwrap();
                receiver.accept(&delivery).await.unwrap();
            }
        );
        sent.unwrap();
        attached
    };
    tokio::join!(send, receive, other).2.unwrap();
}
