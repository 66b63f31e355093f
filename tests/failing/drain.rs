//! A shutdown while messages wait and run.

use std::time::Duration;

use listener_core::{BoxFuture, EndsGrace, Host, HostError, Report, Router};
use tokio::{
    sync::oneshot,
    task::JoinHandle,
    time::{Instant, sleep},
};

use crate::bus::{Bus, SECOND, property};

/// A second signal that the test gives.
struct Second(oneshot::Receiver<()>);

impl EndsGrace for Second {
    fn wait(self) -> BoxFuture<'static, ()> {
        Box::pin(async { drop(self.0.await) })
    }
}

struct Drain {
    bus: Bus,
    host: JoinHandle<Result<Report, HostError>>,
    first: oneshot::Sender<()>,
    second: oneshot::Sender<()>,
}

/// Two listeners run for this long, and twelve more messages wait, some of them behind the first of their record.
async fn at_work(listens: Duration) -> Drain {
    let bus = Bus::new();
    for number in 0..14 {
        bus.send(number, number / 3 + 1);
    }
    let router = Router::new()
        .fallback(async move || sleep(listens).await)
        .with_state(());
    let ((first, begin), (second, end)) = (oneshot::channel::<()>(), oneshot::channel());
    let host = Host::new(bus.queue())
        .serve(router)
        .concurrency(2)
        .with_graceful_shutdown(async {
            let _ = begin.await;
            Second(end)
        });
    let host = tokio::spawn(host.into_future());
    sleep(SECOND).await;
    Drain {
        bus,
        host,
        first,
        second,
    }
}

/// Others have them by now, and they were not counted as delivered.
async fn assert_given_back(bus: &Bus) {
    sleep(SECOND).await;
    let messages = bus.messages("crm");
    assert_eq!(messages.len(), 14);
    let queue = bus.engine.open("crm").unwrap();
    assert_eq!(queue.counts().unwrap().locked, 2, "those that run");
    assert!(messages.iter().all(|message| message.delivery_count() == 0));
}

#[tokio::test(start_paused = true)]
async fn a_drain_gives_back_what_waits_uncounted_and_finishes_what_runs() {
    let drain = at_work(20 * SECOND).await;
    drain.first.send(()).unwrap();
    assert_given_back(&drain.bus).await;
    drain.bus.send(100, 100);
    let report = drain.host.await.unwrap().unwrap();
    assert_eq!((report.accepted, report.unfinished), (2, 0), "{report}");
    let left = drain.bus.messages("crm");
    assert_eq!(left.len(), 13);
    assert!(left.iter().all(|message| message.delivery_count() == 0));
}

#[tokio::test(start_paused = true)]
async fn what_runs_beyond_the_grace_is_cancelled_and_abandoned() {
    let drain = at_work(3600 * SECOND).await;
    let before = Instant::now();
    drain.first.send(()).unwrap();
    let report = drain.host.await.unwrap().unwrap();
    assert_eq!(before.elapsed().as_secs(), 25);
    assert_eq!((report.accepted, report.unfinished), (0, 2), "{report}");
    let left = drain.bus.messages("crm");
    assert_eq!(left.len(), 14);
    let mut counted = left.iter().filter(|message| message.delivery_count() == 1);
    for _ in 0..2 {
        let message = counted.next().unwrap();
        assert_eq!(
            property(message, "listener-error").as_deref(),
            Some("unfinished")
        );
    }
    assert!(counted.next().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_second_signal_ends_the_grace() {
    let drain = at_work(3600 * SECOND).await;
    let before = Instant::now();
    drain.first.send(()).unwrap();
    assert_given_back(&drain.bus).await;
    drain.second.send(()).unwrap();
    let report = drain.host.await.unwrap().unwrap();
    assert!(before.elapsed() < 5 * SECOND);
    assert_eq!(report.unfinished, 2);
}
