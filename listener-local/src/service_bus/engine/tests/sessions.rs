use proptest::prelude::*;

use super::*;

fn session_queue() -> (Namespace, MessageQueue) {
    queue(QueueOptions {
        requires_session: true,
        ..QueueOptions::default()
    })
}

#[tokio::test(start_paused = true)]
async fn a_session_gives_its_own_messages_in_order() {
    let (namespace, queue) = session_queue();
    for (id, session) in [("1", "a"), ("2", "b"), ("3", "a")] {
        namespace.send("q", in_session(id, session)).unwrap();
    }
    let session = queue.accept_session(Some("a"), MINUTE).await.unwrap();
    let received = session.receive(ReceiveMode::PeekLock, 10).await.unwrap();
    assert_eq!(ids(&received), ["1", "3"]);
    assert_eq!(received[0].locked_until(), session.locked_until().ok());
    let other = queue.accept_session(None, MINUTE).await.unwrap();
    assert_eq!(other.id(), "b");
    assert_eq!(ids(&queue.peek(0, 10, Some("a")).unwrap()), ["1", "3"]);
}

#[tokio::test(start_paused = true)]
async fn a_locked_session_is_refused_to_others() {
    let (_namespace, queue) = session_queue();
    let session = queue.accept_session(Some("a"), MINUTE).await.unwrap();
    let refused = queue.accept_session(Some("a"), MINUTE).await.unwrap_err();
    assert_eq!(refused, EngineError::SessionCannotBeLocked);
    session.release().unwrap();
    queue.accept_session(Some("a"), MINUTE).await.unwrap();
    assert_eq!(session.renew(), Err(EngineError::SessionLockLost));
}

#[tokio::test(start_paused = true)]
async fn accepting_the_next_session_waits_for_one_and_no_longer_than_asked() {
    let (namespace, queue) = session_queue();
    let none = queue.accept_session(None, MINUTE).await.unwrap_err();
    assert_eq!(none, EngineError::Timeout);
    let waiting = queue.clone();
    let waiting = tokio::spawn(async move { waiting.accept_session(None, MINUTE).await });
    tokio::task::yield_now().await;
    namespace.send("q", in_session("1", "a")).unwrap();
    assert_eq!(waiting.await.unwrap().unwrap().id(), "a");
}

#[tokio::test(start_paused = true)]
async fn messages_of_an_ended_session_come_again_and_do_not_count() {
    let (namespace, queue) = session_queue();
    namespace.send("q", in_session("1", "a")).unwrap();
    let lost = queue.accept_session(None, MINUTE).await.unwrap();
    let old = lost.try_receive(ReceiveMode::PeekLock, 1).unwrap();
    let session = queue.accept_session(None, 2 * MINUTE).await.unwrap();
    let again = session.try_receive(ReceiveMode::PeekLock, 1).unwrap();
    assert_eq!(again[0].delivery_count(), 0);
    assert_eq!(
        lost.settle(old[0].lock_token(), Settlement::Complete),
        Err(EngineError::SessionLockLost)
    );
    session
        .settle(again[0].lock_token(), Settlement::Complete)
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_waits_in_a_session_learns_that_it_is_lost() {
    let (_namespace, queue) = session_queue();
    let session = queue.accept_session(Some("a"), MINUTE).await.unwrap();
    let lost = session.receive(ReceiveMode::PeekLock, 1).await.unwrap_err();
    assert_eq!(lost, EngineError::SessionLockLost);
}

#[tokio::test(start_paused = true)]
async fn a_renewed_session_keeps_its_messages_locked() {
    let (namespace, queue) = session_queue();
    namespace.send("q", in_session("1", "a")).unwrap();
    let session = queue.accept_session(None, MINUTE).await.unwrap();
    let received = session.try_receive(ReceiveMode::PeekLock, 1).unwrap();
    tokio::time::sleep(MINUTE / 2).await;
    session.renew().unwrap();
    tokio::time::sleep(MINUTE / 2 + Duration::from_secs(1)).await;
    session
        .settle(received[0].lock_token(), Settlement::Complete)
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_state_of_a_session_outlives_its_messages() {
    let (_namespace, queue) = session_queue();
    let session = queue.accept_session(Some("a"), MINUTE).await.unwrap();
    session.set_state(Some("s".into())).unwrap();
    session.release().unwrap();
    assert_eq!(queue.sessions(0, 10).unwrap(), ["a"]);
    let session = queue.accept_session(Some("a"), MINUTE).await.unwrap();
    assert_eq!(session.state().unwrap().as_deref(), Some(&b"s"[..]));
    session.set_state(None).unwrap();
    session.release().unwrap();
    assert!(queue.sessions(0, 10).unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_does_not_fit_sessions_is_not_allowed() {
    let (namespace, queue) = session_queue();
    for error in [
        namespace.send("q", message("1")).unwrap_err(),
        queue.try_receive(ReceiveMode::PeekLock, 1).unwrap_err(),
    ] {
        assert_eq!(error.condition(), "amqp:not-allowed");
    }
}

#[tokio::test(start_paused = true)]
async fn deferred_messages_belong_to_their_session() {
    let (namespace, queue) = session_queue();
    namespace.send("q", in_session("1", "a")).unwrap();
    let session = queue.accept_session(None, MINUTE).await.unwrap();
    let received = session.try_receive(ReceiveMode::PeekLock, 1).unwrap();
    session
        .settle(received[0].lock_token(), Settlement::Defer(Vec::new()))
        .unwrap();
    let other = queue.accept_session(Some("b"), MINUTE).await.unwrap();
    assert!(other.receive_deferred(&[1], ReceiveMode::PeekLock).is_err());
    let again = session
        .receive_deferred(&[1], ReceiveMode::PeekLock)
        .unwrap();
    session
        .settle(again[0].lock_token(), Settlement::Complete)
        .unwrap();
}

#[derive(Clone, Debug)]
enum Step {
    Send(u8),
    Accept,
    Complete(usize),
    Receive(usize),
    Release(usize),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0_u8..3).prop_map(Step::Send),
        2 => Just(Step::Accept),
        3 => any::<usize>().prop_map(Step::Receive),
        3 => any::<usize>().prop_map(Step::Complete),
        1 => any::<usize>().prop_map(Step::Release),
        1 => (1_u64..50).prop_map(Step::Wait),
    ]
}

/// What was sent and not completed, by session, is what comes, in order, to one holder at a time.
async fn run(steps: Vec<Step>) {
    let (namespace, queue) = session_queue();
    let mut sent: std::collections::BTreeMap<String, Vec<i64>> = Default::default();
    let mut held: Vec<(super::super::Session, Vec<Received>)> = Vec::new();
    for step in steps {
        held.retain(|(session, _)| session.locked_until().is_ok());
        let pick = |which: usize| which % held.len().max(1);
        match step {
            Step::Send(session) => {
                let session = session.to_string();
                let sequence = namespace.send("q", in_session("m", &session)).unwrap();
                sent.entry(session).or_default().push(sequence);
            }
            Step::Accept => {
                if let Ok(session) = queue.accept_session(None, Duration::ZERO).await {
                    assert!(held.iter().all(|(other, _)| other.id() != session.id()));
                    held.push((session, Vec::new()));
                }
            }
            Step::Receive(which) => {
                let which = pick(which);
                if let Some((session, taken)) = held.get_mut(which) {
                    let received = session.try_receive(ReceiveMode::PeekLock, 2).unwrap();
                    let left = sent[session.id()].iter().filter(|sequence| {
                        taken
                            .iter()
                            .all(|taken| taken.sequence_number() != **sequence)
                    });
                    let expected: Vec<i64> = left.take(2).copied().collect();
                    let got: Vec<i64> = received.iter().map(Received::sequence_number).collect();
                    assert_eq!(got, expected);
                    taken.extend(received);
                }
            }
            Step::Complete(which) => {
                let which = pick(which);
                if let Some((session, taken)) = held.get_mut(which)
                    && let Some(received) = taken.pop()
                {
                    session
                        .settle(received.lock_token(), Settlement::Complete)
                        .unwrap();
                    let left = sent.get_mut(session.id()).unwrap();
                    left.retain(|sequence| *sequence != received.sequence_number());
                }
            }
            Step::Release(which) => {
                let which = pick(which);
                if which < held.len() {
                    held.swap_remove(which).0.release().unwrap();
                }
            }
            Step::Wait(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
        }
        let left: usize = sent.values().map(Vec::len).sum();
        assert_eq!(queue.counts().unwrap().active, left);
    }
}

proptest! {
    #[test]
    fn sessions_keep_their_order_and_have_one_holder(steps in proptest::collection::vec(step(), 1..100)) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(run(steps));
    }
}

#[tokio::test(start_paused = true)]
async fn the_lock_of_a_session_can_be_ended_before_its_time() {
    let (namespace, queue) = queue(QueueOptions {
        requires_session: true,
        ..QueueOptions::default()
    });
    namespace.send("q", in_session("a", "s")).unwrap();
    let session = queue
        .accept_session(Some("s"), Duration::ZERO)
        .await
        .unwrap();
    assert_eq!(namespace.expire_locks(Some("q")), 1);
    assert_eq!(session.locked_until(), Err(EngineError::SessionLockLost));
    let again = queue.accept_session(None, Duration::ZERO).await.unwrap();
    assert_eq!(again.id(), "s");
}
