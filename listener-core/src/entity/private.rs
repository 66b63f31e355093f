//! What derived code calls, so that it holds no logic itself.

use super::{Choice, FromEntity, FromValue, IntoEntity, ListItem};
use crate::{
    context::{OptionSetValue, Value},
    decode::DecodeError,
};

/// `FromValue::from_value` of a `#[derive(Choice)]` enum.
pub fn choice_from_value<T: Choice>(value: &Value) -> Result<T, DecodeError> {
    OptionSetValue::from_value(value).map(|choice| T::from_number(choice.0))
}

/// `From<T> for Value` of a `#[derive(Choice)]` enum.
pub fn choice_into_value<T: Choice>(choice: &T) -> Value {
    OptionSetValue(choice.number()).into()
}

/// `ListItem::list` of a `#[derive(Choice)]` enum.
pub fn choices_into_value(items: Vec<Value>) -> Value {
    OptionSetValue::list(items)
}

/// `FromValue::from_value` of a `#[derive(Entity)]` struct; its `from_item_entity` is `FromEntity::from_entity`.
pub fn entity_from_value<T: FromEntity>(value: &Value) -> Result<T, DecodeError> {
    match value {
        Value::Entity(row) => T::from_entity(row),
        other => Err(super::convert::wrong("an Entity", other)),
    }
}

/// `From<T> for Value` of a `#[derive(Entity)]` struct.
pub fn entity_into_value<T: IntoEntity>(row: T) -> Value {
    row.into_entity().into()
}

/// `ListItem::list` of a `#[derive(Entity)]` struct: an EntityCollection of its table.
pub fn entities_into_value(logical_name: &str, items: Vec<Value>) -> Value {
    super::convert::rows(logical_name.into(), items)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        context::{Entity, EntityCollection, EntityReference},
        decode::Row,
        entity::{FromColumn, IntoColumn},
    };

    /// What the derives make of it.
    #[derive(Clone, Debug, PartialEq)]
    struct Party {
        party: Option<EntityReference>,
        role: Role,
    }

    #[derive(Clone, Debug, PartialEq)]
    enum Role {
        To,
        Unknown(i32),
    }

    impl Choice for Role {
        fn from_number(number: i32) -> Self {
            match number {
                2 => Self::To,
                other => Self::Unknown(other),
            }
        }

        fn number(&self) -> i32 {
            match self {
                Self::To => 2,
                Self::Unknown(number) => *number,
            }
        }
    }

    impl FromValue for Role {
        fn from_value(value: &Value) -> Result<Self, DecodeError> {
            choice_from_value(value)
        }
    }

    impl From<Role> for Value {
        fn from(role: Role) -> Self {
            choice_into_value(&role)
        }
    }

    impl ListItem for Role {
        fn list(items: Vec<Value>) -> Value {
            choices_into_value(items)
        }
    }

    impl FromEntity for Party {
        const LOGICAL_NAME: Option<&'static str> = Some("activityparty");

        fn from_row(row: &Row<'_>) -> Result<Self, DecodeError> {
            Ok(Self {
                party: FromColumn::from_column(row, "partyid")?,
                role: FromColumn::from_column(row, "participationtypemask")?,
            })
        }
    }

    impl IntoEntity for Party {
        fn into_entity(self) -> Entity {
            let mut row = Entity::new("activityparty", Uuid::nil());
            for (column, value) in [
                ("partyid", self.party.into_column()),
                ("participationtypemask", self.role.into_column()),
            ] {
                if !value.is_absent() {
                    row.set(column, value.into_value().unwrap_or_default());
                }
            }
            row
        }
    }

    impl FromValue for Party {
        fn from_value(value: &Value) -> Result<Self, DecodeError> {
            entity_from_value(value)
        }

        fn from_item_entity(entity: &Entity) -> Result<Self, DecodeError> {
            Self::from_entity(entity)
        }
    }

    impl From<Party> for Value {
        fn from(party: Party) -> Self {
            entity_into_value(party)
        }
    }

    impl ListItem for Party {
        fn list(items: Vec<Value>) -> Value {
            entities_into_value("activityparty", items)
        }
    }

    #[test]
    fn activity_parties_are_a_column_of_rows() {
        let parties = vec![
            Party {
                party: Some(EntityReference::new("contact", Uuid::from_u128(1))),
                role: Role::To,
            },
            Party {
                party: None,
                role: Role::Unknown(9),
            },
        ];
        let email = Entity::new("email", Uuid::nil()).with("to", parties.clone());
        let to = email.get::<EntityCollection>("to").unwrap().unwrap();
        assert_eq!(to.entity_name.value().unwrap(), "activityparty");
        assert_eq!(email.get::<Vec<Party>>("to").unwrap(), Some(parties));
        let none = Value::from(Vec::<Party>::new());
        assert_eq!(
            none,
            Value::from(EntityCollection::new("activityparty", []))
        );
    }

    #[test]
    fn a_fault_in_a_nested_row_is_told_by_its_path() {
        let party = Entity::new("activityparty", Uuid::nil()).with("participationtypemask", 2);
        let email = Entity::new("email", Uuid::nil()).with("to", vec![party]);
        let error = email.get::<Vec<Party>>("to").unwrap_err();
        assert_eq!(
            error.path(),
            "Attributes[\"to\"].Entities[0].Attributes[\"participationtypemask\"]"
        );
    }

    #[test]
    fn choices_keep_numbers_that_they_do_not_know() {
        let row = Entity::new("new_thing", Uuid::nil())
            .with("new_roles", vec![Role::To, Role::Unknown(7)]);
        let roles = row.get::<Vec<OptionSetValue>>("new_roles").unwrap();
        assert_eq!(roles, Some(vec![OptionSetValue(2), OptionSetValue(7)]));
        let roles = row.get::<Vec<Role>>("new_roles").unwrap();
        assert_eq!(roles, Some(vec![Role::To, Role::Unknown(7)]));
    }
}
