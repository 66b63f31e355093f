use super::{Column, FromValue, IntoValue};
use crate::{
    context::{Entity, Member, Value},
    decode::{DecodeError, DecodeErrorKind, Row},
};

/// A type that reads itself from a row; `#[derive(Entity)]` implements it.
///
/// Only the columns that the type reads are decoded. The model's own [`Entity`] reads them all.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a row",
    label = "not an early-bound type",
    note = "put `#[derive(Entity)]` and `#[entity(\"table\")]` on the type, or take the model's `Entity`"
)]
pub trait FromEntity: Sized {
    /// The table's logical name, where the type is bound to one.
    const LOGICAL_NAME: Option<&'static str> = None;

    /// Reads the type from a row.
    ///
    /// # Errors
    /// If a column is missing that the type needs, or holds what the type cannot.
    fn from_row(row: &Row<'_>) -> Result<Self, DecodeError>;

    /// Reads the type from a decoded row.
    ///
    /// # Errors
    /// As [`from_row`](Self::from_row).
    fn from_entity(entity: &Entity) -> Result<Self, DecodeError> {
        Self::from_row(&Row::from(entity))
    }
}

/// A type that writes itself as a row; `#[derive(Entity)]` implements it.
pub trait IntoEntity {
    /// The row. Absent columns are left out, null ones are null.
    fn into_entity(self) -> Entity;
}

/// A field of an early-bound type: how it reads a column that is absent, null or there.
///
/// | field | absent | null |
/// |---|---|---|
/// | `T` | an error that names the column | an error that names the column |
/// | `Option<T>` | `None` | `None` |
/// | `Column<T>` | `Absent` | `Null` |
#[diagnostic::on_unimplemented(
    message = "a column cannot be read as `{Self}`",
    label = "not the type of a column",
    note = "these can: `String`, `bool`, `i32`, `i64`, `f64`, `Decimal`, `Money`, `Uuid`, `DateTime`, `OptionSetValue`, `EntityReference`, ..., `Vec`, `Option` and `Column` of them",
    note = "a choice can with `#[derive(Choice)]`, rows in a column with `#[derive(Entity)]`, a type of your own if it implements `FromValue`"
)]
pub trait FromColumn: Sized {
    /// Reads a column of a row.
    ///
    /// # Errors
    /// If the column is missing or null and the field cannot be, or holds what the field cannot.
    fn from_column(row: &Row<'_>, logical_name: &str) -> Result<Self, DecodeError>;
}

/// A field of an early-bound type: how it writes itself as a column.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be written as a column or parameter",
    label = "holds a field that cannot be written",
    note = "a type of your own can, if `Value` implements `From` of it"
)]
pub trait IntoColumn {
    /// The column's value; absent for a column that is left out.
    fn into_column(self) -> Member<Value>;
}

fn read<T: FromValue>(row: &Row<'_>, logical_name: &str) -> Result<Column<T>, DecodeError> {
    Ok(match row.column(logical_name)? {
        Member::Absent => Member::Absent,
        Member::Null => Member::Null,
        Member::Value(value) => T::from_slot(&value)
            .map_err(|e| e.in_key(logical_name).in_member("Attributes"))?
            .into(),
    })
}

#[diagnostic::do_not_recommend]
impl<T: FromValue> FromColumn for Column<T> {
    fn from_column(row: &Row<'_>, logical_name: &str) -> Result<Self, DecodeError> {
        read(row, logical_name)
    }
}

#[diagnostic::do_not_recommend]
impl<T: FromValue> FromColumn for Option<T> {
    fn from_column(row: &Row<'_>, logical_name: &str) -> Result<Self, DecodeError> {
        read(row, logical_name).map(Member::into_value)
    }
}

#[diagnostic::do_not_recommend]
impl<T: FromValue> FromColumn for T {
    fn from_column(row: &Row<'_>, logical_name: &str) -> Result<Self, DecodeError> {
        let missing = |what: &str| {
            DecodeError::new(
                DecodeErrorKind::Missing,
                format!(
                    "MissingColumn {}: the column is {what}; make the field an `Option` or a `Column` if it may be",
                    crate::decode::clip(logical_name)
                ),
            )
        };
        match read(row, logical_name)? {
            Member::Value(value) => Ok(value),
            Member::Null => T::from_slot(&Value::Null)?.ok_or_else(|| missing("null")),
            Member::Absent => Err(missing("not among the columns of the message")),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T: IntoValue> IntoColumn for Column<T> {
    fn into_column(self) -> Member<Value> {
        self.map(IntoValue::into_value)
    }
}

#[diagnostic::do_not_recommend]
impl<T: IntoValue> IntoColumn for Option<T> {
    fn into_column(self) -> Member<Value> {
        self.map(IntoValue::into_value).into()
    }
}

#[diagnostic::do_not_recommend]
impl<T: IntoValue> IntoColumn for T {
    fn into_column(self) -> Member<Value> {
        self.into_value().into()
    }
}

impl FromEntity for Entity {
    fn from_row(row: &Row<'_>) -> Result<Self, DecodeError> {
        row.to_entity()
    }
}

impl IntoEntity for Entity {
    fn into_entity(self) -> Entity {
        self
    }
}
