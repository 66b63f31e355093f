//! Random operations, and a restart after them: what is there is what was.

use proptest::prelude::*;

use super::{super::super::TopicOptions, *};

#[derive(Clone, Debug)]
enum Step {
    Send(u8),
    Schedule(u8),
    Settle(u8, u8),
    TakeDeferred(i64),
    ReceiveAndDelete,
    Delete(usize),
    State(u8),
    Commit,
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => any::<u8>().prop_map(Step::Send),
        1 => any::<u8>().prop_map(Step::Schedule),
        6 => (any::<u8>(), any::<u8>()).prop_map(|(queue, how)| Step::Settle(queue, how)),
        1 => (1_i64..30).prop_map(Step::TakeDeferred),
        1 => Just(Step::ReceiveAndDelete),
        1 => (1_usize..3).prop_map(Step::Delete),
        1 => any::<u8>().prop_map(Step::State),
        2 => Just(Step::Commit),
        1 => Just(Step::Restart),
    ]
}

const PATHS: [&str; 5] = [
    "q",
    "q/$deadletterqueue",
    "t/subscriptions/s",
    "t/subscriptions/s/$deadletterqueue",
    "sessions",
];

/// Everything that a restart keeps: messages but for their locks, session states, counts.
fn seen(namespace: &Namespace) -> Vec<String> {
    let mut seen = Vec::new();
    for path in PATHS {
        let queue = namespace.open(path).unwrap();
        for each in queue.peek(0, usize::MAX, None).unwrap() {
            seen.push(format!("{path} {:?} {:?}", each.state(), each.encode()));
        }
        let counts = queue.counts().unwrap();
        seen.push(format!(
            "{path} {} {} {} {}",
            counts.active, counts.deferred, counts.scheduled, counts.bytes
        ));
    }
    let sessions = namespace.open("sessions").unwrap();
    seen.extend(sessions.sessions(0, usize::MAX).unwrap());
    seen
}

fn set_up(namespace: &Namespace) {
    let options = QueueOptions {
        max_delivery_count: 2,
        lock_duration: MINUTE * 60,
        ..QueueOptions::default()
    };
    let sessions = QueueOptions {
        requires_session: true,
        ..options.clone()
    };
    namespace.create_queue("q", options.clone()).unwrap();
    namespace.create_queue("sessions", sessions).unwrap();
    namespace
        .create_topic("t", &TopicOptions::default())
        .unwrap();
    namespace.create_subscription("t", "s", options).unwrap();
}

async fn take(namespace: &Namespace, step: &Step) {
    match step {
        Step::Send(which) => {
            let path = ["q", "t", "sessions"][usize::from(which % 3)];
            let sent = in_session(&which.to_string(), &(which % 4).to_string());
            namespace.send(path, sent).unwrap();
        }
        Step::Schedule(which) => {
            let due = namespace.now().as_millis() + 3_600_000;
            let due = super::super::super::Timestamp::from_millis(due);
            let path = ["q", "t"][usize::from(which % 2)];
            namespace
                .schedule(path, vec![message("later")], due)
                .unwrap();
        }
        Step::Settle(queue, how) => {
            let queue = namespace.open(PATHS[usize::from(queue % 4)]).unwrap();
            let received = queue.try_receive(ReceiveMode::PeekLock, 1).unwrap();
            let change = || vec![("how".to_owned(), SimpleValue::Ubyte(*how))];
            let settlement = match how % 5 {
                0 => Settlement::Complete,
                1 => Settlement::Abandon(change()),
                2 => Settlement::Defer(change()),
                3 => Settlement::DeadLetter {
                    reason: None,
                    description: None,
                    changes: change(),
                },
                // Stays locked.
                _ => return,
            };
            if let Some(received) = received.first() {
                // Dead letters cannot be dead-lettered.
                let _ = queue.settle(received.lock_token(), settlement);
            }
        }
        Step::TakeDeferred(sequence) => {
            let queue = namespace.open("q").unwrap();
            let _ = queue.receive_deferred(&[*sequence], ReceiveMode::ReceiveAndDelete);
        }
        Step::ReceiveAndDelete => {
            let queue = namespace.open("q").unwrap();
            queue.try_receive(ReceiveMode::ReceiveAndDelete, 1).unwrap();
        }
        Step::Delete(max) => {
            let queue = namespace.open("q").unwrap();
            queue.delete_batch(*max, namespace.now()).unwrap();
        }
        Step::State(which) => {
            let queue = namespace.open("sessions").unwrap();
            let id = (which % 4).to_string();
            let session = queue.accept_session(Some(&id), MINUTE).await.unwrap();
            let state = (which % 3 > 0).then(|| vec![*which].into());
            session.set_state(state).unwrap();
            session.release().unwrap();
        }
        Step::Commit => namespace.committed().await.unwrap(),
        Step::Restart => {}
    }
}

async fn run(steps: Vec<Step>) {
    let directory = Directory::new();
    let mut namespace = open(&directory);
    set_up(&namespace);
    for step in steps.into_iter().chain([Step::Restart]) {
        take(&namespace, &step).await;
        if let Step::Restart = step {
            let before = seen(&namespace);
            namespace = reopen(namespace, &directory).await;
            assert_eq!(seen(&namespace), before);
        }
    }
}

proptest! {
    // Each commit waits for the disk.
    #![proptest_config(ProptestConfig::with_cases(6))]
    #[test]
    fn a_restart_keeps_all_that_was(steps in proptest::collection::vec(step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        runtime.block_on(run(steps));
    }
}
