//! serde, for logs and tools: shapes that people and programs want, not those of the wire.

use std::collections::HashMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{PairItems, View, Viewed};
use crate::{
    context::{DataCollection, Money, Number, OptionSetValue, Primitive},
    encode::Double,
};

/// The human shape:
///
/// | model | serialised as |
/// |---|---|
/// | contract | a map of its members by their names on the wire; absent ones left out, null ones null |
/// | attributes, parameters, images, … | a map by key; of a key that stands twice only the last pair |
/// | related rows, queries by relationship | a list of maps `key`, `value` |
/// | money, decimal | its text, which keeps the scale |
/// | a number in JSON | a number if that loses nothing, else its text |
/// | double | a number; `NaN`, `INF` and `-INF` as text |
/// | guid, date | text; a date as ISO 8601 |
/// | bytes | base64 |
/// | choice | its number |
/// | enum | its names, or its number if it has none |
impl Serialize for View<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Null => serializer.serialize_none(),
            Self::Boolean(value) => serializer.serialize_bool(value),
            Self::Int(value) | Self::OptionSetValue(value) => serializer.serialize_i32(value),
            Self::Long(value) => serializer.serialize_i64(value),
            Self::Decimal(value) | Self::Money(value) => serializer.collect_str(value),
            Self::Double(value) if value.is_finite() => serializer.serialize_f64(value),
            Self::Double(value) => serializer.collect_str(&Double(value)),
            Self::Number(text) => number(text, serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Guid(value) => serializer.collect_str(&value),
            Self::DateTime(value) => serializer.collect_str(&value),
            Self::Bytes(bytes) => serializer.serialize_str(&STANDARD.encode(bytes)),
            Self::Primitive(primitive) => serializer.serialize_str(&primitive.text),
            Self::Enumeration(value) => match (value.names(), value.number()) {
                (names, Some(number)) if names.is_empty() => serializer.serialize_i32(number),
                (names, _) => serializer.serialize_str(&names),
            },
            Self::Array(array) => serializer.collect_seq(&array.items),
            Self::List(list) => serializer.collect_seq(list.iter()),
            Self::Pairs(items) => pairs(items, serializer),
            Self::Object(object) => {
                serializer.collect_map(object.members.iter().map(|(name, value)| (name, value)))
            }
            Self::Contract(contract) => {
                let mut members = Vec::new();
                contract.each(&mut |name, view| members.push((name.name(), view)));
                serializer.collect_map(members)
            }
        }
    }
}

fn number<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    if let Ok(integer) = text.parse() {
        return serializer.serialize_i64(integer);
    }
    if let Ok(integer) = text.parse() {
        return serializer.serialize_u64(integer);
    }
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && Double(value).to_string() == text => {
            serializer.serialize_f64(value)
        }
        _ => serializer.serialize_str(text),
    }
}

fn pairs<S: Serializer>(items: &dyn PairItems, serializer: S) -> Result<S::Ok, S::Error> {
    let mut last = HashMap::with_capacity(items.len());
    for (index, (key, _)) in items.iter().enumerate() {
        let View::Text(key) = key else {
            return serializer.collect_seq(items.iter().map(|(key, value)| Pair { key, value }));
        };
        last.insert(key, index);
    }
    let mut map = serializer.serialize_map(Some(last.len()))?;
    for (index, (key, value)) in items.iter().enumerate() {
        if let View::Text(key) = key
            && last.get(key) == Some(&index)
        {
            map.serialize_entry(key, &value)?;
        }
    }
    map.end()
}

#[derive(Serialize)]
struct Pair<'a> {
    key: View<'a>,
    value: View<'a>,
}

impl<K: Viewed, V: Viewed> Serialize for DataCollection<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.view().serialize(serializer)
    }
}

macro_rules! by_view {
    ($($type:ty),*) => { $(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.view().serialize(serializer)
            }
        }
    )* };
}

by_view!(Money, OptionSetValue);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        View::Number(self.as_str()).serialize(serializer)
    }
}

impl Serialize for Primitive {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        View::Primitive(self).serialize(serializer)
    }
}
