//! The bodies of fuzz targets, and what tests share with them.

use std::mem;

use super::Writer;
use crate::decode::binary::{
    BinaryError, Dump, Event, ItemKind, Items, Name, Reader, Record, Records, Text,
};

/// Reads any bytes in all ways. What can be read is written as Microsoft writes it, which changes none of its events, and
/// nothing at all the second time.
///
/// # Panics
///
/// If something is wrong with this crate.
pub fn document(bytes: &[u8]) {
    let walked = walk(bytes);
    let read = events(bytes);
    if let Err(error) = walked {
        assert!(error.offset() <= bytes.len(), "a fault is in the bytes");
        assert!(read.is_err(), "what cannot be walked cannot be read");
    }
    let dump = Dump::new(bytes).to_string();
    assert_eq!(
        dump.contains("  !!  "),
        walked.is_err(),
        "a dump ends with the fault"
    );
    if let Ok(read) = read {
        let once = rewrite(bytes);
        assert_eq!(events(&once), Ok(read), "writing keeps the events");
        assert_eq!(rewrite(&once), once, "writing settles at once");
    }
}

fn walk(bytes: &[u8]) -> Result<(), BinaryError> {
    let mut records = Records::new(bytes);
    while records.read()?.is_some() {
        assert!(records.offset() < records.position(), "a record has an id");
    }
    Ok(())
}

/// All events of a document as texts, with adjacent texts joined and arrays spelled out, so that those of two documents
/// are equal if the documents say the same.
///
/// # Errors
///
/// If the document cannot be read.
pub fn events(bytes: &[u8]) -> Result<Vec<String>, BinaryError> {
    let mut reader: Reader<'_> = Reader::new(bytes);
    let mut events = Vec::new();
    let mut text = String::new();
    loop {
        let event = reader.read()?;
        if let Event::Text(piece) = event {
            text.push_str(&plain(piece));
            continue;
        }
        if !text.is_empty() {
            events.push(format!("text {text}"));
            text.clear();
        }
        match event {
            Event::Start(element) | Event::Array(element, _) => {
                let mut start = format!("start {{{}}}{}", element.namespace, element.name.local);
                for attribute in reader.attributes() {
                    let (namespace, local) = (attribute.namespace, attribute.name.local);
                    let value = match attribute.value {
                        Text::Bytes(_) => attribute.value.to_string(),
                        value => plain(value),
                    };
                    start += &format!(" {{{namespace}}}{local}={value}");
                }
                if let Event::Array(_, items) = event {
                    for item in items.iter() {
                        let text = format!("text {}", plain(item));
                        events.extend([start.clone(), text, "end".to_owned()]);
                    }
                } else {
                    events.push(start);
                }
            }
            Event::End => events.push("end".to_owned()),
            Event::Text(_) => {}
            Event::Eof => return Ok(events),
        }
    }
}

/// A text that is the same for all records that the writer may choose between.
pub fn plain(text: Text<'_>) -> String {
    let number = |value: f64| {
        let whole = value.fract() == 0.0 && (i64::MIN as f64..-(i64::MIN as f64)).contains(&value);
        match whole {
            true => (value as i64).to_string(),
            false => format!(
                "{:x}",
                if value.is_nan() { f64::NAN } else { value }.to_bits()
            ),
        }
    };
    match text {
        Text::Float(value) => number(value.into()),
        Text::Double(value) => number(value),
        // Pieces of bytes join as bytes do.
        Text::Bytes(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        text => text.to_string(),
    }
}

/// Writes a document that can be read as Microsoft would write it. Comments are left out.
///
/// # Panics
///
/// If the document cannot be read.
pub fn rewrite(document: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = Writer::new(&mut out);
    let mut records = Records::new(document);
    let mut bytes = Vec::new();
    let mut next = || records.read().expect("the document can be read");
    let mut record = next();
    while let Some(current) = record {
        record = next();
        // Bytes join to one value over all that says nothing between them.
        match current {
            Record::Text(Text::Bytes(piece)) => {
                bytes.extend_from_slice(piece);
                continue;
            }
            Record::Text(text) if is_empty(text) => continue,
            Record::Comment(_) => continue,
            _ if bytes.is_empty() => {}
            _ => writer.text(Text::Bytes(&mem::take(&mut bytes))),
        }
        match current {
            Record::Text(text) => writer.text(text),
            Record::Element(name) => writer.start_element(name.prefix, name.local),
            Record::EndElement => writer.end_element(),
            Record::Namespace { prefix, uri } => writer.namespace(prefix, uri),
            Record::Attribute(name) => {
                let Some(Record::Text(value)) = record else {
                    unreachable!("an attribute has a value")
                };
                writer.attribute(name.prefix, name.local, value);
                record = next();
            }
            Record::Array(name) => {
                let mut tag = Vec::new();
                while let Some(part) = record
                    && !matches!(part, Record::Items(_))
                {
                    tag.push(part);
                    record = next();
                }
                let Some(Record::Items(items)) = record else {
                    unreachable!("an array has items")
                };
                array(&mut writer, name, &tag, items);
                record = next();
            }
            Record::Items(_) | Record::Comment(_) => {}
        }
    }
    writer
        .finish()
        .expect("a document that can be read is whole");
    out
}

fn is_empty(text: Text<'_>) -> bool {
    match text {
        Text::Empty | Text::Chars("") | Text::Bytes([]) => true,
        Text::Utf16(text) => text.is_empty(),
        Text::List(_) => text.to_string().is_empty(),
        _ => false,
    }
}

fn array(writer: &mut Writer<'_>, name: Name<'_>, tag: &[Record<'_>], items: Items<'_>) {
    macro_rules! typed {
        (@ $value:ident) => { $value };
        (@ $value:ident, $convert:expr) => { $convert($value) };
        ($variant:ident $(, $convert:expr)?) => {{
            let items: Vec<_> = items
                .iter()
                .filter_map(|item| match item {
                    Text::$variant(value) => Some(typed!(@ value $(, $convert)?)),
                    _ => None,
                })
                .collect();
            writer.array(name.prefix, name.local, items.into_iter());
        }};
    }
    if !tag.is_empty() {
        return spelled_out(writer, name, tag, items);
    }
    match items.kind() {
        ItemKind::Bool => typed!(Bool),
        ItemKind::Int16 => typed!(Int, |value| value as i16),
        ItemKind::Int32 => typed!(Int, |value| value as i32),
        ItemKind::Int64 => typed!(Int),
        ItemKind::Float => typed!(Float),
        ItemKind::Double => typed!(Double),
        ItemKind::Decimal => typed!(Decimal),
        ItemKind::DateTime => typed!(DateTime),
        ItemKind::TimeSpan => typed!(TimeSpan),
        ItemKind::Uuid => typed!(Uuid),
    }
}

/// The writer has no attributes on arrays, nor has Microsoft's serialiser.
fn spelled_out(writer: &mut Writer<'_>, name: Name<'_>, tag: &[Record<'_>], items: Items<'_>) {
    for item in items.iter() {
        writer.start_element(name.prefix, name.local);
        let mut parts = tag.iter();
        while let Some(part) = parts.next() {
            match (part, parts.as_slice()) {
                (Record::Namespace { prefix, uri }, _) => writer.namespace(prefix, uri),
                (Record::Attribute(name), [Record::Text(value), ..]) => {
                    writer.attribute(name.prefix, name.local, *value);
                }
                _ => {}
            }
        }
        writer.text(item);
        writer.end_element();
    }
}
