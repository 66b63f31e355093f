//! What becomes of messages when things break.

use std::{collections::BTreeSet, time::Duration};

use listener_core::{Attempt, Context, Lock, source::amqp::Queue};
use tokio::time::sleep;

use crate::{
    line::Line,
    place::{Place, Running, options, told},
    updates,
};

pub(crate) async fn a_cut_connection_gives_back_what_is_at_work(place: Place) {
    place.send(7..8).await;
    let line = Line::default();
    let source = Queue::new(line.to(&place.node), &place.address()).options(options());
    let (tell, mut told) = told();
    let service = updates!(move |Attempt(attempt): Attempt, lock: Lock| {
        let tell = tell.clone();
        async move {
            let _ = tell.send(attempt);
            if attempt == 1 {
                // What it makes of this does not count any more.
                lock.lost().await;
            }
        }
    });
    let running = Running::start(source, 4, service);
    assert_eq!(told.next().await, 1);
    line.cut();
    assert_eq!(told.next().await, 2);
    let report = running.stop().await;
    assert_eq!((report.lock_lost, report.accepted), (1, 1), "{report}");
    assert_eq!(place.left().await, [""; 0]);
}

pub(crate) async fn a_broker_that_is_killed_loses_nothing(place: Place) {
    const COUNT: u128 = 200;
    place.send(0..COUNT).await;
    let (tell, mut told) = told();
    let service = updates!(move |context: Context| {
        let (tell, number) = (tell.clone(), context.primary_entity_id().as_u128());
        async move {
            // Some are at work when it happens.
            sleep(Duration::from_millis(20)).await;
            let _ = tell.send(number);
        }
    });
    let running = Running::start(place.source(), 4, service);
    let mut seen: BTreeSet<_> = told.take(40).await.into_iter().collect();
    place.node.kill().await;
    place.node.start_again().await;
    // What is there again was sent before, by nobody but us.
    while seen.len() < COUNT as usize {
        seen.insert(told.next().await);
    }
    let report = running.stop().await;
    assert!(
        report.accepted >= u64::try_from(COUNT).unwrap() - 8,
        "{report}"
    );
    assert_eq!(place.left().await, [""; 0]);
}
