//! Brokers to listen on.

use std::{process::Stdio, time::Duration};

use listener_core::amqp::{ConnectionString, Namespace, ReceiverOptions};
use listener_local::{local::LocalAzure, service_bus::engine::QueueOptions};
use serde_json::{Value, json};
use tests::judges::{home, node};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    process::Command,
};

pub(crate) const QUEUE: &str = "crm";

/// How long a lock holds: the least that Service Bus has, so that what a killed listener held comes again in a run.
pub(crate) const LOCK: Duration = Duration::from_secs(5);

/// How long an answer may take.
pub(crate) const SOON: Duration = Duration::from_secs(30);

/// Of how many dead letters there is an account.
const DEAD_LETTERS: u32 = 1_000;

/// A broker, as long as it is kept, with a queue that has Azure's settings but for its [`LOCK`].
pub(crate) struct Server {
    pub(crate) connection_string: String,
    _keep: Box<dyn Send + Sync>,
}

impl Server {
    /// The Service Bus of listener-local.
    pub(crate) async fn local() -> Self {
        let azure = LocalAzure::builder().create_on_use(false).start().await;
        let azure = azure.expect("a Service Bus on loopback");
        let options = QueueOptions {
            lock_duration: LOCK,
            ..QueueOptions::default()
        };
        let made = azure.namespace().create_queue(QUEUE, options);
        made.expect("a queue");
        Self {
            connection_string: azure.connection_string(),
            _keep: Box::new(azure),
        }
    }

    /// The small one on rhea, in a process of its own, if it is installed.
    pub(crate) async fn rhea() -> Option<Self> {
        if !home("javascript").join("server").is_dir() {
            return None;
        }
        let mut command = Command::from(node("server/main.js"));
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().expect("a server on Node");
        let mut stdin = child.stdin.take().expect("a pipe");
        let stdout = child.stdout.take().expect("a pipe");
        let mut lines = BufReader::new(stdout).lines();
        let ready = lines.next_line().await.expect("a line").expect("a line");
        let ready: Value = serde_json::from_str(&ready).expect("a line of JSON");
        let queue = json!({
            "id": 1,
            "do": "queue",
            "name": QUEUE,
            "lock_ms": LOCK.as_millis() as u64,
            "max_deliveries": QueueOptions::default().max_delivery_count,
        });
        let written = stdin.write_all(format!("{queue}\n").as_bytes()).await;
        written.expect("a server that reads");
        // What it tells of each message would fill the pipe. It answers in the order in which it was told.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Some(Self {
            connection_string: ready["connection_string"]
                .as_str()
                .expect("a connection string")
                .to_owned(),
            _keep: Box::new((child, stdin)),
        })
    }

    pub(crate) fn namespace(&self) -> Namespace {
        let string: ConnectionString = self.connection_string.parse().expect("a connection string");
        Namespace::new(&string)
    }

    /// How many messages are dead-lettered.
    pub(crate) async fn dead_lettered(&self) -> usize {
        let connection = self.namespace().connect().await.expect("a connection");
        let address = format!("{QUEUE}/$DeadLetterQueue");
        let receiver = connection.receiver(&address, ReceiverOptions::peek_lock(), SOON);
        let receiver = receiver.await.expect("a receiver of dead letters");
        receiver.set_credit(DEAD_LETTERS);
        let drained = receiver.drain(SOON).await.expect("a drained link");
        assert!(drained, "the dead letters could not be counted");
        receiver.buffered()
    }
}
