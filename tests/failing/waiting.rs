//! Messages that wait for their turn longer than a lock lasts.

use listener_core::{Host, Router, source::service_bus::Options};
use tokio::time::sleep;

use crate::{
    bus::{Bus, SECOND},
    host::{Running, spawn},
};

#[tokio::test(start_paused = true)]
async fn what_a_message_waited_is_not_taken_from_its_listeners_time() {
    let bus = Bus::new();
    for number in 0..4 {
        bus.send(number, number + 1);
    }
    let mut options = Options::default();
    options.max_lock_renewal = 60 * SECOND;
    // Each takes longer than a lock lasts, and two of them longer than one is renewed.
    let router = Router::new()
        .fallback(async || sleep(55 * SECOND).await)
        .with_state(());
    let Running { host, stop } = spawn(|signal| {
        Host::new(bus.queue().options(options))
            .serve(router)
            .concurrency(1)
            .with_graceful_shutdown(signal)
    });
    sleep(300 * SECOND).await;
    assert!(bus.messages("crm").is_empty() && bus.dead_letters().is_empty());
    stop.send(()).unwrap();
    let report = host.await.unwrap().unwrap();
    assert_eq!(
        (report.accepted, report.lock_lost, report.refused),
        (4, 0, 0),
        "{report}"
    );
}
