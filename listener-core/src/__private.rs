//! What the macros name, so that what they write holds no logic itself. No part of the interface.

use std::marker::PhantomData;

use uuid::Uuid;

use crate::decode::DecodeErrorKind;
pub use crate::{
    Answer, Binding, Delivery, FromContext, FromRef, IntoOutcome, Listener, PostImage, PreImage,
    Reply, Target,
    context::{Entity, ParameterCollection, Value},
    decode::{DecodeError, Row},
    entity::{
        __private::*, Choice, FromColumn, FromEntity, FromParameter, FromParameters, FromValue,
        IntoColumn, IntoEntity, IntoParameters, ListItem, Parameters,
    },
};
pub use std::{boxed::Box, mem::drop, vec::Vec};

/// The table that a listener's argument is bound to, as a constant: asked for by `Table::<T>::LOGICAL_NAME`, which is
/// that of the type where it has one, and that of [`NoTable`] where not.
#[derive(Debug)]
pub struct Table<T>(PhantomData<T>);

/// What arguments say that are no row.
pub trait NoTable {
    /// No table.
    const LOGICAL_NAME: Option<&'static str> = None;
}

impl<T> NoTable for Table<T> {}

macro_rules! rows {
    ($($extractor:ident),*) => { $(
        impl<T: FromEntity> Table<$extractor<T>> {
            /// The table of the row.
            pub const LOGICAL_NAME: Option<&'static str> = T::LOGICAL_NAME;
        }

        impl<T: FromEntity> Table<Option<$extractor<T>>> {
            /// The table of the row.
            pub const LOGICAL_NAME: Option<&'static str> = T::LOGICAL_NAME;
        }
    )* };
}

rows!(Target, PreImage, PostImage);

/// Whether a row can be of the table that a listener names.
pub const fn same_table(row: Option<&str>, listener: &str) -> bool {
    let Some(row) = row else { return true };
    let (row, listener) = (row.as_bytes(), listener.as_bytes());
    if row.len() != listener.len() {
        return false;
    }
    let mut at = 0;
    while at < row.len() {
        if row[at] != listener[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// Refuses a row of another table: its columns would be read as if they were those of the type.
pub fn expect_table(row: &Row<'_>, logical_name: &str) -> Result<(), DecodeError> {
    match &*row.logical_name()? {
        found if found == logical_name || found.is_empty() => Ok(()),
        found => {
            let found = crate::decode::clip(found);
            let text = format!("expected a row of `{logical_name}`, found one of `{found}`");
            Err(DecodeError::new(DecodeErrorKind::WrongType, text).in_member("LogicalName"))
        }
    }
}

/// A row without columns and id.
pub fn new_row(logical_name: &str) -> Entity {
    Entity::new(logical_name, Uuid::nil())
}

/// Writes a field as a column, unless it is absent.
pub fn set_column(row: &mut Entity, logical_name: &str, column: crate::entity::Column<Value>) {
    if !column.is_absent() {
        row.set(logical_name, column.into_value().unwrap_or_default());
    }
}

/// Reads a field from a parameter.
pub fn read_parameter<T: FromParameter>(
    parameters: &Parameters<'_>,
    key: &str,
) -> Result<T, DecodeError> {
    parameters.read(key)
}

/// A field that is the row's id.
#[diagnostic::on_unimplemented(
    message = "the id of a row cannot be read as `{Self}`",
    label = "not the type of an id",
    note = "these can: `Uuid`, and `Option<Uuid>` where a row may have none"
)]
pub trait RowId: Sized {
    /// Reads the row's id; all zeros are none.
    fn from_row(row: &Row<'_>) -> Result<Self, DecodeError>;

    /// Writes it.
    fn write(self, row: &mut Entity);
}

#[diagnostic::do_not_recommend]
impl RowId for Option<Uuid> {
    fn from_row(row: &Row<'_>) -> Result<Self, DecodeError> {
        row.id().map(|id| Some(id).filter(|id| !id.is_nil()))
    }

    fn write(self, row: &mut Entity) {
        self.unwrap_or_default().write(row);
    }
}

#[diagnostic::do_not_recommend]
impl RowId for Uuid {
    fn from_row(row: &Row<'_>) -> Result<Self, DecodeError> {
        <Option<Self> as RowId>::from_row(row)?.ok_or_else(|| {
            let text =
                "MissingId: the row has no id; make the field an `Option` if it may have none";
            DecodeError::new(DecodeErrorKind::Missing, text).in_member("Id")
        })
    }

    fn write(self, row: &mut Entity) {
        row.id = self.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_no_table_is_of_every_table() {
        assert!(same_table(None, "account"));
        assert!(same_table(Some("account"), "account"));
        assert!(!same_table(Some("accounts"), "account"));
        assert!(!same_table(Some("contact"), "account"));
    }
}
