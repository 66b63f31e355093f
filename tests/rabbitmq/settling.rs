//! What becomes of messages.

use std::time::{Duration, Instant};

use listener_core::{Attempt, Context, Error, Outcome, Result, amqp::Message};

use crate::{
    place::{Place, Running, left, options, told, update},
    updates,
};

pub(crate) async fn accepted_messages_are_gone(place: Place) {
    place.send(0..20).await;
    let (tell, mut told) = told();
    let service = updates!(move |context: Context| {
        let _ = tell.send(context.primary_entity_id().as_u128());
        async {}
    });
    let running = Running::start(place.source(), 4, service);
    let mut numbers = told.take(20).await;
    let report = running.stop().await;
    numbers.sort_unstable();
    assert_eq!(numbers, (0..20).collect::<Vec<_>>());
    assert_eq!((report.accepted, report.refused), (20, 0), "{report}");
    assert_eq!(place.left().await, [""; 0]);
}

pub(crate) async fn released_messages_come_again_later_each_time(place: Place) {
    place.send(7..8).await;
    let (tell, mut told) = told();
    let service = updates!(move |Attempt(attempt): Attempt| {
        let _ = tell.send((attempt, Instant::now()));
        async move {
            match attempt {
                4.. => Ok(()),
                _ => Err(Error::transient("the ERP is away")),
            }
        }
    });
    let running = Running::start(place.source(), 4, service);
    let calls = told.take(4).await;
    let report = running.stop().await;
    let attempts: Vec<_> = calls.iter().map(|(attempt, _)| *attempt).collect();
    assert_eq!(attempts, [1, 2, 3, 4]);
    for (pair, number) in calls.windows(2).zip(0..) {
        // Half of the pause at least, which doubles.
        let (least, waited) = (
            options().first_pause * 2_u32.pow(number) / 2,
            pair[1].1 - pair[0].1,
        );
        assert!(waited >= least, "{waited:?} after attempt {}", pair[0].0);
    }
    assert_eq!((report.released, report.accepted), (3, 1), "{report}");
    // Each was given back by its outcome, and not because the session had ended.
    assert_eq!((report.refused, report.lock_lost), (0, 0), "{report}");
    assert_eq!(place.left().await, [""; 0]);
}

pub(crate) async fn rejected_messages_are_dead_lettered_by_policy(place: Place) {
    let filler = place.filler().await;
    let foreign = Message::new("no context").message_id("foreign");
    filler.send_in_order([update(1), foreign, update(2)]).await;
    let (tell, mut told) = told();
    let service = updates!(move |context: Context| {
        let first = context.primary_entity_id().as_u128() == 1;
        let _ = tell.send(());
        async move {
            if first {
                return Err(Error::permanent("the account has no contract"));
            }
            Ok(())
        }
    });
    let running = Running::start(place.source(), 1, service);
    told.take(2).await;
    let report = running.stop().await;
    assert_eq!((report.rejected, report.accepted), (1, 1), "{report}");
    assert_eq!(place.left().await, [""; 0]);
    let mut dead = left(&place.node, "/amq/queue/dead").await;
    dead.sort();
    assert_eq!(dead, ["1", "foreign"]);
}

pub(crate) async fn rejected_messages_without_a_policy_are_gone(place: Place) {
    place.send(1..2).await;
    let (tell, mut told) = told();
    let service = updates!(move || {
        let _ = tell.send(());
        async { Result::<()>::Err(Error::permanent("the account has no contract")) }
    });
    let running = Running::start(place.source(), 1, service);
    told.next().await;
    let report = running.stop().await;
    assert_eq!((report.rejected, report.refused), (1, 0), "{report}");
    assert_eq!(place.left().await, [""; 0]);
}

pub(crate) async fn deferred_messages_come_again(place: Place) {
    place.send(1..2).await;
    let (tell, mut told) = told();
    let service = updates!(move |Attempt(attempt): Attempt| {
        let _ = tell.send(attempt);
        async move {
            match attempt {
                1 => Outcome::defer(),
                _ => Outcome::Accept(()),
            }
        }
    });
    let running = Running::start(place.source(), 1, service);
    assert_eq!(told.take(2).await, [1, 2]);
    let report = running.stop().await;
    assert_eq!((report.mapped, report.accepted), (1, 1), "{report}");
    assert_eq!(report.refused, 0, "{report}");
}

pub(crate) async fn a_drain_gives_back_what_nobody_has_seen(place: Place) {
    place.send(0..50).await;
    let (tell, mut told) = told();
    let service = updates!(move || {
        let _ = tell.send(());
        std::future::pending::<()>()
    });
    let mut with_prefetch = options();
    with_prefetch.prefetch = 20;
    let running = Running::start(place.source().options(with_prefetch), 2, service);
    told.take(2).await;
    let begin = Instant::now();
    let report = running.stop().await;
    // The grace of the host, the drain, and the broker's answers.
    assert!(begin.elapsed() < Duration::from_secs(10), "{report}");
    assert_eq!((report.accepted, report.unfinished), (0, 2), "{report}");
    let mut ids: Vec<u32> = place
        .left()
        .await
        .iter()
        .map(|id| id.parse().unwrap())
        .collect();
    ids.sort_unstable();
    assert_eq!(ids, (0..50).collect::<Vec<_>>());
}
