use std::{
    sync::{Mutex, OnceLock},
    time::Duration,
};

use axum::{Router, extract::Request, routing::any};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    time::{Instant, sleep},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{Dispatch, Event, Metadata, Subscriber, dispatcher, field::Visit, span};

use crate::source::http::{
    ConnectionLimits,
    connection::{Connections, FAREWELL, Started},
};

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
