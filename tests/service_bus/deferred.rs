//! Deferred messages, and who brings them back.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use listener_core::{
    Error, Outcome,
    source::service_bus::{DeferredMessage, HandleError, Options, Queue},
};

use crate::bus::{Bus, Hosted, LOCK};

type Told = Arc<Mutex<Vec<DeferredMessage>>>;

/// The queue, and what its hook was told.
fn queue(bus: &Bus) -> (Queue, Told) {
    let told = Told::default();
    let telling = told.clone();
    let queue = Queue::new(bus.namespace.clone(), "crm").on_defer(move |message| {
        telling.lock().unwrap().push(message);
        async { Ok(()) }
    });
    (queue, told)
}

async fn defer_one(bus: &Bus, host: &mut Hosted, told: &Told) -> i64 {
    bus.send("crm", None, &[7]).await;
    host.call_of(7).await.end(Outcome::defer());
    host.quiet(Duration::from_secs(1)).await;
    told.lock().unwrap().last().unwrap().sequence_number
}

#[tokio::test(start_paused = true)]
async fn a_deferred_message_is_told_brought_back_and_completed() {
    let bus = Bus::new();
    let (queue, told) = queue(&bus);
    let handle = queue.handle();
    let mut host = Hosted::new(queue);
    let number = defer_one(&bus, &mut host, &told).await;
    {
        let told = told.lock().unwrap();
        assert_eq!(told[0].message_name, "Create");
        assert_eq!(told[0].entity_logical_name, "account");
        assert_eq!(told[0].primary_entity_id.unwrap().as_u128(), 7);
        assert_eq!(told[0].message_id.as_deref(), Some("message-7"));
        assert_eq!((told[0].attempt, &told[0].session_id), (1, &None));
    }
    let brought = handle.receive_deferred(&[number]).await.unwrap();
    assert_eq!(
        (brought.received(), brought.not_found()),
        (1, [].as_slice())
    );
    let call = host.call_of(7).await;
    assert_eq!(
        call.delivery.claims().request_name.as_deref(),
        Some("Create")
    );
    call.accept();
    bus.until_count("crm", 0).await;
    let report = host.stop().await;
    assert_eq!(
        (report.deferred, report.accepted, report.refused),
        (1, 1, 0)
    );
}

#[tokio::test(start_paused = true)]
async fn a_deferred_message_comes_back_after_a_reconnect_and_keeps_its_lock() {
    let bus = Bus::new();
    let (queue, told) = queue(&bus);
    let handle = queue.handle();
    let mut host = Hosted::new(queue);
    let number = defer_one(&bus, &mut host, &told).await;
    bus.cut();
    let _ = handle.receive_deferred(&[number]).await.unwrap();
    let call = host.call_of(7).await;
    // Renewed, and settled on yet another connection.
    tokio::time::sleep(2 * LOCK).await;
    bus.cut();
    tokio::time::sleep(LOCK).await;
    assert!(!call.delivery.lock().is_lost());
    call.accept();
    bus.until_count("crm", 0).await;
    assert_eq!(host.stop().await.refused, 0);
}

#[tokio::test(start_paused = true)]
async fn numbers_that_are_not_found_are_told_and_the_others_received() {
    let bus = Bus::new();
    let (queue, told) = queue(&bus);
    let handle = queue.handle();
    let mut host = Hosted::new(queue);
    let number = defer_one(&bus, &mut host, &told).await;
    let asked = [number + 1, number, number + 9, number];
    let brought = handle.receive_deferred(&asked).await.unwrap();
    assert_eq!(brought.not_found(), [number + 1, number + 9]);
    assert_eq!(
        brought.to_string(),
        format!(
            "1 received; not among the deferred messages: {}, {}",
            number + 1,
            number + 9
        )
    );
    host.call_of(7).await.accept();
    bus.until_count("crm", 0).await;
}

#[tokio::test(start_paused = true)]
async fn a_deferred_message_that_is_released_comes_again_and_counts() {
    let bus = Bus::new();
    let (queue, told) = queue(&bus);
    let handle = queue.handle();
    let mut host = Hosted::new(queue);
    let number = defer_one(&bus, &mut host, &told).await;
    let _ = handle.receive_deferred(&[number]).await.unwrap();
    let call = host.call_of(7).await;
    let attempt = call.delivery.attempt();
    call.end(Outcome::release("the ERP is away"));
    let call = host.call_of(7).await;
    assert_eq!(call.delivery.attempt(), attempt + 1);
    call.end(Outcome::defer());
    host.quiet(LOCK).await;
    assert_eq!(told.lock().unwrap().len(), 2);
    assert_eq!(told.lock().unwrap()[1].sequence_number, number);
    assert_eq!(bus.count("crm"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_deferred_message_whose_lock_is_lost_comes_again() {
    let bus = Bus::new();
    let (queue, told) = queue(&bus);
    let mut options = Options::default();
    options.max_lock_renewal = Duration::ZERO;
    let queue = queue.options(options);
    let handle = queue.handle();
    let mut host = Hosted::new(queue);
    let number = defer_one(&bus, &mut host, &told).await;
    let _ = handle.receive_deferred(&[number]).await.unwrap();
    let call = host.call_of(7).await;
    call.delivery.lock().lost().await;
    call.accept();
    host.call_of(7).await.accept();
    bus.until_count("crm", 0).await;
    let report = host.stop().await;
    assert_eq!((report.lock_lost, report.accepted), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_noted_is_released_and_not_deferred() {
    let bus = Bus::new();
    let queue = Queue::new(bus.namespace.clone(), "crm");
    let queue = queue.on_defer(|message| async move {
        match message.attempt {
            1 => Err(Error::transient("the store is away")),
            2 => panic!("the store is broken"),
            3 => std::future::pending().await,
            _ => Ok(()),
        }
    });
    let handle = queue.handle();
    let mut host = Hosted::new(queue);
    bus.send("crm", None, &[7]).await;
    for attempt in 1..=4 {
        let call = host.call_of(7).await;
        assert_eq!(call.delivery.attempt(), attempt);
        call.end(Outcome::defer());
    }
    host.quiet(2 * LOCK).await;
    let left = handle.peek(0, 10).await.unwrap();
    let cause = left[0].delivery().properties().get("listener-cause");
    assert_eq!(cause, Some("on_defer did not end within 30s"));
}

#[tokio::test(start_paused = true)]
async fn a_source_that_does_not_run_brings_nothing_back() {
    let bus = Bus::new();
    let (queue, _) = queue(&bus);
    let handle = queue.handle();
    let asked = handle.receive_deferred(&[1]).await;
    assert!(matches!(asked, Err(HandleError::NotRunning)), "{asked:?}");
    let mut host = Hosted::new(queue);
    host.quiet(Duration::from_secs(1)).await;
    let asked = handle.in_session("a").receive_deferred(&[1]).await;
    assert!(matches!(asked, Err(HandleError::Session)), "{asked:?}");
    let _ = handle.receive_deferred(&[1]).await.unwrap();
    host.stop().await;
    let asked = handle.receive_deferred(&[1]).await;
    assert!(matches!(asked, Err(HandleError::NotRunning)), "{asked:?}");
}
