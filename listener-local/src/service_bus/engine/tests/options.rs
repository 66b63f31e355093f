use super::{
    super::{EntityStatus, TopicOptions},
    *,
};

fn with_status(status: EntityStatus) -> QueueOptions {
    QueueOptions {
        status,
        ..QueueOptions::default()
    }
}

#[tokio::test(start_paused = true)]
async fn a_queue_is_closed_to_one_side_or_both_and_opened_again() {
    let (namespace, queue) = queue(QueueOptions::default());
    namespace.send("q", message("1")).unwrap();
    let token = lock(&queue).lock_token();
    for (status, sends, receives) in [
        (EntityStatus::SendDisabled, false, true),
        (EntityStatus::ReceiveDisabled, true, false),
        (EntityStatus::Disabled, false, false),
        (EntityStatus::Active, true, true),
    ] {
        namespace.update_queue("Q", with_status(status)).unwrap();
        assert_eq!(namespace.send("q", message("2")).is_ok(), sends);
        let received = queue.try_receive(ReceiveMode::PeekLock, 1);
        assert_eq!(received.is_ok(), receives);
        assert!(!queue.peek(0, 1, None).unwrap().is_empty());
        if !receives {
            let settled = queue.settle(token, Settlement::Complete);
            assert_eq!(settled, Err(EngineError::Disabled));
        }
    }
    queue.settle(token, Settlement::Complete).unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_waits_learns_that_the_queue_is_disabled() {
    let (namespace, queue) = queue(QueueOptions::default());
    let waiting = tokio::spawn(async move { queue.receive(ReceiveMode::PeekLock, 1).await });
    tokio::task::yield_now().await;
    let disabled = with_status(EntityStatus::Disabled);
    namespace.update_queue("q", disabled).unwrap();
    assert_eq!(waiting.await.unwrap().unwrap_err(), EngineError::Disabled);
}

#[tokio::test(start_paused = true)]
async fn a_disabled_subscription_still_gets_its_copies() {
    let namespace = Namespace::new(NamespaceOptions::default());
    namespace
        .create_topic("t", &TopicOptions::default())
        .unwrap();
    let disabled = with_status(EntityStatus::Disabled);
    namespace.create_subscription("t", "s", disabled).unwrap();
    namespace.send("t", message("1")).unwrap();
    let active = SubscriptionOptions::default();
    namespace.update_subscription("T", "S", active).unwrap();
    let subscription = namespace.open("t/subscriptions/s").unwrap();
    assert_eq!(id(&lock(&subscription)), "1");
}

#[tokio::test(start_paused = true)]
async fn what_the_creation_decides_cannot_be_changed() {
    let (namespace, _) = queue(QueueOptions::default());
    let sessions = QueueOptions {
        requires_session: true,
        ..QueueOptions::default()
    };
    let detection = QueueOptions {
        duplicate_detection: Some(MINUTE),
        ..QueueOptions::default()
    };
    for options in [sessions, detection] {
        let error = namespace.update_queue("q", options).unwrap_err();
        assert_eq!(error.condition(), "amqp:not-allowed");
    }
    let topic = namespace.update_topic("q", &TopicOptions::default());
    assert_eq!(topic.unwrap_err().condition(), "amqp:not-found");
}

#[tokio::test(start_paused = true)]
async fn what_waits_goes_on_once_a_queue_forwards() {
    let (namespace, _) = queue(QueueOptions::default());
    namespace
        .create_queue("next", QueueOptions::default())
        .unwrap();
    namespace.send("q", message("1")).unwrap();
    let forwarding = QueueOptions {
        forward_to: Some("next".to_owned()),
        ..QueueOptions::default()
    };
    namespace.update_queue("q", forwarding).unwrap();
    namespace.send("q", message("2")).unwrap();
    let next = namespace.open("next").unwrap();
    assert_eq!(ids(&next.peek(0, 9, None).unwrap()), ["1", "2"]);
}

#[tokio::test(start_paused = true)]
async fn a_subscription_full_of_sessions_dead_letters_copies_for_more() {
    let namespace = Namespace::new(NamespaceOptions::default());
    namespace
        .create_topic("t", &TopicOptions::default())
        .unwrap();
    let options = SubscriptionOptions {
        requires_session: true,
        max_sessions: 1,
        ..SubscriptionOptions::default()
    };
    namespace.create_subscription("t", "s", options).unwrap();
    for (id, session) in [("1", "a"), ("2", "b"), ("3", "a")] {
        namespace.send("t", in_session(id, session)).unwrap();
    }
    let dead = dead_letters(&namespace, "t/subscriptions/s");
    assert_eq!(ids(&dead), ["2"]);
    assert_eq!(reason(&dead[0]).as_deref(), Some("SessionLimitExceeded"));
}

#[tokio::test(start_paused = true)]
async fn a_message_whose_properties_grow_too_large_is_dead_lettered() {
    let (namespace, queue) = queue(QueueOptions::default());
    namespace.send("q", message("1")).unwrap();
    let large = |name: &str| {
        let value = SimpleValue::String("x".repeat(40_000));
        vec![(name.to_owned(), value)]
    };
    let abandon = Settlement::Abandon(large("a"));
    queue.settle(lock(&queue).lock_token(), abandon).unwrap();
    assert!(dead_letters(&namespace, "q").is_empty());
    let defer = Settlement::Defer(large("b"));
    queue.settle(lock(&queue).lock_token(), defer).unwrap();
    let dead = dead_letters(&namespace, "q");
    assert_eq!(reason(&dead[0]).as_deref(), Some("HeaderSizeExceeded"));
}

#[tokio::test(start_paused = true)]
async fn a_message_whose_properties_are_too_large_goes_to_the_dead_letters_at_once() {
    let (namespace, _) = queue(QueueOptions::default());
    let large = "x".repeat(65_536);
    let sent = wire("1", None, None, &[("large", &large)]);
    namespace
        .send("q", Message::parse(sent.into()).unwrap())
        .unwrap();
    let dead = dead_letters(&namespace, "q");
    assert_eq!(reason(&dead[0]).as_deref(), Some("HeaderSizeExceeded"));
}

#[tokio::test(start_paused = true)]
async fn a_batch_of_old_messages_is_deleted_but_what_somebody_holds() {
    let (namespace, queue) = queue(QueueOptions::default());
    for id in ["1", "2", "3", "4"] {
        namespace.send("q", message(id)).unwrap();
    }
    lock(&queue);
    tokio::time::advance(MINUTE / 2).await;
    let now = namespace.now();
    namespace.send("q", message("5")).unwrap();
    assert_eq!(queue.delete_batch(2, now), Ok(2));
    assert_eq!(queue.delete_batch(9, now), Ok(1));
    assert_eq!(ids(&queue.peek(0, 9, None).unwrap()), ["1", "5"]);
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_not_deleted_from_a_locked_session() {
    let (namespace, queue) = queue(QueueOptions {
        requires_session: true,
        ..QueueOptions::default()
    });
    namespace.send("q", in_session("1", "a")).unwrap();
    namespace.send("q", in_session("2", "b")).unwrap();
    queue.accept_session(Some("a"), MINUTE).await.unwrap();
    tokio::time::advance(MINUTE / 2).await;
    assert_eq!(queue.delete_batch(9, namespace.now()), Ok(1));
    assert_eq!(ids(&queue.peek(0, 9, None).unwrap()), ["1"]);
}

#[tokio::test(start_paused = true)]
async fn head_and_body_are_the_whole_message() {
    let (namespace, queue) = queue(QueueOptions::default());
    namespace.send("q", message("1")).unwrap();
    let received = lock(&queue);
    let joined = [received.head(), received.body()].concat();
    assert_eq!(joined, received.encode());
    assert_eq!(received.body().as_ptr(), received.message().bare().as_ptr());
}
