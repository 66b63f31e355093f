//! Decoding and encoding gives the bytes back.

use listener_core::{
    decode::{DecodeOptions, Document, Format, decode},
    encode,
};
use tests::fixtures::{Fixture, captures, goldens};

use crate::{rebuild::Rebuild, reference};

pub(crate) fn decoded(fixture: &Fixture, options: &DecodeOptions) -> Document {
    decode(&fixture.bytes, Some("application/json"), options)
        .unwrap_or_else(|error| panic!("{}: {error}", fixture.name))
        .document
}

/// Shows where two texts part, since a whole message in an assertion helps nobody.
#[track_caller]
pub(crate) fn assert_same(name: &str, found: &[u8], expected: &[u8]) {
    if found == expected {
        return;
    }
    let at = found
        .iter()
        .zip(expected)
        .take_while(|(a, b)| a == b)
        .count();
    let around = |bytes: &[u8]| {
        let (start, end) = (at.saturating_sub(60), bytes.len().min(at + 60));
        String::from_utf8_lossy(&bytes[start..end]).into_owned()
    };
    panic!(
        "{name}, byte {at}: found\n  {}\nbut expected\n  {}",
        around(found),
        around(expected)
    );
}

#[test]
fn writes_every_golden_back_byte_for_byte() {
    for golden in goldens("json") {
        let document = decoded(&golden, &DecodeOptions::default());
        let written = encode::document(&document, Format::Json).unwrap();
        assert_same(&golden.name, &written, &golden.bytes);
    }
}

#[test]
fn writes_every_golden_from_a_context_that_was_built_anew() {
    for golden in goldens("json") {
        let rebuilt = decoded(&golden, &DecodeOptions::default()).rebuild(Format::Json);
        let written = encode::document(&rebuilt, Format::Json).unwrap();
        assert_same(&golden.name, &written, &golden.bytes);
        assert_eq!(
            encode::canonical(&rebuilt),
            golden.beside("canonical.json").trim_end(),
            "{}",
            golden.name
        );
    }
}

#[test]
fn prints_every_golden_in_canonical_form() {
    for golden in goldens("json") {
        let printed = encode::canonical(&decoded(&golden, &DecodeOptions::default()));
        assert_same(
            &golden.name,
            printed.as_bytes(),
            golden.beside("canonical.json").trim_end().as_bytes(),
        );
    }
}

#[test]
fn appends_and_leaves_what_was_there() {
    let golden = goldens("json").swap_remove(0);
    let Document::Context(context) = decoded(&golden, &DecodeOptions::default()) else {
        panic!("a context")
    };
    let mut out = b"before ".to_vec();
    encode::json_into(&context, &mut out).unwrap();
    assert_same(
        &golden.name,
        &out,
        &[b"before ", &golden.bytes[..]].concat(),
    );
}

/// What the reference prints of a capture: without the member that its author put in to see whether readers mind.
fn expected(capture: &Fixture) -> String {
    let json = std::str::from_utf8(&capture.bytes).expect("UTF-8");
    reference::canonical(json)
        .replace(",\"Unknown\":null", "")
        .replace("\"Unknown\":null,", "")
}

#[test]
fn prints_every_capture_in_canonical_form() {
    for mut capture in captures().into_iter().flatten() {
        let document = if capture.name.contains("mojibake") {
            let options = DecodeOptions {
                repair_encoding: true,
                ..DecodeOptions::default()
            };
            let document = decoded(&capture, &options);
            capture.bytes = listener_core::decode::repair(&capture.bytes)
                .expect("a body that was encoded twice");
            document
        } else {
            decoded(&capture, &DecodeOptions::default())
        };
        assert_same(
            &capture.name,
            encode::canonical(&document).as_bytes(),
            expected(&capture).as_bytes(),
        );
    }
}

#[test]
fn writes_every_capture_back_but_for_what_its_author_changed() {
    for capture in captures().into_iter().flatten() {
        let document = decoded(&capture, &DecodeOptions::default());
        let written = encode::document(&document, Format::Json).unwrap();
        // People print messages in several lines and without `\/`; what they say is the same.
        let (written, given) = (
            String::from_utf8(written).unwrap(),
            String::from_utf8(capture.bytes).unwrap(),
        );
        assert_eq!(
            reference::canonical(&written),
            reference::canonical(&given),
            "{}",
            capture.name
        );
    }
}
