use tokio::sync::oneshot;

use super::*;
use crate::{BoxFuture, EndsGrace, Hosts, Lock, Outcome};

/// A shutdown signal that the test gives, and a second one.
fn signals() -> (
    oneshot::Sender<()>,
    oneshot::Sender<()>,
    impl Future<Output = Second> + Send + 'static,
) {
    let ((first, begin), (second, end)) = (oneshot::channel(), oneshot::channel());
    (first, second, async {
        let _ = begin.await;
        Second(end)
    })
}

struct Second(oneshot::Receiver<()>);

impl EndsGrace for Second {
    fn wait(self) -> BoxFuture<'static, ()> {
        Box::pin(async { drop(self.0.await) })
    }
}

#[tokio::test(start_paused = true)]
async fn an_idle_host_ends_at_once() {
    let (source, queue) = MemorySource::<()>::new();
    let (first, _second, signal) = signals();
    let host = spawn(
        Host::new(source)
            .serve(all(async || ()))
            .with_graceful_shutdown(signal),
    );
    settle_down().await;
    first.send(()).unwrap();
    assert_eq!(report(host).await, Report::default());
    assert_eq!(queue.in_flight(), 0);
}

#[tokio::test(start_paused = true)]
async fn finishes_what_runs_gives_back_what_waits_and_receives_no_more() {
    let (source, queue) = MemorySource::new();
    for record in [1, 1, 1, 2] {
        queue.send(context("Update", record));
    }
    let gate = Gate::shut();
    let (first, _second, signal) = signals();
    let host = spawn(
        Host::new(source)
            .serve(gate.router())
            .with_graceful_shutdown(signal),
    );
    settle_down().await;
    first.send(()).unwrap();
    settle_down().await;
    queue.send(context("Update", 3));
    gate.let_go(9);
    let report = report(host).await;
    assert_eq!(
        (
            report.received,
            report.accepted,
            report.released,
            report.given_back
        ),
        (4, 2, 2, 2)
    );
    assert_eq!((queue.waiting(), queue.in_flight()), (3, 0));
}

#[tokio::test(start_paused = true)]
async fn releases_what_does_not_finish_within_the_grace_time_and_tells_it() {
    let (source, queue) = MemorySource::new();
    queue.send(context("Update", 1));
    let dropped = Arc::new(());
    let held = Arc::downgrade(&dropped);
    let (locks, mut given) = tokio::sync::mpsc::unbounded_channel();
    let router = all(move |lock: Lock| {
        let held = dropped.clone();
        // What the listener started elsewhere is told, too.
        locks.send(lock).unwrap();
        async move {
            std::future::pending::<()>().await;
            drop(held);
        }
    });
    let (first, _second, signal) = signals();
    let host = Host::new(source)
        .serve(router)
        .grace(SECOND * 5)
        .with_graceful_shutdown(signal);
    let host = spawn(host);
    settle_down().await;
    let before = tokio::time::Instant::now();
    first.send(()).unwrap();
    let report = report(host).await;
    assert_eq!(before.elapsed(), SECOND * 5);
    assert_eq!(
        (report.unfinished, report.released, report.accepted),
        (1, 1, 0)
    );
    assert_eq!(held.strong_count(), 0, "the future is gone");
    assert!(given.try_recv().unwrap().is_lost());
    let outcome = soon(queue.settled()).await.outcome;
    assert_eq!(
        outcome,
        Outcome::release("the grace time of the shutdown ended before the listener did")
    );
}

#[tokio::test(start_paused = true)]
async fn a_second_signal_ends_the_grace_time() {
    let (source, queue) = MemorySource::new();
    queue.send(context("Update", 1));
    let (first, second, signal) = signals();
    let host = spawn(
        Host::new(source)
            .serve(all(std::future::pending::<()>))
            .with_graceful_shutdown(signal),
    );
    settle_down().await;
    let before = tokio::time::Instant::now();
    first.send(()).unwrap();
    settle_down().await;
    second.send(()).unwrap();
    assert_eq!(report(host).await.unfinished, 1);
    assert!(before.elapsed() < SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_host_that_is_dropped_releases_what_is_in_flight() {
    let (source, queue) = MemorySource::new();
    for _ in 0..3 {
        queue.send(context("Update", 1));
    }
    let host = spawn(Host::new(source).serve(all(std::future::pending::<()>)));
    settle_down().await;
    host.abort();
    for _ in 0..3 {
        assert_eq!(
            soon(queue.settled()).await.outcome,
            Outcome::release("dropped unsettled")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn several_hosts_drain_under_one_signal_into_one_report() {
    let (gate, (first, _second, signal)) = (Gate::shut(), signals());
    let mut queues = Vec::new();
    let mut hosts = Hosts::new().with_graceful_shutdown(signal);
    for _ in 0..3 {
        let (source, queue) = MemorySource::new();
        queue.send(context("Update", 1));
        hosts = hosts.add(Host::new(source).serve(gate.router()));
        queues.push(queue);
    }
    let hosts = spawn(hosts);
    settle_down().await;
    first.send(()).unwrap();
    settle_down().await;
    gate.let_go(3);
    assert_eq!(report(hosts).await.accepted, 3);
}

#[tokio::test(start_paused = true)]
async fn one_host_that_fails_drains_all() {
    let (source, queue) = MemorySource::new();
    queue.send(context("Update", 1));
    let gate = Gate::shut();
    let (broken, _never) = MemorySource::<()>::with_options(MemoryOptions {
        capabilities: crate::source::Capabilities::ALL.locks(false),
        ..MemoryOptions::default()
    });
    let hosts = Hosts::new()
        .add(Host::new(source).serve(gate.router()))
        .add(
            Host::new(broken)
                .serve(all(async || ()))
                .drop_on_lost_lock(),
        );
    gate.let_go(1);
    let error = soon(hosts).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "`drop_on_lost_lock` cannot be met: the source has no locks"
    );
    assert!(queue.in_flight() == 0);
}

/// A source that connects and closes for ever.
struct Hangs;

impl crate::source::Source for Hangs {
    type Reply = ();

    fn name(&self) -> &str {
        "hangs"
    }

    fn capabilities(&self) -> crate::source::Capabilities {
        crate::source::Capabilities::ALL
    }

    async fn start(
        &mut self,
        _: &crate::source::Settings,
    ) -> Result<(), crate::source::SourceError> {
        std::future::pending().await
    }

    async fn next(
        &mut self,
    ) -> Result<Option<crate::source::Received<()>>, crate::source::SourceError> {
        std::future::pending().await
    }

    async fn close(self) -> crate::source::Closed {
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_that_hangs_does_not_keep_the_host_from_ending() {
    let (first, _second, signal) = signals();
    let host = spawn(
        Host::new(Hangs)
            .serve(all(async || ()))
            .with_graceful_shutdown(signal),
    );
    settle_down().await;
    first.send(()).unwrap();
    assert_eq!(report(host).await, Report::default());
}
