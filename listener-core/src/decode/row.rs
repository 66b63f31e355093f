use std::borrow::Cow;

use uuid::Uuid;

use super::DecodeError;
use crate::context::{Entity, Member, Value};

/// A row of a message, of which only the columns that are asked for are decoded.
///
/// It is what [`FromEntity`](crate::entity::FromEntity) reads from; a decoded [`Entity`] can stand in for it.
#[derive(Debug)]
pub struct Row<'a>(Repr<'a>);

#[derive(Debug)]
enum Repr<'a> {
    Entity(&'a Entity),
}

impl<'a> Row<'a> {
    /// A column: absent, null or a value. A column that stands twice counts by its last value.
    ///
    /// # Errors
    /// If the value cannot be decoded.
    pub fn column(&self, logical_name: &str) -> Result<Member<Cow<'a, Value>>, DecodeError> {
        match self.0 {
            Repr::Entity(entity) => Ok(match entity.attributes().get(logical_name) {
                None => Member::Absent,
                Some(Value::Null) => Member::Null,
                Some(value) => Member::Value(Cow::Borrowed(value)),
            }),
        }
    }

    /// The row's id; all zeros if the message does not say.
    ///
    /// # Errors
    /// If it is no guid.
    pub fn id(&self) -> Result<Uuid, DecodeError> {
        match self.0 {
            Repr::Entity(entity) => Ok(entity.id()),
        }
    }

    /// The table's logical name; empty if the message does not say.
    ///
    /// # Errors
    /// If it is no text.
    pub fn logical_name(&self) -> Result<Cow<'a, str>, DecodeError> {
        match self.0 {
            Repr::Entity(entity) => Ok(Cow::Borrowed(entity.logical_name())),
        }
    }

    /// The row with all that it carries.
    ///
    /// # Errors
    /// If a part of it cannot be decoded.
    pub fn to_entity(&self) -> Result<Entity, DecodeError> {
        match self.0 {
            Repr::Entity(entity) => Ok(entity.clone()),
        }
    }
}

impl<'a> From<&'a Entity> for Row<'a> {
    fn from(entity: &'a Entity) -> Self {
        Self(Repr::Entity(entity))
    }
}
