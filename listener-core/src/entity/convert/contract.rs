//! Contracts: a slot names its contract in every format, so nothing else will do.

use super::{FromValue, list::is_untyped_and_empty, wrong};
use crate::{
    context::{
        AccessRights, AliasedValue, Array, BooleanManagedProperty, ColumnSet, ConcurrencyBehavior,
        Entity, EntityCollection, EntityImageCollection, EntityReference, FetchExpression, Label,
        LocalizedLabel, Money, Object, OptionSetValue, OrganizationServiceFault, PagingInfo,
        Primitive, PrincipalAccess, QueryByAttribute, QueryExpression, Relationship,
        RelationshipQueryCollection, ServiceEndpointFault, Value, wire::Enumeration,
    },
    decode::DecodeError,
};

macro_rules! copied {
    ($($type:ident: $expected:literal;)*) => { $(
        impl FromValue for $type {
            fn from_value(value: &Value) -> Result<Self, DecodeError> {
                match value {
                    Value::$type(value) => Ok(*value),
                    other => Err(wrong($expected, other)),
                }
            }
        }
    )* };
}

copied! {
    Money: "a Money";
    OptionSetValue: "an OptionSetValue";
}

macro_rules! boxed {
    ($($type:ident: $expected:literal;)*) => { $(
        impl FromValue for $type {
            fn from_value(value: &Value) -> Result<Self, DecodeError> {
                match value {
                    Value::$type(value) => Ok((**value).clone()),
                    other => Err(wrong($expected, other)),
                }
            }
        }
    )* };
}

boxed! {
    EntityReference: "an EntityReference";
    EntityCollection: "an EntityCollection";
    Relationship: "a Relationship";
    BooleanManagedProperty: "a BooleanManagedProperty";
    ColumnSet: "a ColumnSet";
    QueryExpression: "a QueryExpression";
    FetchExpression: "a FetchExpression";
    QueryByAttribute: "a QueryByAttribute";
    PagingInfo: "a PagingInfo";
    PrincipalAccess: "a PrincipalAccess";
    Label: "a Label";
    LocalizedLabel: "a LocalizedLabel";
    ServiceEndpointFault: "a ServiceEndpointFault";
    OrganizationServiceFault: "an OrganizationServiceFault";
    Array: "a list";
    Object: "an object of a type that is not known";
    Primitive: "a primitive of XML Schema without a type of its own";
}

impl FromValue for EntityImageCollection {
    fn from_value(value: &Value) -> Result<Self, DecodeError> {
        match value {
            Value::EntityImageCollection(images) => Ok(images.clone()),
            Value::Array(array) if is_untyped_and_empty(array) => Ok(Self::default()),
            other => Err(wrong("an EntityImageCollection", other)),
        }
    }
}

impl FromValue for RelationshipQueryCollection {
    fn from_value(value: &Value) -> Result<Self, DecodeError> {
        match value {
            Value::RelationshipQueryCollection(value) => Ok((**value).clone()),
            Value::Array(array) if is_untyped_and_empty(array) => Ok(Self::default()),
            other => Err(wrong("a RelationshipQueryCollection", other)),
        }
    }
}

impl FromValue for Entity {
    fn from_value(value: &Value) -> Result<Self, DecodeError> {
        match value {
            Value::Entity(row) => Ok((**row).clone()),
            other => Err(wrong("an Entity", other)),
        }
    }

    fn from_item_entity(entity: &Entity) -> Result<Self, DecodeError> {
        Ok(entity.clone())
    }
}

impl FromValue for AliasedValue {
    fn from_value(value: &Value) -> Result<Self, DecodeError> {
        match value {
            Value::AliasedValue(value) => Ok((**value).clone()),
            other => Err(wrong("an AliasedValue", other)),
        }
    }

    /// An AliasedValue counts as itself here.
    fn from_slot(value: &Value) -> Result<Option<Self>, DecodeError> {
        match value {
            Value::Null => Ok(None),
            value => Self::from_value(value).map(Some),
        }
    }
}

impl FromValue for Value {
    fn from_value(value: &Value) -> Result<Self, DecodeError> {
        Ok(value.clone())
    }

    /// Null is a value of its own here, and so is an AliasedValue.
    fn from_slot(value: &Value) -> Result<Option<Self>, DecodeError> {
        Ok(Some(value.clone()))
    }
}

macro_rules! enumerations {
    ($($type:ident: $expected:literal;)*) => { $(
        impl FromValue for $type {
            /// By its number where JSON left no more.
            fn from_value(value: &Value) -> Result<Self, DecodeError> {
                match value {
                    Value::$type(value) => Ok(value.clone()),
                    Value::Number(_) | Value::Int(_) => i32::from_value(value).map(Self::from_number),
                    other => Err(wrong($expected, other)),
                }
            }
        }
    )* };
}

enumerations! {
    AccessRights: "AccessRights";
    ConcurrencyBehavior: "a ConcurrencyBehavior";
}
