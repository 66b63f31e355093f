//! From a value of a message to a type of Rust and back.

mod contract;
mod into;
mod list;
mod number;
mod text;
mod time;

#[cfg(test)]
mod tests;

use crate::{
    context::{Entity, Value},
    decode::{DecodeError, DecodeErrorKind},
};

pub(super) use into::rows;
pub use into::{IntoItem, IntoValue, ListItem};
pub use list::FromItem;

/// A type that a value converts to, whatever the format left of the value's own type.
///
/// | type | converts from |
/// |---|---|
/// | `bool` | a boolean; a BooleanManagedProperty by its value |
/// | `i8` … `i64`, `u8` … `u64` | int, long, a number in JSON; decimal and double if whole; an enum by its number |
/// | `f64`, `f32` | double, decimal, int, long, a number in JSON, `NaN` and infinities among them |
/// | [`Decimal`](rust_decimal::Decimal) | decimal, int, long, a number in JSON by its text; a double by the text that JSON has for it |
/// | [`String`], [`Text`](crate::context::Text), … | string; a guid (lower case, with hyphens) and a date (ISO 8601), since JSON cannot tell them from text |
/// | [`Uuid`](uuid::Uuid) | guid; its text, with or without hyphens and braces |
/// | [`DateTime`](crate::context::DateTime), [`OffsetDateTime`](::time::OffsetDateTime), [`SystemTime`](std::time::SystemTime) | dateTime; its text, as ISO 8601 or `/Date(…)/` |
/// | [`Bytes`](bytes::Bytes), `Vec<u8>` | bytes; an array of numbers from 0 to 255 |
/// | [`Money`](crate::context::Money), [`OptionSetValue`](crate::context::OptionSetValue), [`EntityReference`](crate::context::EntityReference), [`Entity`], … | the contract of that name, and nothing else: a slot that holds another is another slot |
/// | `Vec<T>`, `Vec<Option<T>>` | an array or collection of any kind; an EntityCollection, row by row |
/// | `HashMap<String, T>`, `BTreeMap<String, T>`, `Vec<(String, Option<String>)>` | a dictionary, an alternate key, images by name, an object of an unknown type |
/// | [`Value`] | anything |
///
/// An AliasedValue converts by the value inside it, unless an [`AliasedValue`](crate::context::AliasedValue) is asked
/// for. Nothing is rounded, cut or guessed: what does not fit is an error.
#[diagnostic::on_unimplemented(
    message = "a value of a message cannot be read as `{Self}`",
    label = "not a type of a column or parameter",
    note = "these can: `String`, `bool`, `i32`, `i64`, `f64`, `Decimal`, `Money`, `Uuid`, `DateTime`, `OptionSetValue`, `EntityReference`, `Entity`, `Vec` of them; and choices with `#[derive(Choice)]`"
)]
pub trait FromValue: Sized {
    /// Converts a value that is neither null nor an AliasedValue.
    ///
    /// # Errors
    /// If it is of another kind or out of range.
    fn from_value(value: &Value) -> Result<Self, DecodeError>;

    /// Converts what a slot holds: `None` for null, an AliasedValue by the value inside it.
    ///
    /// # Errors
    /// As [`from_value`](Self::from_value).
    fn from_slot(value: &Value) -> Result<Option<Self>, DecodeError> {
        match value {
            Value::Null => Ok(None),
            Value::AliasedValue(aliased) => match aliased.value.value() {
                Some(inner) => Self::from_slot(inner).map_err(|e| e.in_member("Value")),
                None => Ok(None),
            },
            value => Self::from_value(value).map(Some),
        }
    }

    /// Converts a row of an EntityCollection; a type that reads rows need not copy it.
    #[doc(hidden)]
    fn from_item_entity(entity: &Entity) -> Result<Self, DecodeError> {
        Self::from_value(&Value::Entity(Box::new(entity.clone())))
    }
}

/// A value of another kind than expected, with what to do if there is a type for it.
pub(crate) fn wrong(expected: &str, value: &Value) -> DecodeError {
    let mut text = format!("expected {expected}, found {}", value.found());
    if let Some(fits) = fitting(value) {
        text.push_str("; a field of type ");
        text.push_str(fits);
        text.push_str(" reads it");
    }
    DecodeError::new(DecodeErrorKind::WrongType, text)
}

fn out_of_range(expected: &str, found: &str) -> DecodeError {
    DecodeError::new(
        DecodeErrorKind::OutOfRange,
        format!("expected {expected}, found {found}"),
    )
}

/// The type that reads this kind of value.
fn fitting(value: &Value) -> Option<&'static str> {
    Some(match value {
        Value::Boolean(_) => "`bool`",
        Value::Int(_) => "`i32`",
        Value::Long(_) => "`i64`",
        Value::Decimal(_) => "`Decimal`",
        Value::Double(_) => "`f64`",
        Value::Number(_) => "`i32`, `i64`, `Decimal` or `f64`",
        Value::String(_) => "`String`",
        Value::Guid(_) => "`Uuid`",
        Value::DateTime(_) => "`DateTime`",
        Value::Bytes(_) => "`Vec<u8>`",
        Value::Money(_) => "`Money`",
        Value::OptionSetValue(_) => "`OptionSetValue` or a `#[derive(Choice)]` enum",
        Value::EntityReference(_) => "`EntityReference`",
        Value::Entity(_) => "`Entity` or a `#[derive(Entity)]` struct",
        Value::EntityCollection(_) => "`EntityCollection` or a `Vec` of rows",
        Value::Array(_) => "`Vec`",
        _ => return None,
    })
}
