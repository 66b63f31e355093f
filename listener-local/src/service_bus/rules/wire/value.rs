use std::borrow::Cow;

use serde_amqp::{
    Value as Amqp,
    primitives::{Dec128, Symbol, Timestamp},
};
use uuid::Uuid;

use super::decimal;
use crate::service_bus::rules::Value;

/// The value of a property, which borrows its text and bytes; `None` if it is no primitive value, which no application
/// property can be.
pub fn from_amqp(value: &Amqp) -> Option<Value<'_>> {
    Some(match value {
        Amqp::Null => Value::Null,
        Amqp::Bool(value) => Value::Bool(*value),
        Amqp::Ubyte(value) => Value::Ubyte(*value),
        Amqp::Ushort(value) => Value::Ushort(*value),
        Amqp::Uint(value) => Value::Uint(*value),
        Amqp::Ulong(value) => Value::Ulong(*value),
        Amqp::Byte(value) => Value::Byte(*value),
        Amqp::Short(value) => Value::Short(*value),
        Amqp::Int(value) => Value::Int(*value),
        Amqp::Long(value) => Value::Long(*value),
        Amqp::Float(value) => Value::Float(value.0),
        Amqp::Double(value) => Value::Double(value.0),
        Amqp::Decimal32(value) => Value::Decimal(decimal::text32(*value.as_inner()).into()),
        Amqp::Decimal64(value) => Value::Decimal(decimal::text64(*value.as_inner()).into()),
        Amqp::Decimal128(value) => Value::Decimal(decimal::text128(*value.as_inner()).into()),
        Amqp::Char(value) => Value::Char(*value),
        Amqp::Timestamp(value) => Value::Timestamp(value.milliseconds()),
        Amqp::Uuid(value) => Value::Uuid(Uuid::from_bytes(*value.as_inner())),
        Amqp::Binary(value) => Value::Binary(Cow::Borrowed(value)),
        Amqp::String(value) => Value::String(Cow::Borrowed(value)),
        Amqp::Symbol(value) => Value::Symbol(Cow::Borrowed(value.as_str())),
        Amqp::Described(_) | Amqp::List(_) | Amqp::Map(_) | Amqp::Array(_) => return None,
    })
}

/// A value as AMQP encodes it. A decimal becomes a `decimal128`, or a string if it is none.
pub fn to_amqp(value: &Value<'_>) -> Amqp {
    match value {
        Value::Null => Amqp::Null,
        Value::Bool(value) => Amqp::Bool(*value),
        Value::Ubyte(value) => Amqp::Ubyte(*value),
        Value::Ushort(value) => Amqp::Ushort(*value),
        Value::Uint(value) => Amqp::Uint(*value),
        Value::Ulong(value) => Amqp::Ulong(*value),
        Value::Byte(value) => Amqp::Byte(*value),
        Value::Short(value) => Amqp::Short(*value),
        Value::Int(value) => Amqp::Int(*value),
        Value::Long(value) => Amqp::Long(*value),
        Value::Float(value) => Amqp::from(*value),
        Value::Double(value) => Amqp::from(*value),
        Value::Decimal(digits) => decimal::bytes128(digits).map_or_else(
            || Amqp::String(digits.clone().into_owned()),
            |bytes| Amqp::Decimal128(Dec128::from(bytes)),
        ),
        Value::Char(value) => Amqp::Char(*value),
        Value::Timestamp(value) => Amqp::Timestamp(Timestamp::from_milliseconds(*value)),
        Value::Uuid(value) => Amqp::Uuid(value.into_bytes().into()),
        Value::Binary(bytes) => Amqp::Binary(bytes.to_vec().into()),
        Value::String(text) => Amqp::String(text.clone().into_owned()),
        Value::Symbol(text) => Amqp::Symbol(Symbol::from(text.as_ref())),
    }
}
