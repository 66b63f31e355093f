//! A document says the same in XML and in .NET binary, whatever it came in.
#![no_main]

use libfuzzer_sys::fuzz_target;
use listener_core::{
    decode::{DecodeOptions, Format, decode},
    encode::{canonical, document},
};

fuzz_target!(|data: &[u8]| {
    let options = DecodeOptions::default();
    let Ok(first) = decode(data, None, &options) else {
        return;
    };
    let (Ok(xml), Ok(binary)) = (
        document(&first.document, Format::Xml),
        document(&first.document, Format::Binary),
    ) else {
        return;
    };
    let xml = decode(&xml, Some("application/xml"), &options).expect("XML that was written is read");
    let binary = decode(&binary, Some("application/msbin1"), &options).expect("binary that was written is read");
    // Binary writes a negative zero as 0.
    let plain = |text: String| text.replace("\"-0\"", "\"0\"");
    assert_eq!(plain(canonical(&xml.document)), plain(canonical(&binary.document)));
});
