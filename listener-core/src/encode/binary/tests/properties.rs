use proptest::{collection::vec, prelude::*};

use super::records::record;
use crate::{
    decode::binary::{DateTime, DateTimeKind, Decimal, Event, Guid, Reader, Text, TimeSpan},
    encode::binary::{Writer, fuzz},
};

/// An element, as something that can be written and compared.
#[derive(Clone, Debug)]
struct Tree {
    prefix: &'static str,
    name: String,
    attributes: Vec<(&'static str, String, Content)>,
    /// Whether it declares its prefixes anew.
    declares: bool,
    children: Vec<Node>,
}

#[derive(Clone, Debug)]
enum Node {
    Element(Tree),
    Text(Content),
    Doubles(Vec<f64>),
    Dates(Vec<DateTime>),
}

#[derive(Clone, Debug)]
enum Content {
    Bool(bool),
    Int(i64),
    UInt64(u64),
    Float(f32),
    Double(f64),
    Decimal(Decimal),
    DateTime(DateTime),
    TimeSpan(i64),
    Uuid([u8; 16]),
    Chars(String),
    Bytes(Vec<u8>),
}

const PREFIXES: [(&str, &str); 4] = [
    ("", "urn:x"),
    ("a", "urn:a"),
    ("z", "urn:z"),
    ("long", "urn:long"),
];

impl Content {
    fn text(&self) -> Text<'_> {
        match self {
            Self::Bool(value) => Text::Bool(*value),
            Self::Int(value) => Text::Int(*value),
            Self::UInt64(value) => Text::UInt64(*value),
            Self::Float(value) => Text::Float(*value),
            Self::Double(value) => Text::Double(*value),
            Self::Decimal(value) => Text::Decimal(*value),
            Self::DateTime(value) => Text::DateTime(*value),
            Self::TimeSpan(value) => Text::TimeSpan(TimeSpan(*value)),
            Self::Uuid(value) => Text::Uuid(Guid(*value)),
            Self::Chars(value) => Text::Chars(value),
            Self::Bytes(value) => Text::Bytes(value),
        }
    }
}

impl Tree {
    fn write(&self, writer: &mut Writer<'_>, is_root: bool) {
        writer.start_element(self.prefix, &self.name);
        for (prefix, name, value) in &self.attributes {
            writer.attribute(prefix, name, value.text());
        }
        if is_root || self.declares {
            for (prefix, uri) in PREFIXES {
                writer.namespace(prefix, uri);
            }
        }
        for child in &self.children {
            match child {
                Node::Element(tree) => tree.write(writer, false),
                Node::Text(content) => writer.text(content.text()),
                Node::Doubles(items) => writer.array(self.prefix, "d", items.iter().copied()),
                Node::Dates(items) => writer.array("a", "t", items.iter().copied()),
            }
        }
        writer.end_element();
    }

    /// The events that the written document should have.
    fn events(&self, events: &mut Vec<String>) {
        let mut start = start(self.prefix, &self.name);
        for (prefix, name, value) in &self.attributes {
            let namespace = if prefix.is_empty() { "" } else { uri(prefix) };
            let value = match value {
                Content::Bytes(_) => value.text().to_string(),
                value => fuzz::plain(value.text()),
            };
            start += &format!(" {{{namespace}}}{name}={value}");
        }
        events.push(start);
        let mut text = String::new();
        for child in &self.children {
            if let Node::Text(content) = child {
                text += &fuzz::plain(content.text());
                continue;
            }
            flush(events, &mut text);
            match child {
                Node::Element(tree) => tree.events(events),
                Node::Doubles(items) => {
                    let items = items.iter().map(|item| Text::Double(*item));
                    array(events, self.prefix, "d", items);
                }
                Node::Dates(items) => {
                    let items = items.iter().map(|item| Text::DateTime(*item));
                    array(events, "a", "t", items);
                }
                Node::Text(_) => {}
            }
        }
        flush(events, &mut text);
        events.push("end".to_owned());
    }
}

fn uri(prefix: &str) -> &'static str {
    PREFIXES
        .iter()
        .find(|(bound, _)| *bound == prefix)
        .unwrap()
        .1
}

fn start(prefix: &str, name: &str) -> String {
    format!("start {{{}}}{name}", uri(prefix))
}

fn flush(events: &mut Vec<String>, text: &mut String) {
    if !text.is_empty() {
        events.push(format!("text {}", std::mem::take(text)));
    }
}

fn array<'a>(
    events: &mut Vec<String>,
    prefix: &str,
    name: &str,
    items: impl Iterator<Item = Text<'a>>,
) {
    for item in items {
        events.push(start(prefix, name));
        events.push(format!("text {}", fuzz::plain(item)));
        events.push("end".to_owned());
    }
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => "[A-Za-z_][A-Za-z0-9]{0,30}",
        1 => "[a-zäβ語😀]{1,120}",
    ]
    .prop_filter("`xmlns` is no name", |name| name != "xmlns")
}

fn prefix() -> impl Strategy<Value = &'static str> {
    (0..PREFIXES.len()).prop_map(|nth| PREFIXES[nth].0)
}

fn date() -> impl Strategy<Value = DateTime> {
    (0..=3_155_378_975_999_999_999_i64, 0..3_usize).prop_map(|(ticks, kind)| {
        let kinds = [
            DateTimeKind::Unspecified,
            DateTimeKind::Utc,
            DateTimeKind::Local,
        ];
        DateTime::from_ticks(ticks, kinds[kind]).unwrap()
    })
}

fn content() -> impl Strategy<Value = Content> {
    let decimal =
        (0..1_u128 << 96, 0..=28_u8, any::<bool>()).prop_map(|(integer, scale, negative)| {
            Decimal::from_parts(integer, scale, negative).unwrap()
        });
    let integer = prop_oneof![
        any::<i64>(),
        (0..64_u32, any::<i64>()).prop_map(|(n, i)| i >> n)
    ];
    let double = prop_oneof![
        any::<f64>(),
        any::<f32>().prop_map(f64::from),
        any::<i32>().prop_map(f64::from),
        Just(-0.0),
    ];
    let chars = prop_oneof![
        4 => ".{0,40}",
        2 => "[01]?",
        1 => "[a-z]{0,700}",
        1 => "[語😀a]{0,400}",
    ];
    prop_oneof![
        any::<bool>().prop_map(Content::Bool),
        integer.prop_map(Content::Int),
        any::<u64>().prop_map(Content::UInt64),
        any::<f32>().prop_map(Content::Float),
        double.prop_map(Content::Double),
        decimal.prop_map(Content::Decimal),
        date().prop_map(Content::DateTime),
        any::<i64>().prop_map(Content::TimeSpan),
        any::<[u8; 16]>().prop_map(Content::Uuid),
        chars.prop_map(Content::Chars),
        vec(any::<u8>(), 0..600).prop_map(Content::Bytes),
    ]
}

fn element(children: impl Strategy<Value = Vec<Node>>) -> impl Strategy<Value = Tree> {
    // Numbered, so that no name stands twice.
    let attributes = vec((prefix(), name(), content()), 0..3).prop_map(|attributes| {
        let numbered = attributes.into_iter().enumerate();
        numbered
            .map(|(nth, (prefix, name, value))| (prefix, format!("{name}{nth}"), value))
            .collect()
    });
    (prefix(), name(), attributes, any::<bool>(), children).prop_map(
        |(prefix, name, attributes, declares, children)| Tree {
            prefix,
            name,
            attributes,
            declares,
            children,
        },
    )
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        6 => content().prop_map(Node::Text),
        1 => vec(any::<f64>(), 1..80).prop_map(Node::Doubles),
        1 => vec(date(), 1..80).prop_map(Node::Dates),
    ];
    let node = leaf.prop_recursive(6, 60, 6, |node| {
        element(vec(node, 0..6)).prop_map(Node::Element)
    });
    element(vec(node, 0..6))
}

fn written(tree: &Tree) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = Writer::new(&mut out);
    tree.write(&mut writer, true);
    writer.finish().unwrap();
    out
}

proptest! {
    #[test]
    fn reads_back_what_was_written(tree in tree()) {
        let mut expected = Vec::new();
        tree.events(&mut expected);
        prop_assert_eq!(fuzz::events(&written(&tree)), Ok(expected));
    }

    #[test]
    fn reads_or_refuses_documents_with_a_few_wrong_bytes(
        tree in tree(),
        faults in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut document = written(&tree);
        fuzz::document(&document);
        for (place, byte) in faults {
            let place = place.index(document.len());
            document[place] = byte;
        }
        fuzz::document(&document);
    }

    #[test]
    fn reads_or_refuses_random_bytes(document in vec(any::<u8>(), 0..300)) {
        fuzz::document(&document);
    }

    /// Bytes that are records more often than not get further.
    #[test]
    fn reads_or_refuses_random_records(records in vec(record(), 0..40)) {
        fuzz::document(&records.concat());
    }

    #[test]
    fn skips_an_element_with_all_that_is_in_it(tree in tree()) {
        let document = written(&tree);
        let mut reader: Reader<'_> = Reader::new(&document);
        reader.read().unwrap();
        reader.skip().unwrap();
        prop_assert_eq!(reader.read(), Ok(Event::Eof));
    }
}
