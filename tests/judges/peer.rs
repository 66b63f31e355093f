//! Azure's own libraries, each behind a runner of checks.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use serde::Deserialize;
use serde_json::Value;
use tests::judges::{self, home};
use tokio::{io::AsyncWriteExt, process::Command};

/// A language in which Azure has a library that runs here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    Python,
    JavaScript,
}

/// What a check said.
#[derive(Debug, Deserialize)]
pub(crate) struct Verdict {
    pub(crate) run: String,
    pub(crate) name: String,
    pub(crate) ok: bool,
    pub(crate) error: Option<String>,
    pub(crate) ms: u64,
}

impl Peer {
    /// Where its checks are written down.
    pub(crate) fn sources(self) -> PathBuf {
        let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
        peers.join(self.folder())
    }

    /// Whether `tests/peers/install` has been run.
    pub(crate) fn is_installed(self) -> bool {
        match self {
            Self::Python => home(self.folder()).join("azure").is_dir(),
            Self::JavaScript => home(self.folder()).join("node_modules").is_dir(),
        }
    }

    /// The Config.json that declares the entities of all checks.
    pub(crate) async fn config(self) -> Value {
        let output = self
            .runner()
            .arg("config")
            .output()
            .await
            .expect("the runner of the checks");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{self:?} gave no Config.json: {errors}"
        );
        serde_json::from_slice(&output.stdout).expect("a Config.json")
    }

    /// Has the checks judge what the lines name; `root` is a certificate to trust.
    pub(crate) async fn judge(self, lines: &[String], root: Option<&Path>) -> Vec<Verdict> {
        let mut command = self.runner();
        command.arg("run").kill_on_drop(true);
        if let Some(root) = root {
            command.env("NODE_EXTRA_CA_CERTS", root);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut runner = command.spawn().expect("the runner of the checks");
        let mut stdin = runner.stdin.take().expect("a pipe");
        let lines = lines.join("\n");
        stdin
            .write_all(lines.as_bytes())
            .await
            .expect("a runner that reads");
        drop(stdin);
        let output = runner.wait_with_output().await.expect("a runner that ends");
        String::from_utf8_lossy(&output.stdout)
            .lines()
            .map(|line| serde_json::from_str(line).expect("a verdict"))
            .collect()
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::JavaScript => "javascript",
        }
    }

    fn runner(self) -> Command {
        Command::from(match self {
            Self::Python => judges::python("judge.py"),
            Self::JavaScript => judges::node("judge.js"),
        })
    }
}
