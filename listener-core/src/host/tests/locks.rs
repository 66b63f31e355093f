use super::*;
use crate::{Lock, Outcome};

#[tokio::test(start_paused = true)]
async fn no_listener_starts_on_a_lock_that_ran_out_while_it_waited() {
    let (source, queue) = locked(10);
    for name in ["long", "waits"] {
        queue.send(context(name, 1));
    }
    queue.close();
    let starts = Arc::new(AtomicUsize::new(0));
    let counter = starts.clone();
    let router = all(move |context: Context, lock: Lock| {
        counter.fetch_add(1, Ordering::SeqCst);
        async move {
            if context.message_name() == "long" {
                tokio::time::sleep(SECOND * 8).await;
                lock.renew().await.unwrap();
                tokio::time::sleep(SECOND * 4).await;
            }
        }
    });
    let report = soon(Host::new(source).serve(router)).await.unwrap();
    assert_eq!((report.accepted, report.lock_lost), (2, 1));
    assert_eq!(
        starts.load(Ordering::SeqCst),
        2,
        "the one that waited started once, on its next lock"
    );
    let first = soon(queue.settled()).await;
    let second = soon(queue.settled()).await;
    assert_eq!((first.outcome.is_accept(), first.refused), (true, false));
    assert_eq!(
        second.outcome,
        Outcome::release("the lock was lost before the listener started")
    );
}

#[tokio::test(start_paused = true)]
async fn a_lock_that_is_lost_before_the_start_keeps_the_listener_from_starting() {
    let (source, queue) = locked(10);
    let gate = Gate::shut();
    let (first, second) = (
        queue.send(context("Update", 1)),
        queue.send(context("Update", 1)),
    );
    queue.close();
    let host = spawn(Host::new(source).serve(gate.router()));
    settle_down().await;
    assert!(queue.lose_lock(second));
    gate.let_go(1);
    settle_down().await;
    assert_eq!(soon(queue.settled()).await.sequence, first);
    let lost = soon(queue.settled()).await;
    assert_eq!(
        lost.outcome,
        Outcome::release("the lock was lost before the listener started")
    );
    gate.let_go(1);
    let report = report(host).await;
    assert_eq!(
        (report.accepted, report.lock_lost, gate.started()),
        (2, 1, 2)
    );
}

#[tokio::test(start_paused = true)]
async fn a_lost_lock_tells_the_listener_and_never_counts_as_success() {
    let (source, queue) = locked(10);
    queue.send(context("Update", 1));
    let told = Arc::new(AtomicUsize::new(0));
    let counter = told.clone();
    let router = all(move |lock: Lock| {
        let told = counter.clone();
        async move {
            lock.lost().await;
            told.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(SECOND).await;
            told.fetch_add(10, Ordering::SeqCst);
        }
    });
    let (signal, shut) = tokio::sync::oneshot::channel::<()>();
    let host = spawn(
        Host::new(source)
            .serve(router)
            .with_graceful_shutdown(async { drop(shut.await) }),
    );
    let first = soon(queue.settled()).await;
    assert!(first.refused && first.outcome.is_release());
    assert_eq!(
        told.load(Ordering::SeqCst),
        11,
        "its future was not dropped"
    );
    drop(signal);
    let report = report(host).await;
    assert_eq!(report.accepted, 0);
    assert!(report.lock_lost >= 1 && report.refused >= 1);
}

#[tokio::test(start_paused = true)]
async fn drops_the_future_of_a_lost_lock_where_it_is_asked_to() {
    let (source, queue) = locked(10);
    queue.send(context("Update", 1));
    let host = spawn(
        Host::new(source)
            .serve(all(std::future::pending::<()>))
            .drop_on_lost_lock(),
    );
    let settled = soon(queue.settled()).await;
    assert_eq!(
        settled.outcome,
        Outcome::release("the lock was lost before the listener ended")
    );
    host.abort();
}

#[tokio::test(start_paused = true)]
async fn a_renewed_lock_lets_the_listener_finish() {
    let (source, queue) = locked(10);
    queue.send(context("Update", 1));
    queue.close();
    let router = all(|lock: Lock| async move {
        tokio::time::sleep(SECOND * 8).await;
        lock.renew().await.unwrap();
        tokio::time::sleep(SECOND * 8).await;
    });
    let report = soon(Host::new(source).serve(router)).await.unwrap();
    assert_eq!((report.accepted, report.lock_lost), (1, 0));
}
