//! Any bytes from a client of Service Bus: tokens, requests, batches, sessions, settlements and transactions.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without threads needs nothing");
    let answered = runtime.block_on(listener_local::service_bus::broker::fuzz(data));
    answered.expect("the entities can be made");
});
