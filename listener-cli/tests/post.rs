//! `listener post`, as a user runs it, against a listener on loopback.
#![expect(unreachable_pub, reason = "the support is shared by test programs")]

mod support;

use std::{
    fs,
    process::Stdio,
    sync::{Arc, Mutex},
};

use axum::{
    body::Bytes,
    http::{HeaderMap, StatusCode, Uri},
};
use support::{Run, file, fixture, fixtures, listener, run, run_with_input};
use tokio::{net::TcpListener, runtime::Runtime};

type Seen = Vec<(Uri, HeaderMap, Bytes)>;

/// A listener that answers an Update with 503 and all else with the message's name, and keeps what it saw.
struct Listener {
    url: String,
    seen: Arc<Mutex<Seen>>,
    _runtime: Runtime,
}

impl Listener {
    fn start() -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let recorder = Arc::clone(&seen);
        let app =
            axum::Router::new().fallback(async move |uri: Uri, headers: HeaderMap, body: Bytes| {
                let name = headers["x-ms-dynamics-request-name"].to_str().unwrap();
                let status = match name {
                    "Update" => StatusCode::SERVICE_UNAVAILABLE,
                    _ => StatusCode::OK,
                };
                let answer = (status, format!("\x1b[31m{name} seen"));
                recorder.lock().unwrap().push((uri, headers, body));
                answer
            });
        let runtime = Runtime::new().unwrap();
        let socket = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}/crm", socket.local_addr().unwrap());
        runtime.spawn(axum::serve(socket, app).into_future());
        Self {
            url,
            seen,
            _runtime: runtime,
        }
    }

    fn post(&self, arguments: &[&str]) -> Run {
        run(listener(&["post", "--url", &self.url]).args(arguments))
    }

    fn seen(&self) -> Seen {
        self.seen.lock().unwrap().clone()
    }
}

#[test]
fn prints_status_and_body_of_the_answer() {
    let server = Listener::start();
    let message = fixture("messages/delete.json");
    let run = server.post(&["--organization", "Contoso.Example", &message]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    let told: Vec<_> = run.out.lines().collect();
    assert!(
        told[0].starts_with(&format!("{message}: 200 OK in ")),
        "{}",
        run.out
    );
    assert_eq!(told[1..], ["\\u{1b}[31mDelete seen"]);
    assert_eq!(run.err, "");

    let [(uri, headers, body)] = &server.seen()[..] else {
        panic!("one post")
    };
    assert_eq!(uri, "/crm");
    assert_eq!(headers["x-ms-dynamics-organization"], "contoso.example");
    assert_eq!(headers["x-ms-dynamics-entity-name"], "account");
    assert_eq!(body, &fs::read(&message).unwrap());
}

#[test]
fn posts_all_and_fails_if_one_did() {
    let server = Listener::start();
    let broken = file("broken.json", "{");
    let fault = fixture("messages/serviceendpointfault.json");
    let run = server.post(&[
        &fixture("messages/update-images.json"),
        &broken,
        &fault,
        &fixture("messages/delete.json"),
    ]);
    assert_eq!(run.code, Some(1));
    assert!(run.out.contains("503 Service Unavailable"), "{}", run.out);
    assert!(run.out.contains("at try 2"), "{}", run.out);
    assert!(run.out.contains("Delete seen"), "{}", run.out);
    assert!(run.err.contains(&format!("{broken}: ")), "{}", run.err);
    assert!(
        run.err.contains("found a ServiceEndpointFault"),
        "{}",
        run.err
    );
    assert!(
        run.err.ends_with("4 messages: 1 succeeded, 3 failed\n"),
        "{}",
        run.err
    );
    assert_eq!(server.seen().len(), 3);
}

#[test]
fn stops_quietly_and_fails_when_nobody_reads_on() {
    let server = Listener::start();
    let message = fixture("messages/delete.json");
    let mut child = listener(&["post", "--url", &server.url, &message, &message])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let run: Run = child.wait_with_output().unwrap().into();
    assert_eq!((run.code, &*run.err), (Some(1), ""));
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn posts_xml_as_json() {
    let server = Listener::start();
    let run = server.post(&[&fixture("messages/delete.xml")]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    let json = fs::read(fixture("messages/delete.json")).unwrap();
    assert_eq!(server.seen()[0].2, json);
}

#[test]
fn posts_the_sample_of_the_repository_where_that_is_asked_for() {
    let server = Listener::start();
    let run = server.post(&["--sample"]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(run.out.starts_with("sample: 200 OK in "), "{}", run.out);
    let sample = fixtures().join("../../examples/messages/create-account.json");
    assert_eq!(server.seen()[0].2, fs::read(sample).unwrap());

    let without = server.post(&[]);
    assert_eq!(without.code, Some(2));
    assert!(without.err.contains("<FILE>"), "{}", without.err);
}

#[test]
fn posts_standard_input() {
    let server = Listener::start();
    let json = fs::read(fixture("messages/delete.json")).unwrap();
    let mut command = listener(&["post", "-"]);
    let run = run_with_input(command.env("LISTENER_URL", &server.url), &json);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert_eq!(server.seen()[0].2, json);
}

#[test]
fn encodes_twice_on_request() {
    let server = Listener::start();
    let message = fixture("messages/text.json");
    server.post(&["--double-encode", &message]);
    let repaired = listener_core::decode::repair(&server.seen()[0].2).unwrap();
    assert_eq!(repaired, fs::read(&message).unwrap());
}

#[test]
fn authenticates_by_arguments_or_environment() {
    let server = Listener::start();
    let message = fixture("messages/delete.json");
    server.post(&["--webhook-key", "k1", &message]);
    server.post(&["--header", "x-a=1", "--header", "x-b=2=3", &message]);
    server.post(&["--query", "a=1", "--query", "b=", &message]);
    for (variable, value) in [
        ("LISTENER_WEBHOOK_KEY", "k2"),
        ("LISTENER_HEADER", "x-a=1\nx-b=2"),
        ("LISTENER_QUERY", "a=2"),
    ] {
        let mut command = listener(&["post", "--url", &server.url, &message]);
        run(command.env(variable, value));
    }
    let seen = server.seen();
    let uris: Vec<_> = seen.iter().map(|(uri, ..)| uri.to_string()).collect();
    assert_eq!(
        uris,
        [
            "/crm?code=k1",
            "/crm",
            "/crm?a=1&b=",
            "/crm?code=k2",
            "/crm",
            "/crm?a=2"
        ]
    );
    assert_eq!(seen[1].1["x-a"], "1");
    assert_eq!(seen[1].1["x-b"], "2=3");
    assert_eq!(seen[4].1["x-b"], "2");
}

#[test]
fn takes_one_kind_of_authentication() {
    let run = run(&mut listener(&[
        "post",
        "--url",
        "http://127.0.0.1:1/",
        "--webhook-key",
        "k",
        "--query",
        "a=b",
        "file",
    ]));
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("cannot be used with"), "{}", run.err);
}

#[test]
fn tells_no_secret() {
    const CANARY: &str = "canary-51cc";
    let message = fixture("messages/delete.json");
    let refused = format!("http://127.0.0.1:1/crm?sig={CANARY}");
    let mut told = String::new();
    let mut tell = |arguments: &[&str], variable: &str| {
        let mut command = listener(&["post"]);
        command.env("LISTENER_URL", &refused).env(variable, CANARY);
        let run = run(command.args(arguments));
        told += &run.out;
        told += &run.err;
        run.code
    };
    for variable in ["LISTENER_WEBHOOK_KEY", "LISTENER_HEADER", "LISTENER_QUERY"] {
        assert_eq!(tell(&["--help"], variable), Some(0));
        assert_eq!(tell(&[], variable), Some(2));
        assert_eq!(tell(&[&message], variable), Some(1));
    }
    assert_eq!(
        tell(&["--ca", "no such file", &message], "LISTENER_QUERY"),
        Some(1)
    );
    assert!(told.contains("expected NAME=VALUE in `--header`"), "{told}");
    assert!(told.contains("no complete answer"), "{told}");
    assert!(told.contains("no such file: cannot be read"), "{told}");
    assert!(!told.contains(CANARY), "{told}");
}
