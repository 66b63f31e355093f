//! From a row or parameters to any type that serde can read.

mod error;
mod value;
mod view;

#[cfg(test)]
mod tests;

use ::serde::{Deserialize, de::DeserializeOwned};

use self::value::ValueDeserializer;
use super::{FromEntity, FromParameters, FromValue, Parameters};
use crate::{
    context::{Entity, Value},
    decode::{DecodeError, Row},
};

/// Reads a row, parameters or a value into any type that serde can read.
///
/// | model | read as |
/// |---|---|
/// | row | a map of its columns by their logical names; of a column that stands twice the last |
/// | parameters | a map by key, likewise |
/// | money, decimal | what is asked for: a string, which keeps every digit, or a number; a string if nothing is |
/// | other numbers | what is asked for, a string too; if nothing is, a number if that loses nothing, else its text |
/// | choice | its number |
/// | lookup | a map of `id`, `logicalName` and `name` |
/// | guid, date | a string; a date as ISO 8601 |
/// | bytes | bytes, or a list of numbers |
/// | EntityCollection | a list of rows |
/// | AliasedValue, BooleanManagedProperty | the value inside it |
/// | dictionary, images, alternate key | a map by key |
/// | any other contract | a map of its members by their names on the wire |
/// | null | none |
///
/// Take it as `Target<Serde<T>>`, `Input<Serde<T>>` or the type of a column. `#[derive(Entity)]` tells absent from null
/// and keeps money apart from decimals; this does not.
///
/// ```
/// use listener_core::{context::{Entity, Money}, entity::{FromEntity, Serde}};
/// use uuid::Uuid;
///
/// #[derive(serde::Deserialize)]
/// struct Account {
///     name: String,
///     revenue: Option<f64>,
/// }
///
/// let revenue: Money = "2154.32".parse()?;
/// let row = Entity::new("account", Uuid::nil()).with("name", "Contoso").with("revenue", revenue);
/// let Serde(account) = Serde::<Account>::from_entity(&row)?;
/// assert_eq!((&*account.name, account.revenue), ("Contoso", Some(2154.32)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Serde<T>(pub T);

/// Reads a row into a type that serde can read; see [`Serde`].
///
/// # Errors
/// If the row cannot be decoded or does not fit the type.
pub fn from_row_serde<T: DeserializeOwned>(row: &Row<'_>) -> Result<T, DecodeError> {
    from_entity_serde(&row.to_entity()?)
}

/// Reads a decoded row into a type that serde can read, which may borrow its texts; see [`Serde`].
///
/// # Errors
/// If the row does not fit the type.
pub fn from_entity_serde<'a, T: Deserialize<'a>>(row: &'a Entity) -> Result<T, DecodeError> {
    T::deserialize(value::columns(row)).map_err(|e| e.0)
}

/// Reads a value into a type that serde can read, which may borrow its texts; see [`Serde`].
///
/// # Errors
/// If the value does not fit the type.
pub fn from_value_serde<'a, T: Deserialize<'a>>(value: &'a Value) -> Result<T, DecodeError> {
    T::deserialize(ValueDeserializer(value)).map_err(|e| e.0)
}

impl<T: DeserializeOwned> FromEntity for Serde<T> {
    fn from_row(row: &Row<'_>) -> Result<Self, DecodeError> {
        from_row_serde(row).map(Self)
    }

    fn from_entity(entity: &Entity) -> Result<Self, DecodeError> {
        from_entity_serde(entity).map(Self)
    }
}

impl<T: DeserializeOwned> FromParameters for Serde<T> {
    fn from_parameters(parameters: &Parameters<'_>) -> Result<Self, DecodeError> {
        let pairs = parameters.collection()?;
        T::deserialize(value::parameters(pairs))
            .map(Self)
            .map_err(|e| e.0.in_member(parameters.name()))
    }
}

impl<T: DeserializeOwned> FromValue for Serde<T> {
    fn from_value(value: &Value) -> Result<Self, DecodeError> {
        from_value_serde(value).map(Self)
    }
}
