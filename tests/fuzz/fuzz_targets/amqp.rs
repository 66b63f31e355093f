//! Any bytes from an AMQP client: the server answers or hangs up, and never panics or waits for ever.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without threads needs nothing");
    runtime.block_on(listener_local::amqp::fuzz(data));
});
