use ::serde::{
    Deserializer,
    de::{
        IntoDeserializer, Visitor,
        value::{MapDeserializer, SeqDeserializer},
    },
    forward_to_deserialize_any,
};

use super::error::Error;
use crate::context::view::{View, Viewed};

/// What rows do not hold, but parameters may: contracts by their members, enums, maps.
#[derive(Clone, Copy)]
pub(super) struct ViewDeserializer<'a>(pub(super) View<'a>);

impl<'de> Deserializer<'de> for ViewDeserializer<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            View::Null => visitor.visit_unit(),
            View::Boolean(value) => visitor.visit_bool(value),
            View::Int(value) | View::OptionSetValue(value) => visitor.visit_i32(value),
            View::Long(value) => visitor.visit_i64(value),
            View::Double(value) => visitor.visit_f64(value),
            View::Decimal(value) | View::Money(value) => visitor.visit_string(value.to_string()),
            View::Number(text) | View::Text(text) => visitor.visit_borrowed_str(text),
            View::Guid(guid) => visitor.visit_string(guid.to_string()),
            View::DateTime(date) => visitor.visit_string(date.to_string()),
            View::Bytes(bytes) => visitor.visit_borrowed_bytes(bytes),
            View::Primitive(primitive) => visitor.visit_borrowed_str(&primitive.text),
            View::Enumeration(value) => match value.number() {
                Some(number) => visitor.visit_i32(number),
                None => visitor.visit_string(value.names()),
            },
            View::Array(array) => visitor.visit_seq(SeqDeserializer::new(
                array.items.iter().map(|item| Self(item.view())),
            )),
            View::List(list) => {
                visitor.visit_seq(SeqDeserializer::new(list.iter().map(ViewDeserializer)))
            }
            View::Pairs(pairs) => visitor.visit_map(MapDeserializer::new(
                pairs.iter().map(|(key, value)| (Self(key), Self(value))),
            )),
            View::Object(object) => visitor.visit_map(MapDeserializer::new(
                object
                    .members
                    .iter()
                    .map(|(name, value)| (&**name, Self(value.view()))),
            )),
            View::Contract(contract) => {
                let mut members = Vec::new();
                contract.each(&mut |name, view| members.push((name.name(), Self(view))));
                visitor.visit_map(MapDeserializer::new(members.into_iter()))
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            View::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Error> for ViewDeserializer<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
