//! Links, connections and clocks that go wrong, and a broker that answers badly.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use listener_core::{
    Context, Host, Router, State,
    source::service_bus::{Mode, Options, Subscription},
};
use listener_local::{
    faults::Fault,
    service_bus::engine::{SubscriptionOptions, TopicOptions},
};
use tokio::{sync::Semaphore, time::sleep};

use crate::{
    bus::{Bus, SECOND, update},
    host::{Running, spawn},
    meddler::Wrong,
};
use tests::log::Log;

/// A listener that waits until it may go on, and notes what it handles.
#[derive(Clone)]
struct Gate {
    seen: Arc<Mutex<Vec<u128>>>,
    go_on: Arc<Semaphore>,
}

impl Gate {
    fn new(permits: usize) -> Self {
        Self {
            seen: Arc::default(),
            go_on: Arc::new(Semaphore::new(permits)),
        }
    }

    fn router(&self) -> listener_core::router::RouterService<()> {
        let listener = async |State(gate): State<Self>, context: Context| {
            let number = context.correlation_id().as_u128();
            gate.seen.lock().unwrap().push(number);
            gate.go_on.acquire().await.unwrap().forget();
        };
        Router::new().fallback(listener).with_state(self.clone())
    }

    fn seen(&self) -> Vec<u128> {
        let mut seen = self.seen.lock().unwrap().clone();
        seen.sort_unstable();
        seen
    }

    async fn wait_for(&self, messages: usize) {
        while self.seen.lock().unwrap().len() < messages {
            sleep(Duration::from_millis(10)).await;
        }
    }
}

/// Fifty listeners run when it strikes.
async fn fifty_go_on(fault: Fault) {
    let (bus, gate) = (Bus::new(), Gate::new(0));
    for number in 1..=50 {
        bus.send(number, number);
    }
    let Running { host, stop } = spawn(|signal| {
        Host::new(bus.queue())
            .serve(gate.router())
            .concurrency(50)
            .with_graceful_shutdown(signal)
    });
    gate.wait_for(50).await;
    bus.faults.switch(fault);
    sleep(SECOND).await;
    gate.go_on.add_permits(1000);
    while !bus.messages("crm").is_empty() {
        sleep(SECOND).await;
    }
    stop.send(()).unwrap();
    let report = host.await.unwrap().unwrap();
    assert_eq!(
        (report.received, report.accepted, report.refused),
        (50, 50, 0),
        "{report}"
    );
    assert_eq!(gate.seen(), (1..=50).collect::<Vec<_>>());
    assert!(bus.dead_letters().is_empty());
}

#[tokio::test(start_paused = true)]
async fn fifty_that_run_while_the_link_is_detached_complete_and_do_not_come_again() {
    fifty_go_on(Fault::Detach).await;
}

#[tokio::test(start_paused = true)]
async fn fifty_that_run_while_the_connection_is_cut_complete_and_do_not_come_again() {
    fifty_go_on(Fault::Cut).await;
}

/// Twelve messages over a broker with this fault; gives how many settlements were refused.
async fn twelve_over(wrong: Wrong) -> u64 {
    let (bus, gate) = (Bus::wrong(wrong), Gate::new(1000));
    for number in 1..=12 {
        bus.send(number, number);
    }
    let Running { host, stop } = spawn(|signal| {
        Host::new(bus.queue())
            .serve(gate.router())
            .with_graceful_shutdown(signal)
    });
    gate.wait_for(12).await;
    while !bus.messages("crm").is_empty() {
        sleep(SECOND).await;
    }
    // Longer than an answer is waited for.
    sleep(60 * SECOND).await;
    stop.send(()).unwrap();
    let report = host.await.unwrap().unwrap();
    assert_eq!(
        (report.accepted, report.released, report.rejected),
        (12, 0, 0),
        "{report}"
    );
    assert_eq!(gate.seen(), (1..=12).collect::<Vec<_>>());
    assert!(bus.dead_letters().is_empty());
    report.refused
}

#[tokio::test]
async fn a_clock_that_is_ten_minutes_off_does_no_harm_and_is_told_once() {
    const TEN_MINUTES: i64 = 600_000;
    for shift in [TEN_MINUTES, -TEN_MINUTES] {
        let (log, _guard) = Log::of_this_thread();
        let (bus, gate) = (Bus::wrong(Wrong::Clock(shift)), Gate::new(1000));
        for number in 1..=12 {
            bus.send(number, number);
        }
        let Running { host, stop } = spawn(|signal| {
            Host::new(bus.queue())
                .serve(gate.router())
                .with_graceful_shutdown(signal)
        });
        gate.wait_for(12).await;
        stop.send(()).unwrap();
        let report = host.await.unwrap().unwrap();
        assert_eq!((report.accepted, report.released), (12, 0), "{report}");
        assert_eq!(log.count("clock differs"), 1);
    }
}

#[tokio::test]
async fn a_clock_that_is_right_is_not_spoken_of() {
    let (log, _guard) = Log::of_this_thread();
    let (bus, gate) = (Bus::new(), Gate::new(1000));
    bus.send(1, 1);
    let Running { host, stop } = spawn(|signal| {
        Host::new(bus.queue())
            .serve(gate.router())
            .with_graceful_shutdown(signal)
    });
    gate.wait_for(1).await;
    stop.send(()).unwrap();
    host.await.unwrap().unwrap();
    assert_eq!(log.count("clock differs"), 0);
}

#[tokio::test(start_paused = true)]
async fn messages_without_annotations_are_handled() {
    assert_eq!(twelve_over(Wrong::NoAnnotations).await, 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_settled_without_an_answer_is_settled_by_management() {
    assert_eq!(twelve_over(Wrong::Deaf).await, 0);
}

#[tokio::test(start_paused = true)]
async fn what_was_settled_without_an_answer_is_handled_once_and_told() {
    let (log, _guard) = Log::of_this_thread();
    assert_eq!(twelve_over(Wrong::Silent).await, 12);
    assert_eq!(log.count("A settlement was not taken"), 12);
}

#[tokio::test(start_paused = true)]
async fn answers_out_of_order_find_their_settlements() {
    assert_eq!(twelve_over(Wrong::Backwards).await, 0);
}

#[tokio::test(start_paused = true)]
async fn receive_and_delete_takes_each_message_once_and_loses_what_fails() {
    let bus = Bus::new();
    for number in 1..=10 {
        bus.send(number, number);
    }
    let mut options = Options::default();
    options.mode = Mode::ReceiveAndDelete;
    let router = Router::new()
        .fallback(async |context: Context| {
            if context.correlation_id().as_u128() <= 3 {
                return Err(listener_core::Error::transient("the ERP is away"));
            }
            Ok(())
        })
        .with_state(());
    let Running { host, stop } = spawn(|signal| {
        Host::new(bus.queue().options(options))
            .serve(router)
            .with_graceful_shutdown(signal)
    });
    sleep(60 * SECOND).await;
    stop.send(()).unwrap();
    let report = host.await.unwrap().unwrap();
    assert_eq!((report.received, report.accepted, report.lost), (10, 7, 3));
    assert!(bus.messages("crm").is_empty() && bus.dead_letters().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_subscription_is_listened_on_like_a_queue() {
    let (bus, gate) = (Bus::new(), Gate::new(1000));
    bus.engine
        .create_topic("events", &TopicOptions::default())
        .unwrap();
    for name in ["billing", "audit"] {
        bus.engine
            .create_subscription("events", name, SubscriptionOptions::default())
            .unwrap();
    }
    for number in 1..=10 {
        bus.engine.send("events", update(number, number)).unwrap();
    }
    let subscription = Subscription::new(bus.namespace.clone(), "events", "billing");
    let Running { host, stop } = spawn(|signal| {
        Host::new(subscription)
            .serve(gate.router())
            .with_graceful_shutdown(signal)
    });
    gate.wait_for(10).await;
    stop.send(()).unwrap();
    let report = host.await.unwrap().unwrap();
    assert_eq!((report.received, report.accepted), (10, 10), "{report}");
    assert!(bus.messages("events/Subscriptions/billing").is_empty());
    assert_eq!(bus.messages("events/Subscriptions/audit").len(), 10);
}
