use super::{super::Timestamp, *};

fn in_a_minute(namespace: &Namespace) -> Timestamp {
    Timestamp::from_millis(namespace.now().as_millis() + 60_000)
}

#[tokio::test(start_paused = true)]
async fn expired_messages_are_dropped_by_default() {
    let (namespace, queue) = queue(QueueOptions::default());
    namespace.send("q", with_ttl("a", 1_000)).unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(queue.counts().unwrap().active, 0);
    assert!(dead_letters(&namespace, "q").is_empty());
}

#[tokio::test(start_paused = true)]
async fn expired_messages_are_dead_lettered_where_that_is_set() {
    let (namespace, _) = queue(QueueOptions {
        dead_letter_on_expiration: true,
        default_time_to_live: Some(MINUTE),
        ..QueueOptions::default()
    });
    namespace.send("q", message("a")).unwrap();
    namespace.send("q", with_ttl("b", 1_000)).unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(ids(&dead_letters(&namespace, "q")), ["b"]);
    tokio::time::sleep(MINUTE).await;
    let dead = dead_letters(&namespace, "q");
    assert_eq!(ids(&dead), ["a", "b"]);
    assert_eq!(reason(&dead[0]).as_deref(), Some("TTLExpiredException"));
    assert_eq!(dead[0].expires_at(), None);
}

#[tokio::test(start_paused = true)]
async fn a_message_does_not_expire_while_it_is_locked() {
    let (namespace, queue) = queue(QueueOptions::default());
    namespace.send("q", with_ttl("a", 1_000)).unwrap();
    let received = lock(&queue);
    tokio::time::sleep(Duration::from_secs(2)).await;
    queue
        .settle(received.lock_token(), Settlement::Complete)
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_scheduled_message_wakes_a_receiver_when_it_is_due() {
    let (namespace, queue) = queue(QueueOptions::default());
    let due = in_a_minute(&namespace);
    let sequences = namespace.schedule("q", vec![message("a")], due).unwrap();
    assert_eq!(queue.counts().unwrap().scheduled, 1);
    let received = queue.receive(ReceiveMode::PeekLock, 1).await.unwrap();
    assert_eq!(namespace.now(), due);
    assert_eq!(received[0].enqueued_time(), due);
    assert!(received[0].sequence_number() > sequences[0]);
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_message_never_comes() {
    let (namespace, queue) = queue(QueueOptions::default());
    let due = in_a_minute(&namespace);
    let sequences = namespace.schedule("q", vec![message("a")], due).unwrap();
    namespace.cancel_scheduled("q", &sequences).unwrap();
    tokio::time::sleep(2 * MINUTE).await;
    assert_eq!(queue.counts().unwrap().active, 0);
    let error = namespace.cancel_scheduled("q", &sequences).unwrap_err();
    assert_eq!(error.condition(), "com.microsoft:message-not-found");
}

#[tokio::test(start_paused = true)]
async fn a_duplicate_within_the_window_is_dropped() {
    let (namespace, queue) = queue(QueueOptions {
        duplicate_detection: Some(MINUTE),
        ..QueueOptions::default()
    });
    namespace.send("q", message("a")).unwrap();
    assert_eq!(namespace.send("q", message("a")), Ok(0));
    assert_eq!(queue.counts().unwrap().active, 1);
    tokio::time::sleep(MINUTE).await;
    namespace.send("q", message("a")).unwrap();
    assert_eq!(queue.counts().unwrap().active, 2);
}
