//! Values as AMQP types them (AMQP 1.0, types, 1.6).

use std::fmt;

use bytes::Bytes;
use fe2o3_amqp::types::primitives::{
    Array, OrderedMap, SimpleValue, Symbol, Timestamp, Value as Wire,
};
use serde_amqp::{described::Described, descriptor::Descriptor};
use uuid::Uuid;

/// A value with its AMQP type: what properties, annotations and management requests hold.
///
/// `Debug` shows kinds and sizes, not data.
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Nothing.
    #[default]
    Null,
    /// `boolean`
    Bool(bool),
    /// `ubyte`
    Ubyte(u8),
    /// `ushort`
    Ushort(u16),
    /// `uint`
    Uint(u32),
    /// `ulong`
    Ulong(u64),
    /// `byte`
    Byte(i8),
    /// `short`
    Short(i16),
    /// `int`
    Int(i32),
    /// `long`
    Long(i64),
    /// `float`
    Float(f32),
    /// `double`
    Double(f64),
    /// `char`
    Char(char),
    /// `timestamp`: milliseconds since 1970, UTC.
    Timestamp(i64),
    /// `uuid`
    Uuid(Uuid),
    /// `binary`
    Binary(Bytes),
    /// `string`
    String(String),
    /// `symbol`
    Symbol(String),
    /// `list`
    List(Vec<Value>),
    /// `map`, in its order.
    Map(Vec<(Value, Value)>),
    /// `array`: all of one type.
    Array(Vec<Value>),
    /// A descriptor, and the value that it tells the type of: a filter, say (AMQP 1.0, types, 1.3).
    Described(Box<(Value, Value)>),
    /// A type that is not read here, such as a decimal; written, it is null.
    Other,
}

impl Value {
    /// The text of a string or symbol.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) | Self::Symbol(text) => Some(text),
            _ => None,
        }
    }

    /// Any integer that an `i64` holds; a timestamp is none.
    pub fn as_i64(&self) -> Option<i64> {
        Some(match self {
            Self::Ubyte(number) => (*number).into(),
            Self::Ushort(number) => (*number).into(),
            Self::Uint(number) => (*number).into(),
            Self::Ulong(number) => i64::try_from(*number).ok()?,
            Self::Byte(number) => (*number).into(),
            Self::Short(number) => (*number).into(),
            Self::Int(number) => (*number).into(),
            Self::Long(number) => *number,
            _ => return None,
        })
    }

    /// The items of a list or array.
    pub fn items(&self) -> Option<&[Value]> {
        match self {
            Self::List(items) | Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The value under a string or symbol in a map.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let Self::Map(entries) = self else {
            return None;
        };
        entries
            .iter()
            .find(|(name, _)| name.as_str() == Some(key))
            .map(|(_, value)| value)
    }

    /// A map with string keys, as management requests want it.
    pub fn map<K: Into<String>>(entries: impl IntoIterator<Item = (K, Value)>) -> Self {
        let entries = entries.into_iter();
        Self::Map(
            entries
                .map(|(key, value)| (Self::String(key.into()), value))
                .collect(),
        )
    }

    /// What it is, in AMQP's words.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Ubyte(_) => "ubyte",
            Self::Ushort(_) => "ushort",
            Self::Uint(_) => "uint",
            Self::Ulong(_) => "ulong",
            Self::Byte(_) => "byte",
            Self::Short(_) => "short",
            Self::Int(_) => "int",
            Self::Long(_) => "long",
            Self::Float(_) => "float",
            Self::Double(_) => "double",
            Self::Char(_) => "char",
            Self::Timestamp(_) => "timestamp",
            Self::Uuid(_) => "uuid",
            Self::Binary(_) => "binary",
            Self::String(_) => "string",
            Self::Symbol(_) => "symbol",
            Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::Array(_) => "array",
            Self::Described(_) => "described",
            Self::Other => "other",
        }
    }

    pub(super) fn into_wire(self) -> Wire {
        match self {
            Self::Null | Self::Other => Wire::Null,
            Self::Bool(value) => Wire::Bool(value),
            Self::Ubyte(number) => Wire::Ubyte(number),
            Self::Ushort(number) => Wire::Ushort(number),
            Self::Uint(number) => Wire::Uint(number),
            Self::Ulong(number) => Wire::Ulong(number),
            Self::Byte(number) => Wire::Byte(number),
            Self::Short(number) => Wire::Short(number),
            Self::Int(number) => Wire::Int(number),
            Self::Long(number) => Wire::Long(number),
            Self::Float(number) => number.into(),
            Self::Double(number) => number.into(),
            Self::Char(char) => Wire::Char(char),
            Self::Timestamp(time) => Wire::Timestamp(Timestamp::from_milliseconds(time)),
            Self::Uuid(id) => Wire::Uuid(id.into_bytes().into()),
            Self::Binary(bytes) => Wire::Binary(Vec::from(bytes).into()),
            Self::String(text) => Wire::String(text),
            Self::Symbol(text) => Wire::Symbol(Symbol::from(text)),
            Self::List(items) => Wire::List(items.into_iter().map(Self::into_wire).collect()),
            Self::Array(items) => Wire::Array(
                items
                    .into_iter()
                    .map(Self::into_wire)
                    .collect::<Vec<_>>()
                    .into(),
            ),
            Self::Map(entries) => {
                let mut map = OrderedMap::new();
                for (key, value) in entries {
                    map.insert(key.into_wire(), value.into_wire());
                }
                Wire::Map(map)
            }
            Self::Described(described) => {
                let (descriptor, value) = *described;
                let descriptor = match descriptor {
                    Self::Ulong(code) => Descriptor::Code(code),
                    Self::Symbol(name) => Descriptor::Name(Symbol::from(name)),
                    // AMQP reserves all other types of descriptors.
                    _ => return Wire::Null,
                };
                let value = value.into_wire();
                Wire::Described(Box::new(Described { descriptor, value }))
            }
        }
    }

    /// For an application property, which is no list, map or array: those become null.
    pub(super) fn into_simple(self) -> SimpleValue {
        SimpleValue::try_from(self.into_wire()).unwrap_or_default()
    }

    pub(super) fn from_wire(wire: Wire) -> Self {
        match wire {
            Wire::Null => Self::Null,
            Wire::Bool(value) => Self::Bool(value),
            Wire::Ubyte(number) => Self::Ubyte(number),
            Wire::Ushort(number) => Self::Ushort(number),
            Wire::Uint(number) => Self::Uint(number),
            Wire::Ulong(number) => Self::Ulong(number),
            Wire::Byte(number) => Self::Byte(number),
            Wire::Short(number) => Self::Short(number),
            Wire::Int(number) => Self::Int(number),
            Wire::Long(number) => Self::Long(number),
            Wire::Float(number) => Self::Float(number.0),
            Wire::Double(number) => Self::Double(number.0),
            Wire::Char(char) => Self::Char(char),
            Wire::Timestamp(time) => Self::Timestamp(time.milliseconds()),
            Wire::Uuid(id) => Self::Uuid(Uuid::from_bytes(id.into_inner())),
            Wire::Binary(bytes) => Self::Binary(bytes.into_vec().into()),
            Wire::String(text) => Self::String(text),
            Wire::Symbol(symbol) => Self::Symbol(symbol.to_string()),
            Wire::List(items) => Self::List(items.into_iter().map(Self::from_wire).collect()),
            Wire::Array(items) => Self::Array(
                Array::into_inner(items)
                    .into_iter()
                    .map(Self::from_wire)
                    .collect(),
            ),
            Wire::Map(entries) => Self::Map(
                entries
                    .into_iter()
                    .map(|(key, value)| (Self::from_wire(key), Self::from_wire(value)))
                    .collect(),
            ),
            Wire::Described(described) => {
                let descriptor = match described.descriptor {
                    Descriptor::Code(code) => Self::Ulong(code),
                    Descriptor::Name(name) => Self::Symbol(name.to_string()),
                };
                Self::Described(Box::new((descriptor, Self::from_wire(described.value))))
            }
            Wire::Decimal32(_) | Wire::Decimal64(_) | Wire::Decimal128(_) => Self::Other,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Int(number)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Long(number)
    }
}

impl From<Uuid> for Value {
    fn from(id: Uuid) -> Self {
        Self::Uuid(id)
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())?;
        match self {
            Self::Binary(bytes) => write!(f, "({} bytes)", bytes.len()),
            Self::String(text) | Self::Symbol(text) => write!(f, "({} bytes)", text.len()),
            Self::List(items) | Self::Array(items) => write!(f, "({} items)", items.len()),
            Self::Map(entries) => write!(f, "({} entries)", entries.len()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_goes_to_the_wire_and_back() {
        let value = Value::map([
            ("bool", Value::Bool(true)),
            ("ubyte", Value::Ubyte(1)),
            ("ushort", Value::Ushort(2)),
            ("uint", Value::Uint(3)),
            ("ulong", Value::Ulong(4)),
            ("byte", Value::Byte(-1)),
            ("short", Value::Short(-2)),
            ("int", Value::Int(-3)),
            ("long", Value::Long(-4)),
            ("float", Value::Float(0.5)),
            ("double", Value::Double(0.25)),
            ("char", Value::Char('é')),
            ("timestamp", Value::Timestamp(1_800_000_000_000)),
            ("uuid", Value::Uuid(Uuid::from_u128(7))),
            ("binary", Value::Binary(Bytes::from_static(b"\0\xff"))),
            ("string", Value::String("text".into())),
            ("symbol", Value::Symbol("symbol".into())),
            ("list", Value::List(vec![Value::Null, Value::Int(1)])),
            ("array", Value::Array(vec![Value::Long(1), Value::Long(2)])),
        ]);
        assert_eq!(Value::from_wire(value.clone().into_wire()), value);
    }

    #[test]
    fn debug_shows_kinds_and_sizes() {
        let value = Value::map([("canary", Value::from("canary"))]);
        assert_eq!(
            format!("{value:?} {:?}", Value::from("canary")),
            "map(1 entries) string(6 bytes)"
        );
    }
}
