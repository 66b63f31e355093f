//! What routing allocates. It has a binary of its own, for it has an allocator of its own.

use allocation_counter::measure;
use listener_core::{Outcome, Reason};
use tests::dispatch::{delivery, now, router};
use tower::Service;

#[test]
fn a_message_that_nobody_routes_allocates_nothing() {
    let mut service = router(100);
    let stray = delivery(100);
    let allocated = measure(|| {
        let outcome = now(service.call(stray)).expect("an outcome");
        assert!(matches!(
            outcome,
            Outcome::Reject {
                reason: Reason::NoRoute,
                ..
            }
        ));
    });
    assert_eq!(allocated.count_total, 0);
}

#[test]
fn a_message_that_is_routed_allocates_its_listeners_future_only() {
    let mut service = router(100);
    let routed = delivery(50);
    let allocated = measure(|| assert!(now(service.call(routed)).expect("an outcome").is_accept()));
    assert_eq!(allocated.count_total, 1);
}
