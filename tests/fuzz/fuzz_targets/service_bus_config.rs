//! Any bytes as the `Config.json` of an emulator: read, or refused with a path and a reason.
#![no_main]

use libfuzzer_sys::fuzz_target;
use listener_local::service_bus::config::{EventHubsConfig, ServiceBusConfig};

fuzz_target!(|data: &[u8]| {
    if let Err(error) = ServiceBusConfig::from_json(data) {
        assert!(!error.to_string().is_empty());
    }
    if let Err(error) = EventHubsConfig::from_json(data) {
        assert!(!error.to_string().is_empty());
    }
});
