//! A system behind the listener that is away for half an hour.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use listener_core::{Context, Error, Host, Result, Router, State};
use tokio::time::{Instant, sleep};

use crate::{
    bus::{Bus, SECOND},
    host::{Running, spawn},
};
use tests::log::Log;

const MESSAGES: u128 = 10_000;

/// A system that the listener writes to.
#[derive(Clone, Default)]
struct Erp {
    away: Arc<AtomicBool>,
    tried: Arc<Mutex<HashSet<u128>>>,
    written: Arc<Mutex<HashMap<u128, u32>>>,
}

impl Erp {
    fn is_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }

    fn written(&self) -> usize {
        self.written.lock().unwrap().len()
    }
}

async fn write(State(erp): State<Erp>, context: Context) -> Result {
    let number = context.correlation_id().as_u128();
    sleep(Duration::from_millis(10)).await;
    if erp.away.load(Ordering::SeqCst) {
        erp.tried.lock().unwrap().insert(number);
        return Err(Error::transient("the ERP is away"));
    }
    *erp.written.lock().unwrap().entry(number).or_default() += 1;
    Ok(())
}

async fn half_an_hour_away(concurrency: usize, messages: u128) {
    let started = std::time::Instant::now();
    let (log, _guard) = Log::of_this_thread();
    let (bus, erp) = (Bus::new(), Erp::default());
    for number in 1..=messages {
        bus.send(number, number);
    }
    erp.is_away(true);
    let router = Router::new().fallback(write).with_state(erp.clone());
    let Running { host, stop } = spawn(|signal| {
        Host::new(bus.queue())
            .serve(router)
            .concurrency(concurrency)
            .with_graceful_shutdown(signal)
    });
    sleep(1800 * SECOND).await;
    let most = bus.delivery_counts().last().copied().unwrap();
    assert!(bus.dead_letters().is_empty());
    assert!(most < 10, "delivered {most} times");
    let tried = erp.tried.lock().unwrap().len();
    assert!(tried <= concurrency.max(2), "{tried} messages were tried");

    assert_eq!(log.count("only these messages are tried"), 1);

    erp.is_away(false);
    let back = Instant::now();
    while erp.written() < messages as usize {
        assert!(
            back.elapsed() < 3600 * SECOND,
            "{} were written",
            erp.written()
        );
        sleep(SECOND).await;
    }
    let needed = back.elapsed();
    stop.send(()).unwrap();
    let report = host.await.unwrap().unwrap();
    assert!(bus.dead_letters().is_empty() && bus.messages("crm").is_empty());
    assert!(
        erp.written
            .lock()
            .unwrap()
            .values()
            .all(|times| *times == 1)
    );
    println!(
        "concurrency {concurrency}: at most {most} deliveries, all written {needed:?} after the end of the outage; \
         {report}; {:?} of real time",
        started.elapsed()
    );
    // The next probe, and then the writing.
    let writing = Duration::from_millis(10) * u32::try_from(messages).unwrap() / concurrency as u32;
    assert!(needed <= 605 * SECOND + writing * 2, "{needed:?}");
}

#[tokio::test(start_paused = true)]
async fn an_outage_uses_up_no_deliveries_and_ends_quickly() {
    half_an_hour_away(16, MESSAGES).await;
}

#[tokio::test(start_paused = true)]
async fn an_outage_uses_up_no_deliveries_where_one_runs_at_a_time() {
    half_an_hour_away(1, MESSAGES).await;
}

/// When message 1 was tried.
type Tries = Arc<Mutex<Vec<Instant>>>;

async fn first_always_fails(State(tries): State<Tries>, context: Context) -> Result {
    if context.correlation_id().as_u128() == 1 {
        tries.lock().unwrap().push(Instant::now());
        return Err(Error::transient("the account is locked"));
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn one_that_always_fails_keeps_its_own_pauses_and_holds_up_nobody() {
    let (bus, tries) = (Bus::new(), Tries::default());
    let router = Router::new()
        .fallback(first_always_fails)
        .with_state(tries.clone());
    let Running { host, stop } = spawn(|signal| {
        Host::new(bus.queue())
            .serve(router)
            .concurrency(1)
            .with_graceful_shutdown(signal)
    });
    for number in 1..=1200 {
        bus.send(number, number);
        sleep(SECOND / 2).await;
        let waiting = bus.messages("crm").len();
        assert!(waiting <= 2, "{waiting} wait at {number}");
    }
    stop.send(()).unwrap();
    let report = host.await.unwrap().unwrap();
    assert_eq!((report.accepted, report.exhausted), (1199, 1), "{report}");
    let tries = tries.lock().unwrap().clone();
    assert_eq!(tries.len(), 10);
    for (pair, doublings) in tries.windows(2).zip(0..) {
        let pause = pair[1] - pair[0];
        assert!(pause <= SECOND * 2_u32.pow(doublings) + SECOND, "{pause:?}");
    }
}
