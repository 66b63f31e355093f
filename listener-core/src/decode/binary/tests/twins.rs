//! Each message against the text XML that Microsoft's serialiser wrote of the same object.

use std::{fs, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};
use quick_xml::{
    NsReader,
    events::{BytesStart, Event as XmlEvent},
    name::ResolveResult,
};

use super::goldens;
use crate::decode::binary::{Attribute, DateTime, DateTimeKind, Element, Event, Reader, Text};

/// A step through a document, the same for both formats but for how values are written.
#[derive(Debug, PartialEq)]
enum Step<V> {
    /// Namespace and name, and those of the attributes with their values.
    Start(Name, Vec<(Name, String)>),
    Value(V),
    End,
}

type Name = (String, String);

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

#[test]
fn says_the_same_as_its_twin_in_text_xml() {
    for (path, message) in goldens() {
        let xml = fs::read_to_string(Path::new(&path).with_extension("xml")).unwrap();
        let (binary, text) = (of_binary(&message), of_xml(&xml));
        assert_eq!(binary.len(), text.len(), "{path}");
        for (binary, text) in binary.iter().zip(&text) {
            let same = match (binary, text) {
                (Step::Value(pieces), Step::Value(text)) => is_same(pieces, text),
                (Step::Start(a, b), Step::Start(c, d)) => (a, b) == (c, d),
                (Step::End, Step::End) => true,
                _ => false,
            };
            assert!(same, "{path}: {binary:?} is not {text:?}");
        }
    }
}

fn of_binary(message: &[u8]) -> Vec<Step<Vec<Text<'_>>>> {
    let mut reader: Reader<'_> = Reader::new(message);
    let mut steps = Vec::new();
    loop {
        match reader.read().unwrap() {
            Event::Start(element) => steps.push(start(&reader, element)),
            Event::Array(element, items) => {
                for item in items.iter() {
                    steps.extend([start(&reader, element), Step::Value(vec![item]), Step::End]);
                }
            }
            Event::Text(text) => match steps.last_mut() {
                Some(Step::Value(pieces)) => pieces.push(text),
                _ => steps.push(Step::Value(vec![text])),
            },
            Event::End => steps.push(Step::End),
            Event::Eof => return steps,
        }
    }
}

fn start<V>(reader: &Reader<'_>, element: Element<'_>) -> Step<V> {
    let attributes = reader.attributes().iter().map(|attribute| {
        let Attribute {
            name,
            namespace,
            value,
        } = attribute;
        let name = ((*namespace).to_owned(), name.local.to_owned());
        let value = value.to_string();
        let value = resolved(&name, value, |prefix| {
            reader.resolve(prefix).unwrap().to_owned()
        });
        (name, value)
    });
    let name = (element.namespace.to_owned(), element.name.local.to_owned());
    Step::Start(name, attributes.collect())
}

/// The value of `i:type` is a name, whose prefix is resolved too.
fn resolved(name: &Name, value: String, resolve: impl Fn(&str) -> String) -> String {
    if *name != (XSI.to_owned(), "type".to_owned()) {
        return value;
    }
    let (prefix, local) = value.split_once(':').unwrap_or(("", &value));
    format!("{{{}}}{local}", resolve(prefix))
}

fn of_xml(xml: &str) -> Vec<Step<String>> {
    let mut reader = NsReader::from_str(xml);
    reader.config_mut().expand_empty_elements = true;
    let mut steps = Vec::new();
    let push = |steps: &mut Vec<_>, text: &str| match steps.last_mut() {
        Some(Step::Value(value)) => String::push_str(value, text),
        _ => steps.push(Step::Value(text.to_owned())),
    };
    loop {
        match reader.read_event().unwrap() {
            XmlEvent::Start(tag) => steps.push(xml_start(&reader, &tag)),
            XmlEvent::End(_) => steps.push(Step::End),
            XmlEvent::Text(text) => push(&mut steps, &text),
            XmlEvent::GeneralRef(reference) => {
                push(&mut steps, &character(&reference).to_string());
            }
            XmlEvent::Eof => return steps,
            _ => panic!("the messages hold nothing else"),
        }
    }
}

fn character(reference: &str) -> char {
    match reference {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        _ => {
            let digits = reference.strip_prefix("#x").unwrap();
            char::from_u32(u32::from_str_radix(digits, 16).unwrap()).unwrap()
        }
    }
}

fn xml_start(reader: &NsReader<&[u8]>, tag: &BytesStart<'_>) -> Step<String> {
    let owned = |namespace: ResolveResult<'_>, local: &str| {
        let namespace = match namespace {
            ResolveResult::Bound(namespace) => namespace.into_inner(),
            _ => "",
        };
        (namespace.to_owned(), local.to_owned())
    };
    let attributes = tag
        .attributes()
        .map(Result::unwrap)
        .filter(|attribute| attribute.key.as_namespace_binding().is_none())
        .map(|attribute| {
            let (namespace, local) = reader.resolver().resolve_attribute(attribute.key);
            let name = owned(namespace, local.into_inner());
            let value = attribute.value.into_owned();
            let value = resolved(&name, value, |prefix| {
                let qualified = match prefix {
                    "" => "x".to_owned(),
                    prefix => format!("{prefix}:x"),
                };
                let qualified = quick_xml::name::QName(&qualified);
                owned(reader.resolver().resolve_element(qualified).0, "").0
            });
            (name, value)
        });
    let attributes = attributes.collect();
    let (namespace, local) = reader.resolver().resolve_element(tag.name());
    Step::Start(owned(namespace, local.into_inner()), attributes)
}

fn is_same(pieces: &[Text<'_>], text: &str) -> bool {
    if let [Text::Bytes(_), ..] = pieces {
        let bytes: Vec<u8> = pieces
            .iter()
            .flat_map(|piece| match piece {
                Text::Bytes(bytes) => bytes.iter().copied(),
                _ => panic!("bytes stand alone"),
            })
            .collect();
        return STANDARD.encode(bytes) == text;
    }
    let joined: String = pieces.iter().map(ToString::to_string).collect();
    if joined == text {
        return true;
    }
    match pieces {
        // The text of a double has the digits of the .NET Framework, and that of a decimal zero no sign.
        [Text::Int(value)] => number(text) == *value as f64,
        [Text::Float(value)] => number(text) == f64::from(*value),
        [Text::Double(value)] => number(text) == *value,
        [Text::Decimal(value)] => value.integer() == 0 && joined.strip_prefix('-') == Some(text),
        [Text::DateTime(value)] => value.kind() == DateTimeKind::Local && local(*value, text),
        _ => false,
    }
}

fn number(text: &str) -> f64 {
    text.replace("INF", "inf").parse().unwrap()
}

/// A local date is UTC here, and a clock reading with an offset there.
fn local(date: DateTime, text: &str) -> bool {
    let (clock, offset) = text.split_at(text.len() - "+00:00".len());
    let (hours, minutes) = offset[1..].split_once(':').unwrap();
    let minutes = hours.parse::<i64>().unwrap() * 60 + minutes.parse::<i64>().unwrap();
    let minutes = if offset.starts_with('-') {
        -minutes
    } else {
        minutes
    };
    let ticks = date.ticks() + minutes * 600_000_000;
    let there = DateTime::from_ticks(ticks, DateTimeKind::Unspecified).unwrap();
    there.to_string() == clock
}
