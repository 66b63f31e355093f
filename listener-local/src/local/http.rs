//! What is answered to HTTP: the health, an upgrade to a WebSocket, or that the administration API is not there.

use std::{convert::Infallible, sync::OnceLock, time::Duration};

use bytes::Bytes;
use http::{
    HeaderValue, Method, Request, Response, StatusCode,
    header::{ALLOW, CONNECTION, CONTENT_TYPE},
};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{body::Incoming, server::conn::http1, service::service_fn, upgrade::OnUpgrade};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};

use super::{
    health::Health,
    websocket::{self, AmqpStream, Refusal},
};

/// How long one request and its answer may take.
const EXCHANGE_TIMEOUT: Duration = Duration::from_secs(20);

/// The most bytes of a request's head. Web pages on localhost may have put large cookies there.
const HEAD_LIMIT: usize = 64 * 1024;

/// The most bytes of a body that are read; nothing is done with it. A client that is answered while it still sends may
/// not see the answer, and descriptions of entities are smaller than this.
const BODY_LIMIT: usize = 256 * 1024;

const HEALTHY: &str = r#"{"status":"healthy","message":"Service is healthy."}"#;
const UNHEALTHY: &str = r#"{"status":"unhealthy","message":"Service is not ready."}"#;

const NO_ADMINISTRATION: &str = "\
The administration API of Service Bus is not served here. Declare queues, topics and subscriptions in a Config.json, \
or let them be made on use: `listener local --config Config.json` or `listener local --create-on-use`.
";

pub(super) type Answer = Response<Full<Bytes>>;

/// Serves one request. The stream is given back when it has become a WebSocket.
pub(super) async fn serve<S>(stream: S, health: &Health) -> Option<AmqpStream>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let upgrade = OnceLock::new();
    let service =
        service_fn(async |request| Ok::<_, Infallible>(answer(request, health, &upgrade).await));
    let exchange = http1::Builder::new()
        .max_buf_size(HEAD_LIMIT)
        // The time of the whole exchange has a limit.
        .header_read_timeout(None)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    match timeout(EXCHANGE_TIMEOUT, exchange).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            tracing::debug!(%error, "An exchange of HTTP failed.");
            return None;
        }
        Err(_) => {
            tracing::debug!("An exchange of HTTP took too long.");
            return None;
        }
    }
    websocket::upgraded(upgrade.into_inner()?).await
}

async fn answer(
    request: Request<Incoming>,
    health: &Health,
    upgrade: &OnceLock<OnUpgrade>,
) -> Answer {
    let (mut parts, body) = request.into_parts();
    // What is wrong with it shows at the next read of the connection.
    let _ = Limited::new(body, BODY_LIMIT).collect().await;
    let path = parts.uri.path();
    if path == "/health" {
        return tell_health(&parts.method, health);
    }
    if !websocket::is_path(path) {
        return text(StatusCode::NOT_IMPLEMENTED, NO_ADMINISTRATION);
    }
    if health.server().is_none() {
        return text(
            StatusCode::SERVICE_UNAVAILABLE,
            "Service Bus is not ready.\n",
        );
    }
    match websocket::accept(&parts) {
        Ok(answer) => {
            if let Some(on_upgrade) = parts.extensions.remove::<OnUpgrade>() {
                // There is one request.
                let _ = upgrade.set(on_upgrade);
            }
            answer
        }
        Err(Refusal(status, why)) => text(status, why),
    }
}

fn tell_health(method: &Method, health: &Health) -> Answer {
    if method != Method::GET && method != Method::HEAD {
        let mut answer = text(StatusCode::METHOD_NOT_ALLOWED, "Expected GET.\n");
        let allowed = HeaderValue::from_static("GET, HEAD");
        answer.headers_mut().insert(ALLOW, allowed);
        return answer;
    }
    let (status, body) = match health.server() {
        Some(_) => (StatusCode::OK, HEALTHY),
        None => (StatusCode::SERVICE_UNAVAILABLE, UNHEALTHY),
    };
    with_type(status, "application/json", body)
}

fn text(status: StatusCode, text: &'static str) -> Answer {
    with_type(status, "text/plain; charset=utf-8", text)
}

fn with_type(status: StatusCode, media_type: &'static str, body: &'static str) -> Answer {
    let mut answer = Response::new(Full::from(body));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    // One exchange a connection. The builder's own switch would close those that become WebSockets, too.
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    answer
}
