//! From a type of Rust to a value.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::SystemTime,
};

use ::time::OffsetDateTime;
use bytes::Bytes;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::context::{
    AccessRights, AliasedValue, Array, ArrayKind, BooleanManagedProperty, ColumnSet,
    ConcurrencyBehavior, DateTime, Entity, EntityCollection, EntityImageCollection,
    EntityReference, FetchExpression, KeyAttributeCollection, Label, LocalizedLabel, Money, Number,
    Object, OptionSetValue, OrganizationServiceFault, PagingInfo, Primitive, PrincipalAccess,
    QueryByAttribute, QueryExpression, Relationship, RelationshipQueryCollection,
    ServiceEndpointFault, Text, Value,
    name::{ARRAYS, CRM, OwnedTypeName, XRM},
};

/// A type that converts to a value: all that [`Value`] is `From`.
///
/// Only the types that a slot can hold as such are among them: an `i16` is written as an int, a `u64` would not fit a
/// long and is left out.
pub trait IntoValue {
    /// The value.
    fn into_value(self) -> Value;
}

impl<T: Into<Value>> IntoValue for T {
    fn into_value(self) -> Value {
        self.into()
    }
}

/// A type whose lists convert to a value; `#[derive(Entity)]` and `#[derive(Choice)]` implement it.
pub trait ListItem: Into<Value> {
    /// A list of these items, some of which may be null.
    fn list(items: Vec<Value>) -> Value;
}

/// An item of a list: a [`ListItem`], or an `Option` of one where items may be null.
pub trait IntoItem {
    /// The item; null for `None`.
    fn into_item(self) -> Value;

    /// A list of such items.
    fn list(items: Vec<Value>) -> Value;
}

#[diagnostic::do_not_recommend]
impl<T: ListItem> IntoItem for T {
    fn into_item(self) -> Value {
        self.into()
    }

    fn list(items: Vec<Value>) -> Value {
        <T as ListItem>::list(items)
    }
}

#[diagnostic::do_not_recommend]
impl<T: ListItem> IntoItem for Option<T> {
    fn into_item(self) -> Value {
        self.map_or(Value::Null, Into::into)
    }

    fn list(items: Vec<Value>) -> Value {
        T::list(items)
    }
}

#[diagnostic::do_not_recommend]
impl<T: IntoItem> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Self {
        T::list(items.into_iter().map(IntoItem::into_item).collect())
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
    bool => |v| Self::Boolean(v);
    i8 => |v| Self::Int(v.into());
    i16 => |v| Self::Int(v.into());
    i32 => |v| Self::Int(v);
    i64 => |v| Self::Long(v);
    u8 => |v| Self::Int(v.into());
    u16 => |v| Self::Int(v.into());
    u32 => |v| Self::Long(v.into());
    f32 => |v| Self::Double(v.into());
    f64 => |v| Self::Double(v);
    Decimal => |v| Self::Decimal(v);
    Number => |v| Self::Number(v);
    char => |v| Self::String(v.to_string().into());
    &str => |v| Self::String(v.into());
    String => |v| Self::String(v.into());
    Text => |v| Self::String(v);
    Cow<'_, str> => |v| Self::String(v.into_owned().into());
    Box<str> => |v| Self::String(String::from(v).into());
    Arc<str> => |v| Self::String((*v).into());
    Uuid => |v| Self::Guid(v);
    DateTime => |v| Self::DateTime(v);
    OffsetDateTime => |v| Self::DateTime(v.into());
    SystemTime => |v| Self::DateTime(v.into());
    Bytes => |v| Self::Bytes(v);
    Primitive => |v| Self::Primitive(Box::new(v));
    Money => |v| Self::Money(v);
    OptionSetValue => |v| Self::OptionSetValue(v);
    EntityReference => |v| Self::EntityReference(Box::new(v));
    Entity => |v| Self::Entity(Box::new(v));
    EntityCollection => |v| Self::EntityCollection(Box::new(v));
    Array => |v| Self::Array(Box::new(v));
    EntityImageCollection => |v| Self::EntityImageCollection(v);
    KeyAttributeCollection => |v| Self::KeyAttributeCollection(v);
    RelationshipQueryCollection => |v| Self::RelationshipQueryCollection(Box::new(v));
    Relationship => |v| Self::Relationship(Box::new(v));
    BooleanManagedProperty => |v| Self::BooleanManagedProperty(Box::new(v));
    AliasedValue => |v| Self::AliasedValue(Box::new(v));
    ColumnSet => |v| Self::ColumnSet(Box::new(v));
    QueryExpression => |v| Self::QueryExpression(Box::new(v));
    FetchExpression => |v| Self::FetchExpression(Box::new(v));
    QueryByAttribute => |v| Self::QueryByAttribute(Box::new(v));
    PagingInfo => |v| Self::PagingInfo(Box::new(v));
    PrincipalAccess => |v| Self::PrincipalAccess(Box::new(v));
    AccessRights => |v| Self::AccessRights(v);
    ConcurrencyBehavior => |v| Self::ConcurrencyBehavior(v);
    Label => |v| Self::Label(Box::new(v));
    LocalizedLabel => |v| Self::LocalizedLabel(Box::new(v));
    ServiceEndpointFault => |v| Self::ServiceEndpointFault(Box::new(v));
    OrganizationServiceFault => |v| Self::OrganizationServiceFault(Box::new(v));
    Object => |v| Self::Object(Box::new(v));
}

impl From<Vec<(String, Option<String>)>> for Value {
    fn from(pairs: Vec<(String, Option<String>)>) -> Self {
        Self::Dictionary(
            pairs
                .into_iter()
                .map(|(key, text)| (key.into(), text.map(Into::into)))
                .collect(),
        )
    }
}

fn dictionary(pairs: impl IntoIterator<Item = (String, String)>) -> Value {
    Value::Dictionary(
        pairs
            .into_iter()
            .map(|(key, text)| (key.into(), Some(text.into())))
            .collect(),
    )
}

impl From<BTreeMap<String, String>> for Value {
    fn from(pairs: BTreeMap<String, String>) -> Self {
        dictionary(pairs)
    }
}

impl<S> From<HashMap<String, String, S>> for Value {
    /// In the order of the keys, so that equal maps are written equally.
    fn from(pairs: HashMap<String, String, S>) -> Self {
        dictionary(pairs.into_iter().collect::<BTreeMap<_, _>>())
    }
}

/// An array of the contract name `ArrayOf…`.
fn array(namespace: &str, local: &str, items: Vec<Value>) -> Value {
    let kind = ArrayKind::Named(OwnedTypeName {
        local: local.into(),
        namespace: namespace.into(),
    });
    Array { kind, items }.into()
}

macro_rules! list_items {
    ($($($type:ty),* => $local:literal in $namespace:ident;)*) => { $( $(
        impl ListItem for $type {
            fn list(items: Vec<Value>) -> Value {
                array($namespace, $local, items)
            }
        }
    )* )* };
}

list_items! {
    bool => "ArrayOfboolean" in ARRAYS;
    i8, i16, i32, u16 => "ArrayOfint" in ARRAYS;
    i64, u32 => "ArrayOflong" in ARRAYS;
    f32, f64 => "ArrayOfdouble" in ARRAYS;
    Decimal => "ArrayOfdecimal" in ARRAYS;
    char, &str, String, Text, Cow<'_, str>, Box<str>, Arc<str> => "ArrayOfstring" in ARRAYS;
    Vec<String> => "ArrayOfArrayOfstring" in ARRAYS;
    Uuid => "ArrayOfguid" in ARRAYS;
    DateTime, OffsetDateTime, SystemTime => "ArrayOfdateTime" in ARRAYS;
    Money => "ArrayOfMoney" in XRM;
    EntityCollection => "ArrayOfEntityCollection" in XRM;
    EntityImageCollection => "ArrayOfEntityImageCollection" in XRM;
    QueryExpression => "ArrayOfQueryExpression" in XRM;
    LocalizedLabel => "ArrayOfLocalizedLabel" in XRM;
    PrincipalAccess => "ArrayOfPrincipalAccess" in CRM;
}

impl ListItem for u8 {
    /// Bytes; an array of ints if some are null.
    fn list(items: Vec<Value>) -> Value {
        let bytes = items.iter().map(|item| match item {
            Value::Int(byte) => u8::try_from(*byte).ok(),
            _ => None,
        });
        match bytes.collect::<Option<Vec<u8>>>() {
            Some(bytes) => Value::Bytes(bytes.into()),
            None => array(ARRAYS, "ArrayOfint", items),
        }
    }
}

impl ListItem for OptionSetValue {
    /// An OptionSetValueCollection: a multi-select column.
    fn list(items: Vec<Value>) -> Value {
        let kind = ArrayKind::OptionSetValueCollection;
        Array { kind, items }.into()
    }
}

impl ListItem for EntityReference {
    /// An EntityReferenceCollection.
    fn list(items: Vec<Value>) -> Value {
        let kind = ArrayKind::EntityReferenceCollection;
        Array { kind, items }.into()
    }
}

impl ListItem for Entity {
    /// An EntityCollection of the first row's table.
    fn list(items: Vec<Value>) -> Value {
        let table = items.iter().find_map(|item| match item {
            Value::Entity(row) => Some(Text::from(row.logical_name())),
            _ => None,
        });
        rows(table.unwrap_or_default(), items)
    }
}

impl ListItem for Value {
    /// A list that says nothing of its items' type.
    fn list(items: Vec<Value>) -> Value {
        let kind = ArrayKind::Untyped;
        Array { kind, items }.into()
    }
}

/// Rows as an EntityCollection; an item that is no row is a null one.
pub(in crate::entity) fn rows(table: Text, items: Vec<Value>) -> Value {
    let mut collection = EntityCollection::new(table, []);
    let rows = items.into_iter().map(|item| match item {
        Value::Entity(row) => Some(*row),
        _ => None,
    });
    collection.entities = rows.collect::<Vec<_>>().into();
    collection.into()
}
