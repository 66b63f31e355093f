use std::{future::Future, task::Poll};

use super::*;

#[tokio::test(start_paused = true)]
async fn messages_come_in_the_order_they_were_sent() {
    let (namespace, queue) = queue(QueueOptions::default());
    for id in ["a", "b", "c"] {
        namespace.send("Q", message(id)).unwrap();
    }
    let received = queue.receive(ReceiveMode::PeekLock, 10).await.unwrap();
    assert_eq!(ids(&received), ["a", "b", "c"]);
    assert_eq!(received[2].sequence_number(), 3);
    assert_eq!(received[0].delivery_count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_locked_message_is_seen_by_nobody_else_until_its_lock_ends() {
    let (namespace, queue) = queue(QueueOptions::default());
    namespace.send("q", message("a")).unwrap();
    let first = lock(&queue);
    assert!(
        queue
            .try_receive(ReceiveMode::PeekLock, 1)
            .unwrap()
            .is_empty()
    );
    let again = queue.receive(ReceiveMode::PeekLock, 1).await.unwrap();
    assert_eq!(Some(namespace.now()), first.locked_until());
    assert_eq!(again[0].delivery_count(), 1);
    assert_eq!(
        queue.settle(first.lock_token(), Settlement::Complete),
        Err(EngineError::MessageLockLost)
    );
}

#[tokio::test(start_paused = true)]
async fn a_message_whose_lock_ended_comes_back_at_its_place() {
    let (namespace, queue) = queue(QueueOptions::default());
    for id in ["a", "b", "c"] {
        namespace.send("q", message(id)).unwrap();
    }
    lock(&queue);
    tokio::time::sleep(MINUTE).await;
    let received = queue.try_receive(ReceiveMode::PeekLock, 10).unwrap();
    assert_eq!(ids(&received), ["a", "b", "c"]);
}

#[tokio::test(start_paused = true)]
async fn a_renewed_lock_holds_longer() {
    let (namespace, queue) = queue(QueueOptions::default());
    namespace.send("q", message("a")).unwrap();
    let received = lock(&queue);
    tokio::time::sleep(MINUTE / 2).await;
    queue.renew(received.lock_token()).unwrap();
    tokio::time::sleep(MINUTE / 2 + Duration::from_secs(1)).await;
    queue
        .settle(received.lock_token(), Settlement::Complete)
        .unwrap();
    assert_eq!(queue.counts().unwrap(), super::super::Counts::default());
    assert_eq!(
        queue.renew(received.lock_token()),
        Err(EngineError::MessageLockLost)
    );
}

#[tokio::test(start_paused = true)]
async fn releases_do_not_raise_the_delivery_count() {
    let (namespace, queue) = queue(QueueOptions::default());
    namespace.send("q", message("a")).unwrap();
    for _ in 0..20 {
        let received = lock(&queue);
        assert_eq!(received.delivery_count(), 0);
        queue
            .settle(received.lock_token(), Settlement::Release)
            .unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_abandoned_delivery_dead_letters() {
    let (namespace, queue) = queue(QueueOptions {
        max_delivery_count: 2,
        ..QueueOptions::default()
    });
    namespace.send("q", message("a")).unwrap();
    let changes = vec![("tried".to_owned(), SimpleValue::String("yes".to_owned()))];
    let first = lock(&queue);
    queue
        .settle(first.lock_token(), Settlement::Abandon(changes))
        .unwrap();
    let second = lock(&queue);
    assert_eq!(second.delivery_count(), 1);
    assert_eq!(property(&second, "tried").as_deref(), Some("yes"));
    queue
        .settle(second.lock_token(), Settlement::Abandon(Vec::new()))
        .unwrap();
    let dead = dead_letters(&namespace, "q");
    assert_eq!(
        reason(&dead[0]).as_deref(),
        Some("MaxDeliveryCountExceeded")
    );
    assert_eq!(property(&dead[0], "tried").as_deref(), Some("yes"));
    assert_eq!(queue.counts().unwrap().active, 0);
}

#[tokio::test(start_paused = true)]
async fn ended_locks_count_as_deliveries_too() {
    let (namespace, queue) = queue(QueueOptions {
        max_delivery_count: 2,
        ..QueueOptions::default()
    });
    namespace.send("q", message("a")).unwrap();
    let dead = namespace.open("q/$deadletterqueue").unwrap();
    let waiting = tokio::spawn(async move { dead.receive(ReceiveMode::PeekLock, 1).await });
    for _ in 0..2 {
        lock(&queue);
        tokio::time::sleep(MINUTE).await;
    }
    let dead = waiting.await.unwrap().unwrap();
    assert_eq!(
        reason(&dead[0]).as_deref(),
        Some("MaxDeliveryCountExceeded")
    );
}

#[tokio::test(start_paused = true)]
async fn dead_letters_carry_reason_and_description_and_stay_dead() {
    let (namespace, queue) = queue(QueueOptions::default());
    namespace.send("q", message("a")).unwrap();
    let received = lock(&queue);
    let settlement = Settlement::DeadLetter {
        reason: Some("bad".to_owned()),
        description: Some("very".to_owned()),
        changes: Vec::new(),
    };
    queue
        .settle(received.lock_token(), settlement.clone())
        .unwrap();
    let dead = namespace.open("q/$DeadLetterQueue").unwrap();
    let received = lock(&dead);
    assert_eq!(reason(&received).as_deref(), Some("bad"));
    assert_eq!(
        property(&received, "DeadLetterErrorDescription").as_deref(),
        Some("very")
    );
    let refused = dead.settle(received.lock_token(), settlement).unwrap_err();
    assert_eq!(refused.condition(), "amqp:not-allowed");
    for _ in 0..20 {
        tokio::time::sleep(MINUTE).await;
        lock(&dead);
    }
}

#[tokio::test(start_paused = true)]
async fn deferred_messages_come_by_their_number_only() {
    let (namespace, queue) = queue(QueueOptions::default());
    namespace.send("q", message("a")).unwrap();
    let received = lock(&queue);
    queue
        .settle(received.lock_token(), Settlement::Defer(Vec::new()))
        .unwrap();
    assert!(
        queue
            .try_receive(ReceiveMode::PeekLock, 1)
            .unwrap()
            .is_empty()
    );
    let missing = queue.receive_deferred(&[1, 2], ReceiveMode::PeekLock);
    assert_eq!(
        missing.unwrap_err(),
        EngineError::MessageNotFound { sequence_number: 2 }
    );
    let again = queue.receive_deferred(&[1], ReceiveMode::PeekLock).unwrap();
    assert_eq!(again[0].state().code(), 1);
    tokio::time::sleep(MINUTE).await;
    let again = queue.receive_deferred(&[1], ReceiveMode::PeekLock).unwrap();
    queue
        .settle(again[0].lock_token(), Settlement::Complete)
        .unwrap();
    assert_eq!(queue.counts().unwrap(), super::super::Counts::default());
}

#[tokio::test(start_paused = true)]
async fn received_and_deleted_messages_are_gone() {
    let (namespace, queue) = queue(QueueOptions::default());
    namespace.send("q", message("a")).unwrap();
    let received = queue.try_receive(ReceiveMode::ReceiveAndDelete, 1).unwrap();
    assert!(received[0].lock_token().is_nil());
    assert_eq!(queue.counts().unwrap(), super::super::Counts::default());
}

#[tokio::test(start_paused = true)]
async fn receivers_are_served_in_the_order_they_came() {
    let (namespace, queue) = queue(QueueOptions::default());
    let receiver = |queue: MessageQueue| {
        tokio::spawn(async move { id(&queue.receive(ReceiveMode::PeekLock, 1).await.unwrap()[0]) })
    };
    let first = receiver(queue.clone());
    tokio::task::yield_now().await;
    let second = receiver(queue.clone());
    tokio::task::yield_now().await;
    namespace.send("q", message("a")).unwrap();
    // Who comes now does not overtake.
    assert!(
        queue
            .try_receive(ReceiveMode::PeekLock, 1)
            .unwrap()
            .is_empty()
    );
    namespace.send("q", message("b")).unwrap();
    assert_eq!(first.await.unwrap(), "a");
    assert_eq!(second.await.unwrap(), "b");
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_gives_up_passes_its_turn_on() {
    let (namespace, queue) = queue(QueueOptions::default());
    let mut first = Box::pin(queue.receive(ReceiveMode::PeekLock, 1));
    let polled = std::future::poll_fn(|cx| Poll::Ready(first.as_mut().poll(cx).is_pending()));
    assert!(polled.await);
    let second = queue.clone();
    let second = tokio::spawn(async move { second.receive(ReceiveMode::PeekLock, 1).await });
    tokio::task::yield_now().await;
    namespace.send("q", message("a")).unwrap();
    drop(first);
    assert_eq!(ids(&second.await.unwrap().unwrap()), ["a"]);
}

#[tokio::test(start_paused = true)]
async fn peeking_shows_all_states_and_locks_nothing() {
    let (namespace, queue) = queue(QueueOptions::default());
    namespace.send("q", message("a")).unwrap();
    namespace.send("q", message("b")).unwrap();
    let due = super::super::Timestamp::from_millis(namespace.now().as_millis() + 60_000);
    namespace.schedule("q", vec![message("c")], due).unwrap();
    let received = lock(&queue);
    queue
        .settle(received.lock_token(), Settlement::Defer(Vec::new()))
        .unwrap();
    let peeked = queue.peek(0, 10, None).unwrap();
    let states: Vec<i32> = peeked.iter().map(|peeked| peeked.state().code()).collect();
    assert_eq!(states, [1, 0, 2]);
    assert_eq!(ids(&queue.peek(2, 1, None).unwrap()), ["b"]);
    assert_eq!(queue.counts().unwrap().locked, 0);
}

#[tokio::test(start_paused = true)]
async fn locks_can_be_ended_before_their_time() {
    let (namespace, queue) = queue(QueueOptions::default());
    namespace
        .create_queue("other", QueueOptions::default())
        .unwrap();
    for path in ["q", "q", "other"] {
        namespace.send(path, message("a")).unwrap();
    }
    let (first, second) = (lock(&queue), lock(&queue));
    let other = namespace.open("other").unwrap();
    let elsewhere = lock(&other);
    assert_eq!(namespace.expire_locks(Some("Q")), 2);
    for lost in [first, second] {
        assert_eq!(
            queue.settle(lost.lock_token(), Settlement::Complete),
            Err(EngineError::MessageLockLost)
        );
    }
    assert_eq!(lock(&queue).delivery_count(), 1);
    other
        .settle(elsewhere.lock_token(), Settlement::Complete)
        .unwrap();
    assert_eq!(namespace.expire_locks(Some("nobody")), 0);
    assert_eq!(namespace.expire_locks(None), 1);
}

#[tokio::test(start_paused = true)]
async fn a_message_whose_lock_is_ended_goes_to_who_waits() {
    let (namespace, queue) = queue(QueueOptions::default());
    namespace.send("q", message("a")).unwrap();
    lock(&queue);
    let mut waits = Box::pin(queue.receive(ReceiveMode::PeekLock, 1));
    let waiting = std::future::poll_fn(|cx| Poll::Ready(waits.as_mut().poll(cx).is_pending()));
    assert!(waiting.await);
    namespace.expire_locks(None);
    assert_eq!(ids(&waits.await.unwrap()), ["a"]);
}
