use std::{
    collections::VecDeque,
    future,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    body::Body,
    extract::Request,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header::LOCATION};
use listener_core::{
    context::{Entity, ParameterCollection, RemoteExecutionContext},
    encode,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};
use uuid::Uuid;

use super::*;

/// One request, as it arrived.
#[derive(Clone, Debug)]
struct Seen {
    method: Method,
    uri: String,
    headers: HeaderMap,
    body: Bytes,
}

/// A webhook on loopback that gives these answers, one a request, and keeps what it saw. Without one left it is silent.
struct Webhook {
    origin: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Webhook {
    async fn answering(answers: impl IntoIterator<Item = impl IntoResponse>) -> Self {
        let answers: VecDeque<Response> = answers
            .into_iter()
            .map(IntoResponse::into_response)
            .collect();
        let answers = Arc::new(Mutex::new(answers));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let recorder = Arc::clone(&seen);
        let app = axum::Router::new().fallback(async move |request: Request| {
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
            recorder.lock().unwrap().push(Seen {
                method: parts.method,
                uri: parts.uri.to_string(),
                headers: parts.headers,
                body,
            });
            let answer = answers.lock().unwrap().pop_front();
            match answer {
                Some(answer) => answer,
                None => future::pending().await,
            }
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, app).into_future());
        Self { origin, seen }
    }

    fn poster(&self, settings: Settings) -> Poster {
        Poster::new(&format!("{}/crm/", self.origin), settings).unwrap()
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

fn context() -> RemoteExecutionContext {
    let mut context = RemoteExecutionContext::new("Update", "account");
    context.correlation_id = "7038A274-4877-4F3F-A57A-0F4493A647C6"
        .parse::<uuid::Uuid>()
        .unwrap()
        .into();
    context
}

/// A context with a part that trimming leaves.
fn with_shared_text(text: String) -> RemoteExecutionContext {
    let mut shared = ParameterCollection::new();
    shared.insert("text", text);
    let mut context = context();
    context.shared_variables = shared.into();
    context
}

#[tokio::test]
async fn posts_the_headers_of_dataverse_and_no_others() {
    let webhook = Webhook::answering([StatusCode::OK]).await;
    let poster = webhook.poster(Settings {
        organization: Some("Contoso.CRM.dynamics.com".to_owned()),
        ..Settings::default()
    });
    let posted = poster.post_context(context()).await.unwrap();
    assert!(posted.is_success());
    assert!(!posted.trimmed);
    assert_eq!(posted.attempts, 1);

    let [seen] = &webhook.seen()[..] else {
        panic!("one post")
    };
    assert_eq!(seen.method, Method::POST);
    assert_eq!(seen.uri, "/crm");
    assert_eq!(seen.body, encode::json(&context()).unwrap());
    let mut headers: Vec<_> = seen
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .filter(|(name, _)| !matches!(*name, "host" | "accept" | "content-length"))
        .collect();
    headers.sort_unstable();
    assert_eq!(
        headers,
        [
            ("content-type", "application/json"),
            (
                "x-ms-correlation-request-id",
                "7038a274-4877-4f3f-a57a-0f4493a647c6"
            ),
            ("x-ms-dynamics-entity-name", "account"),
            ("x-ms-dynamics-organization", "contoso.crm.dynamics.com"),
            ("x-ms-dynamics-request-name", "Update"),
        ]
    );
}

#[tokio::test]
async fn names_the_organization_of_the_context_without_another() {
    let webhook = Webhook::answering([StatusCode::OK]).await;
    let mut context = context();
    context.organization_name = listener_core::context::Text::from("UnqAbc").into();
    let poster = webhook.poster(Settings::default());
    poster.post_context(context).await.unwrap();
    let headers = &webhook.seen()[0].headers;
    assert_eq!(headers["x-ms-dynamics-organization"], "unqabc");
}

#[tokio::test]
async fn says_so_when_it_trimmed() {
    let webhook = Webhook::answering([StatusCode::OK]).await;
    let mut context = context();
    context.set_target("x".repeat(BODY_LIMIT));
    let poster = webhook.poster(Settings::default());
    let posted = poster.post_context(context.clone()).await.unwrap();
    assert!(posted.trimmed);
    let seen = webhook.seen().remove(0);
    assert!(seen.headers.contains_key("x-ms-dynamics-msg-size-exceeded"));
    trim(&mut context);
    assert_eq!(seen.body, encode::json(&context).unwrap());
}

#[tokio::test]
async fn sends_nothing_that_is_too_large_when_trimmed() {
    let webhook = Webhook::answering([StatusCode::OK]).await;
    let poster = webhook.poster(Settings::default());
    let error = poster
        .post_context(with_shared_text("x".repeat(BODY_LIMIT)))
        .await
        .unwrap_err();
    assert!(matches!(error, PostError::TooLarge { .. }), "{error}");
    assert!(webhook.seen().is_empty());
}

#[tokio::test]
async fn posts_again_once_after_an_answer_that_asks_for_it() {
    for first in [502, 503, 504] {
        let answers = [(first, "busy"), (200, "done")];
        let answers = answers.map(|(code, text)| (StatusCode::from_u16(code).unwrap(), text));
        let webhook = Webhook::answering(answers).await;
        let poster = webhook.poster(Settings::default());
        let posted = poster.post_context(context()).await.unwrap();
        assert!(posted.is_success());
        assert_eq!(posted.attempts, 2);
        assert_eq!(posted.answer, "done");
        let seen = webhook.seen();
        assert_eq!(seen[0].body, seen[1].body);
        assert_eq!(seen[0].headers, seen[1].headers);
    }
}

#[tokio::test]
async fn posts_no_third_time() {
    let webhook = Webhook::answering([StatusCode::SERVICE_UNAVAILABLE; 3]).await;
    let poster = webhook.poster(Settings::default());
    let posted = poster.post_context(context()).await.unwrap();
    assert_eq!(posted.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(posted.attempts, 2);
    assert_eq!(webhook.seen().len(), 2);
}

#[tokio::test]
async fn takes_any_other_answer_as_it_is() {
    for status in [400, 401, 404, 408, 422, 429, 500, 501, 505] {
        let status = StatusCode::from_u16(status).unwrap();
        let webhook = Webhook::answering([status]).await;
        let poster = webhook.poster(Settings::default());
        let posted = poster.post_context(context()).await.unwrap();
        assert_eq!((posted.status, posted.attempts), (status, 1));
        assert!(!posted.is_success());
    }
}

#[tokio::test]
async fn follows_no_redirect() {
    let redirect = (StatusCode::FOUND, [(LOCATION, "/elsewhere")]);
    let webhook = Webhook::answering([redirect]).await;
    let poster = webhook.poster(Settings::default());
    let posted = poster.post_context(context()).await.unwrap();
    assert_eq!(posted.status, StatusCode::FOUND);
    assert!(!posted.is_success());
    assert_eq!(webhook.seen().len(), 1);
}

#[tokio::test]
async fn gives_up_on_a_silent_listener_at_the_time_limit() {
    let webhook = Webhook::answering([StatusCode::SERVICE_UNAVAILABLE]).await;
    let limit = Duration::from_millis(200);
    let poster = webhook.poster(Settings {
        time_limit: limit,
        ..Settings::default()
    });
    let error = poster.post_context(context()).await.unwrap_err();
    let expected = PostError::TimedOut { attempts: 2, limit };
    assert_eq!(error.to_string(), expected.to_string());
}

#[tokio::test]
async fn gives_up_on_an_answer_that_never_ends() {
    let endless =
        Body::from_stream(futures_util::stream::pending::<Result<Bytes, axum::BoxError>>());
    let webhook = Webhook::answering([endless]).await;
    let poster = webhook.poster(Settings {
        time_limit: Duration::from_millis(200),
        ..Settings::default()
    });
    let error = poster.post_context(context()).await.unwrap_err();
    assert!(matches!(error, PostError::TimedOut { .. }), "{error}");
}

#[tokio::test]
async fn keeps_a_bounded_part_of_the_answer() {
    for (size, clipped) in [(ANSWER_LIMIT, false), (ANSWER_LIMIT + 1, true)] {
        let webhook = Webhook::answering([vec![b'x'; size]]).await;
        let poster = webhook.poster(Settings::default());
        let posted = poster.post_context(context()).await.unwrap();
        assert_eq!(posted.answer.len(), ANSWER_LIMIT);
        assert_eq!(posted.clipped, clipped);
    }
}

#[tokio::test]
async fn shows_who_it_is_as_it_was_told() {
    let webhook = Webhook::answering([StatusCode::OK; 3]).await;
    let pairs = || {
        vec![
            ("x-one".to_owned(), "1".to_owned()),
            ("x-two".to_owned(), "2 3".to_owned()),
        ]
    };
    for authentication in [
        Authentication::WebhookKey("k/ey==".to_owned()),
        Authentication::HttpHeader(pairs()),
        Authentication::HttpQueryString(pairs()),
    ] {
        let poster = webhook.poster(Settings {
            authentication,
            ..Settings::default()
        });
        poster.post_context(context()).await.unwrap();
    }
    let seen = webhook.seen();
    assert_eq!(seen[0].uri, "/crm?code=k%2Fey%3D%3D");
    assert_eq!(seen[1].uri, "/crm");
    assert_eq!(seen[1].headers["x-one"], "1");
    assert_eq!(seen[1].headers["x-two"], "2 3");
    assert_eq!(seen[2].uri, "/crm?x-one=1&x-two=2+3");
}

/// A webhook behind TLS for `localhost`, which answers each connection once with 204; its URL and certificate (PEM).
async fn tls_webhook() -> (String, String) {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = certified.signing_key.serialize_der().try_into().unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "https://localhost:{}/crm",
        listener.local_addr().unwrap().port()
    );
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut request = [0; 8192];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
            let _ = stream.shutdown().await;
        }
    });
    (url, certified.cert.pem())
}

#[tokio::test]
async fn trusts_the_certificates_it_is_given_and_no_others() {
    let (url, pem) = tls_webhook().await;
    let roots = Roots::from_pem(pem.as_bytes()).unwrap();
    let settings = |roots| Settings {
        roots,
        ..Settings::default()
    };
    let poster = Poster::new(&url, settings(roots)).unwrap();
    let posted = poster.post_context(context()).await.unwrap();
    assert_eq!(posted.status, StatusCode::NO_CONTENT);

    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let roots = Roots::from_pem(other.cert.pem().as_bytes()).unwrap();
    let poster = Poster::new(&url, settings(roots)).unwrap();
    let error = poster.post_context(context()).await.unwrap_err();
    assert!(chain(&error).contains("certificate"), "{}", chain(&error));
}

#[test]
fn wants_certificates_in_pem() {
    for pem in [
        "",
        "no certificate",
        "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----",
    ] {
        let error = Roots::from_pem(pem.as_bytes()).unwrap_err();
        assert!(matches!(error, PostError::Roots(_)), "{error}");
    }
}

/// What a program prints of an error: its text and those of its sources.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

/// Collects what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn tells_no_secret_and_no_value_of_the_message() {
    const CANARY: &str = "canary-7f3a";
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let pairs = || vec![("x-key".to_owned(), CANARY.to_owned())];
    let mut told = String::new();
    for authentication in [
        Authentication::WebhookKey(CANARY.to_owned()),
        Authentication::HttpHeader(pairs()),
        Authentication::HttpQueryString(pairs()),
    ] {
        let busy = StatusCode::SERVICE_UNAVAILABLE;
        let moved = (
            StatusCode::FOUND,
            [(LOCATION, format!("/?code={CANARY}"))],
            CANARY,
        );
        let webhook = Webhook::answering([busy.into_response(), moved.into_response()]).await;
        let settings = Settings {
            authentication,
            time_limit: Duration::from_millis(200),
            ..Settings::default()
        };
        let url = format!("{}/crm?sig={CANARY}", webhook.origin);
        let poster = Poster::new(&url, settings.clone()).unwrap();
        told += &format!("{settings:?} {poster:?}");
        let posted = poster
            .post_context(with_shared_text(CANARY.to_owned()))
            .await;
        told += &format!("{posted:?}");
        assert!(webhook.seen()[0].uri.contains(CANARY));
        let silent = poster.post_context(context()).await.unwrap_err();
        told += &format!("{silent:?} {}", chain(&silent));

        let refused = format!("http://user:{CANARY}@127.0.0.1:1/crm?sig={CANARY}");
        let poster = Poster::new(&refused, settings).unwrap();
        let refused = poster.post_context(context()).await.unwrap_err();
        assert!(matches!(refused, PostError::Connection { .. }));
        told += &format!("{poster:?} {refused:?} {}", chain(&refused));
    }
    for url in [format!("http://[{CANARY}/"), format!("ftp://h/?{CANARY}")] {
        let error = Poster::new(&url, Settings::default()).unwrap_err();
        told += &format!("{error:?} {error}");
    }
    for pair in [
        ("x-key", format!("{CANARY}\n")),
        (&format!("{CANARY} "), "1".to_owned()),
    ] {
        let settings = Settings {
            authentication: Authentication::HttpHeader(vec![(pair.0.to_owned(), pair.1)]),
            ..Settings::default()
        };
        let error = Poster::new("http://127.0.0.1/", settings).unwrap_err();
        told += &format!("{error:?} {error}");
    }
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("Posting again"), "the log is on");
    assert!(!told.contains(CANARY), "{told}");
    assert!(!logged.contains(CANARY), "{logged}");
}

#[test]
fn double_encoding_is_what_a_listener_repairs() {
    let text = "Čāpēj € ‰ Ð Ý Á 😀 日本";
    let twice = double_encode(text.as_bytes());
    assert_ne!(twice, text);
    let repaired = listener_core::decode::repair(twice.as_bytes()).unwrap();
    assert_eq!(repaired, text.as_bytes());
}

#[tokio::test]
async fn encodes_twice_on_request() {
    let webhook = Webhook::answering([StatusCode::OK]).await;
    let poster = webhook.poster(Settings {
        double_encode: true,
        ..Settings::default()
    });
    let context = with_shared_text("Rīga".to_owned());
    poster.post_context(context.clone()).await.unwrap();
    let seen = webhook.seen().remove(0);
    let repaired = listener_core::decode::repair(&seen.body).unwrap();
    assert_eq!(repaired, encode::json(&context).unwrap());
}

#[tokio::test]
async fn posts_a_file_byte_for_byte() {
    let webhook = Webhook::answering([StatusCode::OK]).await;
    let poster = webhook.poster(Settings::default());
    let mut file = b" \n".to_vec();
    file.extend(encode::json(&context()).unwrap());
    assert!(poster.post(file.clone()).await.unwrap().is_success());
    let seen = webhook.seen().remove(0);
    assert_eq!(seen.body, file);
    assert_eq!(seen.headers["x-ms-dynamics-request-name"], "Update");
}

#[tokio::test]
async fn trims_a_file_that_is_too_large() {
    let webhook = Webhook::answering([StatusCode::OK]).await;
    let poster = webhook.poster(Settings::default());
    let mut large = context();
    large.set_target("x".repeat(BODY_LIMIT));
    let file = encode::json(&large).unwrap();
    assert!(poster.post(file).await.unwrap().trimmed);
    trim(&mut large);
    assert_eq!(webhook.seen()[0].body, encode::json(&large).unwrap());
}

#[tokio::test]
async fn posts_nothing_but_a_context() {
    let webhook = Webhook::answering([StatusCode::OK]).await;
    let poster = webhook.poster(Settings::default());
    let fault = br#"{"ErrorDetails":[],"Message":"m"}"#;
    for file in [&b"\"text\""[..], fault] {
        let error = poster.post(file).await.unwrap_err();
        assert!(matches!(error, PostError::NotAContext(_)), "{error}");
    }
    let error = poster.post(&b"{]"[..]).await.unwrap_err();
    assert!(matches!(error, PostError::Decode(_)), "{error}");
    assert!(webhook.seen().is_empty());
}

/// A context with this much text in its Target, or where trimming leaves it.
pub(super) fn with_text(length: usize, in_target: bool) -> RemoteExecutionContext {
    let mut context = RemoteExecutionContext::new("Update", "account");
    let mut target = Entity::new("account", Uuid::nil());
    let mut shared = ParameterCollection::new();
    let text = "x".repeat(length);
    if in_target {
        target.set("description", text);
    } else {
        shared.insert("text", text);
    }
    context.set_target(target);
    context.shared_variables = shared.into();
    context
}
