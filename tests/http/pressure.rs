use std::{sync::Arc, time::Duration};

use listener_core::{
    Binding, Host, Router,
    source::http::{ConnectionLimits, Endpoint, Meter, Server},
};
use tests::fixtures::golden;
use tokio::{io::AsyncWriteExt, sync::Semaphore};

use crate::support::{Running, header, run};

/// A webhook whose one listener at a time waits for a permit; and permits that tell that it runs.
struct Slow {
    running: Running,
    meter: Meter,
    go: Arc<Semaphore>,
    runs: Arc<Semaphore>,
}

async fn slow(change: impl FnOnce(Endpoint) -> Endpoint) -> Slow {
    slow_on(Server::bind("127.0.0.1:0"), change).await
}

async fn slow_on(server: Server, change: impl FnOnce(Endpoint) -> Endpoint) -> Slow {
    let (go, runs) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let listener = {
        let (go, runs) = (go.clone(), runs.clone());
        async move || {
            runs.add_permits(1);
            go.acquire().await.expect("open").forget();
        }
    };
    let webhook = change(server.webhook("/crm"));
    let meter = webhook.meter();
    let router = Router::new().on(Binding::message("Assign"), listener);
    let host = Host::new(webhook).serve(router.with_state(()));
    let running = run(&server, host.concurrency(1).unordered()).await;
    Slow {
        running,
        meter,
        go,
        runs,
    }
}

impl Slow {
    fn post(&self) -> tokio::task::JoinHandle<reqwest::Result<reqwest::Response>> {
        tokio::spawn(self.running.message("assign").send())
    }

    /// Waits until a listener runs that did not before.
    async fn runs(&self) {
        self.runs.acquire().await.expect("open").forget();
    }
}

#[tokio::test]
async fn requests_wait_for_the_host_and_are_all_answered() {
    let slow = slow(|webhook| webhook).await;
    let posts: Vec<_> = (0..20).map(|_| slow.post()).collect();
    slow.go.add_permits(20);
    for post in posts {
        assert_eq!(post.await.unwrap().unwrap().status(), 200);
    }
    assert_eq!(slow.running.end().await.accepted, 20);
}

#[tokio::test]
async fn who_waits_too_long_is_told_to_come_back() {
    let slow = slow(|webhook| webhook.waiting(128, Duration::from_millis(100))).await;
    let first = slow.post();
    slow.runs().await;
    // The host takes nothing while its one listener runs.
    let response = slow.post().await.unwrap().expect("an answer");
    assert_eq!(response.status(), 503);
    assert_eq!(header(&response, "retry-after").as_deref(), Some("1"));
    assert_eq!(response.text().await.unwrap(), "the listener is busy");
    slow.go.add_permits(1);
    assert_eq!(first.await.unwrap().unwrap().status(), 200);
    assert_eq!(slow.meter.counts().busy, 1);
    let report = slow.running.end().await;
    assert_eq!((report.received, report.accepted), (1, 1));
}

#[tokio::test]
async fn no_more_requests_wait_than_allowed() {
    let slow = slow(|webhook| webhook.waiting(1, Duration::from_secs(20))).await;
    let first = slow.post();
    slow.runs().await;
    let second = slow.post();
    // Of the second and the third, whichever comes first waits.
    let third = slow.post();
    let refused = tokio::select! {
        refused = second => refused,
        refused = third => refused,
    };
    let response = refused.unwrap().expect("an answer");
    assert_eq!(response.status(), 503);
    assert_eq!(
        response.text().await.unwrap(),
        "too many requests wait already"
    );
    slow.go.add_permits(2);
    slow.runs().await;
    assert_eq!(first.await.unwrap().unwrap().status(), 200);
    assert_eq!(slow.running.end().await.received, 2);
}

#[tokio::test]
async fn a_sender_that_goes_does_not_stop_the_listener() {
    let mut limits = ConnectionLimits::default();
    limits.connections = 1;
    let server = Server::bind("127.0.0.1:0").limits(limits);
    let slow = slow_on(server, |webhook| webhook).await;
    let body = golden("assign", "json");
    let mut stream = slow.running.connect().await;
    let length = body.len();
    let head = format!("POST /crm HTTP/1.1\r\nhost: h\r\ncontent-length: {length}\r\n\r\n");
    let request = [head.as_bytes(), &body].concat();
    stream.write_all(&request).await.expect("written");
    slow.runs().await;
    drop(stream);
    // Only one connection may be open: when the next one is answered, that one is gone.
    let next = "GET /crm HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n";
    assert!(slow.running.raw(next).await.starts_with("HTTP/1.1 405 "));
    slow.go.add_permits(1);
    let report = slow.running.end().await;
    assert_eq!((report.accepted, report.refused), (1, 1));
    assert_eq!(slow.meter.counts().unheard, 1);
}

#[tokio::test]
async fn a_sender_that_goes_before_its_turn_leaves_nothing_behind() {
    let slow = slow(|webhook| webhook).await;
    let first = slow.post();
    slow.runs().await;
    let gone = slow.post();
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    let last = slow.post();
    slow.go.add_permits(3);
    assert_eq!(first.await.unwrap().unwrap().status(), 200);
    assert_eq!(last.await.unwrap().unwrap().status(), 200);
    let report = slow.running.end().await;
    // The one that went may have been taken before that was seen: then its outcome counts.
    assert_eq!(report.accepted - report.refused, 2);
}
