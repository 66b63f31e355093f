//! The goldens from each format into each other one. JSON has fewer types, so that nothing else is made of it.

use std::fs;

use listener_core::{
    decode::{DecodeOptions, Document, Format, decode},
    encode,
};
use tests::fixtures::{Fixture, goldens};

use crate::{golden::assert_same, rebuild::Rebuild};

/// The only golden with dates of a zone other than UTC, whose offset binary does not tell.
const WITH_OFFSETS: &str = "local-dates";

const TYPED: [(Format, &str); 2] = [(Format::Xml, "xml"), (Format::Binary, "msbin1")];

fn read(golden: &Fixture) -> Document {
    decode(&golden.bytes, None, &DecodeOptions::default())
        .unwrap_or_else(|error| panic!("{}: {error}", golden.name))
        .document
}

fn written(golden: &Fixture, document: &Document, format: Format) -> Vec<u8> {
    encode::document(document, format).unwrap_or_else(|error| panic!("{}: {error}", golden.name))
}

/// The same message as Microsoft's writer of another format wrote it.
fn twin(golden: &Fixture, extension: &str) -> Fixture {
    let path = golden.path.with_extension(extension);
    Fixture {
        name: golden.name.clone(),
        bytes: fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
        path,
    }
}

#[test]
fn xml_and_binary_are_written_from_contexts_that_were_built_anew() {
    for (format, extension) in TYPED {
        for golden in goldens(extension) {
            let rebuilt = read(&golden).rebuild(format);
            let written = written(&golden, &rebuilt, format);
            assert_same(&golden.name, &written, &golden.bytes);
        }
    }
}

#[test]
fn xml_becomes_the_binary_and_the_json_of_the_same_message() {
    for golden in goldens("xml") {
        let document = read(&golden);
        for (format, extension) in [(Format::Binary, "msbin1"), (Format::Json, "json")] {
            let written = written(&golden, &document, format);
            assert_same(&golden.name, &written, &twin(&golden, extension).bytes);
        }
    }
}

#[test]
fn binary_becomes_the_xml_and_the_json_of_the_same_message() {
    for golden in goldens("msbin1") {
        if golden.name == WITH_OFFSETS {
            continue;
        }
        let document = read(&golden);
        for (format, extension) in [(Format::Xml, "xml"), (Format::Json, "json")] {
            let written = written(&golden, &document, format);
            assert_same(&golden.name, &written, &twin(&golden, extension).bytes);
        }
    }
}

/// The instants stay: 10:00 at -08:00 is 18:00 at +00:00.
#[test]
fn a_local_date_that_went_through_binary_has_the_offset_of_utc() {
    let binary = goldens("msbin1")
        .into_iter()
        .find(|golden| golden.name == WITH_OFFSETS)
        .expect("the golden with offsets");
    let document = read(&binary);
    let json = String::from_utf8(twin(&binary, "json").bytes).expect("UTF-8");
    let expected = json.replace("-0800)", "+0000)").replace("-0700)", "+0000)");
    assert_ne!(json, expected);
    let written_json = written(&binary, &document, Format::Json);
    assert_same(&binary.name, &written_json, expected.as_bytes());
    let written_xml = written(&binary, &document, Format::Xml);
    let text = String::from_utf8(written_xml).expect("UTF-8");
    assert!(text.contains(">2024-01-15T18:00:00.5+00:00<"));
    assert!(!text.contains("-08:00<") && !text.contains("-07:00<"));
    let through_xml = Fixture {
        bytes: text.into_bytes(),
        ..twin(&binary, "xml")
    };
    let back = written(&binary, &read(&through_xml), Format::Binary);
    assert_same(&binary.name, &back, &binary.bytes);
}

#[test]
fn xml_and_binary_give_equal_contexts_where_no_date_is_local() {
    let mut equal = 0;
    for golden in goldens("xml") {
        let (xml, binary) = (read(&golden), read(&twin(&golden, "msbin1")));
        let json = String::from_utf8(twin(&golden, "json").bytes).expect("UTF-8");
        // A NaN equals nothing, not even itself.
        let comparable = xml == xml.clone();
        if !has_local_date(&json) && comparable {
            assert!(xml == binary, "{}", golden.name);
            equal += 1;
        }
    }
    assert!(equal > 30, "{equal} equal contexts only");
}

/// Whether a date has an offset in JSON: `/Date(0+0000)/`.
fn has_local_date(json: &str) -> bool {
    json.match_indices("Date(").any(|(at, _)| {
        let inside = &json[at + 5..];
        let end = inside.find(')').unwrap_or(inside.len());
        inside[..end].rfind(['+', '-']).is_some_and(|sign| sign > 0)
    })
}

/// Found by fuzzing: binary had a limit on names that the other formats do not have.
#[test]
fn a_long_name_of_an_unknown_member_goes_into_binary_and_back() {
    let name = "N".repeat(5_000);
    let xml = format!(
        "<RemoteExecutionContext xmlns=\"http://schemas.microsoft.com/xrm/2011/Contracts\"><{name}>1</{name}></RemoteExecutionContext>"
    );
    let options = DecodeOptions::default();
    let first = decode(xml.as_bytes(), None, &options).unwrap().document;
    let binary = encode::document(&first, Format::Binary).unwrap();
    let second = decode(&binary, Some("application/msbin1"), &options).unwrap();
    assert!(second.document == first);
}
