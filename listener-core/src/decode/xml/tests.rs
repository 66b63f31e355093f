//! What XML may throw at the reader.

use std::fs;

use proptest::prelude::*;

use super::document;
use crate::{
    context::Value,
    decode::{DecodeError, DecodeErrorKind, Document, Limits},
};

const XRM: &str = "http://schemas.microsoft.com/xrm/2011/Contracts";
const GENERIC: &str = "http://schemas.datacontract.org/2004/07/System.Collections.Generic";
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

fn read(text: &str) -> Result<Document, DecodeError> {
    document(text.as_bytes(), &Limits::default())
}

/// A context with this in it.
fn context(inside: &str) -> String {
    format!(
        "<RemoteExecutionContext xmlns=\"{XRM}\" xmlns:i=\"{XSI}\" xmlns:g=\"{GENERIC}\">{inside}</RemoteExecutionContext>"
    )
}

/// A context with one input parameter, of this attributes and content.
fn parameter(value: &str) -> String {
    context(&format!(
        "<InputParameters><KeyValuePairOfstringanyType><g:key>P</g:key><g:value {value}</g:value></KeyValuePairOfstringanyType></InputParameters>"
    ))
}

fn value(text: &str) -> Value {
    match read(&parameter(text)) {
        Ok(Document::Context(context)) => context.input_parameters().get("P").unwrap().clone(),
        other => panic!("{other:?}"),
    }
}

fn golden(name: &str) -> Vec<u8> {
    fs::read(format!(
        "{}/../tests/fixtures/messages/{name}.xml",
        env!("CARGO_MANIFEST_DIR")
    ))
    .unwrap()
}

#[test]
fn a_golden_cut_at_any_byte_is_an_error_with_its_place() {
    for name in ["assign", "text"] {
        let body = golden(name);
        for end in 0..body.len() {
            let error = document(&body[..end], &Limits::default()).unwrap_err();
            assert!(
                error.offset().is_some_and(|at| at <= end),
                "{name} cut at {end}: {error}"
            );
        }
    }
}

#[test]
fn nesting_is_bounded() {
    let deep = "<a>".repeat(100_000);
    assert_eq!(
        read(&context(&deep)).unwrap_err().kind(),
        DecodeErrorKind::Limit
    );
    let parents = "<ParentContext>".repeat(100_000);
    assert_eq!(
        read(&context(&parents)).unwrap_err().kind(),
        DecodeErrorKind::Limit
    );
}

#[test]
fn elements_are_counted() {
    let pair =
        "<KeyValuePairOfstringanyType><g:key>a</g:key><g:value/></KeyValuePairOfstringanyType>";
    let many = context(&format!(
        "<InputParameters>{}</InputParameters>",
        pair.repeat(100_000)
    ));
    let error = read(&many).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::Limit);
    assert!(error.path().starts_with("InputParameters["), "{error}");
}

#[test]
fn members_that_nobody_knows_are_bounded() {
    let many: String = (0..300).map(|n| format!("<m{n}/>")).collect();
    assert_eq!(
        read(&context(&many)).unwrap_err().kind(),
        DecodeErrorKind::Limit
    );
}

#[test]
fn a_megabyte_of_attribute_and_a_thousand_attributes_do_no_harm() {
    let long = format!(
        "<RemoteExecutionContext xmlns=\"{XRM}\" a=\"{}\"/>",
        "x".repeat(1 << 20)
    );
    assert!(read(&long).is_ok());
    let many: String = (0..1000).map(|n| format!(" a{n}=\"\"")).collect();
    let error = read(&format!("<RemoteExecutionContext xmlns=\"{XRM}\"{many}/>")).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::Syntax);
    let bindings: String = (0..1000)
        .map(|n| format!(" xmlns:a{n}=\"urn:{n}\""))
        .collect();
    assert!(
        read(&format!(
            "<RemoteExecutionContext xmlns=\"{XRM}\"{bindings}/>"
        ))
        .is_err()
    );
}

#[test]
fn a_billion_laughs_are_refused() {
    let bomb = format!(
        "<!DOCTYPE a [<!ENTITY lol \"lol\"><!ENTITY l \"&lol;&lol;\">]>{}",
        context("<MessageName>&l;</MessageName>")
    );
    assert_eq!(read(&bomb).unwrap_err().offset(), Some(0));
    assert!(read(&context("<MessageName>&lol;</MessageName>")).is_err());
}

#[test]
fn an_unbound_prefix_is_an_error() {
    for text in [
        parameter("j:nil=\"true\">"),
        parameter("i:type=\"b:string\">"),
        context("<q:MessageName/>"),
        "<x:RemoteExecutionContext/>".to_owned(),
    ] {
        let error = read(&text).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::Syntax, "{text}");
        assert!(
            error.to_string().contains("bound to no namespace"),
            "{error}"
        );
    }
}

#[test]
fn mixed_content_is_an_error() {
    let texts = [
        context("stray"),
        context("<InputParameters>stray</InputParameters>"),
        context("<MessageName>a<b/></MessageName>"),
        context("<Depth>1<b/></Depth>"),
    ];
    for text in texts {
        assert_eq!(
            read(&text).unwrap_err().kind(),
            DecodeErrorKind::WrongType,
            "{text}"
        );
    }
    assert!(read(&format!("{}stray", context(""))).is_err());
    assert!(read(&format!("{}<a/>", context(""))).is_err());
}

#[test]
fn a_member_that_stands_twice_is_an_error() {
    let error = read(&context("<Depth>1</Depth><Depth>1</Depth>")).unwrap_err();
    assert_eq!(
        (error.kind(), error.path().as_str()),
        (DecodeErrorKind::Duplicate, "Depth")
    );
}

#[test]
fn wrong_types_are_told_without_their_values() {
    for (member, canary) in [
        ("Depth", "canary"),
        ("Depth", "99999999999"),
        ("Depth", "1.5"),
        ("IsInTransaction", "canary"),
        ("CorrelationId", "canary"),
        ("OperationCreatedOn", "2024-13-77T00:00:00Z"),
    ] {
        let error = read(&context(&format!("<{member}>{canary}</{member}>"))).unwrap_err();
        assert_eq!(error.path(), member);
        let told = format!("{error} {error:?} {error:#?}");
        assert!(!told.contains(canary), "{told}");
    }
    for text in [
        "xsi:int\">canary",
        "x:int\">1e5",
        "x:decimal\">1e99",
        "x:base64Binary\">~canary~",
        "x:dateTime\">canary",
    ] {
        let text = text.replace("xsi:", "x:");
        let body = parameter(&format!(
            "xmlns:x=\"http://www.w3.org/2001/XMLSchema\" i:type=\"{text}"
        ));
        let error = read(&body).unwrap_err();
        assert_eq!(error.path(), "InputParameters[\"P\"]", "{text}");
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
    }
}

#[test]
fn lexical_forms_that_microsofts_reader_takes_are_taken() {
    let xsd = "xmlns:x=\"http://www.w3.org/2001/XMLSchema\" i:type=";
    assert_eq!(value(&format!("{xsd}\"x:int\"> +05 ")), Value::Int(5));
    assert_eq!(
        value(&format!("{xsd}\"x:boolean\">1")),
        Value::Boolean(true)
    );
    assert_eq!(
        value(&format!(
            "{xsd}\" x:string \"> a <!-- c -->b<![CDATA[<c>]]>&#x1;&#xD800;"
        )),
        Value::from(" a b<c>\u{1}\u{fffd}")
    );
    assert_eq!(
        value(&format!("{xsd}\"x:string\">a\r\nb\rc")),
        Value::from("a\nb\nc")
    );
    for (text, read) in [
        ("&#xD83D;&#xDE00;!", "\u{1f600}!"),
        ("&#55357;&#56832;", "\u{1f600}"),
        ("&#xDE00;&#xD83D;", "\u{fffd}\u{fffd}"),
        ("&#xD83D;&#xD83D;&#xDE00;", "\u{fffd}\u{1f600}"),
        ("&#xD83D;&amp;", "\u{fffd}&"),
        ("&#xD83D; &#xDE00;", "\u{fffd} \u{fffd}"),
    ] {
        let read = Value::from(read);
        assert_eq!(value(&format!("{xsd}\"x:string\">{text}")), read, "{text}");
    }
    assert_eq!(value("i:nil=\" true \">"), Value::Null);
    assert_eq!(
        value("i:nil=\"0\" i:type=\"string\" xmlns=\"http://www.w3.org/2001/XMLSchema\">x"),
        Value::from("x")
    );
    let bytes = value(&format!("{xsd}\"x:base64Binary\">AAEC\n +v8="));
    assert_eq!(bytes, Value::Bytes(vec![0, 1, 2, 250, 255].into()));
}

#[test]
fn what_is_no_context_is_told_so() {
    for text in [
        "<a/>",
        "<RemoteExecutionContext/>",
        "<RemoteExecutionContext xmlns=\"urn:other\"/>",
    ] {
        assert_eq!(
            read(text).unwrap_err().kind(),
            DecodeErrorKind::WrongType,
            "{text}"
        );
    }
    assert!(read("").is_err());
    assert!(read("hello").is_err());
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = document(&bytes, &Limits::default());
    }

    #[test]
    fn no_damage_to_a_golden_makes_it_panic(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let mut body = golden("create-all-types");
        let at = at.index(body.len());
        body[at] = byte;
        let _ = document(&body, &Limits::default());
        let from = cut.index(body.len());
        body.drain(from.min(at)..from.max(at));
        let _ = document(&body, &Limits::default());
    }
}
