//! The model as people and tools see it: one borrowed view of it, for `Debug`, `Display`, [`Pretty`] and serde.

mod plain;
mod pretty;
mod redacted;
mod serialize;

#[cfg(test)]
mod tests;

use std::any::Any;

use rust_decimal::Decimal;
use uuid::Uuid;

use super::{
    AccessRights, Array, DataCollection, DateTime, KeyAttributeCollection, Member, Money, Object,
    OptionSetValue, Primitive, Text, Value, wire::Enumeration,
};

pub use pretty::Pretty;
pub(crate) use redacted::Redacted;

/// One value of the model, of a declared slot or of one of type `object`.
#[derive(Clone, Copy)]
pub(crate) enum View<'a> {
    Null,
    Boolean(bool),
    Int(i32),
    Long(i64),
    Decimal(&'a Decimal),
    Double(f64),
    Number(&'a str),
    Text(&'a str),
    Guid(Uuid),
    DateTime(DateTime),
    Bytes(&'a [u8]),
    Primitive(&'a Primitive),
    Money(&'a Decimal),
    OptionSetValue(i32),
    Enumeration(&'a dyn Named),
    /// A list in a slot of type `object`, which may know the name of its type.
    Array(&'a Array),
    List(&'a dyn Items),
    Pairs(&'a dyn PairItems),
    Contract(&'a dyn Members),
    /// An object of a type that is not known.
    Object(&'a Object),
}

/// What can be seen as a [`View`].
pub(crate) trait Viewed {
    fn view(&self) -> View<'_>;
}

/// An enumeration.
pub(crate) trait Named {
    fn number(&self) -> Option<i32>;
    /// The names with a space between; empty for a number without.
    fn names(&self) -> String;
}

/// A list.
pub(crate) trait Items {
    fn len(&self) -> usize;
    fn item(&self, index: usize) -> View<'_>;
}

/// A list of pairs.
pub(crate) trait PairItems {
    fn kind(&self) -> &'static str;
    fn len(&self) -> usize;
    fn pair(&self, index: usize) -> (View<'_>, View<'_>);
}

/// The name of a member.
#[derive(Clone, Copy)]
pub(crate) enum Declared<'a> {
    /// Of the contract.
    Yes(&'static str),
    /// On the wire only.
    No(&'a str),
}

impl<'a> Declared<'a> {
    pub(crate) const fn name(self) -> &'a str {
        match self {
            Self::Yes(name) => name,
            Self::No(name) => name,
        }
    }
}

/// A contract.
pub(crate) trait Members {
    fn type_name(&self) -> &'static str;
    /// The members that are on the wire, in its order, those that the contract does not have last.
    fn each<'a>(&'a self, visit: &mut dyn FnMut(Declared<'a>, View<'a>));
    fn as_any(&self) -> &dyn Any;
}

impl<'a> dyn Items + 'a {
    pub(crate) fn iter(&self) -> impl Iterator<Item = View<'_>> {
        (0..self.len()).map(|index| self.item(index))
    }
}

impl<'a> dyn PairItems + 'a {
    pub(crate) fn iter(&self) -> impl Iterator<Item = (View<'_>, View<'_>)> {
        (0..self.len()).map(|index| self.pair(index))
    }
}

impl<'a> View<'a> {
    /// The name of its type, in the words of the wire.
    fn kind(self) -> &'a str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "boolean",
            Self::Int(_) => "int",
            Self::Long(_) => "long",
            Self::Decimal(_) => "decimal",
            Self::Double(_) => "double",
            Self::Number(_) => "number",
            Self::Text(_) => "string",
            Self::Guid(_) => "guid",
            Self::DateTime(_) => "dateTime",
            Self::Bytes(_) => "bytes",
            Self::Primitive(primitive) => &primitive.type_name.local,
            Self::Money(_) => "Money",
            Self::OptionSetValue(_) => "OptionSetValue",
            Self::Enumeration(_) => "enum",
            Self::Array(array) => array.kind.name(),
            Self::List(_) => "list",
            Self::Pairs(pairs) => pairs.kind(),
            Self::Contract(contract) => contract.type_name(),
            Self::Object(object) => object
                .type_name
                .as_ref()
                .map_or("object", |name| &*name.local),
        }
    }

    /// Whether nothing is inside of it.
    fn is_leaf(self) -> bool {
        !matches!(
            self,
            Self::Array(_) | Self::List(_) | Self::Pairs(_) | Self::Contract(_) | Self::Object(_)
        )
    }

    /// The contract, if it is this one.
    fn downcast<T: 'static>(self) -> Option<&'a T> {
        match self {
            Self::Contract(contract) => contract.as_any().downcast_ref(),
            _ => None,
        }
    }
}

macro_rules! scalars {
    ($($type:ty => |$value:ident| $view:expr;)*) => { $(
        impl Viewed for $type {
            fn view(&self) -> View<'_> {
                let $value = self;
                $view
            }
        }
    )* };
}

scalars! {
    bool => |v| View::Boolean(*v);
    i32 => |v| View::Int(*v);
    Decimal => |v| View::Decimal(v);
    Text => |v| View::Text(v);
    Uuid => |v| View::Guid(*v);
    DateTime => |v| View::DateTime(*v);
    Money => |v| View::Money(&v.0);
    OptionSetValue => |v| View::OptionSetValue(v.0);
    Object => |v| View::Object(v);
    Array => |v| View::Array(v);
    KeyAttributeCollection => |v| View::Pairs(&**v);
    Vec<(Text, Option<Text>)> => |v| View::Pairs(v);
}

impl<T: Viewed> Viewed for Box<T> {
    fn view(&self) -> View<'_> {
        (**self).view()
    }
}

impl<T: Viewed> Viewed for Option<T> {
    fn view(&self) -> View<'_> {
        self.as_ref().map_or(View::Null, T::view)
    }
}

impl<T: Viewed> Viewed for Vec<Option<T>> {
    fn view(&self) -> View<'_> {
        View::List(self)
    }
}

impl<T: Viewed> Items for Vec<Option<T>> {
    fn len(&self) -> usize {
        self.len()
    }

    fn item(&self, index: usize) -> View<'_> {
        self[index].view()
    }
}

impl<K: Viewed, V: Viewed> Viewed for DataCollection<K, V> {
    fn view(&self) -> View<'_> {
        View::Pairs(self)
    }
}

impl<K: Viewed, V: Viewed> PairItems for DataCollection<K, V> {
    fn kind(&self) -> &'static str {
        "collection"
    }

    fn len(&self) -> usize {
        self.len()
    }

    fn pair(&self, index: usize) -> (View<'_>, View<'_>) {
        let (key, value) = &self.as_slice()[index];
        (key.view(), value.view())
    }
}

impl PairItems for Vec<(Text, Option<Text>)> {
    fn kind(&self) -> &'static str {
        "dictionary"
    }

    fn len(&self) -> usize {
        self.len()
    }

    fn pair(&self, index: usize) -> (View<'_>, View<'_>) {
        let (key, value) = &self[index];
        (key.view(), value.view())
    }
}

impl<E: Enumeration> Named for E {
    fn number(&self) -> Option<i32> {
        Enumeration::number(self)
    }

    fn names(&self) -> String {
        Enumeration::names(self).collect::<Vec<_>>().join(" ")
    }
}

impl Viewed for Value {
    fn view(&self) -> View<'_> {
        match self {
            Self::Null => View::Null,
            Self::Boolean(v) => View::Boolean(*v),
            Self::Int(v) => View::Int(*v),
            Self::Long(v) => View::Long(*v),
            Self::Decimal(v) => View::Decimal(v),
            Self::Double(v) => View::Double(*v),
            Self::Number(v) => View::Number(v.as_str()),
            Self::String(v) => View::Text(v),
            Self::Guid(v) => View::Guid(*v),
            Self::DateTime(v) => View::DateTime(*v),
            Self::Bytes(v) => View::Bytes(v),
            Self::Primitive(v) => View::Primitive(v),
            Self::Money(v) => v.view(),
            Self::OptionSetValue(v) => v.view(),
            Self::EntityReference(v) => v.view(),
            Self::Entity(v) => v.view(),
            Self::EntityCollection(v) => v.view(),
            Self::Array(v) => v.view(),
            Self::Dictionary(v) => v.view(),
            Self::EntityImageCollection(v) => v.view(),
            Self::KeyAttributeCollection(v) => v.view(),
            Self::RelationshipQueryCollection(v) => v.view(),
            Self::Relationship(v) => v.view(),
            Self::BooleanManagedProperty(v) => v.view(),
            Self::AliasedValue(v) => v.view(),
            Self::ColumnSet(v) => v.view(),
            Self::QueryExpression(v) => v.view(),
            Self::FetchExpression(v) => v.view(),
            Self::QueryByAttribute(v) => v.view(),
            Self::PagingInfo(v) => v.view(),
            Self::PrincipalAccess(v) => v.view(),
            Self::AccessRights(v) => v.view(),
            Self::ConcurrencyBehavior(v) => v.view(),
            Self::Label(v) => v.view(),
            Self::LocalizedLabel(v) => v.view(),
            Self::ServiceEndpointFault(v) => v.view(),
            Self::OrganizationServiceFault(v) => v.view(),
            Self::Object(v) => v.view(),
        }
    }
}

/// A double as .NET prints it.
pub(crate) fn double(value: f64) -> String {
    crate::encode::Double(value).to_string()
}

/// What is on the wire of a member.
pub(crate) fn member<T: Viewed>(member: &Member<T>) -> Option<View<'_>> {
    match member {
        Member::Absent => None,
        Member::Null => Some(View::Null),
        Member::Value(value) => Some(value.view()),
    }
}

/// How a contract is seen, and its `Debug`.
macro_rules! viewed_contract {
    ($name:ident: $local:literal { $($field:ident = $wire:literal,)* }) => {
        impl $crate::context::view::Viewed for $name {
            fn view(&self) -> $crate::context::view::View<'_> {
                $crate::context::view::View::Contract(self)
            }
        }

        impl $crate::context::view::Members for $name {
            fn type_name(&self) -> &'static str {
                $local
            }

            fn each<'a>(
                &'a self,
                visit: &mut dyn FnMut($crate::context::view::Declared<'a>, $crate::context::view::View<'a>),
            ) {
                $(
                    if let Some(view) = $crate::context::view::member(&self.$field) {
                        visit($crate::context::view::Declared::Yes($wire), view);
                    }
                )*
                for (name, value) in self.others.as_slice() {
                    visit($crate::context::view::Declared::No(name), $crate::context::view::Viewed::view(value));
                }
            }

            fn as_any(&self) -> &dyn std::any::Any {
                self
            }
        }

        $crate::context::view::redacted_debug!($name);
    };
}
pub(crate) use viewed_contract;

/// `Debug` without values, and serde as people and tools want it.
macro_rules! redacted_debug {
    ($($name:ty),*) => { $(
        /// Its structure without values: names, kinds and sizes.
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let view = $crate::context::view::Viewed::view(self);
                std::fmt::Debug::fmt(&$crate::context::view::Redacted::new(view), f)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::context::view::Viewed::view(self).serialize(serializer)
            }
        }
    )* };
}
pub(crate) use redacted_debug;

redacted_debug!(Value, Array, Object, KeyAttributeCollection);

macro_rules! viewed_enumeration {
    ($($name:ident),*) => { $(
        impl $crate::context::view::Viewed for $name {
            fn view(&self) -> $crate::context::view::View<'_> {
                $crate::context::view::View::Enumeration(self)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::context::view::Viewed::view(self).serialize(serializer)
            }
        }
    )* };
}
pub(crate) use viewed_enumeration;

viewed_enumeration!(AccessRights);
