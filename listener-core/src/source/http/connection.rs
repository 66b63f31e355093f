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
const FAREWELL: Duration = Duration::from_secs(1);
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

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, OnceLock};

    use axum::routing::any;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tracing::{Event, Metadata, Subscriber, field::Visit, span};

    use super::*;

    const HEAD: Duration = Duration::from_secs(10);
    const IDLE: Duration = Duration::from_secs(75);

    /// A connection to an application that tells how long ago a request began.
    fn connect(http2: bool) -> (DuplexStream, CancellationToken) {
        let app = Router::new().fallback(any(async |request: Request| {
            let Started(started) = *request.extensions().get().expect("when it began");
            format!("{} s!", started.elapsed().as_secs())
        }));
        let connections = Connections {
            app,
            limits: ConnectionLimits::default(),
            tls: None,
            shutdown: CancellationToken::new(),
            tracker: TaskTracker::new(),
        };
        let shutdown = connections.shutdown.clone();
        let (near, far) = duplex(64 * 1024);
        tokio::spawn(connections.serve(far, http2));
        (near, shutdown)
    }

    /// What comes until the connection is closed, and when that is.
    async fn rest(stream: &mut DuplexStream) -> (String, Duration) {
        let (before, mut bytes) = (Instant::now(), Vec::new());
        stream.read_to_end(&mut bytes).await.expect("an end");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        (text, before.elapsed())
    }

    async fn response(stream: &mut DuplexStream) -> String {
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"!") {
            bytes.push(stream.read_u8().await.expect("a byte"));
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_says_nothing_is_closed() {
        let (mut stream, _shutdown) = connect(false);
        let (text, after) = rest(&mut stream).await;
        assert_eq!((text.as_str(), after), ("", HEAD));
        let (mut stream, _shutdown) = connect(true);
        assert!(rest(&mut stream).await.1 <= HEAD + FAREWELL);
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_comes_byte_by_byte_is_cut_off() {
        let (mut stream, _shutdown) = connect(false);
        let before = Instant::now();
        for byte in b"POST / HTTP/1.1\r\nx-slow: "
            .iter()
            .chain([b'x'; 100].iter())
        {
            sleep(Duration::from_secs(1)).await;
            if stream.write_all(&[*byte]).await.is_err() {
                break;
            }
        }
        let after = before.elapsed();
        assert!(after >= HEAD && after <= HEAD + 3 * FAREWELL, "{after:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_begins_with_its_first_byte() {
        let (mut stream, _shutdown) = connect(false);
        for _ in 0..2 {
            stream.write_all(b"POST / HTTP/1.1\r\n").await.unwrap();
            sleep(Duration::from_secs(7)).await;
            stream
                .write_all(b"content-length: 0\r\n\r\n")
                .await
                .unwrap();
            assert!(response(&mut stream).await.ends_with("\r\n\r\n7 s!"));
            // The time between two requests belongs to neither.
            sleep(Duration::from_secs(30)).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_connection_is_closed() {
        let (mut stream, _shutdown) = connect(false);
        stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
        response(&mut stream).await;
        let (_, after) = rest(&mut stream).await;
        assert!(after >= IDLE && after <= IDLE + FAREWELL, "{after:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_connection_ends_with_the_server() {
        let (mut stream, shutdown) = connect(false);
        stream.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
        response(&mut stream).await;
        shutdown.cancel();
        assert_eq!(rest(&mut stream).await.1, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn too_many_headers_are_told_so() {
        let (mut stream, _shutdown) = connect(false);
        let headers = "x: y\r\n".repeat(101);
        let request = format!("GET / HTTP/1.1\r\n{headers}\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        assert!(rest(&mut stream).await.0.starts_with("HTTP/1.1 431 "));
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_is_too_large_is_told_so() {
        let (mut stream, _shutdown) = connect(false);
        let request = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(33 * 1024));
        stream.write_all(request.as_bytes()).await.unwrap();
        let (text, _) = rest(&mut stream).await;
        assert!(text.starts_with("HTTP/1.1 431 "), "{text}");
    }

    /// All that any crate says, at any level.
    struct Everything(&'static Mutex<String>);

    impl Everything {
        fn say(&self, what: impl FnOnce(&mut dyn Visit)) {
            struct Debug<'a>(&'a mut String);
            impl Visit for Debug<'_> {
                fn record_debug(&mut self, _: &tracing::field::Field, value: &dyn std::fmt::Debug) {
                    *self.0 += &format!("{value:?} ");
                }
            }
            what(&mut Debug(&mut self.0.lock().unwrap()));
        }
    }

    impl Subscriber for Everything {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
            self.say(|visit| span.record(visit));
            span::Id::from_u64(1)
        }

        fn record(&self, _: &span::Id, values: &span::Record<'_>) {
            self.say(|visit| values.record(visit));
        }

        fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

        fn event(&self, event: &Event<'_>) {
            self.say(|visit| event.record(visit));
        }

        fn enter(&self, _: &span::Id) {}

        fn exit(&self, _: &span::Id) {}
    }

    /// HEADERS with these fields, as HPACK literals that no table indexes.
    fn headers(fields: &[(&str, &str)]) -> Vec<u8> {
        let mut block = Vec::new();
        for (name, value) in fields {
            block.push(0);
            for text in [name, value] {
                block.push(u8::try_from(text.len()).unwrap());
                block.extend_from_slice(text.as_bytes());
            }
        }
        let length = u32::try_from(block.len()).unwrap().to_be_bytes();
        // END_STREAM and END_HEADERS, on stream 1.
        let head = [&length[1..], &[1, 5], &1_u32.to_be_bytes()].concat();
        [head, block].concat()
    }

    #[tokio::test(start_paused = true)]
    async fn a_malformed_path_of_http2_appears_in_no_event() {
        static SAID: OnceLock<Mutex<String>> = OnceLock::new();
        let said = SAID.get_or_init(Mutex::default);
        let dispatch = Dispatch::new(Everything(said));
        let _guard = dispatcher::set_default(&dispatch);
        tracing::trace!("heard");
        let (mut stream, _shutdown) = connect(true);
        let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
        bytes.extend_from_slice(&[0, 0, 0, 4, 0, 0, 0, 0, 0]);
        bytes.extend(headers(&[
            (":method", "POST"),
            (":scheme", "http"),
            (":authority", "h"),
            (":path", "/crm?code=hunter2 <\u{1}>"),
        ]));
        stream.write_all(&bytes).await.unwrap();
        let mut answer = [0; 64];
        assert!(stream.read(&mut answer).await.unwrap() > 0);
        tokio::task::yield_now().await;
        let said = said.lock().unwrap();
        assert!(said.contains("heard"));
        assert!(!said.contains("hunter2"), "{said}");
    }
}
