//! Any text as a connection string: neither what is read nor the error shows the key.
#![no_main]

use libfuzzer_sys::fuzz_target;
use listener_core::amqp::ConnectionString;

const KEY: &str = "SharedAccessKey=";

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let shown = match text.parse::<ConnectionString>() {
        Ok(read) => {
            assert!(!read.host().is_empty());
            assert!(read.resource("orders").ends_with("/orders"));
            format!("{read:?}")
        }
        Err(error) => error.to_string(),
    };
    let key = text.split_once(KEY).map_or("", |(_, rest)| rest.split(';').next().unwrap_or("").trim());
    // A short one, or one that is the name of something too, may be there by chance.
    if key.len() >= 12 && text.matches(key).count() == 1 {
        assert!(!shown.contains(key));
    }
});
