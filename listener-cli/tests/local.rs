//! `listener local`, as a user runs it.
#![expect(unreachable_pub, reason = "the support is shared by test programs")]

#[expect(dead_code, reason = "no input is needed here")]
mod support;

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
};

use support::{file, listener, run};

/// A command that runs, and the lines that it has written up to the one that tells that it is ready.
struct Local {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
}

impl Local {
    fn start(arguments: &[&str]) -> Self {
        let mut child = listener(&["local", "--port", "0", "--http-port", "0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child, out }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        line
    }

    /// Sends a signal; gives the exit code, and what else was written.
    #[cfg(unix)]
    fn end(mut self, signal: &str) -> (Option<i32>, String, String) {
        let id = self.child.id().to_string();
        let kill = Command::new("kill").args([signal, &id]).status();
        assert!(kill.unwrap().success());
        let (mut out, mut err) = (String::new(), String::new());
        self.out.read_to_string(&mut out).unwrap();
        let mut stderr = self.child.stderr.take().unwrap();
        stderr.read_to_string(&mut err).unwrap();
        (self.child.wait().unwrap().code(), out, err)
    }
}

/// So that a test that fails leaves nothing behind.
impl Drop for Local {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ready(line: &str) -> serde_json::Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"))
}

#[cfg(unix)]
#[test]
fn the_ready_line_is_all_that_json_writes_and_a_signal_ends_it_well() {
    for signal in ["-INT", "-TERM"] {
        let mut local = Local::start(&["--json"]);
        let line = local.line();
        assert!(line.starts_with(r#"{"amqp_port":"#), "{line}");
        let ready = ready(&line);
        let port = ready["amqp_port"].as_u64().unwrap();
        assert_eq!(ready["amqps_port"], serde_json::Value::Null);
        assert_eq!(
            ready["connection_string"].as_str().unwrap(),
            format!(
                "Endpoint=sb://localhost:{port};SharedAccessKeyName=RootManageSharedAccessKey;\
                 SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true;"
            )
        );
        assert_eq!(local.end(signal), (Some(0), String::new(), String::new()));
    }
}

#[test]
fn health_is_served_when_the_ready_line_is_out() {
    let mut local = Local::start(&["--json"]);
    let ready = ready(&local.line());
    let port = u16::try_from(ready["http_port"].as_u64().unwrap()).unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream
        .write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[cfg(unix)]
#[test]
fn people_are_told_what_is_served_and_how_to_connect() {
    let mut local = Local::start(&[]);
    assert_eq!(
        local.line(),
        "Service Bus is ready on this machine. Ctrl-C ends it.\n"
    );
    let (code, out, err) = local.end("-INT");
    assert_eq!((code, err.as_str()), (Some(0), ""));
    for part in [
        "AMQP   localhost:",
        "HTTP   http://localhost:",
        "Endpoint=sb://localhost:",
        "made when they are used",
        "in memory",
        "export SERVICEBUS_CONNECTION_STRING='Endpoint=sb://localhost:",
        "listener post --queue crm --sample",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
    assert!(!out.contains("AMQPS"), "{out}");
}

#[cfg(unix)]
#[test]
fn what_it_says_to_do_next_works_where_there_is_no_file() {
    let mut local = Local::start(&[]);
    let mut commands = String::new();
    while !commands.contains("listener post ") {
        let line = local.line();
        assert!(!line.is_empty(), "the next steps end with a post");
        if line.starts_with("  export ") || line.starts_with("  listener ") {
            commands += &line;
        }
    }
    let command = Path::new(env!("CARGO_BIN_EXE_listener"));
    let empty = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no files");
    fs::create_dir_all(&empty).unwrap();
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", &commands]).current_dir(empty);
    let run = run(shell.env("PATH", command.parent().unwrap()));
    assert_eq!(run.code, Some(0), "{commands}: {}", run.err);
    assert!(run.out.contains("Succeeded"), "{}", run.out);
    assert!(
        run.out.ends_with("  Create   account  sample\n"),
        "{}",
        run.out
    );
}

#[cfg(unix)]
#[test]
fn what_clients_do_wrong_is_told() {
    let mut local = Local::start(&["--json"]);
    let ready = ready(&local.line());
    let port = u16::try_from(ready["amqp_port"].as_u64().unwrap()).unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    // The beginning of a TLS handshake.
    stream.write_all(&[22, 3, 1]).unwrap();
    let _ = stream.read_to_end(&mut Vec::new());
    let (code, _, err) = local.end("-INT");
    assert_eq!(code, Some(0));
    assert!(err.contains("speaks TLS to the port without it"), "{err}");
}

#[cfg(unix)]
#[test]
fn what_a_file_declares_is_named_and_its_warnings_are_told() {
    let config = file(
        "local-warning.json",
        r#"{"UserConfig": {"Namespaces": [{"Name": "sbemulatorns", "Queues": [{"Name": "crm", "Color": "red"}]}]}}"#,
    );
    let mut local = Local::start(&["--config", &config]);
    local.line();
    let (code, out, err) = local.end("-INT");
    assert_eq!(code, Some(0));
    assert!(out.contains("Entities: crm.\n"), "{out}");
    assert!(
        err.starts_with(&format!(
            "{config}: warning: $.UserConfig.Namespaces[0].Queues[0].Color: "
        )),
        "{err}"
    );
}

#[test]
fn each_fault_of_a_file_is_told_with_its_place() {
    let config = file(
        "local-faults.json",
        r#"{"UserConfig": {"Namespaces": [{"Name": "sbemulatorns", "Queues": [
            {"Name": "crm", "Properties": {"LockDuration": "soon"}}, {"Properties": {}}]}]}}"#,
    );
    let arguments = ["local", "--port", "0", "--http-port", "0", "--config"];
    let run = run(listener(&arguments).arg(&config));
    assert_eq!((run.code, run.out.as_str()), (Some(1), ""));
    let queues = format!("{config}: $.UserConfig.Namespaces[0].Queues");
    let told: Vec<_> = run.err.lines().collect();
    assert_eq!(told.len(), 2, "{}", run.err);
    assert!(
        told[0].starts_with(&format!("{queues}[0].Properties.LockDuration: ")),
        "{}",
        told[0]
    );
    assert!(told[1].starts_with(&format!("{queues}[1]")), "{}", told[1]);
}

#[test]
fn a_port_that_is_taken_is_told_with_what_to_do() {
    let mut first = Local::start(&["--json"]);
    let port = ready(&first.line())["amqp_port"].to_string();
    let run = run(&mut listener(&[
        "local",
        "--http-port",
        "0",
        "--port",
        &port,
    ]));
    assert_eq!((run.code, run.out.as_str()), (Some(1), ""));
    assert!(run.err.contains("RabbitMQ"), "{}", run.err);
    assert!(run.err.contains("`--port 0`"), "{}", run.err);
}

#[test]
fn faults_are_switched_on_before_the_ready_line() {
    let mut local = Local::start(&["--json", "--fault", "cut=bytes:1"]);
    let ready = ready(&local.line());
    let port = u16::try_from(ready["amqp_port"].as_u64().unwrap()).unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(b"AMQP\x03\x01\0\0").unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert_eq!(answer.len(), 1);

    let run = run(&mut listener(&["local", "--fault", "gremlins"]));
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("`half-open`"), "{}", run.err);
}

#[test]
fn the_root_of_the_certificate_is_written_before_the_ready_line() {
    let root = file("local-root.pem", "");
    let mut local = Local::start(&["--json", "--tls-port", "0", "--tls-root", &root]);
    let ready = ready(&local.line());
    assert!(ready["amqps_port"].is_u64(), "{ready}");
    let pem = std::fs::read_to_string(&root).unwrap();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"), "{pem}");
    assert!(!pem.contains("PRIVATE"));
}
