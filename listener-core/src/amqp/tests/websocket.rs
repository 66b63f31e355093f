use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{
    accept_hdr_async,
    tungstenite::{
        Message,
        handshake::server::{ErrorResponse, Request, Response},
        http::{HeaderValue, StatusCode},
    },
};

use super::{
    connection::{authority, tls_string},
    peer::{Peer, SOON, accept, string},
};
use crate::amqp::{Connector, ErrorKind, Transport, Trust, socket::Stream, websocket::WebSocket};

/// A WebSocket as the service takes it: its path, its subprotocol.
async fn accept_websocket(stream: impl Stream) -> WebSocket<impl Stream> {
    #[allow(clippy::result_large_err)] // The library's type.
    let check = |request: &Request, mut response: Response| {
        assert_eq!(request.uri().path(), "/$servicebus/websocket");
        assert_eq!(request.headers()["sec-websocket-protocol"], "AMQPWSB10");
        let protocol = HeaderValue::from_static("AMQPWSB10");
        response
            .headers_mut()
            .insert("sec-websocket-protocol", protocol);
        Ok::<_, ErrorResponse>(response)
    };
    WebSocket::new(accept_hdr_async(stream, check).await.unwrap())
}

async fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind("localhost:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

async fn next(listener: &TcpListener) -> TcpStream {
    listener.accept().await.unwrap().0
}

#[tokio::test]
async fn sends_a_message_over_tls_and_a_websocket() {
    let (root, tls) = authority();
    let (listener, port) = listener().await;
    tokio::spawn(async move {
        let stream = tls.accept(next(&listener).await).await.unwrap();
        let mut peer = Peer::on(accept(accept_websocket(stream).await).await).await;
        let fe2o3_amqp::acceptor::LinkEndpoint::Receiver(mut link) = peer.link().await else {
            panic!("expected a sender of ours");
        };
        let delivery = link
            .recv::<fe2o3_amqp::types::messaging::Body<()>>()
            .await
            .unwrap();
        link.accept(&delivery).await.unwrap();
        let _ = peer.connection.on_close().await;
    });
    let string = tls_string(port).with_transport(Transport::WebSockets);
    let trust = Trust::roots_from_pem(root.as_bytes()).unwrap();
    let mut connection = Connector::new(&string)
        .trust(trust)
        .connect()
        .await
        .unwrap();
    let mut session = connection.session().await.unwrap();
    let sender = session.sender("crm", SOON).await.unwrap();
    // Larger than a frame of AMQP.
    let message = crate::amqp::Message::new(vec![7; 200_000]);
    sender.send(message, SOON).await.unwrap();
    connection.close(SOON).await.unwrap();
}

#[tokio::test]
async fn a_refused_upgrade_tells_the_status() {
    let (listener, port) = listener().await;
    tokio::spawn(async move {
        #[allow(clippy::result_large_err)] // The library's type.
        let refuse = |_: &Request, _: Response| {
            let mut response = ErrorResponse::new(None);
            *response.status_mut() = StatusCode::FORBIDDEN;
            Err(response)
        };
        let _ = accept_hdr_async(next(&listener).await, refuse).await;
    });
    let string = string(port).with_transport(Transport::WebSockets);
    let error = Connector::new(&string).connect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CannotConnect);
    assert!(error.to_string().contains("403"), "{error}");
}

#[tokio::test]
async fn text_is_no_amqp() {
    let (listener, port) = listener().await;
    tokio::spawn(async move {
        let mut socket = accept_websocket(next(&listener).await).await;
        socket.send(Message::text("canary")).await;
        std::future::pending::<()>().await;
    });
    let string = string(port).with_transport(Transport::WebSockets);
    let error = Connector::new(&string).connect().await.unwrap_err();
    assert!(
        error.to_string().contains("found text of 6 bytes"),
        "{error}"
    );
    assert!(!format!("{error:?}").contains("canary"));
}
