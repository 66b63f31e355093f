//! The examples as a newcomer starts them: with nothing set.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

struct Example(Child);

impl Drop for Example {
    fn drop(&mut self) {
        // Gone already, if all went well.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Lines that the example prints until there are six, in order of their text, and what it prints when it is interrupted.
fn run(program: &str, arguments: &[&str]) -> (Vec<String>, String) {
    let mut command = Command::new(program);
    for name in ["CONNECTION_STRING", "QUEUE", "TOPIC", "SUBSCRIPTION"] {
        command.env_remove(format!("SERVICEBUS_{name}"));
    }
    let child = command
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut example = Example(child);
    let mut lines = BufReader::new(example.0.stdout.take().unwrap()).lines();
    let mut six: Vec<String> = lines.by_ref().take(6).map(Result::unwrap).collect();
    six.sort();
    let id = example.0.id().to_string();
    let interrupt = Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(interrupt.success());
    let last: Vec<String> = lines.map(Result::unwrap).collect();
    assert!(example.0.wait().unwrap().success());
    (six, last.join("\n"))
}

const REPORT: &str = "6 received: 6 accepted, 0 released, 0 rejected";

#[test]
fn a_queue_listener_shows_each_sample_and_ends_well() {
    let (lines, report) = run(env!("CARGO_BIN_EXE_queue-listener"), &[]);
    assert_eq!(
        lines[0],
        "Assign account 9f3b1c52-7d4e-4a0c-9a55-1d2e3f405162"
    );
    assert_eq!(
        lines[1],
        "Create account 9f3b1c52-7d4e-4a0c-9a55-1d2e3f405162: \"Café Zürich GmbH\", attempt 1"
    );
    assert_eq!(report, REPORT);
}

#[test]
fn each_subscriber_of_a_topic_gets_what_its_rules_say() {
    let (lines, report) = run(env!("CARGO_BIN_EXE_topic-listener"), &[]);
    let accounts = lines.iter().filter(|line| line.starts_with("accounts: "));
    assert!(accounts.clone().all(|line| line.contains(" account ")));
    assert_eq!(accounts.count(), 4);
    assert_eq!(
        lines[5],
        "others: contoso_ScoreLead none 00000000-0000-0000-0000-000000000000"
    );
    assert_eq!(report, REPORT);
}

#[test]
fn dead_letters_are_told_and_kept_as_they_came() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let (lines, report) = run(env!("CARGO_BIN_EXE_dead-letter-listener"), &[path]);
    assert!(lines.iter().all(|line| {
        line.ends_with(": NoSuchCustomer (The order system does not know this customer.)")
    }));
    assert_eq!(report, REPORT);
    let kept: Vec<_> = folder.path().read_dir().unwrap().collect();
    assert_eq!(kept.len(), 6);
    for file in kept {
        let body = std::fs::read(file.unwrap().path()).unwrap();
        let options = listener_core::decode::DecodeOptions::default();
        listener_core::decode::decode(&body, None, &options).unwrap();
    }
}
