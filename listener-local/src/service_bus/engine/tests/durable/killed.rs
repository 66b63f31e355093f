//! A process that is killed at any moment, as a machine that loses its power: what it acknowledged is there again.

use std::{
    collections::HashSet,
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
};

use super::*;

const VARIABLE: &str = "LISTENER_STORE_OF_THE_KILLED";
const ROUNDS: usize = 20;
/// How many messages go round in transactions.
const MOVED: usize = 10;

/// What runs in the process that is killed; as a test it does nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_killed_process() {
    let Some(directory) = std::env::var_os(VARIABLE) else {
        return;
    };
    let namespace = Namespace::open_in(directory, NamespaceOptions::default()).unwrap();
    // They are there from the second round on.
    for path in ["q", "moves"] {
        let _ = namespace.create_queue(path, QueueOptions::default());
    }
    let sender = |_| tokio::spawn(send(namespace.clone()));
    let senders: Vec<_> = (0..4).map(sender).collect();
    let receiver = tokio::spawn(receive(namespace.open("q").unwrap()));
    let mover = tokio::spawn(move_on(namespace));
    for task in senders.into_iter().chain([receiver, mover]) {
        task.await.unwrap();
    }
}

async fn send(namespace: Namespace) {
    // More than any round sees.
    for _ in 0..100_000 {
        let id = Uuid::new_v4().simple().to_string();
        namespace.send("q", message(&id)).unwrap();
        namespace.committed().await.unwrap();
        tell('+', &id);
    }
}

async fn receive(queue: MessageQueue) {
    loop {
        // Two of three are left in the queue.
        let received = queue.receive(ReceiveMode::PeekLock, 3).await.unwrap();
        let first = id(&received[0]);
        tell('?', &first);
        let token = received[0].lock_token();
        queue.settle(token, Settlement::Complete).unwrap();
        queue.committed().await.unwrap();
        tell('-', &first);
    }
}

/// Puts all messages of a queue behind themselves, in one transaction each time.
async fn move_on(namespace: Namespace) {
    let queue = namespace.open("moves").unwrap();
    if queue.peek(0, 1, None).unwrap().is_empty() {
        let messages = (0..MOVED).map(|id| message(&id.to_string())).collect();
        namespace.send_batch("moves", messages).unwrap();
    }
    loop {
        let received = queue.receive(ReceiveMode::PeekLock, MOVED).await.unwrap();
        let mut transaction = namespace.transaction();
        for each in &received {
            let token = each.lock_token();
            transaction
                .settle(&queue, token, Settlement::Complete)
                .unwrap();
            transaction.send("moves", vec![message(&id(each))]).unwrap();
        }
        transaction.commit().unwrap();
        namespace.committed().await.unwrap();
    }
}

/// One line at once: a line that is cut off by the end was never told.
fn tell(what: char, id: &str) {
    let line = format!("\n{what}{id}.\n");
    std::io::stdout().write_all(line.as_bytes()).unwrap();
}

#[derive(Default)]
struct Told {
    sent: HashSet<String>,
    asked: HashSet<String>,
    completed: HashSet<String>,
}

#[tokio::test]
async fn what_a_killed_process_acknowledged_is_there_again() {
    let directory = Directory::new();
    let mut told = Told::default();
    for round in 0..ROUNDS {
        run_and_kill(&directory, &mut told, 1 + round * 37 % 80);
        let namespace = open(&directory);
        let queue = namespace.open("q").unwrap();
        let there = ids(&queue.peek(0, usize::MAX, None).unwrap());
        let unique: HashSet<String> = there.iter().cloned().collect();
        assert_eq!(unique.len(), there.len(), "no message is there twice");
        let lost = told.sent.difference(&told.asked);
        let lost: Vec<_> = lost.filter(|id| !unique.contains(*id)).collect();
        assert!(lost.is_empty(), "round {round}: {} lost", lost.len());
        let back = told.completed.intersection(&unique).count();
        assert_eq!(back, 0, "round {round}: completed ones came again");
        check_moved(&namespace, round);
        namespace.close().await.unwrap();
    }
    assert!(told.sent.len() > ROUNDS && !told.completed.is_empty());
}

fn check_moved(namespace: &Namespace, round: usize) {
    let Ok(moves) = namespace.open("moves") else {
        return;
    };
    let mut there: Vec<usize> = ids(&moves.peek(0, usize::MAX, None).unwrap())
        .iter()
        .map(|id| id.parse().unwrap())
        .collect();
    there.sort_unstable();
    let all: Vec<usize> = (0..MOVED).collect();
    assert!(
        there.is_empty() || there == all,
        "round {round}: {there:?} of the moved ones are there"
    );
}

/// Lets the process acknowledge so many sends, kills it, and takes in what it told.
fn run_and_kill(directory: &Directory, told: &mut Told, sends: usize) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["the_killed_process", "--nocapture", "--test-threads=1"])
        .env(VARIABLE, &directory.0)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut seen = 0;
    for line in lines {
        let line = line.unwrap();
        let Some(line) = line.strip_suffix('.') else {
            continue;
        };
        let known = match line.chars().next() {
            Some('+') => &mut told.sent,
            Some('?') => &mut told.asked,
            Some('-') => &mut told.completed,
            _ => continue,
        };
        known.insert(line[1..].to_owned());
        seen += usize::from(line.starts_with('+'));
        if seen == sends {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(seen >= sends, "the process ended before it was killed");
}
