use std::{convert::Infallible, fmt::Write as _, mem};

use rust_decimal::Decimal;
use time::OffsetDateTime;
use uuid::Uuid;

use super::number::{Double, Exact, character};
use crate::{
    context::{
        Array, DateTime, Number, Object, Primitive, RelationshipQueryCollection, Text,
        name::TypeName,
        wire::{Contract, Enumeration, Shape, Slot, Writer},
    },
    decode::Document,
};

/// Prints a document so that its .NET binary, XML and JSON encodings print the same: for comparing, not for exchange.
///
/// One line of JSON without its line end. Members are sorted by name, every number is a string of its decimal text, a
/// type's name stands only where the slot does not say it, dates are UTC in whole milliseconds, and members that a
/// contract does not have are left out.
pub fn canonical(document: &Document) -> String {
    let mut writer = CanonicalWriter {
        out: String::new(),
        typed: false,
        declared: false,
    };
    let Ok(()) = match document {
        Document::Context(context) => context.write(&mut writer),
        Document::Fault(fault) => fault.write(&mut writer),
        Document::Text(text) => text.write(&mut writer),
    };
    writer.out
}

struct CanonicalWriter {
    out: String,
    /// The object written next stands in a slot of type `object`.
    typed: bool,
    /// The slot written next is of a declared type, though its value names its own.
    declared: bool,
}

impl CanonicalWriter {
    fn quoted(&mut self, value: impl std::fmt::Display) {
        // Writing into a String does not fail.
        let _ = write!(self.out, "\"{value}\"");
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        for character in text.chars() {
            match character {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\u{8}' => self.out.push_str("\\b"),
                '\u{c}' => self.out.push_str("\\f"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                control if control < ' ' => {
                    let _ = write!(self.out, "\\u{:04x}", u32::from(control));
                }
                other => self.out.push(other),
            }
        }
        self.out.push('"');
    }

    /// Begins a member; `first` says whether none came before it.
    fn name(&mut self, name: &str, first: &mut bool) {
        if !mem::take(first) {
            self.out.push(',');
        }
        self.string(name);
        self.out.push(':');
    }

    fn begin_object(&mut self, type_name: Option<&str>) -> bool {
        self.out.push('{');
        let mut first = true;
        if let Some(local) = type_name {
            self.name("__type", &mut first);
            self.string(local);
        }
        first
    }

    fn items<T>(&mut self, items: &[T], mut item: impl FnMut(&mut Self, &T)) {
        self.out.push('[');
        for (nth, value) in items.iter().enumerate() {
            if nth > 0 {
                self.out.push(',');
            }
            item(self, value);
        }
        self.out.push(']');
    }
}

impl Writer for CanonicalWriter {
    type Error = Infallible;

    fn scalar_type(&mut self, _: TypeName) {}

    fn object_type(&mut self, _: TypeName) {
        self.typed = !mem::take(&mut self.declared);
    }

    fn null(&mut self) {
        self.out.push_str("null");
    }

    fn boolean(&mut self, value: bool) {
        self.out.push_str(if value { "true" } else { "false" });
    }

    fn int(&mut self, value: i32) {
        self.quoted(value);
    }

    fn long(&mut self, value: i64) {
        self.quoted(value);
    }

    fn decimal(&mut self, value: &Decimal) {
        self.quoted(Exact(value));
    }

    fn double(&mut self, value: f64) {
        self.quoted(Double(value));
    }

    fn number(&mut self, value: &Number) -> Result<(), Infallible> {
        self.quoted(value.as_str());
        Ok(())
    }

    fn text(&mut self, value: &str) -> Result<(), Infallible> {
        self.string(value);
        Ok(())
    }

    fn guid(&mut self, value: Uuid) {
        self.quoted(value.hyphenated());
    }

    fn date_time(&mut self, value: &DateTime) -> Result<(), Infallible> {
        let nanos = i128::from(value.unix_millis()) * 1_000_000;
        let utc =
            OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        self.quoted(format_args!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
            utc.year(),
            u8::from(utc.month()),
            utc.day(),
            utc.hour(),
            utc.minute(),
            utc.second(),
            utc.millisecond()
        ));
        Ok(())
    }

    fn bytes(&mut self, value: &[u8]) {
        self.items(value, |writer, byte| writer.quoted(byte));
    }

    fn primitive(&mut self, value: &Primitive) -> Result<(), Infallible> {
        match character(value) {
            Some(character) => self.string(character.encode_utf8(&mut [0; 4])),
            None => self.string(&value.text),
        }
        Ok(())
    }

    fn enumeration<E: Enumeration>(&mut self, value: &E) -> Result<(), Infallible> {
        match value.number() {
            Some(number) => self.int(number),
            None => self.string(&value.names().collect::<Vec<_>>().join(" ")),
        }
        Ok(())
    }

    fn object<C: Contract>(&mut self, value: &C) -> Result<(), Infallible> {
        let typed = mem::take(&mut self.typed);
        let mut first = self.begin_object(typed.then_some(C::NAME.local));
        let mut members: Vec<(usize, &str)> = C::MEMBERS.iter().copied().enumerate().collect();
        members.sort_unstable_by_key(|(_, name)| *name);
        for (index, name) in members {
            if !value.is_absent(index) {
                self.name(name, &mut first);
                value.write_member(index, self)?;
            }
        }
        self.out.push('}');
        Ok(())
    }

    fn value_object(
        &mut self,
        name: TypeName,
        value: impl FnOnce(&mut Self) -> Result<(), Infallible>,
    ) -> Result<(), Infallible> {
        let typed = mem::take(&mut self.typed);
        let mut first = self.begin_object(typed.then_some(name.local));
        self.name("Value", &mut first);
        value(self)?;
        self.out.push('}');
        Ok(())
    }

    fn list<T: Slot>(&mut self, _: Shape, items: &[T]) -> Result<(), Infallible> {
        self.items(items, |writer, item| {
            let Ok(()) = item.write(writer);
        });
        Ok(())
    }

    fn pairs<K: Slot, V: Slot>(
        &mut self,
        shape: Shape,
        pairs: &[(K, V)],
    ) -> Result<(), Infallible> {
        self.typed = false;
        let declared = is_query(shape);
        self.items(pairs, |writer, (key, value)| {
            writer.out.push_str(r#"{"key":"#);
            let Ok(()) = key.write(writer);
            writer.out.push_str(r#","value":"#);
            writer.declared = declared;
            let Ok(()) = value.write(writer);
            writer.declared = false;
            writer.out.push('}');
        });
        Ok(())
    }

    fn array(&mut self, array: &Array) -> Result<(), Infallible> {
        self.items(&array.items, |writer, item| {
            let Ok(()) = item.write(writer);
        });
        Ok(())
    }

    fn dictionary(&mut self, pairs: &[(Text, Option<Text>)]) -> Result<(), Infallible> {
        self.pairs(Shape::Scalar, pairs)
    }

    fn unknown(&mut self, object: &Object) -> Result<(), Infallible> {
        let mut first = self.begin_object(object.type_name.as_ref().map(|name| &*name.local));
        let mut members: Vec<_> = object.members.iter().collect();
        members.sort_by(|(a, _), (b, _)| a.cmp(b));
        for (name, value) in members {
            self.name(name, &mut first);
            value.write(self)?;
        }
        self.out.push('}');
        Ok(())
    }
}

/// Whether the pairs' values are queries, which name their type in a slot that is not of type `object`.
fn is_query(shape: Shape) -> bool {
    match (shape, RelationshipQueryCollection::SHAPE) {
        (Shape::Pairs { item, .. }, Shape::Pairs { item: query, .. }) => item == query,
        _ => false,
    }
}
