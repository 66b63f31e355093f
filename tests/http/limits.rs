use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use listener_core::{
    Host, Router,
    source::http::{ConnectionLimits, Server},
};
use tests::fixtures::golden;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Running, header, read, run, told, webhook};

/// A webhook of small limits, and how often its listener ran, whatever was posted.
async fn counting() -> (Running, Arc<AtomicUsize>) {
    let runs = Arc::new(AtomicUsize::new(0));
    let server = Server::bind("127.0.0.1:0");
    let webhook = server
        .webhook("/crm")
        .body_bytes(8 * 1024)
        .body_within(Duration::from_millis(200));
    let listener = {
        let runs = runs.clone();
        async move || {
            runs.fetch_add(1, Ordering::SeqCst);
        }
    };
    let router = Router::new().fallback(listener);
    let host = Host::new(webhook).serve(router.with_state(()));
    (run(&server, host).await, runs)
}

#[tokio::test]
async fn only_post_is_allowed() {
    let running = webhook(|webhook| webhook, async || ()).await;
    let url = format!("http://{}/crm", running.address);
    for request in [
        running.client.get(&url),
        running.client.put(&url).body(golden("assign", "json")),
        running.client.delete(&url),
        running.client.head(&url),
    ] {
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status().as_u16(), 405);
        assert_eq!(header(&response, "allow").as_deref(), Some("POST"));
    }
    assert_eq!(running.end().await.received, 0);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_announced_or_not() {
    let (running, runs) = counting().await;
    let large = vec![b' '; 8 * 1024 + 1];
    let (status, text) = told(running.post("/crm").body(large.clone()).send()).await;
    assert_eq!(
        (status, &*text),
        (413, "expected a body of at most 8192 bytes")
    );
    let head =
        "POST /crm HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n";
    let chunk = format!("{head}{:x}\r\n", large.len());
    let request = [chunk.as_bytes(), &large, b"\r\n0\r\n\r\n"].concat();
    let answer = running.raw(request).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    // A length that nobody could send is refused before a byte of it.
    let announced = "POST /crm HTTP/1.1\r\nhost: h\r\ncontent-length: 99999999999\r\n\r\n";
    let answer = running.raw(announced).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    running.end().await;
    assert_eq!(runs.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_body_that_comes_too_slowly_is_refused() {
    let (running, runs) = counting().await;
    let answer = running
        .raw("POST /crm HTTP/1.1\r\nhost: h\r\ncontent-length: 100\r\n\r\n{")
        .await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    running.end().await;
    assert_eq!(runs.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_cut_body_reaches_no_listener() {
    let (running, runs) = counting().await;
    let body = golden("assign", "json");
    let (length, cut) = (body.len(), &body[..body.len() - 1]);
    let announced = format!("POST /crm HTTP/1.1\r\nhost: h\r\ncontent-length: {length}\r\n\r\n");
    let chunked = "POST /crm HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n";
    let aborted = format!("{chunked}{:x}\r\n", cut.len());
    for request in [
        [announced.as_bytes(), cut].concat(),
        // All of the body, but not the chunk that ends it.
        [
            format!("{chunked}{length:x}\r\n").as_bytes(),
            &body,
            b"\r\n",
        ]
        .concat(),
        [aborted.as_bytes(), cut, b"\r\nno length\r\n"].concat(),
    ] {
        let mut stream = running.connect().await;
        stream.write_all(&request).await.expect("written");
        stream.shutdown().await.expect("shut down");
        let answer = read(&mut stream).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 400 "),
            "{answer}"
        );
    }
    // The whole of it does: the server is up, and the cut was the reason.
    assert_eq!(told(running.post("/crm").body(body).send()).await.0, 200);
    running.end().await;
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_compressed_body_is_not_taken() {
    let (running, runs) = counting().await;
    let request = running
        .post("/crm")
        .header("content-encoding", "gzip")
        .body("x");
    assert_eq!(told(request.send()).await.0, 415);
    running.end().await;
    assert_eq!(runs.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn what_is_no_http_is_told_so_and_harms_nobody() {
    let (running, _) = counting().await;
    for noise in [
        "\r\n\r\n\u{0}\u{1}",
        "POST\r\n\r\n",
        "POST /crm HTTP/9.9\r\n\r\n",
    ] {
        let answer = running.raw(noise).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 400 "),
            "{answer}"
        );
    }
    let smuggled =
        "POST /crm HTTP/1.1\r\nhost: h\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd";
    let answer = running.raw(smuggled).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert_eq!(
        told(running.post("/crm").body(golden("delete", "json")).send())
            .await
            .0,
        200
    );
    running.end().await;
}

#[tokio::test]
async fn no_more_connections_are_open_than_allowed() {
    let server = {
        let mut limits = ConnectionLimits::default();
        limits.connections = 2;
        Server::bind("127.0.0.1:0").limits(limits)
    };
    let router = Router::new().fallback(async || ()).with_state(());
    let host = Host::new(server.webhook("/crm")).serve(router);
    let running = run(&server, host).await;
    let request = b"GET /crm HTTP/1.1\r\nhost: h\r\n\r\n";
    let mut answer = [0; 12];
    let mut open = Vec::new();
    for _ in 0..2 {
        let mut stream = running.connect().await;
        stream.write_all(request).await.expect("written");
        stream.read_exact(&mut answer).await.expect("an answer");
        open.push(stream);
    }
    // The third is answered when one of the two has gone, and not before.
    let mut third = running.connect().await;
    third.write_all(request).await.expect("written");
    {
        let waits = third.read_exact(&mut answer);
        let waits = tokio::time::timeout(Duration::from_millis(100), waits);
        assert!(waits.await.is_err());
    }
    open.pop();
    third.read_exact(&mut answer).await.expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 405");
    drop((open, third));
    running.end().await;
}
