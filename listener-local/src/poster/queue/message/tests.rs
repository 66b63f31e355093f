use std::{fs, path::Path};

use listener_core::{
    context::Entity,
    decode::{DecodeOptions, decode},
    encode,
};
use uuid::Uuid;

use listener_core::decode::Document;

use super::*;
use crate::poster::{tests::with_text, trim};

const FORMATS: [(Format, &str, &str); 3] = [
    (Format::Binary, "application/msbin1", "msbin1"),
    (Format::Json, "application/json", "json"),
    (Format::Xml, "application/xml", "xml"),
];

fn golden(name: &str) -> Bytes {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/messages");
    fs::read(folder.join(name)).unwrap().into()
}

fn of(context: RemoteExecutionContext, format: Format) -> Result<BrokeredMessage, PostError> {
    BrokeredMessage::new(context, format, &Claims::default())
}

fn written(context: RemoteExecutionContext, format: Format) -> Vec<u8> {
    encode::document(&listener_core::decode::Document::Context(context), format).unwrap()
}

/// The longest text that fits into a body of the limit, by bisection: a binary record's length changes with it.
fn longest(format: Format) -> usize {
    let fits = |length| written(with_text(length, true), format).len() <= QUEUE_BODY_LIMIT;
    let (mut short, mut long) = (0, QUEUE_BODY_LIMIT);
    while long - short > 1 {
        let middle = usize::midpoint(short, long);
        if fits(middle) {
            short = middle;
        } else {
            long = middle;
        }
    }
    short
}

fn exceeded(message: &BrokeredMessage) -> Option<&Value> {
    let mut properties = message.properties().iter();
    let found = properties.find(|(name, _)| *name == "MessageMaxSizeExceeded");
    found.map(|(_, value)| value)
}

#[test]
fn has_the_content_type_of_its_format_and_the_correlation_id_in_braces() {
    for (format, content_type, extension) in FORMATS {
        let golden = golden(&format!("create-all-types.{extension}"));
        let message = BrokeredMessage::from_kept(golden.clone(), format, &Claims::default());
        let message = message.unwrap();
        assert_eq!(message.content_type(), content_type);
        assert_eq!(message.body(), &golden);
        assert_eq!(exceeded(&message), None);

        let decoded = decode(&golden, None, &DecodeOptions::default()).unwrap();
        let Document::Context(context) = decoded.document else {
            panic!("a context")
        };
        let id = context.correlation_id().hyphenated().to_string();
        assert_eq!(message.correlation_id(), format!("{{{id}}}"));
        assert_eq!(of(context, format).unwrap().body(), &golden);
    }
}

#[test]
fn is_written_anew_from_another_format() {
    let from = golden("delete.xml");
    let message = BrokeredMessage::from_kept(from, Format::Binary, &Claims::default()).unwrap();
    assert_eq!(message.body(), &golden("delete.msbin1"));
}

#[test]
fn is_trimmed_above_the_limit_of_its_own_format_and_says_so() {
    for (format, ..) in FORMATS {
        let length = longest(format);
        let whole = of(with_text(length, true), format).unwrap();
        assert!(!whole.is_trimmed());
        assert_eq!(exceeded(&whole), None);
        assert_eq!(whole.body(), &written(with_text(length, true), format));

        let mut context = with_text(length + 1, true);
        let trimmed = of(context.clone(), format).unwrap();
        assert!(trimmed.is_trimmed());
        assert_eq!(exceeded(&trimmed), Some(&Value::Bool(true)));
        trim(&mut context);
        assert_eq!(trimmed.body(), &written(context, format));
    }
}

#[test]
fn is_counted_in_the_format_that_is_sent() {
    let json = golden("size-190k.json");
    assert!(json.len() < QUEUE_BODY_LIMIT);
    let claims = Claims::default();
    let in_json = BrokeredMessage::from_kept(json.clone(), Format::Json, &claims).unwrap();
    let in_xml = BrokeredMessage::from_kept(json, Format::Xml, &claims).unwrap();
    assert_eq!((in_json.is_trimmed(), in_xml.is_trimmed()), (false, true));
}

#[test]
fn looks_as_microsofts_serialisers_wrote_a_trimmed_one() {
    for (format, _, extension) in FORMATS {
        let golden = golden(&format!("truncated-size-exceeded.{extension}"));
        let (mut context, _) = kept::read(golden.clone(), format).unwrap();
        let mut target = Entity::new("account", Uuid::nil());
        target.set("description", "x".repeat(QUEUE_BODY_LIMIT));
        context.set_target(target);
        let message = of(context, format).unwrap();
        assert!(message.is_trimmed());
        assert_eq!(message.body(), &golden);
    }
}

#[test]
fn is_not_made_of_what_trimming_does_not_help() {
    for (format, ..) in FORMATS {
        let error = of(with_text(QUEUE_BODY_LIMIT, false), format).unwrap_err();
        assert!(
            matches!(error, PostError::TooLarge { bytes, limit: QUEUE_BODY_LIMIT } if bytes > QUEUE_BODY_LIMIT),
            "{error}"
        );
    }
}

#[test]
fn is_not_made_of_anything_but_a_context() {
    let fault = golden("serviceendpointfault.json");
    let error = BrokeredMessage::from_kept(fault, Format::Json, &Claims::default()).unwrap_err();
    assert!(matches!(error, PostError::NotAContext(_)), "{error}");
}

#[test]
fn debug_shows_no_data() {
    let shown = format!("{:?}", of(with_text(5, true), Format::Json).unwrap());
    assert!(shown.contains("Claims/RequestName"), "{shown}");
    assert!(
        !shown.contains("Update") && !shown.contains("xxxxx"),
        "{shown}"
    );
}
