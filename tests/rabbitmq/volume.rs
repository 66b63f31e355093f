//! Many messages, few at a time and many, and large ones.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use listener_core::{Context, Target, context::Entity};
use tokio::task::yield_now;

use crate::{
    place::{Place, Running, context, message, options, told, update},
    updates,
};

/// Lets so many messages come so many at a time, and gives their numbers in the order in which they came.
async fn come(place: Place, count: usize, at_once: usize, prefetch: u32) -> Vec<u128> {
    let (filler, updates) = (place.filler().await, (0..count as u128).map(update));
    if at_once == 1 {
        filler.send_in_order(updates).await;
    } else {
        filler.send(updates).await;
    }
    let (tell, mut told) = told();
    let running = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let seen_most = most.clone();
    let service = updates!(move |context: Context| {
        let (running, most) = (running.clone(), most.clone());
        let _ = tell.send(context.primary_entity_id().as_u128());
        async move {
            let now = running.fetch_add(1, Ordering::SeqCst) + 1;
            most.fetch_max(now, Ordering::SeqCst);
            yield_now().await;
            running.fetch_sub(1, Ordering::SeqCst);
        }
    });
    let mut with_prefetch = options();
    with_prefetch.prefetch = prefetch;
    let host = Running::start(place.source().options(with_prefetch), at_once, service);
    let mut numbers = told.take(count).await;
    let report = host.stop().await;
    numbers.extend(told.rest());
    assert_eq!(report.accepted, count as u64, "{report}");
    assert_eq!((report.released, report.refused), (0, 0), "{report}");
    assert!(seen_most.load(Ordering::SeqCst) <= at_once);
    assert_eq!(place.left().await, [""; 0]);
    numbers
}

fn once(mut numbers: Vec<u128>, count: usize) {
    numbers.sort_unstable();
    assert_eq!(numbers, (0..count as u128).collect::<Vec<_>>());
}

pub(crate) async fn one_at_a_time_comes_in_order(place: Place) {
    let numbers = come(place, 200, 1, 0).await;
    assert!(numbers.is_sorted(), "{numbers:?}");
    once(numbers, 200);
}

pub(crate) async fn twenty_at_a_time_come_once(place: Place) {
    once(come(place, 500, 20, 0).await, 500);
}

pub(crate) async fn two_hundred_at_a_time_come_once(place: Place) {
    once(come(place, 1_000, 200, 0).await, 1_000);
}

pub(crate) async fn ten_thousand_messages_come_once(place: Place) {
    once(come(place, 10_000, 20, 180).await, 10_000);
}

pub(crate) async fn a_megabyte_is_carried(place: Place) {
    const SIZE: usize = 1 << 20;
    let filler = place.filler().await;
    let large = |number| {
        let mut context = context(number);
        let row = context.primary_entity_id();
        context.set_target(Entity::new("account", row).with("description", "ä".repeat(SIZE / 2)));
        message(&context)
    };
    filler.send((0..4).map(large)).await;
    let (tell, mut told) = told();
    let service = updates!(move |Target(row): Target<Entity>| {
        let text = row.get::<String>("description").ok().flatten();
        let _ = tell.send(text.map(|text| text.len()));
        async {}
    });
    let running = Running::start(place.source(), 2, service);
    assert_eq!(told.take(4).await, [Some(SIZE); 4]);
    let report = running.stop().await;
    assert_eq!(report.accepted, 4, "{report}");
    assert_eq!(place.left().await, [""; 0]);
}
