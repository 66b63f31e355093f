//! The process that is killed: a listener as one would write it, but for what it says about itself.

use std::{
    env,
    fs::{File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use listener_core::{
    Attempt, Binding, Context, Host, Result, Router, State,
    source::service_bus::{Mode, Options, Queue},
};
use tokio::{process::Command, task::spawn_blocking, time::sleep};

use crate::server::QUEUE;

/// What it says, a line each, so that it can be killed at that moment; the last two with the number of a message.
pub(crate) const CONNECTING: &str = "connecting";
pub(crate) const BEGUN: &str = "begun";
pub(crate) const DONE: &str = "done";

/// How long a handler is at work before its effect, and after it: long enough to be killed meanwhile.
pub(crate) const WORK: Duration = Duration::from_millis(20);

const CONDUCT: &str = "LISTENER_KILLED_CONDUCT";
const CONNECTION_STRING: &str = "LISTENER_KILLED_CONNECTION_STRING";
const EFFECTS: &str = "LISTENER_KILLED_EFFECTS";

/// When a listener settles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conduct {
    /// After the handler has returned, as the host does.
    SettlesLast,
    /// When a message is sent to it.
    ReceivesAndDeletes,
    /// As soon as it has a message: the handler leaves the work to a task.
    AcceptsFirst,
}

/// What the process is told.
#[derive(Debug)]
pub(crate) struct Application {
    pub(crate) conduct: Conduct,
    pub(crate) connection_string: String,
    pub(crate) effects: PathBuf,
}

/// What its handlers share.
#[derive(Clone)]
struct Worker {
    conduct: Conduct,
    effects: Arc<File>,
}

impl Application {
    pub(crate) fn from_env() -> Option<Self> {
        let conduct = env::var(CONDUCT).ok()?;
        let every = [
            Conduct::SettlesLast,
            Conduct::ReceivesAndDeletes,
            Conduct::AcceptsFirst,
        ];
        Some(Self {
            conduct: every
                .into_iter()
                .find(|one| format!("{one:?}") == conduct)?,
            connection_string: env::var(CONNECTION_STRING).ok()?,
            effects: env::var_os(EFFECTS)?.into(),
        })
    }

    /// This test binary again, in the part of the listener.
    pub(crate) fn command(&self) -> io::Result<Command> {
        let mut command = Command::new(env::current_exe()?);
        command
            .args(["listener", "--exact", "--ignored", "--nocapture"])
            .env(CONDUCT, format!("{:?}", self.conduct))
            .env(CONNECTION_STRING, &self.connection_string)
            .env(EFFECTS, &self.effects);
        Ok(command)
    }

    /// Listens until its standard input ends.
    pub(crate) async fn run(self) -> Result {
        let worker = Worker {
            conduct: self.conduct,
            effects: Arc::new(open(&self.effects)?),
        };
        let router = Router::new()
            .on(Binding::message("Create").entity("account"), handle)
            .with_state(worker);
        let mut options = Options::default();
        options.prefetch = 20;
        if self.conduct == Conduct::ReceivesAndDeletes {
            options.mode = Mode::ReceiveAndDelete;
        }
        let queue = Queue::from_string(&self.connection_string, QUEUE)?.options(options);
        println!("{CONNECTING}");
        let told_to_end = spawn_blocking(|| io::copy(&mut io::stdin(), &mut io::sink()));
        let end = async move { drop(told_to_end.await) };
        Host::new(queue)
            .serve(router)
            .concurrency(16)
            .with_graceful_shutdown(end)
            .await?;
        Ok(())
    }
}

/// Adds a line to the file: the number of the message, and of its delivery.
async fn handle(
    context: Context,
    Attempt(attempt): Attempt,
    State(worker): State<Worker>,
) -> Result {
    let number = context.primary_entity_id().as_u128();
    if worker.conduct == Conduct::AcceptsFirst {
        tokio::spawn(worker.work(number, attempt));
        return Ok(());
    }
    worker.work(number, attempt).await
}

impl Worker {
    async fn work(self, number: u128, attempt: u32) -> Result {
        println!("{BEGUN} {number}");
        sleep(WORK).await;
        spawn_blocking(move || {
            // One write, so that a line is there or is not.
            (&*self.effects).write_all(format!("{number} {attempt}\n").as_bytes())?;
            self.effects.sync_data()
        })
        .await??;
        println!("{DONE} {number}");
        sleep(WORK).await;
        Ok(())
    }
}

fn open(effects: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(effects)
}
