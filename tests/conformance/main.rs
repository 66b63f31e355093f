//! The conformance suite: the queue in memory passes it, and for each case there is a source that fails it alone.

#[allow(
    clippy::type_complexity,
    clippy::collapsible_match,
    clippy::semicolon_if_nothing_returned
)]
mod broken;
mod memory;
mod service_bus;

use broken::BrokenRig;
use listener_core::{
    source::{Capabilities, memory::MemoryOptions},
    testing::conformance::{self, Case, Results, Verdict},
};
use memory::MemoryRig;
use service_bus::{PlainRig, ServiceBusRig, SessionsRig};

/// Whether no case was left out either.
fn passes_all(results: &Results) {
    results.assert();
    assert!(
        results
            .iter()
            .all(|(_, verdict)| *verdict == Verdict::Passed),
        "{results}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_queue_in_memory_conforms() {
    passes_all(&conformance::run(MemoryRig::locked).await);
}

#[tokio::test(start_paused = true)]
async fn a_queue_of_service_bus_conforms() {
    passes_all(&conformance::run(ServiceBusRig::new).await);
}

#[tokio::test(start_paused = true)]
async fn the_sessions_of_a_queue_conform() {
    passes_all(&conformance::run(SessionsRig::new).await);
}

#[tokio::test(start_paused = true)]
async fn a_queue_of_a_plain_broker_conforms() {
    let results = conformance::run(PlainRig::new).await;
    results.assert();
    for (case, verdict) in results.iter() {
        // Its messages are held for no time.
        let left_out = matches!(
            case,
            Case::LockDeadline | Case::LockLost | Case::LockRefused
        );
        assert!(left_out || *verdict == Verdict::Passed, "{results}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_can_do_less_conforms_by_what_its_outcomes_are_mapped_to() {
    let results = conformance::run(|| {
        let mut options = MemoryOptions::default();
        options.capabilities = Capabilities::ALL.defer(false).delay(false);
        options.lock_duration = Some(memory::LOCK);
        MemoryRig::new(options)
    })
    .await;
    results.assert();
}

#[tokio::test(start_paused = true)]
async fn for_each_case_a_broken_source_fails_it_and_no_other() {
    for finds in Case::ALL {
        let results = conformance::run(|| BrokenRig {
            rig: MemoryRig::locked(),
            finds: *finds,
        })
        .await;
        assert_eq!(
            results.failed(),
            [*finds],
            "broken for {finds:?}\n{results}"
        );
    }
}
