//! Any text as a SQL filter or action, any bytes as a recipe for a rule: what is read reads the same again, and runs.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| listener_local::service_bus::rules::fuzz(data));
