//! What a dead letter tells.

use listener_core::{Binding, Error, Host, Result, Router};

use listener_local::service_bus::engine::{ReceiveMode, Settlement};
use tokio::time::sleep;

use crate::{
    bus::{Bus, SECOND, property},
    host::{Running, spawn},
};
use tests::log::Log;

async fn busy() -> Result {
    Err(Error::transient("the ERP is away"))
}

/// Lets one message fail until it is parked; gives its properties.
async fn parked(max_attempts: Option<u32>) -> Vec<Option<String>> {
    let bus = Bus::new();
    bus.send(1, 1);
    let binding = Binding::message("Update").entity("account");
    let router: Router = Router::new().on(binding, busy);
    let Running { host, stop } = spawn(|signal| {
        Host::new(bus.hasty_queue())
            .serve(router.with_state(()))
            .max_attempts(max_attempts)
            .with_graceful_shutdown(signal)
    });
    while bus.dead_letters().is_empty() {
        sleep(SECOND).await;
    }
    stop.send(()).unwrap();
    let report = host.await.unwrap().unwrap();
    assert_eq!(report.exhausted, u64::from(max_attempts.is_some()));
    let dead = bus.dead_letters();
    [
        "DeadLetterReason",
        "DeadLetterErrorDescription",
        "listener-error",
        "listener-cause",
        "listener-route",
        "listener-attempt",
    ]
    .map(|name| property(&dead[0], name))
    .to_vec()
}

#[tokio::test(start_paused = true)]
async fn the_brokers_own_dead_letter_tells_why_the_listener_failed() {
    let told = parked(None).await;
    let told: Vec<_> = told.iter().map(Option::as_deref).collect();
    assert_eq!(told[0], Some("MaxDeliveryCountExceeded"));
    assert_eq!(
        told[2..],
        [
            Some("transient"),
            Some("the ERP is away"),
            Some("`Update` of `account`"),
            Some("10")
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn the_hosts_dead_letter_tells_attempt_cause_and_route() {
    let told = parked(Some(3)).await;
    let told: Vec<_> = told.iter().map(Option::as_deref).collect();
    assert_eq!(
        told,
        [
            Some("MaxAttempts"),
            Some("failed at attempt 3: the ERP is away"),
            Some("transient"),
            Some("the ERP is away"),
            Some("`Update` of `account`"),
            Some("3")
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_rejected_in_a_dead_letter_queue_stays_there_and_comes_again_after_the_longest_pause()
 {
    let bus = Bus::new();
    bus.send(1, 1);
    let queue = bus.engine.open("crm").unwrap();
    let lock = queue.try_receive(ReceiveMode::PeekLock, 1).unwrap();
    let parked = Settlement::DeadLetter {
        reason: Some("Foreign".to_owned()),
        description: None,
        changes: Default::default(),
    };
    queue.settle(lock[0].lock_token(), parked).unwrap();
    let (log, _guard) = Log::of_this_thread();
    let refuses = async || -> Result { Err(Error::permanent("no contract")) };
    let router = Router::new().fallback(refuses).with_state(());
    let Running { host, stop } = spawn(|signal| {
        Host::new(bus.queue().dead_letters())
            .serve(router)
            .with_graceful_shutdown(signal)
    });
    sleep(1205 * SECOND).await;
    stop.send(()).unwrap();
    let report = host.await.unwrap().unwrap();
    assert_eq!(
        (
            report.received,
            report.released,
            report.rejected,
            report.mapped
        ),
        (3, 3, 0, 3)
    );
    let dead = bus.dead_letters();
    assert_eq!(dead.len(), 1);
    assert_eq!(
        property(&dead[0], "listener-cause").as_deref(),
        Some("Permanent: no contract")
    );
    assert_eq!(log.count("cannot be dead-lettered again"), 1);
}
