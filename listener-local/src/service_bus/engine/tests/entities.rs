use super::{
    super::{EntityKind, EntityStatus, TopicOptions},
    *,
};
use crate::service_bus::rules::{Filter, Rule};

fn topic(subscriptions: &[&str]) -> Namespace {
    let namespace = Namespace::new(NamespaceOptions::default());
    namespace
        .create_topic("T", &TopicOptions::default())
        .unwrap();
    for name in subscriptions {
        let options = SubscriptionOptions::default();
        namespace.create_subscription("t", name, options).unwrap();
    }
    namespace
}

fn all(namespace: &Namespace, path: &str) -> Vec<Received> {
    namespace.open(path).unwrap().peek(0, 100, None).unwrap()
}

#[tokio::test(start_paused = true)]
async fn each_subscription_gets_its_own_copy() {
    let namespace = topic(&["one", "two"]);
    namespace.send("t", message("a")).unwrap();
    let one = namespace
        .open("amqps://localhost/T/Subscriptions/One")
        .unwrap();
    let received = lock(&one);
    one.settle(received.lock_token(), Settlement::Complete)
        .unwrap();
    assert_eq!(ids(&all(&namespace, "t/subscriptions/two")), ["a"]);
}

#[tokio::test(start_paused = true)]
async fn a_copy_without_a_session_id_is_dead_lettered_where_sessions_are_required() {
    let namespace = topic(&[]);
    let options = SubscriptionOptions {
        requires_session: true,
        ..SubscriptionOptions::default()
    };
    namespace.create_subscription("t", "s", options).unwrap();
    namespace.send("t", message("a")).unwrap();
    let dead = dead_letters(&namespace, "t/subscriptions/s");
    assert_eq!(reason(&dead[0]).as_deref(), Some("Session id is null."));
}

#[tokio::test(start_paused = true)]
async fn a_message_scheduled_on_a_topic_is_published_when_due() {
    let namespace = topic(&["s"]);
    let due = super::super::Timestamp::from_millis(namespace.now().as_millis() + 60_000);
    namespace.schedule("t", vec![message("a")], due).unwrap();
    assert!(all(&namespace, "t/subscriptions/s").is_empty());
    let queue = namespace.open("t/subscriptions/s").unwrap();
    let received = queue.receive(ReceiveMode::PeekLock, 1).await.unwrap();
    assert_eq!(received[0].enqueued_time(), due);
}

fn forwarding(to: &str) -> QueueOptions {
    QueueOptions {
        forward_to: Some(to.to_owned()),
        ..QueueOptions::default()
    }
}

#[tokio::test(start_paused = true)]
async fn messages_are_forwarded_four_times_and_no_more() {
    let namespace = Namespace::new(NamespaceOptions::default());
    for (name, next) in [("a", "b"), ("b", "c"), ("c", "d"), ("d", "E"), ("e", "f")] {
        namespace.create_queue(name, forwarding(next)).unwrap();
    }
    namespace
        .create_queue("f", QueueOptions::default())
        .unwrap();
    namespace.send("b", message("reaches")).unwrap();
    assert_eq!(ids(&all(&namespace, "f")), ["reaches"]);
    namespace.send("a", message("stops")).unwrap();
    let stopped = all(&namespace, "e/$Transfer/$DeadLetterQueue");
    assert_eq!(ids(&stopped), ["stops"]);
    assert_eq!(
        reason(&stopped[0]).as_deref(),
        Some("MaxTransferHopCountExceeded")
    );
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_forwarded_goes_to_the_transfer_dead_letter_queue() {
    let namespace = Namespace::new(NamespaceOptions::default());
    namespace.create_queue("a", forwarding("nowhere")).unwrap();
    namespace.send("a", message("1")).unwrap();
    assert_eq!(ids(&all(&namespace, "a/$Transfer/$DeadLetterQueue")), ["1"]);
}

#[tokio::test(start_paused = true)]
async fn forwarded_dead_letters_name_their_source() {
    let (namespace, queue) = queue(QueueOptions {
        forward_dead_lettered_to: Some("morgue".to_owned()),
        ..QueueOptions::default()
    });
    namespace
        .create_queue("morgue", QueueOptions::default())
        .unwrap();
    namespace.send("q", message("1")).unwrap();
    let settlement = Settlement::DeadLetter {
        reason: Some("bad".to_owned()),
        description: None,
        changes: Vec::new(),
    };
    queue.settle(lock(&queue).lock_token(), settlement).unwrap();
    let dead = all(&namespace, "morgue");
    assert_eq!(dead[0].dead_letter_source(), Some("q"));
    assert_eq!(reason(&dead[0]).as_deref(), Some("bad"));
}

#[tokio::test(start_paused = true)]
async fn receivers_of_a_deleted_entity_are_told() {
    let (namespace, queue) = queue(QueueOptions::default());
    let waiting = tokio::spawn(async move { queue.receive(ReceiveMode::PeekLock, 1).await });
    tokio::task::yield_now().await;
    namespace.delete("Q").unwrap();
    let error = waiting.await.unwrap().unwrap_err();
    assert_eq!(error.condition(), "amqp:not-found");
}

#[tokio::test(start_paused = true)]
async fn receivers_in_a_session_of_a_deleted_entity_are_told() {
    let (namespace, queue) = queue(QueueOptions {
        requires_session: true,
        ..QueueOptions::default()
    });
    let session = queue.accept_session(Some("a"), MINUTE).await.unwrap();
    let waiting = tokio::spawn(session.receive(ReceiveMode::PeekLock, 1));
    tokio::task::yield_now().await;
    namespace.delete("q").unwrap();
    let told = tokio::time::timeout(MINUTE / 2, waiting).await;
    let error = told
        .expect("woken before the lock ends")
        .unwrap()
        .unwrap_err();
    assert_eq!(error.condition(), "amqp:not-found");
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_refuses_a_whole_batch() {
    let (namespace, queue) = queue(QueueOptions {
        max_bytes: 300,
        ..QueueOptions::default()
    });
    namespace.send("q", message("1")).unwrap();
    namespace.send("q", message("2")).unwrap();
    let error = namespace
        .send_batch("q", vec![message("3"), message("4")])
        .unwrap_err();
    assert_eq!(error.condition(), "amqp:resource-limit-exceeded");
    assert_eq!(queue.purge(), Ok(2));
    namespace.send("q", message("3")).unwrap();
}

#[tokio::test(start_paused = true)]
async fn disabled_and_unknown_entities_say_so() {
    let (namespace, queue) = queue(QueueOptions {
        status: EntityStatus::Disabled,
        ..QueueOptions::default()
    });
    assert_eq!(
        namespace.send("q", message("1")),
        Err(EngineError::Disabled)
    );
    assert_eq!(
        queue.try_receive(ReceiveMode::PeekLock, 1).unwrap_err(),
        EngineError::Disabled
    );
    let error = namespace.send("other", message("1")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "The messaging entity 'other' could not be found."
    );
}

#[tokio::test(start_paused = true)]
async fn queues_are_created_on_use_where_that_is_set() {
    let namespace = Namespace::new(NamespaceOptions {
        create_on_use: true,
        ..NamespaceOptions::default()
    });
    namespace.send("New", message("1")).unwrap();
    assert_eq!(namespace.entities(), ["new"]);
    assert!(namespace.send("t/subscriptions/s", message("1")).is_err());
    assert_eq!(namespace.entities(), ["new"]);
}

#[tokio::test(start_paused = true)]
async fn a_subscription_is_created_on_use_with_its_topic() {
    let namespace = Namespace::new(NamespaceOptions {
        create_on_use: true,
        ..NamespaceOptions::default()
    });
    let subscription = namespace.open("T/Subscriptions/S").unwrap();
    assert_eq!(namespace.entities(), ["t", "t/subscriptions/s"]);
    namespace.send("t", message("1")).unwrap();
    assert_eq!(id(&lock(&subscription)), "1");
    namespace.send("q", message("1")).unwrap();
    let error = namespace.open("q/subscriptions/s").unwrap_err();
    assert_eq!(error.condition(), "amqp:not-found");
}

#[tokio::test(start_paused = true)]
async fn the_first_use_tells_whether_sessions_are_required() {
    let namespace = Namespace::new(NamespaceOptions {
        create_on_use: true,
        ..NamespaceOptions::default()
    });
    namespace.send("sent", in_session("1", "a")).unwrap();
    namespace.open_with_session("received").unwrap();
    namespace.open_with_session("t/subscriptions/s").unwrap();
    namespace.send("plain", message("1")).unwrap();
    for path in ["sent", "received", "t/subscriptions/s"] {
        assert!(namespace.describe(path).unwrap().options.requires_session);
    }
    let plain = namespace.open_with_session("plain").unwrap();
    assert_eq!(plain.requires_session(), Ok(false));
}

#[tokio::test(start_paused = true)]
async fn a_description_tells_kind_and_counts() {
    let (namespace, queue) = queue(QueueOptions::default());
    namespace.send("q", message("1")).unwrap();
    namespace.send("q", message("2")).unwrap();
    lock(&queue);
    let described = namespace.describe("Q").unwrap();
    assert_eq!(described.kind, EntityKind::Queue);
    assert_eq!((described.counts.active, described.counts.locked), (2, 1));
    let error = namespace.describe("other").unwrap_err();
    assert_eq!(error.condition(), "amqp:not-found");
}

#[tokio::test(start_paused = true)]
async fn entities_and_rules_are_limited() {
    let namespace = Namespace::new(NamespaceOptions {
        max_entities: 2,
        max_rules: 1,
        ..NamespaceOptions::default()
    });
    namespace
        .create_topic("t", &TopicOptions::default())
        .unwrap();
    let options = SubscriptionOptions::default();
    namespace
        .create_subscription("t", "s", options.clone())
        .unwrap();
    let again = namespace
        .create_subscription("T", "S", options.clone())
        .unwrap_err();
    assert_eq!(again.condition(), "com.microsoft:entity-already-exists");
    let more = namespace.create_queue("q", options).unwrap_err();
    assert_eq!(more.condition(), "amqp:resource-limit-exceeded");
    let rule = Rule::new("more", Filter::True).unwrap();
    let more = namespace.add_rule("t/subscriptions/s", rule).unwrap_err();
    assert_eq!(more.condition(), "amqp:resource-limit-exceeded");
    namespace.delete("t").unwrap();
    assert!(namespace.entities().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_locks_of_a_topic_are_those_of_its_subscriptions() {
    let namespace = Namespace::new(NamespaceOptions::default());
    namespace
        .create_topic("t", &TopicOptions::default())
        .unwrap();
    for name in ["a", "b"] {
        namespace
            .create_subscription("t", name, SubscriptionOptions::default())
            .unwrap();
    }
    namespace.send("t", message("m")).unwrap();
    for name in ["a", "b"] {
        lock(&namespace.open(&format!("t/subscriptions/{name}")).unwrap());
    }
    assert_eq!(namespace.expire_locks(Some("t/Subscriptions/A")), 1);
    assert_eq!(namespace.expire_locks(Some("t")), 1);
}
