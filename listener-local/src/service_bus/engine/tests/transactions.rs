use super::{super::Transaction, *};

fn complete(transaction: &mut Transaction, queue: &MessageQueue, received: &Received) {
    transaction
        .settle(queue, received.lock_token(), Settlement::Complete)
        .unwrap();
}

fn peeked(queue: &MessageQueue) -> Vec<String> {
    ids(&queue.peek(0, 100, None).unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_commit_does_all_at_once() {
    let (namespace, queue) = queue(QueueOptions::default());
    for id in ["1", "2", "3"] {
        namespace.send("q", message(id)).unwrap();
    }
    let mut transaction = namespace.transaction();
    complete(&mut transaction, &queue, &lock(&queue));
    let defer = Settlement::Defer(Vec::new());
    transaction
        .settle(&queue, lock(&queue).lock_token(), defer)
        .unwrap();
    let dead = Settlement::DeadLetter {
        reason: Some("bad".to_owned()),
        description: None,
        changes: Vec::new(),
    };
    transaction
        .settle(&queue, lock(&queue).lock_token(), dead)
        .unwrap();
    transaction
        .send("Q", vec![message("4"), message("5")])
        .unwrap();
    assert_eq!(peeked(&queue), ["1", "2", "3"]);
    assert_eq!(transaction.commit(), Ok(vec![4, 5]));
    assert_eq!(peeked(&queue), ["2", "4", "5"]);
    assert_eq!(ids(&dead_letters(&namespace, "q")), ["3"]);
    assert_eq!(queue.counts().unwrap().deferred, 1);
}

#[tokio::test(start_paused = true)]
async fn a_commit_wakes_who_waits_for_what_it_sends() {
    let (namespace, queue) = queue(QueueOptions::default());
    let waiting = tokio::spawn(async move { queue.receive(ReceiveMode::PeekLock, 1).await });
    tokio::task::yield_now().await;
    let mut transaction = namespace.transaction();
    transaction.send("q", vec![message("1")]).unwrap();
    transaction.commit().unwrap();
    assert_eq!(ids(&waiting.await.unwrap().unwrap()), ["1"]);
}

#[tokio::test(start_paused = true)]
async fn after_a_rollback_messages_stay_locked_and_nothing_is_sent() {
    let (namespace, queue) = queue(QueueOptions::default());
    namespace.send("q", message("1")).unwrap();
    let received = lock(&queue);
    let mut transaction = namespace.transaction();
    complete(&mut transaction, &queue, &received);
    transaction.send("q", vec![message("2")]).unwrap();
    transaction.roll_back();
    assert_eq!(peeked(&queue), ["1"]);
    assert_eq!(queue.counts().unwrap().locked, 1);
    let settled = queue.settle(received.lock_token(), Settlement::Complete);
    assert_eq!(settled, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_lock_that_ended_undoes_the_whole_commit() {
    let (namespace, queue) = queue(QueueOptions::default());
    namespace.send("q", message("1")).unwrap();
    namespace.send("q", message("2")).unwrap();
    let received = [lock(&queue), lock(&queue)];
    let mut transaction = namespace.transaction();
    transaction.send("q", vec![message("3")]).unwrap();
    for each in &received {
        complete(&mut transaction, &queue, each);
    }
    tokio::time::advance(MINUTE / 2).await;
    queue.renew(received[0].lock_token()).unwrap();
    tokio::time::advance(MINUTE / 2).await;
    assert_eq!(transaction.commit(), Err(EngineError::MessageLockLost));
    assert_eq!(peeked(&queue), ["1", "2"]);
    // What is still locked is not settled by the failure.
    assert_eq!(queue.counts().unwrap().locked, 1);
}

#[tokio::test(start_paused = true)]
async fn a_quota_that_is_reached_in_between_undoes_the_whole_commit() {
    let (namespace, queue) = queue(QueueOptions {
        max_bytes: 500,
        ..QueueOptions::default()
    });
    namespace.send("q", message("1")).unwrap();
    let mut transaction = namespace.transaction();
    complete(&mut transaction, &queue, &lock(&queue));
    transaction.send("q", vec![message("2")]).unwrap();
    namespace.send("q", message("3")).unwrap();
    let error = transaction.commit().unwrap_err();
    assert_eq!(error.condition(), "amqp:resource-limit-exceeded");
    assert_eq!(peeked(&queue), ["1", "3"]);
}

#[tokio::test(start_paused = true)]
async fn what_fits_when_it_is_checked_is_sent_in_full() {
    let (namespace, queue) = queue(QueueOptions {
        max_bytes: 300,
        ..QueueOptions::default()
    });
    let mut transaction = namespace.transaction();
    transaction.send("q", vec![message("1")]).unwrap();
    transaction.send("q", vec![message("2")]).unwrap();
    transaction.send("q", vec![message("3")]).unwrap();
    assert_eq!(transaction.commit(), Ok(vec![1, 2, 3]));
    assert_eq!(peeked(&queue), ["1", "2", "3"]);
}

#[tokio::test(start_paused = true)]
async fn a_transaction_spans_one_entity() {
    let (namespace, queue) = queue(QueueOptions::default());
    namespace
        .create_queue("other", QueueOptions::default())
        .unwrap();
    namespace.send("q", message("1")).unwrap();
    let received = lock(&queue);
    let mut transaction = namespace.transaction();
    transaction.send("other", vec![message("2")]).unwrap();
    let token = received.lock_token();
    let error = transaction
        .settle(&queue, token, Settlement::Complete)
        .unwrap_err();
    assert_eq!(error.condition(), "amqp:not-allowed");
    // What fitted is still there to be committed.
    assert_eq!(transaction.commit(), Ok(vec![1]));
    assert_eq!(queue.settle(token, Settlement::Complete), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_transaction_of_a_session_needs_its_lock() {
    let (namespace, queue) = queue(QueueOptions {
        requires_session: true,
        ..QueueOptions::default()
    });
    namespace.send("q", in_session("1", "a")).unwrap();
    let session = queue.accept_session(Some("a"), MINUTE).await.unwrap();
    let received = session.try_receive(ReceiveMode::PeekLock, 1).unwrap();
    let token = received[0].lock_token();
    let mut lost = namespace.transaction();
    lost.settle_in(&session, token, Settlement::Complete)
        .unwrap();
    session.release().unwrap();
    assert_eq!(lost.commit(), Err(EngineError::SessionLockLost));

    let session = queue.accept_session(Some("a"), MINUTE).await.unwrap();
    let received = session.try_receive(ReceiveMode::PeekLock, 1).unwrap();
    let token = received[0].lock_token();
    let mut held = namespace.transaction();
    held.settle_in(&session, token, Settlement::Complete)
        .unwrap();
    held.commit().unwrap();
    assert!(peeked(&queue).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_transaction_has_limits_of_number_and_time() {
    let (namespace, queue) = queue(QueueOptions {
        lock_duration: MINUTE * 5,
        ..QueueOptions::default()
    });
    namespace.send("q", message("0")).unwrap();
    let received = lock(&queue);
    let mut transaction = namespace.transaction();
    let hundred = (1..=100).map(|id| message(&id.to_string())).collect();
    transaction.send("q", hundred).unwrap();
    let token = received.lock_token();
    let error = transaction
        .settle(&queue, token, Settlement::Complete)
        .unwrap_err();
    assert_eq!(error.condition(), "amqp:resource-limit-exceeded");
    tokio::time::advance(MINUTE * 2 + Duration::from_millis(1)).await;
    let error = transaction.commit().unwrap_err();
    assert_eq!(error.condition(), "amqp:transaction:timeout");
    assert_eq!(peeked(&queue), ["0"]);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_done_is_refused_when_it_is_added() {
    let (namespace, queue) = queue(QueueOptions::default());
    namespace.send("q", message("1")).unwrap();
    let mut transaction = namespace.transaction();
    let unknown = transaction.settle(&queue, uuid::Uuid::new_v4(), Settlement::Complete);
    assert_eq!(unknown, Err(EngineError::MessageLockLost));
    let nowhere = transaction.send("nowhere", vec![message("2")]);
    assert_eq!(nowhere.unwrap_err().condition(), "amqp:not-found");
    let received = lock(&queue);
    complete(&mut transaction, &queue, &received);
    let twice = transaction.settle(&queue, received.lock_token(), Settlement::Release);
    assert_eq!(twice.unwrap_err().condition(), "amqp:not-allowed");
    assert_eq!(transaction.commit(), Ok(Vec::new()));
}

#[tokio::test(start_paused = true)]
async fn a_transaction_of_another_namespace_s_message_is_refused() {
    let (namespace, queue_here) = queue(QueueOptions::default());
    namespace.send("q", message("1")).unwrap();
    let (elsewhere, _) = queue(QueueOptions::default());
    let mut transaction = elsewhere.transaction();
    let token = lock(&queue_here).lock_token();
    let error = transaction.settle(&queue_here, token, Settlement::Complete);
    assert_eq!(error.unwrap_err().condition(), "amqp:not-allowed");
}
