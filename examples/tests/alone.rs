//! The examples as a newcomer starts them: with nothing set.

use std::{
    io::{BufRead, BufReader, Lines},
    process::{Child, ChildStdout, Command, Stdio},
};

use listener_local::poster::{Poster, Settings};

struct Example(Child);

impl Drop for Example {
    fn drop(&mut self) {
        // Gone already, if all went well.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

type Printed = Lines<BufReader<ChildStdout>>;

impl Example {
    fn start(program: &str, arguments: &[&str]) -> (Self, Printed) {
        let mut command = Command::new(program);
        for name in ["CONNECTION_STRING", "QUEUE", "TOPIC", "SUBSCRIPTION"] {
            command.env_remove(format!("SERVICEBUS_{name}"));
        }
        for name in ["HEADER_KEY", "WEBHOOK_KEY"] {
            command.env_remove(name);
        }
        let mut child = command
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        (Self(child), lines)
    }

    /// Interrupts it, and gives what it prints after the lines that were read.
    fn end(mut self, lines: Printed) -> Vec<String> {
        let id = self.0.id().to_string();
        let interrupt = Command::new("kill").args(["-INT", &id]).status().unwrap();
        assert!(interrupt.success());
        let last = lines.map(Result::unwrap).collect();
        assert!(self.0.wait().unwrap().success());
        last
    }
}

/// Lines that the example prints until there are six, in order of their text, and what it prints when it is interrupted.
fn run(program: &str, arguments: &[&str]) -> (Vec<String>, String) {
    let (example, mut lines) = Example::start(program, arguments);
    let mut six: Vec<String> = lines.by_ref().take(6).map(Result::unwrap).collect();
    six.sort();
    (six, example.end(lines).join("\n"))
}

/// What the example answers to the samples, posted to the URL that it prints, and what it prints from then on.
fn post(program: &str) -> (Vec<String>, Vec<String>) {
    let (example, mut lines) = Example::start(program, &["127.0.0.1:0"]);
    let curl = lines.by_ref().map(Result::unwrap);
    let curl = curl.take(10).find(|line| line.starts_with("  curl "));
    let curl = curl.expect("it prints what to try");
    let url = curl.split('"').nth(1).expect("a URL");
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    let poster = Poster::new(url, Settings::default()).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let answers = examples::SAMPLES.iter().map(|(name, body)| {
        let posted = runtime.block_on(poster.post(*body)).unwrap();
        assert!(posted.is_success(), "{name}: {}", posted.status);
        String::from_utf8(posted.answer.to_vec()).unwrap()
    });
    let answers = answers.collect();
    (answers, example.end(lines))
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
fn a_rest_listener_answers_each_sample_at_the_url_that_it_prints() {
    let (answers, last) = post(env!("CARGO_BIN_EXE_rest-listener"));
    assert_eq!(
        answers[0],
        "\"Create account 9f3b1c52-7d4e-4a0c-9a55-1d2e3f405162: score 68\""
    );
    assert!(answers.iter().all(|answer| answer.contains(": score ")));
    assert_eq!(last.last().unwrap(), REPORT);
}

#[test]
fn a_webhook_listener_prints_a_line_for_each_sample_at_the_url_that_it_prints() {
    let (answers, last) = post(env!("CARGO_BIN_EXE_webhook-listener"));
    assert!(answers.iter().all(String::is_empty));
    assert!(
        last.contains(&"1: new account \"Café Zürich GmbH\"".to_owned()),
        "{last:?}"
    );
    assert!(last.iter().any(|line| line.starts_with("6: ")), "{last:?}");
    assert_eq!(last.last().unwrap(), REPORT);
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
