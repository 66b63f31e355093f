use std::borrow::Cow;

use uuid::Uuid;

use super::number::Number;

/// The value of a property: each primitive type that an application property may hold (AMQP 1.0 part 3, section 3.2.5).
///
/// Text and bytes are borrowed where they can be, so that a filter reads a message without copying it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// Nothing. Operators take it for unknown.
    Null,
    /// `boolean`.
    Bool(bool),
    /// `ubyte`.
    Ubyte(u8),
    /// `ushort`.
    Ushort(u16),
    /// `uint`.
    Uint(u32),
    /// `ulong`.
    Ulong(u64),
    /// `byte`.
    Byte(i8),
    /// `short`.
    Short(i16),
    /// `int`.
    Int(i32),
    /// `long`, and what an integer in an expression is.
    Long(i64),
    /// `float`.
    Float(f32),
    /// `double`, and what a number with a point or an exponent in an expression is.
    Double(f64),
    /// `decimal32`, `decimal64` or `decimal128`, as its digits: `-12.50`.
    Decimal(Cow<'a, str>),
    /// `char`.
    Char(char),
    /// `timestamp`: milliseconds since 1970 in UTC.
    Timestamp(i64),
    /// `uuid`.
    Uuid(Uuid),
    /// `binary`.
    Binary(Cow<'a, [u8]>),
    /// `string`.
    String(Cow<'a, str>),
    /// `symbol`.
    Symbol(Cow<'a, str>),
}

impl<'a> Value<'a> {
    /// The name of the AMQP type, for messages to people: what a property holds is business data and stands in none.
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
            Self::Decimal(_) => "decimal",
            Self::Char(_) => "char",
            Self::Timestamp(_) => "timestamp",
            Self::Uuid(_) => "uuid",
            Self::Binary(_) => "binary",
            Self::String(_) => "string",
            Self::Symbol(_) => "symbol",
        }
    }

    /// Whether it is [`Null`](Value::Null).
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The text of a string or a symbol.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::String(text) | Self::Symbol(text) => Some(text),
            _ => None,
        }
    }

    /// The same value, which borrows from this one.
    pub fn borrowed(&'a self) -> Value<'a> {
        match self {
            Self::Decimal(digits) => Value::Decimal(Cow::Borrowed(digits)),
            Self::Binary(bytes) => Value::Binary(Cow::Borrowed(bytes)),
            Self::String(text) => Value::String(Cow::Borrowed(text)),
            Self::Symbol(text) => Value::Symbol(Cow::Borrowed(text)),
            // All others own nothing on the heap.
            other => other.clone(),
        }
    }

    /// The same value, which borrows from nothing.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(value),
            Self::Ubyte(value) => Value::Ubyte(value),
            Self::Ushort(value) => Value::Ushort(value),
            Self::Uint(value) => Value::Uint(value),
            Self::Ulong(value) => Value::Ulong(value),
            Self::Byte(value) => Value::Byte(value),
            Self::Short(value) => Value::Short(value),
            Self::Int(value) => Value::Int(value),
            Self::Long(value) => Value::Long(value),
            Self::Float(value) => Value::Float(value),
            Self::Double(value) => Value::Double(value),
            Self::Decimal(digits) => Value::Decimal(Cow::Owned(digits.into_owned())),
            Self::Char(value) => Value::Char(value),
            Self::Timestamp(value) => Value::Timestamp(value),
            Self::Uuid(value) => Value::Uuid(value),
            Self::Binary(bytes) => Value::Binary(Cow::Owned(bytes.into_owned())),
            Self::String(text) => Value::String(Cow::Owned(text.into_owned())),
            Self::Symbol(text) => Value::Symbol(Cow::Owned(text.into_owned())),
        }
    }

    /// The whole number that it is, if the type asked for holds it.
    pub(in crate::service_bus) fn to_whole<T: TryFrom<i128>>(&self) -> Option<T> {
        match Number::of(self)? {
            Number::Whole(number) => number.try_into().ok(),
            _ => None,
        }
    }

    /// How it reads as text, as `+` with a string and a correlation filter see it. Null and bytes have no text.
    pub(in crate::service_bus) fn to_text(&self) -> Option<Cow<'_, str>> {
        let text = match self {
            Self::Null | Self::Binary(_) => return None,
            Self::String(text) | Self::Symbol(text) | Self::Decimal(text) => {
                return Some(Cow::Borrowed(text));
            }
            // As .NET writes them.
            Self::Bool(true) => return Some(Cow::Borrowed("True")),
            Self::Bool(false) => return Some(Cow::Borrowed("False")),
            Self::Ubyte(value) => value.to_string(),
            Self::Ushort(value) => value.to_string(),
            Self::Uint(value) => value.to_string(),
            Self::Ulong(value) => value.to_string(),
            Self::Byte(value) => value.to_string(),
            Self::Short(value) => value.to_string(),
            Self::Int(value) => value.to_string(),
            Self::Long(value) | Self::Timestamp(value) => value.to_string(),
            Self::Float(value) => value.to_string(),
            Self::Double(value) => value.to_string(),
            Self::Char(value) => value.to_string(),
            Self::Uuid(value) => value.to_string(),
        };
        Some(Cow::Owned(text))
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::String(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::String(Cow::Owned(text))
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i32> for Value<'_> {
    fn from(value: i32) -> Self {
        Self::Int(value)
    }
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Long(value)
    }
}

impl From<f64> for Value<'_> {
    fn from(value: f64) -> Self {
        Self::Double(value)
    }
}

impl From<Uuid> for Value<'_> {
    fn from(value: Uuid) -> Self {
        Self::Uuid(value)
    }
}
