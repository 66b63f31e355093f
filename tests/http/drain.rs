use std::sync::Arc;

use listener_core::{Binding, Host, Hosts, Router, source::http::Server};
use tests::fixtures::golden;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{Semaphore, oneshot},
};

use crate::support::{client, header, read, told, webhook};

#[tokio::test]
async fn what_runs_is_answered_what_comes_is_sent_away() {
    let (runs, go) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let listener = {
        let (runs, go) = (runs.clone(), go.clone());
        async move || {
            runs.add_permits(1);
            go.acquire().await.expect("open").forget();
        }
    };
    let running = webhook(|webhook| webhook, listener).await;
    let first = tokio::spawn(running.message("assign").send());
    runs.acquire().await.expect("open").forget();
    // A connection that is open already, so that it needs no answer to `connect`.
    let late = running.message("assign");
    let idle = running.connect().await;
    let address = running.address;
    let host = running.tell();
    let response = loop {
        // The host is told by a task of its own.
        let response = late.try_clone().expect("a body in memory");
        let response = tokio::time::timeout(std::time::Duration::from_millis(50), response.send());
        if let Ok(response) = response.await {
            break response.expect("an answer");
        }
        go.add_permits(1);
    };
    assert_eq!(response.status(), 503);
    assert_eq!(header(&response, "connection").as_deref(), Some("close"));
    assert!(header(&response, "retry-after").is_some());
    go.add_permits(16);
    assert_eq!(first.await.unwrap().unwrap().status(), 200);
    let report = host.await.unwrap().unwrap();
    assert_eq!((report.refused, report.unfinished), (0, 0));
    // Nobody listens any more, and who said nothing is not waited for.
    assert!(TcpStream::connect(address).await.is_err());
    drop(idle);
}

#[tokio::test]
async fn a_host_that_ends_closes_its_path_only() {
    let server = Server::bind("127.0.0.1:0");
    let router = || Router::new().fallback(async || ()).with_state(());
    let (stop, stopped) = oneshot::channel::<()>();
    let short = Host::new(server.webhook("/short"))
        .serve(router())
        .with_graceful_shutdown(async {
            let _ = stopped.await;
        });
    let (end, ended) = oneshot::channel::<()>();
    let long = Hosts::new()
        .add(Host::new(server.webhook("/long")).serve(router()))
        .with_graceful_shutdown(async {
            let _ = ended.await;
        });
    let address = server.listen().await.expect("a free port");
    let short = tokio::spawn(short.into_future());
    let long = tokio::spawn(long.into_future());
    let client = client();
    let post = async |path: &str| {
        let request = client.post(format!("http://{address}{path}"));
        told(request.body(golden("delete", "json")).send()).await.0
    };
    assert_eq!((post("/short").await, post("/long").await), (200, 200));
    stop.send(()).expect("it runs");
    assert_eq!(short.await.unwrap().expect("no failure").accepted, 1);
    assert_eq!((post("/short").await, post("/long").await), (503, 200));
    end.send(()).expect("it runs");
    assert_eq!(long.await.unwrap().expect("no failure").accepted, 2);
}

use std::future::IntoFuture;

#[tokio::test]
async fn an_answer_is_written_before_the_host_returns() {
    let go = Arc::new(Semaphore::new(0));
    let runs = Arc::new(Semaphore::new(0));
    let listener = {
        let (go, runs) = (go.clone(), runs.clone());
        async move || {
            runs.add_permits(1);
            go.acquire().await.expect("open").forget();
        }
    };
    let server = Server::bind("127.0.0.1:0");
    let router = Router::new()
        .on(Binding::message("Delete"), listener)
        .with_state(());
    let host = Host::new(server.webhook("/crm")).serve(router);
    let running = crate::support::run(&server, host).await;
    let body = golden("delete", "json");
    let head = format!(
        "POST /crm HTTP/1.1\r\nhost: h\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = running.connect().await;
    stream
        .write_all(&[head.as_bytes(), &body].concat())
        .await
        .expect("written");
    runs.acquire().await.expect("open").forget();
    let host = running.tell();
    go.add_permits(1);
    assert_eq!(host.await.unwrap().unwrap().accepted, 1);
    // The whole answer is there, and the connection is closed behind it.
    let answer = read(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert_eq!(stream.read(&mut [0]).await.unwrap_or(0), 0);
}
