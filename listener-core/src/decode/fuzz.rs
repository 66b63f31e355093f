use super::{DecodeOptions, Document, Format, Limits, Message, decode};
use crate::context::{RemoteExecutionContext, Text, Value};

/// What the fuzz target and the property tests do with any bytes as JSON: they must be decoded or refused, within the
/// limits, and what a message answers lazily must be what the whole context says.
///
/// # Panics
/// If that does not hold.
pub fn fuzz_json(data: &[u8]) {
    let options = DecodeOptions {
        limits: Limits {
            items: 10_000,
            depth: 64,
            ..Limits::default()
        },
        repair_encoding: data.first().is_some_and(|byte| byte % 2 == 0),
    };
    let content_type = Some("application/json");
    let decoded = decode(data, content_type, &options);
    let lazy = Message::new(data.to_vec().into(), content_type, options);
    match decoded {
        // The other formats have targets of their own.
        Ok(decoded) if decoded.format != Format::Json => {}
        Ok(decoded) => match decoded.document {
            Document::Context(context) => {
                assert!(lazy.notes().expect("it decodes") == decoded.notes);
                compare(&lazy, &context);
                assert!(**lazy.context().expect("it decodes") == context);
            }
            Document::Fault(_) | Document::Text(_) => assert!(lazy.check().is_err()),
        },
        // The shallow pass sees less, so that it may take what the whole decode refuses.
        Err(error) => {
            assert!(lazy.context().is_err());
            assert!(error.offset().is_none_or(|offset| offset <= data.len()));
            ask(&lazy);
        }
    }
}

/// Asks all there is to ask.
fn ask(lazy: &Message) {
    let checked = lazy.check().is_ok();
    assert_eq!(lazy.message_name().is_ok(), checked);
    assert_eq!(lazy.input_parameter("no such key").is_ok(), checked);
    assert_eq!(lazy.target().is_ok(), checked);
    let _ = lazy.input_parameter("Target");
    if let Ok(Some(row)) = lazy.target() {
        let _ = (
            row.id(),
            row.logical_name(),
            row.column("name"),
            row.to_entity(),
        );
    }
    for name in lazy.pre_image_names().iter().flatten() {
        let _ = lazy.pre_image(name);
    }
}

/// Whether the answers are those of the context.
fn compare(lazy: &Message, context: &RemoteExecutionContext) {
    let checked = "the whole context decodes";
    assert_eq!(lazy.message_name().expect(checked), context.message_name());
    assert_eq!(lazy.stage().expect(checked), context.stage.value().copied());
    for key in context.input_parameters().keys() {
        let value = lazy.input_parameter(key).expect(checked);
        assert!(value.as_ref() == context.input_parameters().get(key.as_str()));
    }
    let target = match context.input_parameters().get("Target") {
        Some(Value::Entity(target)) => Some(&**target),
        _ => None,
    };
    let row = lazy.target().expect(checked);
    assert_eq!(row.is_some(), target.is_some());
    if let (Some(row), Some(target)) = (row, target) {
        assert_eq!(row.id().expect(checked), target.id());
        assert!(row.to_entity().expect(checked) == *target);
        for key in target.attributes().keys() {
            let column = row.column(key).expect(checked).into_value();
            let value = target.attributes().get(key.as_str());
            assert!(column.as_deref() == value.filter(|value| !value.is_null()));
        }
    }
    let names: Vec<&str> = context
        .pre_entity_images()
        .keys()
        .map(Text::as_str)
        .collect();
    assert_eq!(lazy.pre_image_names().expect(checked), names);
    for name in names {
        let image = context
            .pre_entity_images()
            .get(name)
            .and_then(Option::as_ref);
        let row = lazy.pre_image(name).expect(checked);
        let row = row.map(|row| row.to_entity().expect(checked));
        assert!(row.as_ref() == image);
    }
}
