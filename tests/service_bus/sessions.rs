//! Sessions as a source.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use listener_core::{
    Outcome, Session,
    source::service_bus::{Options, Queue, Sessions},
};
use tokio::time::Instant;

use crate::bus::{Bus, Hosted, LOCK};

const MOMENT: Duration = Duration::from_millis(500);

fn sessions(bus: &Bus) -> Sessions {
    Queue::new(bus.namespace.clone(), "ordered").sessions()
}

fn session(delivery: &listener_core::Delivery) -> &Session {
    delivery.session().expect("a session")
}

#[tokio::test(start_paused = true)]
async fn the_messages_of_a_session_run_one_at_a_time_and_sessions_beside_each_other() {
    let bus = Bus::new();
    let mut host = Hosted::new(sessions(&bus));
    bus.send("ordered", Some("a"), &[1, 2]).await;
    let first = host.call_of(1).await;
    assert_eq!(session(&first.delivery).id(), "a");
    bus.send("ordered", Some("b"), &[3]).await;
    let other = host.call_of(3).await;
    assert_eq!(session(&other.delivery).id(), "b");
    host.quiet(MOMENT).await;
    first.accept();
    host.call_of(2).await.accept();
    other.accept();
    bus.until_count("ordered", 0).await;
    let report = host.stop().await;
    assert_eq!((report.accepted, report.refused), (3, 0));
}

#[tokio::test(start_paused = true)]
async fn a_released_message_comes_again_before_those_behind_it_that_were_prefetched() {
    let bus = Bus::new();
    let mut options = Options::default();
    options.prefetch = 10;
    bus.send("ordered", Some("a"), &[1, 2, 3]).await;
    let mut host = Hosted::new(sessions(&bus).options(options));
    host.call_of(1).await.accept();
    let call = host.call_of(2).await;
    let since = Instant::now();
    call.end(Outcome::release("the ERP is away"));
    let call = host.call_of(2).await;
    assert!(since.elapsed() >= MOMENT, "{:?}", since.elapsed());
    assert_eq!(call.delivery.attempt(), 2);
    call.accept();
    let call = host.call_of(3).await;
    assert_eq!(call.delivery.attempt(), 1);
    call.accept();
    bus.until_count("ordered", 0).await;
}

#[tokio::test(start_paused = true)]
async fn listeners_keep_a_state_with_the_session() {
    let bus = Bus::new();
    bus.send("ordered", Some("a"), &[1, 2, 3]).await;
    let mut host = Hosted::new(sessions(&bus));
    let call = host.call_of(1).await;
    let held = session(&call.delivery).clone();
    assert_eq!(held.state().await.unwrap(), None);
    held.set_state("one").await.unwrap();
    call.accept();
    let call = host.call_of(2).await;
    let state = session(&call.delivery).state().await.unwrap();
    assert_eq!(state.as_deref(), Some(&b"one"[..]));
    let large = held.set_state(vec![0; 300_000]).await.unwrap_err();
    assert!(large.is_permanent(), "{large}");
    session(&call.delivery).clear_state().await.unwrap();
    call.accept();
    let call = host.call_of(3).await;
    assert_eq!(session(&call.delivery).state().await.unwrap(), None);
    call.accept();
    host.stop().await;
    let gone = held.state().await.unwrap_err();
    assert!(gone.is_transient(), "{gone}");
}

#[tokio::test(start_paused = true)]
async fn a_session_without_messages_makes_room_for_another() {
    let bus = Bus::new();
    let idle = Duration::from_secs(10);
    bus.send("ordered", Some("a"), &[1]).await;
    let source = sessions(&bus)
        .concurrent_sessions(1)
        .session_idle_timeout(idle);
    let mut host = Hosted::new(source);
    host.call_of(1).await.accept();
    let since = Instant::now();
    bus.send("ordered", Some("b"), &[2]).await;
    host.call_of(2).await.accept();
    let waited = since.elapsed();
    assert!(waited >= idle && waited < 2 * idle, "{waited:?}");
    // Long after the service said that there is none.
    host.quiet(Duration::from_secs(600)).await;
    bus.send("ordered", Some("c"), &[3]).await;
    host.call_of(3).await.accept();
    bus.until_count("ordered", 0).await;
}

#[tokio::test(start_paused = true)]
async fn the_lock_is_renewed_while_a_listener_works_and_while_nothing_comes() {
    let bus = Bus::new();
    bus.send("ordered", Some("a"), &[1]).await;
    let source = sessions(&bus).session_idle_timeout(10 * LOCK);
    let mut host = Hosted::new(source);
    let call = host.call_of(1).await;
    tokio::time::sleep(3 * LOCK).await;
    assert!(!call.delivery.lock().is_lost());
    call.accept();
    host.quiet(3 * LOCK).await;
    let queue = bus.engine.open_with_session("ordered").unwrap();
    assert!(queue.locked_session("a").is_ok(), "the lock has ended");
    let report = host.stop().await;
    assert_eq!((report.lock_lost, report.refused), (0, 0));
    assert!(queue.locked_session("a").is_err(), "it is not free");
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_lost_tells_its_listener_and_is_accepted_anew() {
    let bus = Bus::new();
    bus.send("ordered", Some("a"), &[1, 2]).await;
    let mut host = Hosted::new(sessions(&bus));
    let call = host.call_of(1).await;
    let queue = bus.engine.open_with_session("ordered").unwrap();
    let since = Instant::now();
    queue.locked_session("a").unwrap().release().unwrap();
    call.delivery.lock().lost().await;
    // By the next renewal, and not by the clock.
    assert!(since.elapsed() < LOCK * 2 / 3, "{:?}", since.elapsed());
    let held = session(&call.delivery).clone();
    host.quiet(MOMENT).await;
    call.accept();
    host.call_of(1).await.accept();
    assert!(held.set_state("late").await.unwrap_err().is_transient());
    host.call_of(2).await.accept();
    bus.until_count("ordered", 0).await;
    let report = host.stop().await;
    assert_eq!((report.lock_lost, report.accepted), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn what_is_in_hand_when_the_connection_breaks_is_settled_by_its_token_and_the_session_goes_on()
 {
    let bus = Bus::new();
    bus.send("ordered", Some("a"), &[1, 2]).await;
    let mut host = Hosted::new(sessions(&bus));
    let call = host.call_of(1).await;
    bus.cut();
    // The broker keeps the lock of a connection that was lost, and it is renewed.
    tokio::time::sleep(2 * LOCK).await;
    assert!(!call.delivery.lock().is_lost());
    call.accept();
    bus.until_count("ordered", 1).await;
    let call = host.call_of(2).await;
    assert_eq!(call.delivery.attempt(), 1);
    call.accept();
    bus.until_count("ordered", 0).await;
    let report = host.stop().await;
    assert_eq!(
        (report.accepted, report.refused, report.lock_lost),
        (2, 0, 0)
    );
}

#[tokio::test(start_paused = true)]
async fn sessions_by_name_are_the_only_ones_and_take_turns() {
    let bus = Bus::new();
    for (session, number) in [("a", 1), ("b", 2), ("c", 3)] {
        bus.send("ordered", Some(session), &[number]).await;
    }
    let source = sessions(&bus)
        .named(["c", "b"])
        .concurrent_sessions(1)
        .session_idle_timeout(Duration::from_secs(1));
    let mut host = Hosted::new(source);
    host.call_of(3).await.accept();
    host.call_of(2).await.accept();
    bus.send("ordered", Some("c"), &[4]).await;
    host.call_of(4).await.accept();
    host.quiet(2 * LOCK).await;
    assert_eq!(bus.count("ordered"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_somebody_else_holds_is_waited_for() {
    let bus = Bus::new();
    bus.send("ordered", Some("a"), &[1]).await;
    let queue = bus.engine.open_with_session("ordered").unwrap();
    let theirs = queue.accept_session(Some("a"), LOCK).await.unwrap();
    let mut host = Hosted::new(sessions(&bus).named(["a"]));
    host.quiet(LOCK / 2).await;
    theirs.release().unwrap();
    host.call_of(1).await.accept();
    bus.until_count("ordered", 0).await;
}

#[tokio::test(start_paused = true)]
async fn deferred_messages_come_back_into_their_session_also_when_it_is_not_held() {
    let bus = Bus::new();
    bus.send("ordered", Some("a"), &[1, 2]).await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let telling = told.clone();
    let source = sessions(&bus)
        .session_idle_timeout(Duration::from_secs(5))
        .on_defer(move |message| {
            let told = (message.session_id.clone(), message.sequence_number);
            telling.lock().unwrap().push(told);
            async { Ok(()) }
        });
    let handle = source.handle();
    let mut host = Hosted::new(source);
    host.call_of(1).await.end(Outcome::defer());
    let second = host.call_of(2).await;
    let (id, number) = told.lock().unwrap()[0].clone();
    assert_eq!(id.as_deref(), Some("a"));
    let in_session = handle.in_session("a");
    let brought = in_session.receive_deferred(&[number, 99]).await.unwrap();
    assert_eq!(brought.not_found(), [99]);
    // One at a time, deferred or not.
    host.quiet(MOMENT).await;
    second.accept();
    let call = host.call_of(1).await;
    assert_eq!(session(&call.delivery).id(), "a");
    call.end(Outcome::release("not yet"));
    host.call_of(1).await.end(Outcome::defer());
    // Idle, it is left.
    host.quiet(Duration::from_secs(10)).await;
    let brought = in_session.receive_deferred(&[number]).await.unwrap();
    assert_eq!(brought.received(), 1);
    host.call_of(1).await.accept();
    bus.until_count("ordered", 0).await;
    assert_eq!(host.stop().await.refused, 0);
}

#[tokio::test(start_paused = true)]
async fn a_session_with_deferred_messages_is_waited_for_while_somebody_else_holds_it() {
    let bus = Bus::new();
    bus.send("ordered", Some("a"), &[1]).await;
    let source = sessions(&bus)
        .concurrent_sessions(1)
        .session_idle_timeout(Duration::from_secs(1));
    let handle = source.handle();
    let mut host = Hosted::new(source);
    host.call_of(1).await.end(Outcome::defer());
    host.quiet(Duration::from_secs(5)).await;
    let number = handle.peek(0, 1).await.unwrap()[0].sequence_number();
    let queue = bus.engine.open_with_session("ordered").unwrap();
    let theirs = queue.accept_session(Some("a"), LOCK).await.unwrap();
    let in_session = handle.in_session("a");
    let asking = tokio::spawn(async move { in_session.receive_deferred(&[number]).await });
    // The seat is for others meanwhile.
    bus.send("ordered", Some("b"), &[2]).await;
    host.call_of(2).await.accept();
    host.quiet(LOCK / 2).await;
    theirs.release().unwrap();
    host.call_of(1).await.accept();
    assert_eq!(asking.await.unwrap().unwrap().received(), 1);
    bus.until_count("ordered", 0).await;
}

#[tokio::test(start_paused = true)]
async fn a_drain_frees_sessions_when_their_listeners_have_ended() {
    let bus = Bus::new();
    bus.send("ordered", Some("a"), &[1, 2]).await;
    let mut host = Hosted::new(sessions(&bus));
    let call = host.call_of(1).await;
    let queue = bus.engine.open_with_session("ordered").unwrap();
    let stopping = tokio::spawn(host.stop());
    tokio::time::sleep(MOMENT).await;
    assert!(queue.locked_session("a").is_ok(), "freed too early");
    call.accept();
    let report = stopping.await.unwrap();
    assert_eq!((report.received, report.accepted), (1, 1));
    let theirs = queue.accept_session(None, LOCK).await.unwrap();
    assert_eq!(theirs.id(), "a");
    assert_eq!(bus.count("ordered"), 1);
}

#[tokio::test(start_paused = true)]
async fn who_listens_in_the_wrong_way_is_told_the_right_one() {
    let bus = Bus::new();
    let told = |error: listener_core::HostError| {
        let mut words = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            words = format!("{words}: {cause}");
            source = cause.source();
        }
        words
    };
    let host = Hosted::new(Queue::new(bus.namespace.clone(), "ordered"));
    let words = told(host.failed().await);
    assert!(words.contains("listen with `sessions()`"), "{words}");
    let host = Hosted::new(Queue::new(bus.namespace.clone(), "crm").sessions());
    let words = told(host.failed().await);
    assert!(words.contains("listen without `sessions()`"), "{words}");
}
