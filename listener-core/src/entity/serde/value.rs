use std::collections::HashMap;

use ::serde::{
    Deserializer,
    de::{
        self, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor,
        value::{BorrowedStrDeserializer, MapDeserializer, SeqDeserializer},
    },
    forward_to_deserialize_any,
};
use bytes::Bytes;

use super::{error::Error, view::ViewDeserializer};
use crate::{
    context::{
        DataCollection, Entity, EntityReference, Money, Number, Text, Value,
        view::{Viewed, double},
    },
    entity::{FromValue, convert::wrong},
};

/// A value as serde reads it.
#[derive(Clone, Copy)]
pub(super) struct ValueDeserializer<'a>(pub(super) &'a Value);

/// Rows and lists of pairs as maps.
pub(super) struct Pairs<'a> {
    pairs: Vec<(&'a str, &'a Value)>,
    /// The member that holds the pairs, for paths.
    member: Option<&'static str>,
}

/// The columns of a row.
pub(super) fn columns(row: &Entity) -> Pairs<'_> {
    Pairs {
        pairs: last(row.attributes()),
        member: Some("Attributes"),
    }
}

/// Parameters.
pub(super) fn parameters(pairs: &DataCollection<Text, Value>) -> Pairs<'_> {
    Pairs {
        pairs: last(pairs),
        member: None,
    }
}

/// Of pairs with one key the last, as everywhere: derived types refuse a key that stands twice.
fn last(pairs: &DataCollection<Text, Value>) -> Vec<(&str, &Value)> {
    let mut places: HashMap<&str, usize> = HashMap::with_capacity(pairs.len());
    for (place, key) in pairs.keys().enumerate() {
        places.insert(key, place);
    }
    let pairs = pairs.iter().enumerate();
    pairs
        .filter(|(place, (key, _))| places.get(key.as_str()) == Some(place))
        .map(|(_, (key, value))| (key.as_str(), value))
        .collect()
}

/// A number without a type, as the one that loses nothing.
fn number<'de, V: Visitor<'de>>(number: &'de Number, visitor: V) -> Result<V::Value, Error> {
    let text = number.as_str();
    if let Ok(integer) = text.parse() {
        return visitor.visit_i64(integer);
    }
    if let Ok(integer) = text.parse() {
        return visitor.visit_u64(integer);
    }
    match f64::from_value(&Value::Number(number.clone())) {
        Ok(value) if !value.is_finite() || double(value) == text => visitor.visit_f64(value),
        _ => visitor.visit_borrowed_str(text),
    }
}

impl<'de> ValueDeserializer<'de> {
    /// Without what wraps it.
    fn inner(self) -> Self {
        match self.0 {
            Value::AliasedValue(aliased) => match aliased.value.value() {
                Some(value) => Self(value).inner(),
                None => Self(&Value::Null),
            },
            _ => self,
        }
    }

    fn double(self) -> Result<f64, Error> {
        Ok(match self.0 {
            Value::Money(Money(amount)) => f64::from_value(&Value::Decimal(*amount))?,
            other => f64::from_value(other)?,
        })
    }
}

macro_rules! numbers {
    ($($method:ident: $type:ty => $visit:ident;)*) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self.inner().0 {
                Value::OptionSetValue(choice) => visitor.visit_i32(choice.0),
                Value::Null => self.deserialize_any(visitor),
                other => visitor.$visit(<$type>::from_value(other)?),
            }
        }
    )* };
}

impl<'de> Deserializer<'de> for ValueDeserializer<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.inner().0 {
            Value::Null => visitor.visit_unit(),
            Value::Boolean(value) => visitor.visit_bool(*value),
            Value::Int(value) => visitor.visit_i32(*value),
            Value::Long(value) => visitor.visit_i64(*value),
            Value::Decimal(value) | Value::Money(Money(value)) => {
                visitor.visit_string(value.to_string())
            }
            Value::Double(value) => visitor.visit_f64(*value),
            Value::Number(value) => number(value, visitor),
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Guid(guid) => visitor.visit_string(guid.to_string()),
            Value::DateTime(date) => visitor.visit_string(date.to_string()),
            Value::Bytes(bytes) => visitor.visit_borrowed_bytes(bytes),
            Value::Primitive(primitive) => visitor.visit_borrowed_str(&primitive.text),
            Value::OptionSetValue(choice) => visitor.visit_i32(choice.0),
            Value::BooleanManagedProperty(_) => match bool::from_value(self.inner().0) {
                Ok(flag) => visitor.visit_bool(flag),
                Err(_) => visitor.visit_unit(),
            },
            Value::Entity(row) => columns(row).deserialize_any(visitor),
            Value::EntityReference(reference) => lookup(reference, visitor),
            Value::EntityCollection(rows) => {
                let rows = rows.entities.value().map_or(&[][..], Vec::as_slice);
                visitor.visit_seq(Items {
                    items: rows.iter().map(Row),
                    index: 0,
                })
            }
            Value::Array(array) => visitor.visit_seq(Items {
                items: array.items.iter().map(ValueDeserializer),
                index: 0,
            }),
            Value::KeyAttributeCollection(pairs) => parameters(pairs).deserialize_any(visitor),
            Value::Object(object) => Pairs {
                pairs: object.members.iter().map(|(n, v)| (&**n, v)).collect(),
                member: None,
            }
            .deserialize_any(visitor),
            other => ViewDeserializer(other.view()).deserialize_any(visitor),
        }
    }

    numbers! {
        deserialize_i8: i8 => visit_i8;
        deserialize_i16: i16 => visit_i16;
        deserialize_i32: i32 => visit_i32;
        deserialize_i64: i64 => visit_i64;
        deserialize_u8: u8 => visit_u8;
        deserialize_u16: u16 => visit_u16;
        deserialize_u32: u32 => visit_u32;
        deserialize_u64: u64 => visit_u64;
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.inner() {
            Self(Value::Null) => visitor.visit_unit(),
            inner => visitor.visit_f64(inner.double()?),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.inner().0 {
            Value::Null => visitor.visit_unit(),
            Value::String(text) => visitor.visit_borrowed_str(text),
            // A decimal has its digits from its text, and in JSON any number may be one.
            Value::Decimal(value) | Value::Money(Money(value)) => {
                visitor.visit_string(value.to_string())
            }
            Value::Number(value) => visitor.visit_borrowed_str(value.as_str()),
            Value::Int(value) => visitor.visit_string(value.to_string()),
            Value::Long(value) => visitor.visit_string(value.to_string()),
            Value::Double(value) => visitor.visit_string(double(*value)),
            other => visitor.visit_string(String::from_value(other)?),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.inner().0 {
            Value::Null => visitor.visit_unit(),
            Value::Bytes(bytes) => visitor.visit_borrowed_bytes(bytes),
            other => visitor.visit_byte_buf(Bytes::from_value(other)?.into()),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.inner() {
            Self(Value::Null) => visitor.visit_none(),
            inner => visitor.visit_some(inner),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.inner().0 {
            Value::Bytes(bytes) => visitor.visit_seq(SeqDeserializer::new(bytes.iter().copied())),
            _ => self.deserialize_any(visitor),
        }
    }

    /// By the name of a variant; a choice has a number only, which its own type reads.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.inner().0 {
            Value::String(text) => visitor.visit_enum(BorrowedStrDeserializer::new(text)),
            other => Err(wrong("the name of a variant", other).into()),
        }
    }

    forward_to_deserialize_any! {
        bool char unit unit_struct tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Error> for ValueDeserializer<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// A lookup as tools write it.
fn lookup<'de, V: Visitor<'de>>(
    reference: &'de EntityReference,
    visitor: V,
) -> Result<V::Value, Error> {
    let members = [
        ("id", Some(reference.id().to_string())),
        ("logicalName", Some(reference.logical_name().to_owned())),
        ("name", reference.name().map(str::to_owned)),
    ];
    let members = members
        .into_iter()
        .map(|(name, text)| (name, Optional(text)));
    visitor.visit_map(MapDeserializer::new(members))
}

/// A text that may be missing.
struct Optional(Option<String>);

impl<'de> IntoDeserializer<'de, Error> for Optional {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Optional {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Some(text) => visitor.visit_string(text),
            None => visitor.visit_unit(),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Some(_) => visitor.visit_some(self),
            None => visitor.visit_none(),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// A row of an EntityCollection, or a null one.
struct Row<'a>(&'a Option<Entity>);

impl<'de> Deserializer<'de> for Row<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Some(row) => columns(row).deserialize_any(visitor),
            None => visitor.visit_unit(),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Some(_) => visitor.visit_some(self),
            None => visitor.visit_none(),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// Items with their places, for paths.
struct Items<I> {
    items: I,
    index: usize,
}

impl<'de, D, I> SeqAccess<'de> for Items<I>
where
    D: Deserializer<'de, Error = Error>,
    I: ExactSizeIterator<Item = D>,
{
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        let Some(item) = self.items.next() else {
            return Ok(None);
        };
        let index = self.index;
        self.index += 1;
        let item = seed.deserialize(item);
        item.map(Some).map_err(|e| Error(e.0.in_item(index)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

/// Pairs with their keys, for paths.
struct Entries<'a> {
    pairs: std::vec::IntoIter<(&'a str, &'a Value)>,
    next: Option<(&'a str, &'a Value)>,
    member: Option<&'static str>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        self.next = self.pairs.next();
        self.next
            .map(|(key, _)| seed.deserialize(BorrowedStrDeserializer::new(key)))
            .transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let Some((key, value)) = self.next.take() else {
            return Err(de::Error::custom("a value was asked for before its key"));
        };
        seed.deserialize(ValueDeserializer(value)).map_err(|e| {
            let error = e.0.in_key(key);
            Error(match self.member {
                Some(member) => error.in_member(member),
                None => error,
            })
        })
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.pairs.len())
    }
}

impl<'de> Deserializer<'de> for Pairs<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(Entries {
            pairs: self.pairs.into_iter(),
            next: None,
            member: self.member,
        })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
