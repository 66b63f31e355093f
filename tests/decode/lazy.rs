//! What a message answers lazily is what the whole context says.

use listener_core::{
    context::{DataCollection, Entity, RemoteExecutionContext, Text, Value},
    decode::{DecodeOptions, Document, Format, Message, Row, decode},
};
use tests::{
    binary,
    fixtures::{golden, goldens},
    json::Json,
    random::Random,
    xml,
};

fn message(body: &str) -> Message {
    Message::new(body.to_owned().into(), None, DecodeOptions::default())
}

fn context(body: &str) -> Option<RemoteExecutionContext> {
    let decoded = decode(body.as_bytes(), None, &DecodeOptions::default()).unwrap();
    match decoded.document {
        Document::Context(context) => Some(context),
        _ => None,
    }
}

/// Each golden that is a context as it is, with white space, with its members in reverse order, and with both.
fn variants() -> impl Iterator<Item = (String, String)> {
    goldens("json").into_iter().flat_map(|golden| {
        let text = String::from_utf8(golden.bytes).unwrap();
        let json = Json::parse(&text);
        let reversed = json.reversed();
        assert_eq!(json.to_string(), text, "{}", golden.name);
        [
            (golden.name.clone(), text),
            (format!("{} spaced", golden.name), json.spaced()),
            (format!("{} reversed", golden.name), reversed.to_string()),
            (
                format!("{} reversed, spaced", golden.name),
                reversed.spaced(),
            ),
        ]
    })
}

#[test]
fn order_and_white_space_change_nothing() {
    for chunk in variants().collect::<Vec<_>>().chunks(4) {
        let all: Vec<_> = chunk
            .iter()
            .map(|(name, body)| {
                decode(body.as_bytes(), None, &DecodeOptions::default())
                    .unwrap_or_else(|error| panic!("{name}: {error}"))
            })
            .collect();
        for (other, (name, _)) in all.iter().zip(chunk) {
            assert!(*other == all[0], "{name}");
        }
    }
}

#[test]
fn answers_as_the_whole_context_does() {
    let mut contexts = 0;
    for (name, body) in variants() {
        let Some(context) = context(&body) else {
            assert!(message(&body).check().is_err(), "{name}");
            continue;
        };
        contexts += 1;
        let lazy = message(&body);
        answers(&lazy, &context, &name);
        // And again when it is decoded.
        assert!(**lazy.context().unwrap() == context, "{name}");
        answers(&lazy, &context, &name);
        answers(&Message::from_context(context.clone()), &context, &name);
    }
    assert_eq!(contexts, 4 * 76);
}

#[test]
fn answers_in_xml_as_the_whole_context_does() {
    for golden in goldens("xml") {
        let text = String::from_utf8(golden.bytes).unwrap();
        let tree = xml::Tree::parse(&text);
        let dressed = (1..=4).map(|seed| tree.dress(&mut Random::new(seed)));
        let short = text.len() < 50_000;
        for body in std::iter::once(text.clone()).chain(dressed.filter(|_| short)) {
            let wide = body
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect::<Vec<_>>();
            for body in [body.into_bytes(), [&[0xFF, 0xFE], &wide[..]].concat()] {
                answers_alike(body, Format::Xml, &golden.name);
            }
        }
    }
}

#[test]
fn answers_in_binary_as_the_whole_context_does() {
    for golden in goldens("msbin1") {
        answers_alike(golden.bytes, Format::Binary, &golden.name);
    }
}

#[test]
fn a_member_that_an_array_of_one_item_stands_for_is_found() {
    let body =
        b"\x40\x16RemoteExecutionContext\x08\x2fhttp://schemas.microsoft.com/xrm/2011/Contracts\
        \x40\x04Mode\x81\x03\x40\x05Depth\x01\x8b\x01\x02\x00\x01";
    answers_alike(body.to_vec(), Format::Binary, "an array of one Int16");
}

#[test]
fn answers_in_other_clothes_of_binary_as_the_whole_context_does() {
    for golden in goldens("msbin1") {
        if golden.bytes.len() < 50_000 {
            let tree = binary::Tree::parse(&golden.bytes);
            for seed in 1..=8 {
                let dressed = tree.dress(&mut Random::new(seed));
                answers_alike(dressed, Format::Binary, &golden.name);
            }
        }
    }
}

/// Found by fuzzing: the shallow pass took any element for a pair.
#[test]
fn an_element_of_another_name_among_the_pairs_is_no_pair() {
    let no_target = "<Foo><a:key>Target</a:key><a:value/></Foo>";
    let golden = golden("update-images", "xml");
    let plain = context(std::str::from_utf8(&golden).unwrap()).unwrap();
    let between = String::from_utf8(golden).unwrap().replace(
        "<KeyValuePairOfstring",
        &format!("{no_target}<KeyValuePairOfstring"),
    );
    let after = between.replace(
        "</InputParameters>",
        &format!("{no_target}</InputParameters>"),
    );
    assert_ne!(between, after);
    assert!(context(&after).unwrap() == plain);
    answers_alike(after.into_bytes(), Format::Xml, "an element Foo");
}

#[test]
fn an_element_of_another_name_among_the_pairs_is_no_pair_in_binary() {
    let no_target = b"\x40\x03Foo\x5e\x03key\x99\x06Target\x5e\x05value\x01\x01";
    let golden = golden("update-images", "msbin1");
    let mut body = Vec::new();
    for (at, byte) in golden.iter().enumerate() {
        if matches!(&golden[at..], [0x40, _, name @ ..] if name.starts_with(b"KeyValuePairOfstring"))
        {
            body.extend_from_slice(no_target);
        }
        body.push(*byte);
    }
    assert!(body.len() > golden.len() + 5 * no_target.len());
    let read = |body: &[u8]| {
        decode(body, None, &DecodeOptions::default())
            .unwrap()
            .document
    };
    assert!(read(&body) == read(&golden));
    answers_alike(body, Format::Binary, "an element Foo");
}

fn answers_alike(body: Vec<u8>, format: Format, name: &str) {
    let lazy = Message::new(body.clone().into(), None, DecodeOptions::default());
    let decoded = decode(&body, None, &DecodeOptions::default()).unwrap();
    let Document::Context(context) = decoded.document else {
        assert!(lazy.check().is_err(), "{name}");
        return;
    };
    if context != context.clone() {
        // It holds a NaN, which equals nothing.
        return;
    }
    assert_eq!(lazy.format().unwrap(), Some(format), "{name}");
    answers(&lazy, &context, name);
}

fn answers(lazy: &Message, context: &RemoteExecutionContext, name: &str) {
    lazy.check().unwrap();
    assert_eq!(
        lazy.message_name().unwrap(),
        context.message_name(),
        "{name}"
    );
    assert_eq!(
        lazy.primary_entity_name().unwrap(),
        context.primary_entity_name(),
        "{name}"
    );
    assert_eq!(
        lazy.primary_entity_id().unwrap(),
        context.primary_entity_id(),
        "{name}"
    );
    assert_eq!(
        lazy.stage().unwrap(),
        context.stage.value().copied(),
        "{name}"
    );
    assert_eq!(
        lazy.mode().unwrap(),
        context.mode.value().copied(),
        "{name}"
    );
    assert_eq!(
        lazy.depth().unwrap(),
        context.depth.value().copied(),
        "{name}"
    );
    assert_eq!(
        lazy.correlation_id().unwrap(),
        context.correlation_id.value().copied(),
        "{name}"
    );
    for (read, collection) in [
        (
            Message::input_parameter as fn(&Message, &str) -> _,
            context.input_parameters(),
        ),
        (Message::output_parameter, context.output_parameters()),
        (Message::shared_variable, context.shared_variables()),
    ] {
        for key in collection.keys() {
            assert!(
                read(lazy, key).unwrap().as_ref() == collection.get(key.as_str()),
                "{name}: {key}"
            );
        }
        assert!(read(lazy, "no such key").unwrap().is_none(), "{name}");
    }
    let target = match context.input_parameters().get("Target") {
        Some(Value::Entity(target)) => Some(&**target),
        _ => None,
    };
    rows(lazy.target().unwrap(), target, name);
    let has = |key: &str| lazy.target_has_any(&["no such column", key]).unwrap();
    for key in target.iter().flat_map(|target| target.attributes().keys()) {
        assert_eq!(has(key), Some(true), "{name}: {key}");
    }
    assert_eq!(has("nor this one"), target.map(|_| false), "{name}");
    assert_eq!(
        lazy.pre_image_names().unwrap(),
        keys(context.pre_entity_images()),
        "{name}"
    );
    assert_eq!(
        lazy.post_image_names().unwrap(),
        keys(context.post_entity_images()),
        "{name}"
    );
    for (key, image) in context.pre_entity_images() {
        let last = context.pre_entity_images().get(key).unwrap_or(image);
        rows(lazy.pre_image(key).unwrap(), last.as_ref(), name);
    }
    for (key, image) in context.post_entity_images() {
        let last = context.post_entity_images().get(key).unwrap_or(image);
        rows(lazy.post_image(key).unwrap(), last.as_ref(), name);
    }
    assert!(lazy.pre_image("no such image").unwrap().is_none(), "{name}");
    assert!(
        lazy.post_image("no such image").unwrap().is_none(),
        "{name}"
    );
}

fn keys<V>(collection: &DataCollection<Text, V>) -> Vec<&str> {
    collection.keys().map(Text::as_str).collect()
}

fn rows(lazy: Option<Row<'_>>, entity: Option<&Entity>, name: &str) {
    assert_eq!(lazy.is_some(), entity.is_some(), "{name}");
    let (Some(lazy), Some(entity)) = (lazy, entity) else {
        return;
    };
    assert_eq!(lazy.id().unwrap(), entity.id(), "{name}");
    assert_eq!(
        lazy.logical_name().unwrap(),
        entity.logical_name(),
        "{name}"
    );
    assert!(lazy.to_entity().unwrap() == *entity, "{name}");
    for key in entity.attributes().keys() {
        let (column, whole) = (
            lazy.column(key).unwrap(),
            Row::from(entity).column(key).unwrap(),
        );
        assert!(
            column.as_ref().map(|value| &**value) == whole.as_ref().map(|value| &**value),
            "{name}: {key}"
        );
    }
    assert!(lazy.column("no such column").unwrap().is_absent(), "{name}");
}

#[test]
fn the_whole_context_is_decoded_once_and_shared() {
    for format in ["json", "xml", "msbin1"] {
        let message = Message::new(
            golden("update-images", format).into(),
            None,
            DecodeOptions::default(),
        );
        assert!(message.target().unwrap().is_some());
        let first: *const _ = &**message.context().unwrap();
        let others = std::thread::scope(|scope| {
            let ask = || std::ptr::from_ref(&**message.context().unwrap()) as usize;
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect::<Vec<_>>()
        });
        assert_eq!(others, [first as usize; 4], "{format}");
    }
}
