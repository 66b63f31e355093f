use bytes::Bytes;

use super::{super::super::*, *};
use crate::service_bus::rules::{CorrelationFilter, Filter, Rule, SqlAction, SqlFilter};

fn with_queue(directory: &Directory, options: QueueOptions) -> (Namespace, MessageQueue) {
    let namespace = open(directory);
    namespace.create_queue("q", options).unwrap();
    let queue = namespace.open("q").unwrap();
    (namespace, queue)
}

#[tokio::test]
async fn messages_of_all_states_are_there_again() {
    let directory = Directory::new();
    let (namespace, queue) = with_queue(&directory, QueueOptions::default());
    for id in ["deferred", "dead", "failed", "gone"] {
        namespace.send("q", message(id)).unwrap();
    }
    let property = vec![("why".to_owned(), SimpleValue::String("late".to_owned()))];
    let dead = Settlement::DeadLetter {
        reason: Some("bad".to_owned()),
        description: None,
        changes: Vec::new(),
    };
    for settlement in [Settlement::Defer(property), dead] {
        queue.settle(lock(&queue).lock_token(), settlement).unwrap();
    }
    let abandon = Settlement::Abandon(Vec::new());
    queue.settle(lock(&queue).lock_token(), abandon).unwrap();
    let received = queue.try_receive(ReceiveMode::PeekLock, 2).unwrap();
    queue
        .settle(received[1].lock_token(), Settlement::Complete)
        .unwrap();
    let due = Timestamp::from_millis(namespace.now().as_millis() + 3_600_000);
    let cancelled = namespace.schedule("q", vec![message("never")], due);
    namespace
        .schedule("q", vec![message("scheduled")], due)
        .unwrap();
    namespace
        .cancel_scheduled("q", &cancelled.unwrap())
        .unwrap();
    let before = queue.peek(0, 9, None).unwrap();

    let namespace = reopen(namespace, &directory).await;
    let queue = namespace.open("q").unwrap();
    let after = queue.peek(0, 9, None).unwrap();
    let told = |all: &[Received]| -> Vec<_> {
        let told = |each: &Received| (each.encode(), each.sequence_number(), each.state());
        all.iter().map(told).collect()
    };
    assert_eq!(told(&after), told(&before));
    assert_eq!(ids(&after), ["deferred", "failed", "scheduled"]);
    // Locked when the namespace ended: the lock is gone, and does not count.
    let failed = lock(&queue);
    assert_eq!(
        (id(&failed).as_str(), failed.delivery_count()),
        ("failed", 1)
    );
    let dead = dead_letters(&namespace, "q");
    assert_eq!(reason(&dead[0]).as_deref(), Some("bad"));
    let deferred = queue.receive_deferred(&[1], ReceiveMode::PeekLock).unwrap();
    assert_eq!(
        super::super::property(&deferred[0], "why").as_deref(),
        Some("late")
    );
    assert_eq!(namespace.send("q", message("next")), Ok(7));
}

#[tokio::test]
async fn dropping_the_namespace_commits_as_closing_does() {
    let directory = Directory::new();
    let (namespace, queue) = with_queue(&directory, QueueOptions::default());
    namespace.send("q", message("1")).unwrap();
    drop((namespace, queue));
    let queue = open(&directory).open("q").unwrap();
    assert_eq!(id(&lock(&queue)), "1");
}

#[tokio::test]
async fn numbers_of_messages_that_are_gone_are_not_given_again() {
    let directory = Directory::new();
    let (namespace, queue) = with_queue(&directory, QueueOptions::default());
    namespace.send("q", message("1")).unwrap();
    assert_eq!(queue.purge(), Ok(1));
    let namespace = reopen(namespace, &directory).await;
    assert_eq!(namespace.send("q", message("2")), Ok(2));
}

#[tokio::test]
async fn session_states_outlive_the_lock_and_the_process() {
    let directory = Directory::new();
    let options = QueueOptions {
        requires_session: true,
        ..QueueOptions::default()
    };
    let (namespace, queue) = with_queue(&directory, options);
    namespace.send("q", in_session("1", "a")).unwrap();
    for (id, state) in [("a", Some("here")), ("b", Some("too")), ("c", None)] {
        let session = queue.accept_session(Some(id), MINUTE).await.unwrap();
        session.set_state(Some(Bytes::from("first"))).unwrap();
        session.set_state(state.map(Bytes::from)).unwrap();
    }
    let namespace = reopen(namespace, &directory).await;
    let queue = namespace.open("q").unwrap();
    assert_eq!(queue.sessions(0, 9).unwrap(), ["a", "b"]);
    let session = queue.accept_session(None, MINUTE).await.unwrap();
    assert_eq!(session.state().unwrap().unwrap(), "here");
    let received = session.try_receive(ReceiveMode::PeekLock, 9).unwrap();
    assert_eq!(ids(&received), ["1"]);
}

#[tokio::test]
async fn duplicates_are_known_again() {
    let directory = Directory::new();
    let options = QueueOptions {
        duplicate_detection: Some(MINUTE * 60),
        ..QueueOptions::default()
    };
    let (namespace, _queue) = with_queue(&directory, options);
    assert_eq!(namespace.send("q", message("1")), Ok(1));
    let namespace = reopen(namespace, &directory).await;
    assert_eq!(namespace.send("q", message("1")), Ok(0));
    assert_eq!(namespace.send("q", message("2")), Ok(2));
}

#[tokio::test]
async fn entities_and_rules_are_there_again_as_they_were_last() {
    let directory = Directory::new();
    let namespace = open(&directory);
    for name in ["gone", "kept"] {
        namespace
            .create_queue(name, QueueOptions::default())
            .unwrap();
        namespace.send(name, message("1")).unwrap();
    }
    namespace.delete("gone").unwrap();
    let options = QueueOptions {
        lock_duration: Duration::from_millis(1_500),
        forward_dead_lettered_to: Some("elsewhere".to_owned()),
        status: EntityStatus::SendDisabled,
        ..QueueOptions::default()
    };
    namespace.update_queue("kept", options).unwrap();
    namespace
        .create_topic("t", &TopicOptions::default())
        .unwrap();
    namespace
        .create_subscription("t", "s", SubscriptionOptions::default())
        .unwrap();
    let path = "t/subscriptions/s";
    let action: SqlAction = "SET a = 1; REMOVE b".parse().unwrap();
    let parameters = [("@size".to_owned(), 5_i64.into())];
    let filter = SqlFilter::new("size > @size", parameters, &Default::default()).unwrap();
    let correlation = CorrelationFilter {
        label: Some("contact".to_owned()),
        properties: vec![("priority".to_owned(), "high".into())],
        ..CorrelationFilter::default()
    };
    for rule in [
        Rule::new("sql", filter).unwrap().with_action(action),
        Rule::new("equal", correlation).unwrap(),
        Rule::new("none", Filter::False).unwrap(),
    ] {
        namespace.add_rule(path, rule).unwrap();
    }
    namespace.remove_rule(path, "none").unwrap();
    let rules = namespace.rules(path).unwrap();

    let namespace = reopen(namespace, &directory).await;
    assert_eq!(namespace.entities(), ["kept", "t", path]);
    assert_eq!(namespace.rules(path).unwrap(), rules);
    let kept = namespace.describe("kept").unwrap();
    assert_eq!(kept.counts.active, 1);
    assert_eq!(kept.options.status, EntityStatus::SendDisabled);
    assert_eq!(kept.options.lock_duration, Duration::from_millis(1_500));
    // A new entity takes nothing of a deleted one.
    namespace
        .create_queue("gone", QueueOptions::default())
        .unwrap();
    assert_eq!(namespace.describe("gone").unwrap().counts.active, 0);
    assert_eq!(namespace.send("gone", message("1")), Ok(1));
}

#[tokio::test]
async fn a_message_scheduled_before_comes_when_it_is_due() {
    let directory = Directory::new();
    let (namespace, _queue) = with_queue(&directory, QueueOptions::default());
    let due = Timestamp::from_millis(namespace.now().as_millis() + 20);
    namespace.schedule("q", vec![message("1")], due).unwrap();
    let namespace = reopen(namespace, &directory).await;
    let queue = namespace.open("q").unwrap();
    let received = queue.receive(ReceiveMode::PeekLock, 1).await.unwrap();
    assert_eq!(received[0].enqueued_time(), due);
}

#[tokio::test]
async fn a_store_that_is_mostly_empty_is_made_smaller() {
    let directory = Directory::new();
    let (namespace, queue) = with_queue(&directory, QueueOptions::default());
    for _ in 0..40 {
        let large = Message::from_data(&[0x55; 100_000]).unwrap();
        namespace.send("q", large).unwrap();
    }
    namespace.committed().await.unwrap();
    assert_eq!(queue.purge(), Ok(40));
    namespace.send("q", message("kept")).unwrap();
    let namespace = reopen(namespace, &directory).await;
    let size = fs::metadata(directory.store()).unwrap().len();
    assert!(size < 2 << 20, "{size} bytes for one message");
    let namespace = reopen(namespace, &directory).await;
    assert_eq!(id(&lock(&namespace.open("q").unwrap())), "kept");
}

#[tokio::test]
async fn a_closed_namespace_refuses_to_send() {
    let directory = Directory::new();
    let (namespace, queue) = with_queue(&directory, QueueOptions::default());
    namespace.send("q", message("1")).unwrap();
    namespace.close().await.unwrap();
    let error = namespace.send("q", message("2")).unwrap_err();
    assert_eq!(error.condition(), "com.microsoft:server-busy");
    let settled = queue.settle(lock(&queue).lock_token(), Settlement::Complete);
    assert_eq!(settled, Ok(()));
    assert!(queue.committed().await.is_err());
}

#[tokio::test]
async fn a_namespace_in_memory_is_always_committed() {
    let (namespace, queue) = queue(QueueOptions::default());
    namespace.send("q", message("1")).unwrap();
    namespace.committed().await.unwrap();
    queue.committed().await.unwrap();
    namespace.close().await.unwrap();
}
