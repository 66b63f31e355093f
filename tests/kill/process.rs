//! The listener, as its killer sees it.

use std::{os::unix::process::ExitStatusExt as _, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout},
    time::{sleep, timeout},
};

use crate::{application::Application, moment::Kill};

const SIGKILL: i32 = 9;

/// How long it may take to do what is waited for: only a listener that does nothing takes so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// A listener that runs.
pub(crate) struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Process {
    pub(crate) fn start(application: &Application) -> Self {
        let mut command = application.command().expect("this binary's path");
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().expect("this binary, started again");
        let stdout = child.stdout.take().expect("a pipe");
        Self {
            child,
            lines: BufReader::new(stdout).lines(),
        }
    }

    /// Waits for the moment, and kills it.
    pub(crate) async fn kill(mut self, kill: Kill) {
        let moment = async {
            for _ in 0..kill.nth {
                while !self.line().await.starts_with(kill.line) {}
            }
        };
        let waited = timeout(PATIENCE, moment).await;
        waited.unwrap_or_else(|_| panic!("the listener did not get to {kill:?} in {PATIENCE:?}"));
        sleep(kill.then).await;
        self.child.start_kill().expect("a process that runs");
        let status = self.child.wait().await.expect("the end of the process");
        assert_eq!(
            status.signal(),
            Some(SIGKILL),
            "ended before it was killed: {status}"
        );
    }

    /// Waits until `over`, then lets it end as a service is ended.
    pub(crate) async fn end(mut self, over: impl Future<Output = ()>) {
        tokio::select! {
            () = over => {}
            () = async { loop { self.line().await; } } => {}
        }
        drop(self.child.stdin.take());
        let ended = timeout(PATIENCE, async {
            while let Ok(Some(_)) = self.lines.next_line().await {}
            self.child.wait().await
        });
        let status = ended.await.expect("a listener that ends when it is told");
        let status = status.expect("the end of the process");
        assert!(status.success(), "it ended badly: {status}");
    }

    async fn line(&mut self) -> String {
        match self.lines.next_line().await {
            Ok(Some(line)) => line,
            end => panic!("the listener ended before it was killed: {end:?}"),
        }
    }
}
