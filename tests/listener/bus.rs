//! The small Service Bus on rhea, in a process of its own (`tests/peers/javascript/server`).

use std::{
    collections::VecDeque,
    fmt::Write as _,
    process::Stdio,
    sync::{
        Once,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde_json::{Map, Value, json};
use tests::judges;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

/// How long something may take that has to come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// For how long something is looked for that must not come.
pub(crate) const GLANCE: Duration = Duration::from_millis(200);

/// A server; it ends with this.
pub(crate) struct Bus {
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    connection_string: String,
    /// What was told and not asked for yet.
    events: VecDeque<Value>,
    _process: Child,
}

static COMMANDS: AtomicU64 = AtomicU64::new(1);
static SAID: Once = Once::new();

impl Bus {
    /// Starts one; `None`, with a line that says so, where rhea is not installed.
    pub(crate) async fn start() -> Option<Self> {
        if !judges::home("javascript")
            .join("node_modules/rhea")
            .is_dir()
        {
            SAID.call_once(|| judges::skip("rhea", 1));
            return None;
        }
        judges::count("run", 1);
        let mut process = Command::from(judges::node("server/main.js"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("Node");
        let mut this = Self {
            stdin: process.stdin.take().expect("a pipe"),
            lines: BufReader::new(process.stdout.take().expect("a pipe")).lines(),
            connection_string: String::new(),
            events: VecDeque::new(),
            _process: process,
        };
        let ready = this.line().await;
        this.connection_string = text(&ready, "connection_string").to_owned();
        Some(this)
    }

    pub(crate) fn connection_string(&self) -> &str {
        &self.connection_string
    }

    /// Gives a command, and waits until it is done.
    pub(crate) async fn run(&mut self, command: &str, given: Value) -> Value {
        let id = COMMANDS.fetch_add(1, Ordering::Relaxed);
        let mut line: Map<_, _> = given.as_object().cloned().unwrap_or_default();
        line.insert("id".into(), id.into());
        line.insert("do".into(), command.into());
        let line = format!("{}\n", Value::Object(line));
        let written = self.stdin.write_all(line.as_bytes()).await;
        written.expect("a server that reads");
        loop {
            let mut told = self.line().await;
            if told["id"] == id {
                let error = told["error"].as_str();
                assert!(error.is_none(), "`{command}`: {error:?}");
                return told["ok"].take();
            }
            self.events.push_back(told);
        }
    }

    /// Turns a switch on, for so many times.
    pub(crate) async fn switch(&mut self, name: &str, times: u32) {
        self.run("switch", json!({"name": name, "times": times}))
            .await;
    }

    /// How many messages of a queue are ready, locked, deferred and dead.
    pub(crate) async fn counts(&mut self, queue: &str) -> [u64; 4] {
        let counts = self.run("counts", json!({ "queue": queue })).await;
        ["ready", "locked", "deferred", "dead"].map(|name| counts[name].as_u64().unwrap_or(99))
    }

    /// The next event that is looked for, however long ago it was; those before it stay.
    ///
    /// # Errors
    /// If it does not come.
    pub(crate) async fn event(
        &mut self,
        what: &str,
        wanted: impl Fn(&Value) -> bool,
    ) -> Result<Value, String> {
        match timeout(PATIENCE, self.find(&wanted)).await {
            Ok(event) => Ok(event),
            Err(_) => Err(format!("{what} did not come; there were {:?}", self.events)),
        }
    }

    /// The next outcome that was told of a message.
    ///
    /// # Errors
    /// If none comes.
    pub(crate) async fn outcome(&mut self, message: &str) -> Result<Value, String> {
        self.event(&format!("an outcome of {message}"), |event| {
            is(event, "outcome", message)
        })
        .await
    }

    /// Waits until a link is attached to a queue.
    ///
    /// # Errors
    /// If none is.
    pub(crate) async fn attached(&mut self, queue: &str) -> Result<(), String> {
        let attached = |event: &Value| event["event"] == "attached" && event["queue"] == queue;
        self.event("a link", attached).await.map(drop)
    }

    /// Sees that no event comes that must not come, for a moment.
    ///
    /// # Errors
    /// If it does.
    pub(crate) async fn no_event(&mut self, name: &str, message: &str) -> Result<(), String> {
        let wanted = |event: &Value| is(event, name, message);
        match timeout(GLANCE, self.find(&wanted)).await {
            Ok(event) => Err(format!("expected no such event, found {event}")),
            Err(_) => Ok(()),
        }
    }

    /// How many such events were told so far.
    pub(crate) async fn told(&mut self, name: &str, message: &str) -> usize {
        // What was said before an answer has come before it.
        self.counts("none").await;
        let events = self.events.iter();
        events.filter(|event| is(event, name, message)).count()
    }

    async fn find(&mut self, wanted: &impl Fn(&Value) -> bool) -> Value {
        loop {
            if let Some(at) = self.events.iter().position(wanted) {
                return self.events.remove(at).expect("an event that was found");
            }
            let event = self.line().await;
            self.events.push_back(event);
        }
    }

    /// Safe to drop while it waits.
    async fn line(&mut self) -> Value {
        let line = self.lines.next_line().await.expect("a pipe");
        let line = line.expect("a server that runs");
        serde_json::from_str(&line).expect("a line of JSON")
    }
}

/// Whether an event is of this name, and about this message.
fn is(event: &Value, name: &str, message: &str) -> bool {
    event["event"] == name && event["message_id"] == message
}

/// A text in what was told; empty where there is none.
pub(crate) fn text<'a>(told: &'a Value, name: &str) -> &'a str {
    told[name].as_str().unwrap_or_default()
}

/// Bytes as commands carry them.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
