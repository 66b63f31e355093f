//! AMQP over WebSockets
//! ([binding](https://docs.oasis-open.org/amqp-bindmap/amqp-wsb/v1.0/amqp-wsb-v1.0.html)), the server's end.

use std::time::Duration;

use http::{
    HeaderMap, Request, StatusCode,
    header::{ORIGIN, SEC_WEBSOCKET_PROTOCOL},
    request::Parts,
};
use http_body_util::Full;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use listener_core::amqp::WebSocket;
use tokio::time::timeout;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        handshake::server::create_response_with_body,
        protocol::{Role, WebSocketConfig},
    },
};

use super::http::Answer;

/// Where Service Bus takes WebSockets.
const PATH: &str = "/$servicebus/websocket";

/// The binding's name, and the one that older clients use.
const SUBPROTOCOLS: [&str; 2] = ["AMQPWSB10", "amqp"];

/// The largest message that is taken, in bytes. Frames of AMQP have 64 KiB at most, but a client may join some.
const MAX_MESSAGE: usize = 1 << 20;

/// How long a stream may take to come free of HTTP, which has no more to do by then.
const UPGRADE_TIMEOUT: Duration = Duration::from_secs(5);

/// The bytes of AMQP out of a WebSocket's messages.
pub(super) type AmqpStream = WebSocket<TokioIo<Upgraded>>;

/// Whether WebSockets are asked for. One of the official clients puts a slash behind the path.
pub(super) fn is_path(path: &str) -> bool {
    let path = path.strip_suffix('/').unwrap_or(path);
    path.eq_ignore_ascii_case(PATH)
}

/// Why no WebSocket is made.
#[derive(Debug)]
pub(super) struct Refusal(pub(super) StatusCode, pub(super) &'static str);

const OTHER_SITE: Refusal = Refusal(
    StatusCode::FORBIDDEN,
    "Pages of other sites may not reach what listens on this machine.\n",
);
const NO_SUBPROTOCOL: Refusal = Refusal(
    StatusCode::BAD_REQUEST,
    "Expected the subprotocol `AMQPWSB10`, for AMQP over WebSockets.\n",
);
const NO_UPGRADE: Refusal = Refusal(
    StatusCode::BAD_REQUEST,
    "Expected an upgrade to version 13 of WebSockets, for AMQP over WebSockets.\n",
);

/// The answer that makes a WebSocket of the connection.
pub(super) fn accept(request: &Parts) -> Result<Answer, Refusal> {
    if !is_local(&request.headers) {
        return Err(OTHER_SITE);
    }
    let subprotocol = subprotocol(&request.headers).ok_or(NO_SUBPROTOCOL)?;
    let mut answer =
        create_response_with_body(&head(request), Full::default).map_err(|_| NO_UPGRADE)?;
    let headers = answer.headers_mut();
    headers.insert(SEC_WEBSOCKET_PROTOCOL, subprotocol);
    Ok(answer)
}

/// Takes over the connection once the answer is written.
pub(super) async fn upgraded(upgrade: OnUpgrade) -> Option<AmqpStream> {
    let stream = timeout(UPGRADE_TIMEOUT, upgrade).await.ok()?.ok()?;
    let config = WebSocketConfig::default()
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE));
    let stream = TokioIo::new(stream);
    let socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
    Some(WebSocket::new(socket))
}

fn head(parts: &Parts) -> Request<()> {
    let mut head = Request::new(());
    *head.method_mut() = parts.method.clone();
    *head.uri_mut() = parts.uri.clone();
    *head.version_mut() = parts.version;
    *head.headers_mut() = parts.headers.clone();
    head
}

/// Browsers let every page open WebSockets to localhost, and tell where the page is from. Other programs tell nothing.
fn is_local(headers: &HeaderMap) -> bool {
    let mut origins = headers.get_all(ORIGIN).iter();
    origins.all(|origin| {
        let uri = origin.to_str().ok().and_then(|text| text.parse().ok());
        let host = uri.as_ref().and_then(http::Uri::host);
        host.is_some_and(|host| {
            ["localhost", "127.0.0.1", "[::1]"]
                .iter()
                .any(|local| host.eq_ignore_ascii_case(local))
        })
    })
}

/// The first subprotocol of the client's that is ours, in its spelling.
fn subprotocol(headers: &HeaderMap) -> Option<http::HeaderValue> {
    headers
        .get_all(SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .map(str::trim)
        .find(|name| {
            SUBPROTOCOLS
                .iter()
                .any(|own| own.eq_ignore_ascii_case(name))
        })
        .and_then(|name| name.parse().ok())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn request(headers: &[(&'static str, &str)]) -> Parts {
        let mut request = Request::new(());
        *request.uri_mut() = PATH.parse().unwrap();
        for (name, value) in [
            ("connection", "Upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ]
        .iter()
        .chain(headers)
        {
            let value = HeaderValue::from_str(value).unwrap();
            request.headers_mut().append(*name, value);
        }
        request.into_parts().0
    }

    #[test]
    fn takes_the_path_as_clients_write_it() {
        for path in [PATH, "/$servicebus/websocket/", "/$ServiceBus/WebSocket"] {
            assert!(is_path(path), "{path}");
        }
        for path in ["/", "/$servicebus", "/$servicebus/websocket//", "/crm"] {
            assert!(!is_path(path), "{path}");
        }
    }

    #[test]
    fn answers_with_the_subprotocol_that_the_client_likes_best() {
        for (offered, chosen) in [
            ("AMQPWSB10", "AMQPWSB10"),
            ("mqtt, amqp, AMQPWSB10", "amqp"),
            ("amqpwsb10", "amqpwsb10"),
        ] {
            let answer = accept(&request(&[("sec-websocket-protocol", offered)])).unwrap();
            assert_eq!(answer.status(), StatusCode::SWITCHING_PROTOCOLS);
            assert_eq!(answer.headers()["sec-websocket-protocol"], chosen);
            assert_eq!(
                answer.headers()["sec-websocket-accept"],
                "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
            );
        }
    }

    #[test]
    fn refuses_what_is_no_amqp_over_websockets() {
        for headers in [&[][..], &[("sec-websocket-protocol", "mqtt")]] {
            let refusal = accept(&request(headers)).unwrap_err();
            assert_eq!(refusal.0, StatusCode::BAD_REQUEST);
        }
        let mut plain = request(&[("sec-websocket-protocol", "amqp")]);
        plain.headers.remove("upgrade");
        assert_eq!(accept(&plain).unwrap_err().0, StatusCode::BAD_REQUEST);
    }

    #[test]
    fn lets_no_page_of_another_site_in() {
        let from = |origin| {
            let origin = ("origin", origin);
            accept(&request(&[("sec-websocket-protocol", "amqp"), origin])).map(|_| ())
        };
        for local in [
            "http://localhost:3000",
            "https://LOCALHOST",
            "http://[::1]:80",
        ] {
            assert!(from(local).is_ok(), "{local}");
        }
        for other in [
            "https://example.org",
            "http://localhost.example.org",
            "null",
        ] {
            let refusal = from(other).unwrap_err();
            assert_eq!(refusal.0, StatusCode::FORBIDDEN, "{other}");
        }
    }
}
