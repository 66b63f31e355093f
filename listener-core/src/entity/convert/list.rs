//! Lists, bytes and maps.

use std::{
    collections::{BTreeMap, HashMap},
    hash::BuildHasher,
};

use bytes::Bytes;

use super::{FromValue, wrong};
use crate::{
    context::{Array, ArrayKind, Entity, KeyAttributeCollection, ParameterCollection, Value},
    decode::{DecodeError, DecodeErrorKind},
};

/// An item of a list: a [`FromValue`] type, or an `Option` of one where items may be null.
#[diagnostic::on_unimplemented(
    message = "an item of a list cannot be read as `{Self}`",
    label = "not a type of an item",
    note = "items are of any type that a column can have, or an `Option` of it"
)]
pub trait FromItem: Sized {
    /// Reads an item.
    ///
    /// # Errors
    /// If it is null and the type cannot be, of another kind, or out of range.
    fn from_item(value: &Value) -> Result<Self, DecodeError>;

    /// Reads a row of an EntityCollection, or a null one.
    #[doc(hidden)]
    fn from_row(entity: Option<&Entity>) -> Result<Self, DecodeError>;
}

fn null() -> DecodeError {
    DecodeError::new(
        DecodeErrorKind::Missing,
        "expected a value, found null; make the items `Option` if they may be",
    )
}

#[diagnostic::do_not_recommend]
impl<T: FromValue> FromItem for T {
    fn from_item(value: &Value) -> Result<Self, DecodeError> {
        T::from_slot(value)?.ok_or_else(null)
    }

    fn from_row(entity: Option<&Entity>) -> Result<Self, DecodeError> {
        entity.map_or_else(|| Self::from_item(&Value::Null), T::from_item_entity)
    }
}

#[diagnostic::do_not_recommend]
impl<T: FromValue> FromItem for Option<T> {
    fn from_item(value: &Value) -> Result<Self, DecodeError> {
        T::from_slot(value)
    }

    fn from_row(entity: Option<&Entity>) -> Result<Self, DecodeError> {
        entity.map(T::from_item_entity).transpose()
    }
}

fn items<'a, I, T>(
    items: impl IntoIterator<Item = I>,
    read: impl Fn(I) -> Result<T, DecodeError>,
) -> Result<Vec<T>, DecodeError>
where
    I: 'a,
{
    items
        .into_iter()
        .enumerate()
        .map(|(index, item)| read(item).map_err(|e| e.in_item(index)))
        .collect()
}

#[diagnostic::do_not_recommend]
impl<T: FromItem> FromValue for Vec<T> {
    fn from_value(value: &Value) -> Result<Self, DecodeError> {
        match value {
            Value::Array(array) => items(&array.items, T::from_item),
            Value::Bytes(bytes) => items(bytes.iter(), |byte| {
                T::from_item(&Value::Int((*byte).into()))
            }),
            Value::EntityCollection(rows) => {
                let rows = rows.entities.value().map_or(&[][..], Vec::as_slice);
                items(rows, |row| T::from_row(row.as_ref())).map_err(|e| e.in_member("Entities"))
            }
            other => Err(wrong("a list", other)),
        }
    }
}

impl FromValue for Bytes {
    fn from_value(value: &Value) -> Result<Self, DecodeError> {
        match value {
            Value::Bytes(bytes) => Ok(bytes.clone()),
            Value::Array(_) => Vec::from_value(value).map(Self::from),
            other => Err(wrong("bytes", other)),
        }
    }
}

/// JSON says nothing of an empty list's type.
pub(super) fn is_untyped_and_empty(array: &Array) -> bool {
    array.kind == ArrayKind::Untyped && array.items.is_empty()
}

/// Reads the pairs of a dictionary, or of what is like one.
fn pairs<V: FromItem>(value: &Value) -> Result<Vec<(String, V)>, DecodeError> {
    fn pair<V>(key: &str, value: Result<V, DecodeError>) -> Result<(String, V), DecodeError> {
        value
            .map(|value| (key.to_owned(), value))
            .map_err(|e| e.in_key(key))
    }

    match value {
        Value::Dictionary(pairs) => pairs
            .iter()
            .map(|(key, text)| {
                let text = text.clone().map_or(Value::Null, Value::String);
                pair(key, V::from_item(&text))
            })
            .collect(),
        Value::KeyAttributeCollection(pairs) => pairs
            .iter()
            .map(|(key, value)| pair(key, V::from_item(value)))
            .collect(),
        Value::EntityImageCollection(images) => images
            .iter()
            .map(|(name, image)| pair(name, V::from_row(image.as_ref())))
            .collect(),
        Value::Object(object) => object
            .members
            .iter()
            .map(|(name, value)| pair(name, V::from_item(value)))
            .collect(),
        Value::Array(array) if is_untyped_and_empty(array) => Ok(Vec::new()),
        other => Err(wrong("a dictionary", other)),
    }
}

/// Of a key that stands twice the last pair counts.
impl<V: FromItem, S: BuildHasher + Default> FromValue for HashMap<String, V, S> {
    fn from_value(value: &Value) -> Result<Self, DecodeError> {
        pairs(value).map(Self::from_iter)
    }
}

/// Of a key that stands twice the last pair counts.
impl<V: FromItem> FromValue for BTreeMap<String, V> {
    fn from_value(value: &Value) -> Result<Self, DecodeError> {
        pairs(value).map(Self::from_iter)
    }
}

/// In the order of the wire, with duplicates.
impl FromValue for Vec<(String, Option<String>)> {
    fn from_value(value: &Value) -> Result<Self, DecodeError> {
        pairs(value)
    }
}

impl FromValue for ParameterCollection {
    /// From a KeyAttributeCollection, the one list of keys and values that a slot can hold.
    fn from_value(value: &Value) -> Result<Self, DecodeError> {
        match value {
            Value::KeyAttributeCollection(pairs) => Ok((**pairs).clone()),
            Value::Array(array) if is_untyped_and_empty(array) => Ok(Self::new()),
            other => Err(wrong("a list of keys and values", other)),
        }
    }
}

impl FromValue for KeyAttributeCollection {
    fn from_value(value: &Value) -> Result<Self, DecodeError> {
        ParameterCollection::from_value(value).map(|pairs| pairs.into_iter().collect())
    }
}
