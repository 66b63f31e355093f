//! Looking at messages without taking them.

use std::time::{Duration, SystemTime};

use listener_core::{
    Outcome,
    amqp::Message,
    source::service_bus::{MessageState, Queue},
};

use crate::bus::{Bus, Hosted, SOON};

#[tokio::test(start_paused = true)]
async fn peeking_shows_each_state_and_takes_nothing() {
    let bus = Bus::new();
    bus.send("crm", None, &[1, 2]).await;
    let queue = Queue::new(bus.namespace.clone(), "crm");
    let handle = queue.handle();
    let mut host = Hosted::new(queue);
    host.call_of(1).await.end(Outcome::defer());
    let running = host.call_of(2).await;
    let mut connection = bus.namespace.connect().await.unwrap();
    let mut session = connection.session().await.unwrap();
    let sender = session.sender("crm", SOON).await.unwrap();
    let later = SystemTime::now() + Duration::from_secs(86_400);
    let message = Message::new("{}").scheduled_at(later);
    sender.send(message, SOON).await.unwrap();
    host.quiet(Duration::from_secs(1)).await;

    let found = handle.peek(0, 10).await.unwrap();
    let states: Vec<_> = found.iter().map(|message| message.state()).collect();
    assert_eq!(
        states,
        [
            MessageState::Deferred,
            MessageState::Active,
            MessageState::Scheduled
        ]
    );
    let first = found[0].delivery();
    assert_eq!(first.claims().request_name.as_deref(), Some("Create"));
    assert_eq!(first.primary_entity_id().unwrap().as_u128(), 1);
    assert!(first.enqueued_at().is_some());
    assert_eq!(first.lock().deadline(), None);

    let from = found[1].sequence_number();
    let rest = handle.peek(from, 1).await.unwrap();
    assert_eq!((rest.len(), rest[0].sequence_number()), (1, from));
    running.accept();
    bus.until_count("crm", 2).await;
    assert_eq!(host.stop().await.refused, 0);
}

#[tokio::test(start_paused = true)]
async fn peeking_needs_no_host_and_lives_through_a_cut() {
    let bus = Bus::new();
    let handle = Queue::new(bus.namespace.clone(), "crm").handle();
    assert!(handle.peek(0, 10).await.unwrap().is_empty());
    bus.send("crm", None, &[1, 2, 3]).await;
    assert_eq!(handle.peek(0, 2).await.unwrap().len(), 2);
    bus.cut();
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(handle.peek(0, 10).await.unwrap().len(), 3);
    assert_eq!(bus.count("crm"), 3);
}

#[tokio::test(start_paused = true)]
async fn peeking_shows_the_messages_of_one_session() {
    let bus = Bus::new();
    bus.send("ordered", Some("a"), &[1]).await;
    bus.send("ordered", Some("b"), &[2, 3]).await;
    let handle = Queue::new(bus.namespace.clone(), "ordered").handle();
    assert_eq!(handle.peek(0, 10).await.unwrap().len(), 3);
    let found = handle.in_session("b").peek(0, 10).await.unwrap();
    assert_eq!(found.len(), 2);
    assert!(
        found
            .iter()
            .all(|message| message.session_id() == Some("b"))
    );
}

#[tokio::test(start_paused = true)]
async fn more_is_peeked_at_than_one_answer_holds() {
    let bus = Bus::new();
    let mut connection = bus.namespace.connect().await.unwrap();
    let mut session = connection.session().await.unwrap();
    let sender = session.sender("crm", SOON).await.unwrap();
    for _ in 0..8 {
        let message = Message::new(vec![b' '; 200_000]);
        sender.send(message, SOON).await.unwrap();
    }
    let handle = Queue::new(bus.namespace.clone(), "crm").handle();
    assert_eq!(handle.peek(0, 10).await.unwrap().len(), 8);
    assert_eq!(handle.peek(0, 7).await.unwrap().len(), 7);
}
