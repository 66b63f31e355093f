use std::sync::Mutex;

use super::*;
use crate::{Attempt, Error};

#[tokio::test(start_paused = true)]
async fn no_more_run_at_once_than_the_bound() {
    let (source, queue) = MemorySource::new();
    for record in 1..=20 {
        queue.send(context("Create", record));
    }
    queue.close();
    let gate = Gate::shut();
    let host = spawn(Host::new(source).serve(gate.router()).concurrency(3));
    settle_down().await;
    assert_eq!((gate.started(), queue.waiting()), (3, 17));
    gate.let_go(20);
    assert_eq!(report(host).await.accepted, 20);
    assert_eq!(gate.most.load(Ordering::SeqCst), 3);
}

#[tokio::test(start_paused = true)]
async fn deliveries_of_one_record_never_run_at_once() {
    let (source, queue) = MemorySource::new();
    for _ in 0..5 {
        queue.send(context("Update", 1));
    }
    queue.close();
    let gate = Gate::shut();
    let host = spawn(Host::new(source).serve(gate.router()));
    settle_down().await;
    assert_eq!((gate.started(), queue.in_flight()), (1, 5));
    gate.let_go(5);
    assert_eq!(report(host).await.accepted, 5);
    assert_eq!(gate.most.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn unordered_lets_them() {
    let (source, queue) = MemorySource::new();
    for _ in 0..5 {
        queue.send(context("Update", 1));
    }
    queue.close();
    let gate = Gate::shut();
    let host = spawn(Host::new(source).serve(gate.router()).unordered());
    settle_down().await;
    assert_eq!(gate.started(), 5);
    gate.let_go(5);
    report(host).await;
}

#[tokio::test(start_paused = true)]
async fn deliveries_without_a_record_do_not_wait_for_each_other() {
    let (source, queue) = MemorySource::new();
    for _ in 0..5 {
        queue.send(RemoteExecutionContext::new("new_Score", "none"));
    }
    queue.close();
    let gate = Gate::shut();
    let host = spawn(Host::new(source).serve(gate.router()));
    settle_down().await;
    assert_eq!(gate.started(), 5);
    gate.let_go(5);
    report(host).await;
}

#[tokio::test(start_paused = true)]
async fn no_more_wait_behind_a_record_than_the_buffer_holds() {
    let (source, queue) = MemorySource::new();
    for _ in 0..10 {
        queue.send(context("Update", 1));
    }
    let gate = Gate::shut();
    let host = spawn(Host::new(source).serve(gate.router()).buffer(4));
    settle_down().await;
    assert_eq!((queue.in_flight(), queue.waiting()), (5, 5));
    queue.close();
    gate.let_go(10);
    assert_eq!(report(host).await.accepted, 10);
}

#[tokio::test(start_paused = true)]
async fn deliveries_of_one_record_run_in_the_order_of_their_arrival_through_releases() {
    let (source, queue) = MemorySource::new();
    let order = Arc::new(Mutex::new(Vec::new()));
    let names = ["a", "b", "c", "d", "e", "f"];
    for name in names {
        queue.send(context(name, 1));
    }
    queue.close();
    let seen = order.clone();
    // Each second message fails twice: those behind it must not overtake it.
    let router = all(move |context: Context, Attempt(attempt): Attempt| {
        let seen = seen.clone();
        async move {
            tokio::time::sleep(SECOND).await;
            let name = context.message_name().to_owned();
            if matches!(&*name, "b" | "d" | "f") && attempt < 3 {
                return Err(Error::retry_after(SECOND, "not yet"));
            }
            seen.lock().unwrap().push(name);
            Ok(())
        }
    });
    let report = Host::new(source).serve(router).await.unwrap();
    assert_eq!(*order.lock().unwrap(), names);
    assert_eq!(report.received, report.accepted + report.released);
    assert!(report.given_back > 0);
}

#[tokio::test(start_paused = true)]
async fn a_release_gives_back_what_waits_behind_it_with_the_same_delay() {
    let (source, queue) = MemorySource::new();
    for name in ["fails", "behind", "behind"] {
        queue.send(context(name, 1));
    }
    queue.send(context("other", 2));
    queue.close();
    let router = all(|context: Context, Attempt(attempt): Attempt| async move {
        tokio::time::sleep(SECOND).await;
        match context.message_name() {
            "fails" if attempt == 1 => Err(Error::retry_after(SECOND, "busy")),
            _ => Ok(()),
        }
    });
    let report = Host::new(source).serve(router).await.unwrap();
    let outcomes: Vec<_> = std::iter::from_fn(|| queue.try_settled())
        .map(|settled| (settled.sequence, settled.attempt, settled.outcome.name()))
        .collect();
    assert_eq!(
        outcomes[..4],
        [
            (1, 1, "released"),
            (2, 1, "released"),
            (3, 1, "released"),
            (4, 1, "accepted")
        ]
    );
    assert_eq!(
        outcomes[4..],
        [(1, 2, "accepted"), (2, 2, "accepted"), (3, 2, "accepted")]
    );
    assert_eq!(report.given_back, 2);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_not_ready_stops_the_receiving() {
    let (source, queue) = MemorySource::new();
    for record in 1..=5 {
        queue.send(context("Create", record));
    }
    queue.close();
    let gate = Gate::shut();
    let limit = tower::limit::ConcurrencyLimitLayer::new(2);
    let host = spawn(Host::new(source).serve(gate.router()).layer(limit));
    settle_down().await;
    assert_eq!((gate.started(), queue.waiting()), (2, 3));
    gate.let_go(5);
    assert_eq!(report(host).await.accepted, 5);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_wants_has_no_lane() {
    let (source, queue) = MemorySource::new();
    let update = queue.send(context("Update", 1));
    let unwanted = queue.send(context("Merge", 1));
    queue.close();
    let gate = Gate::shut();
    let waits = gate.clone();
    let router = Router::new().on(crate::Binding::message("Update"), move || {
        let gate = waits.clone();
        async move { gate.permits.acquire().await.unwrap().forget() }
    });
    let host = spawn(Host::new(source).serve(router.with_state(())));
    // It is rejected at once, and does not wait for the other message of its record.
    assert_eq!(soon(queue.settled()).await.sequence, unwanted);
    gate.let_go(1);
    assert_eq!(soon(queue.settled()).await.sequence, update);
    assert_eq!(report(host).await.rejected, 1);
}
