use super::{DecodeError, DecodeOptions, Document, Limits, Message, Row, decode};
use crate::context::{
    EntityImageCollection, ParameterCollection, RemoteExecutionContext, Text, Value,
};

/// [`fuzz_lazy`] for bytes that are said to be JSON.
///
/// # Panics
/// As `fuzz_lazy`.
pub fn fuzz_json(data: &[u8]) {
    fuzz_lazy(data, Some("application/json"));
}

/// What the fuzz targets and the property tests do with any bytes: they must be decoded or refused, within the limits,
/// and what a message answers lazily must be what the whole context says.
///
/// # Panics
/// If that does not hold.
pub fn fuzz_lazy(data: &[u8], content_type: Option<&str>) {
    let options = DecodeOptions {
        limits: Limits {
            items: 10_000,
            depth: 64,
            ..Limits::default()
        },
        repair_encoding: data.first().is_some_and(|byte| byte % 2 == 0),
    };
    let decoded = decode(data, content_type, &options);
    let lazy = Message::new(data.to_vec().into(), content_type, options);
    match decoded {
        Ok(decoded) => match decoded.document {
            // A context with a NaN does not equal itself.
            Document::Context(context) if context != context.clone() => ask(&lazy),
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
    parameters(lazy, Message::input_parameter, context.input_parameters());
    parameters(lazy, Message::output_parameter, context.output_parameters());
    parameters(lazy, Message::shared_variable, context.shared_variables());
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
    let names = lazy.pre_image_names().expect(checked);
    images(lazy, names, Message::pre_image, context.pre_entity_images());
    let names = lazy.post_image_names().expect(checked);
    images(
        lazy,
        names,
        Message::post_image,
        context.post_entity_images(),
    );
}

fn parameters(
    lazy: &Message,
    read: fn(&Message, &str) -> Result<Option<Value>, DecodeError>,
    parameters: &ParameterCollection,
) {
    for key in parameters.keys() {
        let value = read(lazy, key).expect("the whole context decodes");
        assert!(value.as_ref() == parameters.get(key.as_str()));
    }
}

fn images<'a>(
    lazy: &'a Message,
    names: Vec<&str>,
    read: fn(&'a Message, &str) -> Result<Option<Row<'a>>, DecodeError>,
    images: &EntityImageCollection,
) {
    let checked = "the whole context decodes";
    let keys: Vec<&str> = images.keys().map(Text::as_str).collect();
    assert_eq!(names, keys);
    for name in keys {
        let image = images.get(name).and_then(Option::as_ref);
        let row = read(lazy, name).expect(checked);
        let row = row.map(|row| row.to_entity().expect(checked));
        assert!(row.as_ref() == image);
    }
}
