//! Any bytes as a JSON body: `cargo fuzz run --fuzz-dir tests/fuzz --sanitizer none json`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use listener_core::decode::fuzz_json;

fuzz_target!(|data: &[u8]| fuzz_json(data));
