//! Azure's own libraries, at work on the same Service Bus as our listener (`tests/peers/{python,javascript}/hand`).

use std::process::Stdio;

use serde_json::{Value, json};
use tests::judges;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

use crate::bus::PATIENCE;

/// A language in which Azure has a library that runs here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Python,
    JavaScript,
}

/// A library that does what it is told; it ends with this.
pub(crate) struct Hand {
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    _process: Child,
}

impl Hand {
    /// Starts one; `None`, with a line that says so, where it is not installed.
    pub(crate) fn start(language: Language, connection_string: &str) -> Option<Self> {
        let (there, command) = match language {
            Language::Python => ("python/azure", judges::python("hand.py")),
            Language::JavaScript => ("javascript/node_modules/@azure", judges::node("hand.js")),
        };
        if !judges::home(there).is_dir() {
            judges::skip(&format!("{language:?}"), 1);
            return None;
        }
        judges::count("run", 1);
        let mut process = Command::from(command)
            .arg(connection_string)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the language of the library");
        Some(Self {
            stdin: process.stdin.take().expect("a pipe"),
            lines: BufReader::new(process.stdout.take().expect("a pipe")).lines(),
            _process: process,
        })
    }

    /// Gives a command on the queue `crm`, and waits until it is done.
    ///
    /// # Errors
    /// What the library says.
    pub(crate) async fn run(&mut self, command: &str, given: Value) -> Result<Value, String> {
        let mut line = json!({"do": command, "queue": "crm"});
        for (name, value) in given.as_object().into_iter().flatten() {
            line[name] = value.clone();
        }
        let written = self.stdin.write_all(format!("{line}\n").as_bytes()).await;
        written.map_err(|error| error.to_string())?;
        let told = timeout(PATIENCE, self.lines.next_line()).await;
        let told = told.map_err(|_| format!("`{command}` was not answered"))?;
        let told = told.map_err(|error| error.to_string())?;
        let told = told.ok_or_else(|| format!("`{command}` ended the library's process"))?;
        let mut told: Value = serde_json::from_str(&told).expect("a line of JSON");
        match told["error"].as_str() {
            Some(error) => Err(format!("`{command}`: {error}")),
            None => Ok(told["ok"].take()),
        }
    }
}
