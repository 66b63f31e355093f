//! Whatever the bytes are, decoding them ends with a document or an error; a document that is written and read again
//! says the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use listener_core::{
    decode::{DecodeOptions, Format, decode},
    encode::{canonical, document},
};

fuzz_target!(|data: &[u8]| {
    let options = DecodeOptions::default();
    let Ok(first) = decode(data, Some("application/msbin1"), &options) else {
        return;
    };
    // A message in JSON leaves types to be guessed, so that it may print otherwise.
    if first.format != Format::Binary {
        return;
    }
    let Ok(written) = document(&first.document, Format::Binary) else {
        return;
    };
    let again = decode(&written, Some("application/msbin1"), &options).expect("what was written is read");
    assert_eq!(canonical(&again.document), canonical(&first.document));
});
