use std::{io::Write as _, mem};

use rust_decimal::Decimal;
use uuid::Uuid;

use super::text::string;
use crate::{
    context::{
        Array, DateTime, DateTimeKind, Number, Object, Primitive, Text,
        name::{CRM, TypeName, XRM, XRM_7_1, XRM_9_0},
        wire::{Contract, Enumeration, Shape, Slot, Writer},
    },
    encode::{
        EncodeError,
        number::{Double, Exact, character, is_number},
    },
};

/// What the JSON serialiser shortens to `#`.
const DATA_CONTRACT: &str = "http://schemas.datacontract.org/2004/07/";
/// The namespace of a pair in JSON. Pairs count as objects: in a slot of type `object` each has its `__type`.
const GENERIC: &str = r"#System.Collections.Generic";

pub(super) struct JsonWriter<'a> {
    out: &'a mut Vec<u8>,
    /// The object written next stands in a slot of type `object`: it, or each pair of it, names its type.
    typed: bool,
}

impl<'a> JsonWriter<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out, typed: false }
    }

    fn raw(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    fn display(&mut self, value: impl std::fmt::Display) {
        // Writing into a Vec does not fail.
        let _ = write!(self.out, "{value}");
    }

    fn known_type(&mut self, name: TypeName) {
        self.raw(r#""__type":""#);
        self.raw(name.local);
        self.raw(":");
        match name.namespace {
            XRM => self.raw(r"http:\/\/schemas.microsoft.com\/xrm\/2011\/Contracts"),
            XRM_7_1 => self.raw(r"http:\/\/schemas.microsoft.com\/xrm\/7.1\/Contracts"),
            XRM_9_0 => self.raw(r"http:\/\/schemas.microsoft.com\/xrm\/9.0\/Contracts"),
            CRM => self.raw(r"http:\/\/schemas.microsoft.com\/crm\/2011\/Contracts"),
            other => {
                debug_assert_eq!(other, GENERIC);
                self.raw(other);
            }
        }
        self.raw("\"");
    }

    fn begin_pair(&mut self, nth: usize, item: Option<&'static str>) {
        self.raw(if nth == 0 { "{" } else { ",{" });
        if let Some(local) = item {
            self.known_type(TypeName {
                local,
                namespace: GENERIC,
            });
            self.raw(",");
        }
        self.raw(r#""key":"#);
    }
}

impl Writer for JsonWriter<'_> {
    type Error = EncodeError;

    fn scalar_type(&mut self, _: TypeName) {}

    fn object_type(&mut self, _: TypeName) {
        self.typed = true;
    }

    fn null(&mut self) {
        self.raw("null");
    }

    fn boolean(&mut self, value: bool) {
        self.raw(if value { "true" } else { "false" });
    }

    fn int(&mut self, value: i32) {
        self.display(value);
    }

    fn long(&mut self, value: i64) {
        self.display(value);
    }

    fn decimal(&mut self, value: &Decimal) {
        self.display(Exact(value));
    }

    fn double(&mut self, value: f64) {
        self.display(Double(value));
    }

    fn number(&mut self, value: &Number) -> Result<(), EncodeError> {
        self.raw(value.as_str());
        Ok(())
    }

    fn text(&mut self, value: &str) -> Result<(), EncodeError> {
        string(self.out, value);
        Ok(())
    }

    fn guid(&mut self, value: Uuid) {
        let mut buffer = [b'"'; uuid::fmt::Hyphenated::LENGTH + 2];
        value.hyphenated().encode_lower(&mut buffer[1..]);
        self.out.extend_from_slice(&buffer);
    }

    fn date_time(&mut self, value: &DateTime) -> Result<(), EncodeError> {
        let offset = match value.kind() {
            DateTimeKind::Utc => None,
            DateTimeKind::Local(offset) => Some(offset.unwrap_or(0)),
            DateTimeKind::Unspecified => Some(0),
        };
        self.raw(r#""\/Date("#);
        self.display(value.unix_millis());
        if let Some(offset) = offset {
            let (hours, minutes) = (offset.unsigned_abs() / 60, offset.unsigned_abs() % 60);
            if hours > 99 {
                return Err(EncodeError::new(
                    "expected an offset below 100 hours, found a local date with a larger one",
                ));
            }
            self.raw(if offset < 0 { "-" } else { "+" });
            self.display(format_args!("{hours:02}{minutes:02}"));
        }
        self.raw(r#")\/""#);
        Ok(())
    }

    fn bytes(&mut self, value: &[u8]) {
        self.raw("[");
        for (nth, byte) in value.iter().enumerate() {
            if nth > 0 {
                self.raw(",");
            }
            self.display(byte);
        }
        self.raw("]");
    }

    fn primitive(&mut self, value: &Primitive) -> Result<(), EncodeError> {
        match character(value) {
            Some(character) => self.text(character.encode_utf8(&mut [0; 4])),
            None if is_number(value) => {
                self.raw(&value.text);
                Ok(())
            }
            None => self.text(&value.text),
        }
    }

    fn enumeration<E: Enumeration>(&mut self, value: &E) -> Result<(), EncodeError> {
        let number = value.number().ok_or_else(|| {
            EncodeError::new(
                "expected an enum with a number, found one that is known by a name only",
            )
        })?;
        self.int(number);
        Ok(())
    }

    fn object<C: Contract>(&mut self, value: &C) -> Result<(), EncodeError> {
        self.raw("{");
        let mut first = true;
        if mem::take(&mut self.typed) {
            self.known_type(C::NAME);
            first = false;
        }
        for (index, name) in C::MEMBERS.iter().enumerate() {
            if value.is_absent(index) {
                continue;
            }
            self.raw(if mem::take(&mut first) { "\"" } else { ",\"" });
            self.raw(name);
            self.raw("\":");
            value
                .write_member(index, self)
                .map_err(|error| error.in_member(name))?;
        }
        for (name, value) in value.others() {
            if !mem::take(&mut first) {
                self.raw(",");
            }
            string(self.out, name);
            self.raw(":");
            value.write(self).map_err(|error| error.in_member(name))?;
        }
        self.raw("}");
        Ok(())
    }

    fn value_object(
        &mut self,
        name: TypeName,
        value: impl FnOnce(&mut Self) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        self.raw("{");
        if mem::take(&mut self.typed) {
            self.known_type(name);
            self.raw(",");
        }
        self.raw(r#""Value":"#);
        value(self).map_err(|error| error.in_member("Value"))?;
        self.raw("}");
        Ok(())
    }

    fn list<T: Slot>(&mut self, _: Shape, items: &[T]) -> Result<(), EncodeError> {
        self.raw("[");
        for (nth, item) in items.iter().enumerate() {
            if nth > 0 {
                self.raw(",");
            }
            item.write(self).map_err(|error| error.in_item(nth))?;
        }
        self.raw("]");
        Ok(())
    }

    fn pairs<K: Slot, V: Slot>(
        &mut self,
        shape: Shape,
        pairs: &[(K, V)],
    ) -> Result<(), EncodeError> {
        let typed = mem::take(&mut self.typed);
        let item = match shape {
            Shape::Pairs { item, .. } if typed => Some(item),
            _ => None,
        };
        self.raw("[");
        for (nth, (key, value)) in pairs.iter().enumerate() {
            let inside = |error: EncodeError| match key.as_key() {
                Some(key) => error.in_key(key),
                None => error.in_item(nth),
            };
            self.begin_pair(nth, item);
            key.write(self).map_err(inside)?;
            self.raw(r#","value":"#);
            value.write(self).map_err(inside)?;
            self.raw("}");
        }
        self.raw("]");
        Ok(())
    }

    fn array(&mut self, array: &Array) -> Result<(), EncodeError> {
        self.raw("[");
        for (nth, item) in array.items.iter().enumerate() {
            if nth > 0 {
                self.raw(",");
            }
            item.write(self).map_err(|error| error.in_item(nth))?;
        }
        self.raw("]");
        Ok(())
    }

    fn dictionary(&mut self, pairs: &[(Text, Option<Text>)]) -> Result<(), EncodeError> {
        self.typed = true;
        self.pairs(
            Shape::Pairs {
                namespace: GENERIC,
                item: "KeyValuePairOfstringstring",
            },
            pairs,
        )
    }

    fn unknown(&mut self, object: &Object) -> Result<(), EncodeError> {
        self.raw("{");
        if let Some(name) = &object.type_name {
            let mut full = String::from(&*name.local);
            if !name.namespace.is_empty() {
                full.push(':');
                match name.namespace.strip_prefix(DATA_CONTRACT) {
                    Some(short) => full.extend(["#", short]),
                    None => full.push_str(&name.namespace),
                }
            }
            self.raw(r#""__type":"#);
            string(self.out, &full);
        }
        for (nth, (name, value)) in object.members.iter().enumerate() {
            if nth > 0 || object.type_name.is_some() {
                self.raw(",");
            }
            string(self.out, name);
            self.raw(":");
            value.write(self).map_err(|error| error.in_member(name))?;
        }
        self.raw("}");
        Ok(())
    }
}
