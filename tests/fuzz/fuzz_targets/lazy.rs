//! Any bytes as a body in the format that they begin like: what a message answers lazily is what the whole context says.
#![no_main]

use libfuzzer_sys::fuzz_target;
use listener_core::decode::fuzz_lazy;

fuzz_target!(|data: &[u8]| fuzz_lazy(data, None));
