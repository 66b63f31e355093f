use std::{
    io,
    sync::{Arc, Mutex},
};

use listener_core::{
    Context, Error, Host, Router,
    layer::TraceLayer,
    source::http::{Authentication, Server},
};
use tests::fixtures::golden;
use tracing::Level;

use crate::support::{run, told};

/// Secrets of a query and a header, and a value of a body.
const CANARIES: [&str; 3] = ["key-hunter2", "header-hunter2", "body-hunter2"];

#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<u8>>>);

impl io::Write for Said {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

// The runtime has one thread, and so one default subscriber hears all of its tasks.
#[tokio::test]
async fn no_secret_and_no_value_is_ever_said() {
    let said = Said::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_writer({
            let said = said.clone();
            move || said.clone()
        })
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let [key, header, value] = CANARIES;
    let server = Server::bind("127.0.0.1:0");
    let authentication =
        Authentication::webhook_key([key]).and(Authentication::http_header("x-key", [header]));
    let webhook = server
        .webhook("/crm")
        .authentication(authentication.clone())
        .body_bytes(32 * 1024);
    let mut debug = format!("{server:?} {webhook:?} {authentication:?}");
    let listener = async |context: Context| match context.message_name() {
        "Delete" => Err(Error::permanent("gone")),
        "Assign" => Err(Error::transient("away")),
        _ => Ok(()),
    };
    let router = Router::new().fallback(listener).with_state(());
    let host = Host::new(webhook).serve(router).layer(TraceLayer::new());
    debug += &format!("{host:?}");
    let running = run(&server, host).await;

    let text = |name| String::from_utf8(golden(name, "json")).expect("UTF-8");
    let post = async |query: &str, secret: &str, body: String| {
        let request = running.post(&format!("/crm?code={query}&x={key}"));
        told(request.header("x-key", secret).body(body).send()).await
    };
    let telephone = text("update-images").replace("1111", value);
    assert!(telephone.contains(value));
    let mut answers = vec![
        post(key, header, telephone.clone()).await,
        post(key, header, text("delete")).await,
        post(key, header, text("assign")).await,
        post(key, header, telephone.replace('}', "")).await,
        post(key, header, format!(r#"{{"Depth":"{value}"}}"#)).await,
        post(key, header, value.repeat(10_000)).await,
        post(key, "wrong", text("delete")).await,
        post("wrong", header, text("delete")).await,
    ];
    let elsewhere = running
        .post(&format!("/crm/{key}?code={key}"))
        .header("x-key", header);
    answers.push(told(elsewhere.send()).await);
    let malformed = format!("POST /crm?code={key} {header} HTTP/1.1\r\nx-key: {header}\r\n\r\n");
    let malformed = running.raw(malformed).await;
    let report = running.end().await;

    let statuses: Vec<_> = answers.iter().map(|(status, _)| *status).collect();
    assert_eq!(statuses, [200, 422, 503, 400, 400, 413, 401, 401, 404]);
    let said = String::from_utf8(said.0.lock().unwrap().clone()).expect("UTF-8");
    // It heard something, of all levels.
    assert!(said.contains("Rejected.") && said.contains("Refused") && said.contains("DEBUG"));
    let everything = format!("{said} {answers:?} {malformed} {debug} {report:?}");
    for canary in CANARIES {
        let found = everything.find(canary);
        let around = found.map(|at| &everything[at.saturating_sub(200)..]);
        assert_eq!(around, None, "{canary}");
    }
}
