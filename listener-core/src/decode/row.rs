use std::{borrow::Cow, fmt};

use uuid::Uuid;

use super::{
    DecodeError,
    body::Source,
    events::Scope,
    index::{Pair, RowIndex},
};
use crate::context::{Entity, Member, Text, Value, wire::Slot};

/// A row of a message, of which only the columns that are asked for are decoded.
///
/// It is what [`FromEntity`](crate::entity::FromEntity) reads from; a decoded [`Entity`] can stand in for it.
pub struct Row<'a>(Repr<'a>);

enum Repr<'a> {
    Entity(&'a Entity),
    Indexed {
        source: Source<'a>,
        index: Cow<'a, RowIndex>,
        place: Place<'a>,
    },
}

/// Where a row is in its message, for the paths of errors.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    Target,
    PreImage(&'a str),
    PostImage(&'a str),
}

impl Place<'_> {
    fn outside(self, error: DecodeError) -> DecodeError {
        match self {
            Self::Target => error.in_key("Target").in_member("InputParameters"),
            Self::PreImage(name) => error.in_key(name).in_member("PreEntityImages"),
            Self::PostImage(name) => error.in_key(name).in_member("PostEntityImages"),
        }
    }
}

impl<'a> Row<'a> {
    /// A row that the shallow pass has looked over.
    pub(super) fn indexed(source: Source<'a>, index: &'a RowIndex, place: Place<'a>) -> Self {
        Self(Repr::Indexed {
            source,
            index: Cow::Borrowed(index),
            place,
        })
    }

    /// The row at that place in the body; `None` if it is null.
    pub(super) fn at(
        source: Source<'a>,
        pair: &Pair,
        scopes: &[Scope],
        place: Place<'a>,
    ) -> Result<Option<Self>, DecodeError> {
        if pair.value.is_empty() {
            return Ok(None);
        }
        let index = source
            .row(pair.value, scopes, pair.scope)
            .map_err(|error| place.outside(error))?;
        Ok(index.map(|index| {
            Self(Repr::Indexed {
                source,
                index: Cow::Owned(index),
                place,
            })
        }))
    }

    /// A column: absent, null or a value. A column that stands twice counts by its last value.
    ///
    /// # Errors
    /// If the value cannot be decoded.
    pub fn column(&self, logical_name: &str) -> Result<Member<Cow<'a, Value>>, DecodeError> {
        let (source, index, place) = match &self.0 {
            Repr::Entity(entity) => {
                return Ok(match entity.attributes().get(logical_name) {
                    None => Member::Absent,
                    Some(Value::Null) => Member::Null,
                    Some(value) => Member::Value(Cow::Borrowed(value)),
                });
            }
            Repr::Indexed {
                source,
                index,
                place,
            } => (source, index, place),
        };
        let Some(pair) = source.find(&index.attributes, logical_name, &index.scopes) else {
            return Ok(Member::Absent);
        };
        if pair.value.is_empty() {
            return Ok(Member::Null);
        }
        match source.read(pair.value, &index.scopes, pair.scope) {
            Ok(Value::Null) => Ok(Member::Null),
            Ok(value) => Ok(Member::Value(Cow::Owned(value))),
            Err(error) => Err(place.outside(error.in_key(logical_name).in_member("Attributes"))),
        }
    }

    /// Whether the row carries this column, null included.
    pub fn has_column(&self, logical_name: &str) -> bool {
        match &self.0 {
            Repr::Entity(entity) => entity.attributes().contains_key(logical_name),
            Repr::Indexed { source, index, .. } => source
                .find(&index.attributes, logical_name, &index.scopes)
                .is_some(),
        }
    }

    /// The row's id; all zeros if the message does not say.
    ///
    /// # Errors
    /// If it is no guid.
    pub fn id(&self) -> Result<Uuid, DecodeError> {
        match &self.0 {
            Repr::Entity(entity) => Ok(entity.id()),
            Repr::Indexed {
                source,
                index,
                place,
            } => member(*source, index, RowIndex::ID, "Id", *place).map(Option::unwrap_or_default),
        }
    }

    /// The table's logical name; empty if the message does not say.
    ///
    /// # Errors
    /// If it is no text.
    pub fn logical_name(&self) -> Result<Cow<'a, str>, DecodeError> {
        match &self.0 {
            Repr::Entity(entity) => Ok(Cow::Borrowed(entity.logical_name())),
            Repr::Indexed {
                source,
                index,
                place,
            } => {
                let name: Option<Text> = member(
                    *source,
                    index,
                    RowIndex::LOGICAL_NAME,
                    "LogicalName",
                    *place,
                )?;
                Ok(Cow::Owned(name.unwrap_or_default().into()))
            }
        }
    }

    /// The row with all that it carries.
    ///
    /// # Errors
    /// If a part of it cannot be decoded.
    pub fn to_entity(&self) -> Result<Entity, DecodeError> {
        match &self.0 {
            Repr::Entity(entity) => Ok((*entity).clone()),
            Repr::Indexed {
                source,
                index,
                place,
            } => source
                .read(index.whole, &index.scopes, 0)
                .map_err(|error| place.outside(error)),
        }
    }
}

fn member<T: Slot>(
    source: Source<'_>,
    index: &RowIndex,
    nth: usize,
    name: &str,
    place: Place<'_>,
) -> Result<Option<T>, DecodeError> {
    let span = index.members[nth];
    if span.is_empty() {
        return Ok(None);
    }
    source
        .read::<Option<T>>(span, &index.scopes, 0)
        .map_err(|error| place.outside(error.in_member(name)))
}

impl<'a> From<&'a Entity> for Row<'a> {
    fn from(entity: &'a Entity) -> Self {
        Self(Repr::Entity(entity))
    }
}

impl fmt::Debug for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row").finish_non_exhaustive()
    }
}
