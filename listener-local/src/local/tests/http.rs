//! What HTTP is answered, on each port.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::{LocalAzure, SOON};
use crate::local::{front::Front, front::Speaks, health::Health, sockets::Sockets};

/// The status, the head and the body of an answer.
async fn ask(port: u16, request: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(SOON, stream.read_to_string(&mut answer))
        .await
        .unwrap()
        .unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_owned(), body.to_owned())
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")
}

#[tokio::test]
async fn health_is_told_as_the_official_emulator_does() {
    let azure = LocalAzure::builder().http_port(0).start().await.unwrap();
    for port in [azure.http_port().unwrap(), azure.amqp_port()] {
        let (status, head, body) = ask(port, &get("/health")).await;
        assert_eq!(status, 200);
        assert!(head.contains("content-type: application/json"), "{head}");
        assert_eq!(
            body,
            r#"{"status":"healthy","message":"Service is healthy."}"#
        );
    }
}

#[tokio::test]
async fn health_is_503_until_there_is_a_server() {
    let health = Health::default();
    let front = Front::new(health.clone(), Default::default(), Default::default());
    let sockets = Sockets::bind(0).await.unwrap();
    front.listen(sockets.listeners, &Speaks::Http);
    let (status, _, body) = ask(sockets.port, &get("/health")).await;
    assert_eq!(status, 503);
    assert!(body.starts_with(r#"{"status":"unhealthy""#), "{body}");
    health.shutdown().cancel();
}

#[tokio::test]
async fn the_administration_api_is_told_to_be_missing() {
    let azure = LocalAzure::builder().http_port(0).start().await.unwrap();
    let create = "PUT /crm?api-version=2021-05 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8\r\n\r\n<entry/>";
    for request in [create, &get("/$Resources/queues"), &get("/")] {
        let (status, _, body) = ask(azure.http_port().unwrap(), request).await;
        assert_eq!(status, 501);
        assert!(body.contains("Config.json"), "{body}");
        assert!(body.contains("--create-on-use"), "{body}");
    }
}

#[tokio::test]
async fn health_is_asked_for_by_get() {
    let azure = LocalAzure::start().await.unwrap();
    let request = "DELETE /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let (status, head, _) = ask(azure.amqp_port(), request).await;
    assert_eq!(status, 405);
    assert!(head.contains("allow: GET, HEAD"), "{head}");
}

#[tokio::test]
async fn a_head_without_end_is_refused() {
    let azure = LocalAzure::start().await.unwrap();
    let request = format!("GET / HTTP/1.1\r\nCookie: {}", "x".repeat(100_000));
    let (status, ..) = ask(azure.amqp_port(), &request).await;
    assert_eq!(status, 431);
}

#[tokio::test]
async fn a_websocket_of_another_subprotocol_is_refused() {
    let azure = LocalAzure::start().await.unwrap();
    let (status, _, body) = ask(azure.amqp_port(), &get("/$servicebus/websocket")).await;
    assert_eq!(status, 400);
    assert!(body.contains("AMQPWSB10"), "{body}");
}
