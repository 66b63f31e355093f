//! Every golden decodes to what its canonical print says, and encodes to its own bytes.

use listener_core::{
    decode::{DecodeOptions, Document, Format, decode},
    encode,
};
use tests::fixtures::{captures, goldens};

#[test]
fn json_goldens_print_their_canonical_form_and_encode_to_their_bytes() {
    for golden in goldens("json") {
        let decoded = decode(
            &golden.bytes,
            Some("application/json"),
            &DecodeOptions::default(),
        )
        .unwrap_or_else(|error| panic!("{}: {error}", golden.name));
        assert_eq!(decoded.format, Format::Json);
        assert_eq!(
            encode::canonical(&decoded.document),
            golden.beside("canonical.json").trim_end(),
            "{}",
            golden.name
        );
        assert!(
            encode::document(&decoded.document, Format::Json).unwrap() == golden.bytes,
            "{}",
            golden.name
        );
    }
}

#[test]
fn captures_decode() {
    for capture in captures().into_iter().flatten() {
        let options = DecodeOptions {
            repair_encoding: true,
            ..DecodeOptions::default()
        };
        let decoded = decode(&capture.bytes, None, &options)
            .unwrap_or_else(|error| panic!("{}: {error}", capture.name));
        assert!(matches!(decoded.document, Document::Context(_)));
        if capture.name.contains("mojibake") {
            assert!(decoded.notes.repaired_encoding, "{}", capture.name);
        }
    }
}
