//! A record whose first message fails.

use std::sync::{Arc, Mutex};

use listener_core::{Attempt, Context, Error, Host, Result, Router, State};
use tokio::time::sleep;

use crate::{
    bus::{Bus, SECOND},
    host::{Running, spawn},
};

type Seen = Arc<Mutex<Vec<(u128, u32)>>>;

/// The first message fails three times.
async fn first_fails(
    State(seen): State<Seen>,
    context: Context,
    Attempt(attempt): Attempt,
) -> Result {
    let number = context.correlation_id().as_u128();
    seen.lock().unwrap().push((number, attempt));
    if number == 1 && attempt <= 3 {
        return Err(Error::transient("not yet"));
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn later_messages_wait_behind_one_that_pauses_and_are_not_counted_as_delivered() {
    let (bus, seen) = (Bus::new(), Seen::default());
    let router = Router::new().fallback(first_fails).with_state(seen.clone());
    let Running { host, stop } = spawn(|signal| {
        Host::new(bus.queue())
            .serve(router)
            .with_graceful_shutdown(signal)
    });
    // Some wait in the host when the first fails, others come while it pauses.
    for number in 1..=3 {
        bus.send(number, 7);
    }
    for number in 4..=9 {
        sleep(SECOND / 3).await;
        bus.send(number, 7);
        bus.send(number + 100, number + 100);
    }
    while seen.lock().unwrap().len() < 3 + 9 + 6 {
        sleep(SECOND).await;
    }
    stop.send(()).unwrap();
    let report = host.await.unwrap().unwrap();
    let seen = seen.lock().unwrap().clone();
    let (record, others): (Vec<_>, Vec<_>) =
        seen.into_iter().partition(|(number, _)| *number < 100);
    let expected = [1, 2, 3, 4].map(|attempt| (1, attempt));
    let later = (2..=9).map(|number| (number, 1));
    assert_eq!(
        record,
        expected.into_iter().chain(later).collect::<Vec<_>>()
    );
    // Nobody else waited.
    assert_eq!(
        others,
        (104..=109).map(|number| (number, 1)).collect::<Vec<_>>()
    );
    assert_eq!((report.accepted, report.refused), (9 + 6, 0));
    assert!(bus.messages("crm").is_empty() && bus.dead_letters().is_empty());
}
