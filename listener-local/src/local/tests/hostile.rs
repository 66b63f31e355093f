//! Clients that hold up, on a paused clock: it goes on when all wait.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::Instant,
};

use super::LocalAzure;

/// How long a connection lasts on which a client says this and no more, in seconds.
async fn lasts(port: u16, said: &[u8]) -> u64 {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let start = Instant::now();
    stream.write_all(said).await.unwrap();
    let mut rest = Vec::new();
    // A reset is an end, too.
    let _ = stream.read_to_end(&mut rest).await;
    start.elapsed().as_secs()
}

#[tokio::test(start_paused = true)]
async fn who_says_nothing_is_dropped() {
    let azure = LocalAzure::builder()
        .tls_port(0)
        .http_port(0)
        .start()
        .await
        .unwrap();
    for port in [
        azure.amqp_port(),
        azure.amqps_port().unwrap(),
        azure.http_port().unwrap(),
    ] {
        assert_eq!(lasts(port, b"").await, 20);
    }
}

#[tokio::test(start_paused = true)]
async fn who_does_not_go_on_is_dropped() {
    let azure = LocalAzure::builder().tls_port(0).start().await.unwrap();
    // A part of a head, of a TLS handshake and of AMQP's header.
    let port = azure.amqp_port();
    assert_eq!(lasts(port, b"GET /health HT").await, 20);
    assert_eq!(lasts(port, b"AMQ").await, 20);
    let tls = azure.amqps_port().unwrap();
    assert_eq!(lasts(tls, &[22, 3, 1, 0, 200]).await, 20);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_not_waited_for_without_end() {
    let azure = LocalAzure::start().await.unwrap();
    let head = b"PUT /crm HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n<entry";
    assert_eq!(lasts(azure.amqp_port(), head).await, 20);
}
