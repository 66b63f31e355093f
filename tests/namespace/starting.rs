//! How a host that cannot start says so: what is wrong, where, and what to change.

use std::{error::Error as StdError, time::Duration};

use listener_core::{
    Host, Router,
    amqp::{ConnectionString, Connector, Message, Namespace, Trust},
    source::service_bus::{Queue, Sender, SenderOptions},
};
use listener_local::{
    faults::Fault,
    local::LocalAzure,
    service_bus::{
        broker::Keys,
        engine::{EntityStatus, QueueOptions},
    },
};
use tokio::time::Instant;

use crate::bus::{Bus, KEY, string};

/// What a user reads: the error of `serve`, with all that caused it.
async fn refused(queue: Queue) -> String {
    let router = Router::new().fallback(|| async {}).with_state(());
    let error = Host::new(queue).serve(router).await.unwrap_err();
    let mut text = error.to_string();
    let mut cause = StdError::source(&error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    assert!(!text.contains("canary"), "{text}");
    text
}

fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "expected `{part}` in: {text}");
    }
}

async fn refused_in_memory(bus: &Bus, name: &str) -> String {
    refused(Queue::new(bus.namespace(), name)).await
}

#[tokio::test(start_paused = true)]
async fn a_wrong_key_is_named_with_its_host_and_entity() {
    let bus = Bus::of(QueueOptions::default(), Some(Keys::new(KEY, "right")));
    let start = Instant::now();
    let text = refused_in_memory(&bus, "crm").await;
    says(
        &text,
        &[
            "`sb://localhost/crm`",
            "at `localhost`, with the key `RootManageSharedAccessKey`",
            "not authorized",
            "check that the key is the present one of this policy",
        ],
    );
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "it was tried again"
    );
    let error = Sender::open(bus.namespace(), "crm", SenderOptions::default()).await;
    says(
        &error.unwrap_err().to_string(),
        &["with the key `RootManageSharedAccessKey`"],
    );
}

#[tokio::test(start_paused = true)]
async fn a_fixed_signature_that_has_expired_says_since_when() {
    let bus = Bus::new();
    let text = "Endpoint=sb://localhost;SharedAccessSignature=SharedAccessSignature sr=x&sig=canary&se=1700000000&skn=k;\
                UseDevelopmentEmulator=true";
    let queue = Queue::new(bus.reached_by(&text.parse().unwrap()), "crm");
    says(
        &refused(queue).await,
        &[
            "at `localhost`, with a fixed signature",
            "expired at 2023-11-14 22:13:20 UTC",
            "put a new `SharedAccessSignature` into the connection string",
        ],
    );
}

#[tokio::test(start_paused = true)]
async fn an_entity_that_is_not_there_is_named_with_its_host() {
    let text = refused_in_memory(&Bus::new(), "nowhere").await;
    says(
        &text,
        &[
            "`nowhere`",
            "at `localhost`",
            "not found",
            "check the entity's name",
        ],
    );
}

#[tokio::test(start_paused = true)]
async fn an_entity_that_requires_sessions_says_so() {
    let queue = QueueOptions {
        requires_session: true,
        ..QueueOptions::default()
    };
    let text = refused_in_memory(&Bus::of(queue, None), "crm").await;
    says(
        &text,
        &[
            "`crm`",
            "at `localhost`",
            "not allowed",
            "whether the entity requires sessions",
        ],
    );
}

#[tokio::test(start_paused = true)]
async fn an_entity_that_is_disabled_says_so() {
    let queue = QueueOptions {
        status: EntityStatus::Disabled,
        ..QueueOptions::default()
    };
    let text = refused_in_memory(&Bus::of(queue, None), "crm").await;
    says(
        &text,
        &[
            "`crm`",
            "at `localhost`",
            "set the entity's status to Active",
        ],
    );
}

#[test]
fn a_string_for_another_entity_is_refused_before_anything_is_connected() {
    let text =
        "Endpoint=sb://localhost;SharedAccessKeyName=k;SharedAccessKey=canary;EntityPath=erp";
    let error = Queue::from_string(text, "crm").unwrap_err().to_string();
    says(&error, &["`erp` alone (its `EntityPath`), not for `crm`"]);
    assert!(!error.contains("canary"), "{error}");
    Queue::from_string(text, "ERP").unwrap();
}

/// A namespace that is given up soon.
fn soon(text: &str) -> Namespace {
    let string: ConnectionString = text.parse().unwrap();
    Namespace::new(&string).start_timeout(Duration::from_millis(1))
}

fn real(host: &str, emulator: bool) -> String {
    let string = format!("Endpoint=sb://{host};SharedAccessKeyName=k;SharedAccessKey=canary");
    if emulator {
        format!("{string};UseDevelopmentEmulator=true")
    } else {
        string
    }
}

#[tokio::test]
async fn a_host_that_is_unknown_is_named() {
    let text = refused(Queue::new(soon(&real("contoso.invalid", false)), "crm")).await;
    says(
        &text,
        &[
            "`contoso.invalid`, port 5671",
            "no connection",
            "check the endpoint's name",
        ],
    );
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_named() {
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap().to_string();
    drop(socket);
    let text = refused(Queue::new(soon(&real(&address, true)), "crm")).await;
    says(
        &text,
        &["`127.0.0.1`, port", "no connection", "the firewall"],
    );
}

#[tokio::test]
async fn a_port_without_tls_where_tls_is_spoken_says_so() {
    let azure = LocalAzure::start().await.unwrap();
    let host = format!("localhost:{}", azure.amqp_port());
    let text = refused(Queue::new(soon(&real(&host, false)), "crm")).await;
    says(
        &text,
        &[
            "`localhost`, port",
            "TLS: ",
            "nothing answered in TLS",
            "`UseDevelopmentEmulator=true`",
        ],
    );
}

#[tokio::test]
async fn a_port_with_tls_where_none_is_spoken_says_so() {
    let azure = LocalAzure::builder().tls_port(0).start().await.unwrap();
    let host = format!("localhost:{}", azure.amqps_port().unwrap());
    let text = refused(Queue::new(soon(&real(&host, true)), "crm")).await;
    says(&text, &["`localhost`, port", "without TLS"]);
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_ends_the_start_at_once() {
    let azure = LocalAzure::builder().tls_port(0).start().await.unwrap();
    let string: ConnectionString = azure.tls_connection_string().unwrap().parse().unwrap();
    let other = LocalAzure::builder().tls_port(0).start().await.unwrap();
    let root = other.tls_root_pem().unwrap();
    let trust = Trust::roots_from_pem(root.as_bytes()).unwrap();
    let namespace = Namespace::new(&string).connector(Connector::new(&string).trust(trust));
    let text = refused(Queue::new(namespace, "crm")).await;
    says(
        &text,
        &[
            "`localhost`, port",
            "certificate is not trusted",
            "`Connector::trust`",
        ],
    );
}

#[tokio::test]
async fn a_port_of_another_protocol_says_so() {
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = socket.accept().await.unwrap();
            let answer = b"HTTP/1.1 400 Bad Request\r\n\r\n";
            let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, answer).await;
        }
    });
    let text = refused(Queue::new(soon(&real(&address, true)), "crm")).await;
    says(
        &text,
        &[
            "`127.0.0.1`, port",
            "check that endpoint and port are those of AMQP",
        ],
    );
}

#[tokio::test(start_paused = true)]
async fn after_the_first_success_the_same_is_waited_for() {
    let bus = Bus::new();
    let (seen, mut told) = tokio::sync::mpsc::unbounded_channel();
    let router = Router::new()
        .fallback(move || {
            let seen = seen.clone();
            async move { seen.send(()).unwrap() }
        })
        .with_state(());
    let host = Host::new(Queue::new(bus.reached_by(&string("x")), "crm"));
    let serving = tokio::spawn(host.serve(router).into_future());
    let sender = Sender::open(bus.namespace(), "crm", SenderOptions::default())
        .await
        .unwrap();
    let claims = "http://schemas.microsoft.com/xrm/2011/Claims/";
    let sent = || {
        let message = Message::new(tests::fixtures::golden("assign", "json"))
            .property(format!("{claims}RequestName"), "Assign".into())
            .property(format!("{claims}EntityLogicalName"), "account".into());
        sender.send(message)
    };
    sent().await.unwrap();
    let status = |status| QueueOptions {
        status,
        ..QueueOptions::default()
    };
    bus.engine
        .update_queue("crm", status(EntityStatus::ReceiveDisabled))
        .unwrap();
    bus.suffers(Fault::Cut).await;
    tokio::time::sleep(Duration::from_secs(1_000)).await;
    assert!(!serving.is_finished(), "the host gave up");
    bus.engine
        .update_queue("crm", status(EntityStatus::Active))
        .unwrap();
    sent().await.unwrap();
    let two = async {
        told.recv().await.unwrap();
        told.recv().await.unwrap();
    };
    tokio::time::timeout(Duration::from_secs(120), two)
        .await
        .unwrap();
}
