use rust_decimal::Decimal;
use uuid::Uuid;

use crate::{
    context::{DateTime, Entity, EntityReference, Money, OptionSetValue, Text, Value},
    decode::{DecodeError, DecodeErrorKind},
};

/// A type that a value converts to, whatever the format left of the value's own type.
#[diagnostic::on_unimplemented(
    message = "a value of a message cannot be read as `{Self}`",
    label = "not a type of a column or parameter",
    note = "these can: `String`, `bool`, `i32`, `i64`, `f64`, `Decimal`, `Money`, `Uuid`, `DateTime`, `OptionSetValue`, `EntityReference`, `Entity`, `Vec` of them; and choices with `#[derive(Choice)]`"
)]
pub trait FromValue: Sized {
    /// Converts a value that is not null.
    ///
    /// # Errors
    /// If it is of another kind or out of range.
    fn from_value(value: &Value) -> Result<Self, DecodeError>;
}

/// A type that converts to a value.
pub trait IntoValue {
    /// The value.
    fn into_value(self) -> Value;
}

impl<T: Into<Value>> IntoValue for T {
    fn into_value(self) -> Value {
        self.into()
    }
}

pub(crate) fn wrong(expected: &str, value: &Value) -> DecodeError {
    DecodeError::new(
        DecodeErrorKind::WrongType,
        format!("expected {expected}, found {}", value.kind()),
    )
}

macro_rules! from_value {
    ($($type:ty, $expected:literal: $($pattern:pat => $result:expr),*;)*) => { $(
        impl FromValue for $type {
            fn from_value(value: &Value) -> Result<Self, DecodeError> {
                match value {
                    $($pattern => Ok($result),)*
                    other => Err(wrong($expected, other)),
                }
            }
        }
    )* };
}

from_value! {
    bool, "a boolean": Value::Boolean(value) => *value;
    String, "a string": Value::String(value) => value.as_str().to_owned();
    Text, "a string": Value::String(value) => value.clone();
    Money, "a Money": Value::Money(value) => *value;
    OptionSetValue, "an OptionSetValue": Value::OptionSetValue(value) => *value;
    EntityReference, "an EntityReference": Value::EntityReference(value) => (**value).clone();
    Entity, "an Entity": Value::Entity(value) => (**value).clone();
    DateTime, "a dateTime": Value::DateTime(value) => *value;
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

macro_rules! into_value {
    ($($type:ty => |$value:ident| $expr:expr;)*) => { $(
        impl From<$type> for Value {
            fn from($value: $type) -> Self {
                $expr
            }
        }
    )* };
}

into_value! {
    i32 => |v| Self::Int(v);
    i64 => |v| Self::Long(v);
    f64 => |v| Self::Double(v);
    Decimal => |v| Self::Decimal(v);
    &str => |v| Self::String(v.into());
    String => |v| Self::String(v.into());
    Text => |v| Self::String(v);
    Uuid => |v| Self::Guid(v);
    DateTime => |v| Self::DateTime(v);
    Money => |v| Self::Money(v);
    OptionSetValue => |v| Self::OptionSetValue(v);
    EntityReference => |v| Self::EntityReference(Box::new(v));
    Entity => |v| Self::Entity(Box::new(v));
}
