//! From a socket to requests.

use std::{
    io,
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower_service::Service;
use tracing::{Dispatch, dispatcher};

use super::{
    ConnectionLimits,
    answer::Refusal,
    watch::{Passage, Watch},
};

/// How long a connection that has run out of time may take to say so.
pub(super) const FAREWELL: Duration = Duration::from_secs(1);
/// How long to wait when the process has run out of sockets.
const EXHAUSTED: Duration = Duration::from_secs(1);

/// What all connections of a server share.
#[derive(Clone)]
pub(super) struct Connections {
    pub(super) app: Router,
    pub(super) limits: ConnectionLimits,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) shutdown: CancellationToken,
    pub(super) tracker: TaskTracker,
}

/// When the first byte of a request came.
#[derive(Clone, Copy)]
pub(super) struct Started(pub(super) Instant);

impl Connections {
    /// Accepts until the server ends.
    pub(super) async fn accept(self, listener: TcpListener) {
        let permits = Arc::new(Semaphore::new(self.limits.connections.max(1)));
        let accept = async {
            loop {
                let Ok(permit) = permits.clone().acquire_owned().await else {
                    return;
                };
                let stream = self.next(&listener).await;
                let connection = self.clone().connection(stream);
                self.tracker.spawn(async move {
                    connection.await;
                    drop(permit);
                });
            }
        };
        tokio::select! {
            () = self.shutdown.cancelled() => {}
            () = accept => {}
        }
    }

    async fn next(&self, listener: &TcpListener) -> TcpStream {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => return stream,
                Err(error) if of_the_connection(&error) => {}
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "No connection can be accepted."
                    );
                    sleep(EXHAUSTED).await;
                }
            }
        }
    }

    async fn connection(self, stream: TcpStream) {
        // An answer is one small write: it must not wait for an acknowledgement.
        let _ = stream.set_nodelay(true);
        let Some(tls) = &self.tls else {
            return self.serve(stream, false).await;
        };
        let handshake = timeout(self.limits.head_within, tls.accept(stream));
        let accepted = tokio::select! {
            accepted = handshake => accepted,
            () = self.shutdown.cancelled() => return,
        };
        match accepted {
            Ok(Ok(stream)) => {
                let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                self.serve(stream, http2).await;
            }
            Ok(Err(error)) => tracing::debug!(%error, "A TLS handshake failed."),
            Err(_) => tracing::debug!("A TLS handshake took too long."),
        }
    }

    /// Serves one connection to its end: HTTP/2 where TLS agreed on it, else HTTP/1.
    pub(super) async fn serve<S>(self, stream: S, http2: bool)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let watch = Watch::new(self.limits, http2);
        let io = TokioIo::new(watch.io(stream));
        let service = service_fn({
            let (app, watch, limits) = (self.app.clone(), watch.clone(), self.limits);
            move |request| pass(app.clone(), watch.begin(), limits, request)
        });
        let builder = self.builder(http2);
        let mut connection = pin!(builder.serve_connection(io, service));
        let (mut ending, mut farewell) = (false, None);
        loop {
            tokio::select! {
                biased;
                _ = polled(connection.as_mut(), http2) => return,
                () = self.shutdown.cancelled(), if !ending => {
                    ending = true;
                    connection.as_mut().graceful_shutdown();
                }
                () = watch.expired(), if farewell.is_none() => {
                    farewell = Some(Instant::now() + FAREWELL);
                    ending = true;
                    connection.as_mut().graceful_shutdown();
                }
                () = until(farewell), if farewell.is_some() => return,
            }
        }
    }

    fn builder(&self, http2: bool) -> auto::Builder<TokioExecutor> {
        let limits = &self.limits;
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            // The watch closes slow heads, idle connections and, with the same clock, both protocols.
            .header_read_timeout(None)
            .max_headers(limits.headers)
            .max_buf_size(limits.head_bytes.max(8 * 1024));
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(limits.streams)
            .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX));
        if http2 {
            builder.http2_only()
        } else {
            builder.http1_only()
        }
    }
}

async fn until(farewell: Option<Instant>) {
    if let Some(farewell) = farewell {
        sleep_until(farewell).await;
    }
}

/// The connection's future. h2 writes a path that it cannot read into its own events, and a webhook's secret may be in
/// there: while it is polled, nobody listens to events. Requests are handled in tasks of their own.
async fn polled<C: Future>(mut connection: Pin<&mut C>, http2: bool) -> C::Output {
    let nobody = Dispatch::none();
    std::future::poll_fn(move |cx| {
        if http2 {
            dispatcher::with_default(&nobody, || connection.as_mut().poll(cx))
        } else {
            connection.as_mut().poll(cx)
        }
    })
    .await
}

fn pass(
    mut app: Router,
    passage: Passage,
    limits: ConnectionLimits,
    request: hyper::Request<Incoming>,
) -> impl Future<Output = Result<Response, std::convert::Infallible>> + Send + 'static {
    let mut request: Request = request.map(Body::new);
    request.extensions_mut().insert(Started(passage.started));
    async move {
        let response = if within(&limits, &request) {
            app.call(request).await
        } else {
            let too_large = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
            Ok(Refusal::new(too_large, "").into_response())
        };
        drop(passage);
        response
    }
}

/// hyper holds HTTP/1 to the number of headers and roughly to their size, and HTTP/2 to their size only.
fn within(limits: &ConnectionLimits, request: &Request) -> bool {
    let target = request.uri().path_and_query();
    let target = target.map_or(0, |target| target.as_str().len());
    let headers = request.headers().iter();
    let bytes = headers.fold(target, |bytes, (name, value)| {
        bytes + name.as_str().len() + value.len()
    });
    bytes <= limits.head_bytes && request.headers().len() <= limits.headers
}

/// Faults of a connection that ended before it was accepted, which say nothing of the next one.
fn of_the_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}
