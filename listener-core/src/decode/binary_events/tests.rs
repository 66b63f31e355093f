use std::{fs, path::PathBuf};

use super::*;
use crate::{context::Value, decode::Format};

fn goldens() -> Vec<PathBuf> {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/");
    let files = ["messages", "random"]
        .iter()
        .flat_map(|folder| fs::read_dir(format!("{fixtures}{folder}")).unwrap())
        .map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|e| e == "msbin1"))
        .collect()
}

#[test]
fn every_golden_prints_its_canonical_form_and_writes_its_own_bytes() {
    let files = goldens();
    assert_eq!(files.len(), 78);
    for file in files {
        let body = fs::read(&file).unwrap();
        let document = document(&body, &Limits::default())
            .unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let canonical = fs::read_to_string(file.with_extension("canonical.json")).unwrap();
        assert_eq!(
            crate::encode::canonical(&document),
            canonical.trim_end(),
            "{}",
            file.display()
        );
        let written = crate::encode::document(&document, Format::Binary).unwrap();
        assert!(written == body, "{} is written otherwise", file.display());
    }
}

#[test]
fn a_golden_cut_at_any_byte_is_an_error_with_its_place() {
    for file in goldens()
        .iter()
        .filter(|file| file.ends_with("assign.msbin1") || file.ends_with("text.msbin1"))
    {
        let body = fs::read(file).unwrap();
        for end in 0..body.len() {
            let error = document(&body[..end], &Limits::default()).unwrap_err();
            assert!(
                error.offset().is_some_and(|at| at <= end),
                "{} cut at {end}: {error}",
                file.display()
            );
        }
    }
}

#[test]
fn soap_in_binary_is_read() {
    let read = |file: &str| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/soap");
        document(
            &fs::read(format!("{folder}/{file}")).unwrap(),
            &Limits::default(),
        )
        .unwrap()
    };
    assert!(matches!(
        read("twoway-binary.request.body"),
        Document::Context(_)
    ));
    assert_eq!(
        read("twoway-binary.reply.body"),
        Document::Text("approved: \u{20ac} 5 & <more>".into())
    );
    assert!(matches!(
        read("twoway-binary.fault.body"),
        Document::Fault(_)
    ));
}

const XSD: &str = "http://www.w3.org/2001/XMLSchema";

/// What a message says in which the tag of a value of this type is written otherwise: its type and the letter that it declares.
fn with_tag(of: &str, type_name: &str, declared: Option<char>) -> Result<Document, DecodeError> {
    let chars = |tag: &mut Vec<u8>, text: &str| {
        tag.push(u8::try_from(text.len()).unwrap());
        tag.extend(text.as_bytes());
    };
    let tag = |name: &str, letter: Option<char>| {
        let mut tag = vec![binary::id::CHARS_8];
        chars(&mut tag, name);
        if let Some(letter) = letter {
            tag.push(binary::id::XMLNS);
            chars(&mut tag, &letter.to_string());
            chars(&mut tag, XSD);
        }
        tag
    };
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/fixtures/messages/size-5k.msbin1"
    );
    let mut body = fs::read(file).unwrap();
    let from = tag(of, Some('b'));
    let start = body
        .windows(from.len())
        .position(|w| w == from.as_slice())
        .unwrap();
    body.splice(start..start + from.len(), tag(type_name, declared));
    document(&body, &Limits::default())
}

/// That value.
fn value(document: Document, column: &str) -> Value {
    let Document::Context(context) = document else {
        panic!("no context");
    };
    let inputs = context.input_parameters.into_value().unwrap();
    let Some(Value::Entity(target)) = inputs.get("Target") else {
        panic!("no row");
    };
    let attributes = target.attributes.value().unwrap();
    attributes.get(column).unwrap().clone()
}

#[test]
fn the_namespace_of_a_type_is_bound_in_its_own_tag_alone() {
    let error = with_tag("b:boolean", "b:boolean", None).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::Syntax);
    assert!(
        error.to_string().contains("bound to no namespace"),
        "{error}"
    );
}

#[test]
fn a_declaration_for_a_type_holds_for_the_name_of_its_element_too() {
    let value_of = |type_name, letter| {
        let document = with_tag("b:boolean", type_name, Some(letter)).unwrap();
        value(document, "new_column5")
    };
    assert_eq!(value_of("c:boolean", 'c'), Value::Boolean(true));
    // `a` is the prefix of `value`: in another namespace it is not the value of its pair.
    assert_eq!(value_of("a:boolean", 'a'), Value::Null);
    // `i` is the prefix of `type`: in another namespace it says nothing.
    assert_eq!(value_of("i:boolean", 'i'), Value::String("true".into()));
}
