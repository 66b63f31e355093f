//! `listener post` to queues and topics, as a user runs it.
#![expect(unreachable_pub, reason = "the support is shared by test programs")]

mod support;

use std::{fs, net::TcpListener};

use listener_local::{
    amqp::Server,
    service_bus::{
        broker::Broker,
        engine::{Namespace, QueueOptions, ReceiveMode, Received},
    },
};
use support::{Run, file, fixture, listener, run, run_with_input};
use tokio::runtime::Runtime;

const CANARY: &str = "canary-77ab";

/// A Service Bus on loopback with a queue `crm`.
struct Bus {
    string: String,
    namespace: Namespace,
    _runtime: Runtime,
}

impl Bus {
    fn start() -> Self {
        let runtime = Runtime::new().unwrap();
        let _entered = runtime.enter();
        let namespace = Namespace::new(Default::default());
        namespace
            .create_queue("crm", QueueOptions::default())
            .unwrap();
        let socket = runtime
            .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
            .unwrap();
        let string = string(socket.local_addr().unwrap().port(), "");
        let server = Server::new(Broker::new(namespace.clone()));
        runtime.spawn(server.serve(socket));
        Self {
            string,
            namespace,
            _runtime: runtime,
        }
    }

    fn received(&self) -> Vec<Received> {
        let queue = self.namespace.open("crm").unwrap();
        queue
            .try_receive(ReceiveMode::ReceiveAndDelete, 100)
            .unwrap()
    }
}

/// A connection string of the loopback, and what more is said in it.
fn string(port: u16, more: &str) -> String {
    format!(
        "Endpoint=sb://127.0.0.1:{port};SharedAccessKeyName=x;SharedAccessKey={CANARY};UseDevelopmentEmulator=true;{more}"
    )
}

/// A port that nobody listens on.
fn nobody() -> u16 {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    socket.local_addr().unwrap().port()
}

fn post(string: Option<&str>, arguments: &[&str]) -> Run {
    let mut command = listener(&["post"]);
    if let Some(string) = string {
        command.env("SERVICEBUS_CONNECTION_STRING", string);
    }
    let run = run(command.args(arguments));
    assert!(!run.out.contains(CANARY) && !run.err.contains(CANARY));
    run
}

#[test]
fn posts_all_files_and_lists_their_jobs() {
    let bus = Bus::start();
    let files =
        ["delete.msbin1", "create-all-types.json"].map(|name| fixture(&format!("messages/{name}")));
    let arguments = [
        "--queue",
        "crm",
        "--organization",
        "Contoso.Example",
        &files[0],
        &files[1],
    ];
    let run = post(Some(&bus.string), &arguments);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert_eq!(run.err, "2 messages: 2 succeeded, 0 failed\n");
    let rows: Vec<Vec<_>> = run
        .out
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(
        rows[0],
        [
            "STATUS", "TRIES", "TIME", "BYTES", "MESSAGE", "TABLE", "FILE"
        ]
    );
    let bytes = fs::metadata(&files[0]).unwrap().len().to_string();
    assert_eq!(rows[1][..2], ["Succeeded", "1"]);
    assert_eq!(rows[1][4..], [&bytes, "Delete", "account", &files[0]]);
    assert_eq!(rows[2][5..], ["Create", "account", &files[1]]);

    let received = bus.received();
    let said = received.iter().map(|one| {
        let message = one.message();
        let claims = format!("{:?}", message.application_properties());
        assert!(claims.contains("contoso.example"), "{claims}");
        message
            .properties()
            .content_type
            .clone()
            .unwrap()
            .to_string()
    });
    assert_eq!(said.collect::<Vec<_>>(), ["application/msbin1"; 2]);
}

#[test]
fn posts_standard_input_in_the_format_that_is_asked_for() {
    let bus = Bus::start();
    let json = fs::read(fixture("messages/delete.json")).unwrap();
    let mut command = listener(&["post", "--topic", "crm", "--format", "xml", "-"]);
    let run = run_with_input(
        command.env("SERVICEBUS_CONNECTION_STRING", &bus.string),
        &json,
    );
    assert_eq!(run.code, Some(0), "{}", run.err);
    let message = bus.received()[0].message().body();
    // The body is one data section: some bytes of AMQP's in front of it (AMQP 1.0, messaging, 3.2.6).
    let start = message.iter().position(|byte| *byte == b'<').unwrap();
    assert_eq!(
        message[start..],
        fs::read(fixture("messages/delete.xml")).unwrap()
    );
}

#[test]
fn posts_more_files_than_may_be_unfinished_at_a_time() {
    let bus = Bus::start();
    let message = fixture("messages/delete.json");
    let mut arguments = vec!["--queue", "crm"];
    arguments.extend(vec![&*message; 300]);
    let run = post(Some(&bus.string), &arguments);
    assert_eq!(run.err, "300 messages: 300 succeeded, 0 failed\n");
    assert_eq!(run.out.lines().count(), 301);
}

#[test]
fn says_what_to_change_when_there_is_no_such_queue() {
    let bus = Bus::start();
    let message = fixture("messages/delete.json");
    let run = post(Some(&bus.string), &["--queue", "erp", &message]);
    assert_eq!(run.code, Some(1));
    assert!(run.out.contains("Failed"), "{}", run.out);
    assert!(run.err.contains("check the entity's name"), "{}", run.err);
}

#[test]
fn says_what_to_set_and_what_serves_one_without_azure() {
    let message = fixture("messages/delete.json");
    for unset in [None, Some("")] {
        for option in ["--queue", "--topic"] {
            let run = post(unset, &[option, "crm", &message]);
            assert_eq!(run.code, Some(1));
            for words in ["set SERVICEBUS_CONNECTION_STRING", "`listener local`"] {
                assert!(run.err.contains(words), "{}", run.err);
            }
        }
    }
}

#[test]
fn says_how_an_endpoint_is_given() {
    let message = fixture("messages/delete.json");
    let run = post(None, &[&message]);
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("--url"), "{}", run.err);
    assert!(run.err.contains("--queue"), "{}", run.err);

    let run = post(Some(&string(1, "")), &[&message]);
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("no `EntityPath`"), "{}", run.err);

    let run = post(Some("Endpoint=nonsense"), &["--queue", "crm", &message]);
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("cannot be used"), "{}", run.err);
}

#[test]
fn takes_one_endpoint() {
    for other in [["--url", "http://h/"], ["--topic", "crm"]] {
        let mut arguments = vec!["--queue", "crm", "file"];
        arguments.extend(other);
        let run = post(None, &arguments);
        assert_eq!(run.code, Some(2));
        assert!(run.err.contains("cannot be used with"), "{}", run.err);
    }
}

#[test]
fn respects_the_entity_of_the_connection_string() {
    let message = fixture("messages/delete.json");
    let narrow = string(nobody(), "EntityPath=crm");
    let run = post(Some(&narrow), &["--queue", "erp", &message]);
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("for `crm` alone"), "{}", run.err);

    let run = post(Some(&narrow), &["--retries", "0", &message]);
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("no connection"), "{}", run.err);
}

#[test]
fn a_variable_for_webhooks_does_not_stand_in_the_way_of_a_queue() {
    let mut command = listener(&["post", "--queue", "crm", "--retries", "0"]);
    command.env("LISTENER_URL", "http://127.0.0.1:1/");
    command.env("SERVICEBUS_CONNECTION_STRING", string(nobody(), ""));
    let run = run(command.arg(fixture("messages/delete.json")));
    assert!(run.err.contains("no connection"), "{}", run.err);
}

#[test]
fn lists_the_jobs_and_fails_if_one_did() {
    let broken = file("broken-for-a-queue.json", "{");
    let delete = fixture("messages/delete.json");
    let string = string(nobody(), "");
    let run = post(
        Some(&string),
        &["--queue", "crm", "--retries", "1", &broken, &delete],
    );
    assert_eq!(run.code, Some(1));
    let lines: Vec<_> = run.out.lines().collect();
    let [head, job] = lines[..] else {
        panic!("one job: {}", run.out)
    };
    assert!(head.starts_with("STATUS  TRIES"), "{head}");
    let cells: Vec<_> = job.split_whitespace().collect();
    assert_eq!(cells[..2], ["Failed", "2"]);
    assert_eq!(cells[5..], ["Delete", "account", &delete]);
    assert!(run.err.contains(&format!("{broken}: ")), "{}", run.err);
    assert!(
        run.err.contains(&format!("{delete}: attempt 1: AMQP: ")),
        "{}",
        run.err
    );
    assert!(
        run.err.ends_with("2 messages: 0 succeeded, 2 failed\n"),
        "{}",
        run.err
    );
}

#[test]
fn help_shows_no_connection_string() {
    let run = post(Some(&string(1, "")), &["--help"]);
    assert_eq!(run.code, Some(0));
    assert!(
        run.out.contains("SERVICEBUS_CONNECTION_STRING"),
        "{}",
        run.out
    );
    assert!(
        run.out.contains("other users of this machine"),
        "{}",
        run.out
    );
}
