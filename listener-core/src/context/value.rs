use bytes::Bytes;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{
    AccessRights, AliasedValue, BooleanManagedProperty, ColumnSet, ConcurrencyBehavior, DateTime,
    Entity, EntityCollection, EntityImageCollection, EntityReference, FetchExpression,
    KeyAttributeCollection, Label, LocalizedLabel, Money, OptionSetValue, OrganizationServiceFault,
    PagingInfo, PrincipalAccess, QueryByAttribute, QueryExpression, Relationship,
    RelationshipQueryCollection, ServiceEndpointFault, Text, name::OwnedTypeName,
};
use crate::decode::clip;

/// What a slot of declared type `object` holds: the value of a parameter, an attribute, an error detail.
///
/// .NET binary and XML name the type of each value. JSON does not for the simple ones: there a number is a
/// [`Value::Number`] with its text, a guid is a [`Value::String`], and a list is a [`Value::Array`] that says nothing of
/// its items' type. Read values with [`DataCollection::get`](super::DataCollection::get) and a type, as in
/// `attributes.get_as::<Money>("revenue")`, and the format makes no difference.
// Its tag is a word: a byte would be copied with its padding piece by piece, and a load of what was stored in pieces waits.
#[derive(Clone, PartialEq, Default)]
#[non_exhaustive]
#[repr(usize)]
pub enum Value {
    /// Null: in an Update, a column that was cleared.
    #[default]
    Null,
    /// `boolean`.
    Boolean(bool),
    /// `int`.
    Int(i32),
    /// `long`.
    Long(i64),
    /// `decimal`, with its scale.
    Decimal(Decimal),
    /// `double`.
    Double(f64),
    /// A number in JSON, which does not tell `int`, `long`, `decimal` and `double` apart.
    Number(Number),
    /// `string`; in JSON also a guid.
    String(Text),
    /// `guid`, where the format names it.
    Guid(Uuid),
    /// `dateTime`.
    DateTime(DateTime),
    /// `base64Binary`, where the format names it; in JSON an array of numbers.
    Bytes(Bytes),
    /// Another primitive of XML Schema, as text.
    Primitive(Box<Primitive>),
    /// An amount of money.
    Money(Money),
    /// A choice.
    OptionSetValue(OptionSetValue),
    /// A lookup.
    EntityReference(Box<EntityReference>),
    /// A row.
    Entity(Box<Entity>),
    /// Rows of one table.
    EntityCollection(Box<EntityCollection>),
    /// A list of values: an array or one of the collections of contracts.
    Array(Box<Array>),
    /// A dictionary of texts, as in the shared variable `ChangedEntityTypes`.
    Dictionary(Vec<(Text, Option<Text>)>),
    /// Images by name.
    EntityImageCollection(EntityImageCollection),
    /// An alternate key.
    KeyAttributeCollection(KeyAttributeCollection),
    /// Queries by relationship.
    RelationshipQueryCollection(Box<RelationshipQueryCollection>),
    /// A relationship.
    Relationship(Box<Relationship>),
    /// A guarded flag.
    BooleanManagedProperty(Box<BooleanManagedProperty>),
    /// A column of a linked table.
    AliasedValue(Box<AliasedValue>),
    /// Columns of a query.
    ColumnSet(Box<ColumnSet>),
    /// A query.
    QueryExpression(Box<QueryExpression>),
    /// A query as FetchXML.
    FetchExpression(Box<FetchExpression>),
    /// A query by values.
    QueryByAttribute(Box<QueryByAttribute>),
    /// A page of a query.
    PagingInfo(Box<PagingInfo>),
    /// A principal and its rights.
    PrincipalAccess(Box<PrincipalAccess>),
    /// Rights, where the format names them; in JSON a number.
    AccessRights(AccessRights),
    /// How concurrent changes are treated, where the format names it; in JSON a number.
    ConcurrencyBehavior(ConcurrencyBehavior),
    /// A text in several languages.
    Label(Box<Label>),
    /// A text in one language.
    LocalizedLabel(Box<LocalizedLabel>),
    /// A fault of a listener.
    ServiceEndpointFault(Box<ServiceEndpointFault>),
    /// A fault of the organisation service.
    OrganizationServiceFault(Box<OrganizationServiceFault>),
    /// An object of a type that this crate does not know, with all it carried.
    Object(Box<Object>),
}

/// A number as JSON wrote it: all of it, since an `f64` would lose the scale of a decimal and the end of a long.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Number(Text);

/// A list of values and, where the format names it, its type.
#[derive(Clone, PartialEq, Default)]
pub struct Array {
    /// What kind of list it is.
    pub kind: ArrayKind,
    /// The items; a null one is [`Value::Null`].
    pub items: Vec<Value>,
}

/// What kind of list an [`Array`] is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ArrayKind {
    /// JSON does not say.
    #[default]
    Untyped,
    /// A collection of lookups.
    EntityReferenceCollection,
    /// A collection of choices: a multi-select column.
    OptionSetValueCollection,
    /// An array, by the contract name of the array: `ArrayOfint`, `ArrayOfEntity`.
    Named(OwnedTypeName),
}

/// A primitive of XML Schema that has no variant of its own, by name and text: `short`, `duration`, `anyURI`.
#[derive(Clone, PartialEq, Eq)]
pub struct Primitive {
    /// The name of the type.
    pub type_name: OwnedTypeName,
    /// The value as text.
    pub text: Text,
}

/// An object of a type that this crate does not know.
#[derive(Clone, PartialEq, Default)]
pub struct Object {
    /// The type's name, if the wire gave one.
    pub type_name: Option<OwnedTypeName>,
    /// The members in the order of the wire.
    pub members: Vec<(Text, Value)>,
}

impl Number {
    /// A number by its text, if that is how JSON writes one, `NaN`, `INF` and `-INF` included.
    ///
    /// ```
    /// use listener_core::context::Number;
    ///
    /// assert_eq!(Number::new("1.0000000000").unwrap().as_str(), "1.0000000000");
    /// assert!(Number::new("one").is_none());
    /// ```
    pub fn new(text: &str) -> Option<Self> {
        let digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (mantissa, exponent) = unsigned
            .split_once(['E', 'e'])
            .map_or((unsigned, None), |(m, e)| (m, Some(e)));
        let (whole, fraction) = mantissa
            .split_once('.')
            .map_or((mantissa, None), |(w, f)| (w, Some(f)));
        let is_number = digits(whole)
            && (whole == "0" || !whole.starts_with('0'))
            && fraction.is_none_or(digits)
            && exponent.is_none_or(|exponent| {
                digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
            });
        (is_number || matches!(text, "NaN" | "INF" | "-INF")).then(|| Self::checked(text))
    }

    /// The number's text, as JSON wrote it; `NaN`, `INF` and `-INF` are among them.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Wraps a text that a reader has checked.
    pub(crate) fn checked(text: &str) -> Self {
        Self(text.into())
    }
}

impl ArrayKind {
    /// The name of the list's type; `array` where nobody says.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Untyped => "array",
            Self::EntityReferenceCollection => "EntityReferenceCollection",
            Self::OptionSetValueCollection => "OptionSetValueCollection",
            Self::Named(name) => &name.local,
        }
    }
}

impl Object {
    /// The member of this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.members
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value)
    }
}

impl Value {
    /// Whether it is null.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Its kind and size, in words for an error.
    pub(crate) fn found(&self) -> String {
        match self {
            Self::String(text) => format!("a string of {} bytes", text.len()),
            Self::Bytes(bytes) => format!("{} bytes", bytes.len()),
            Self::Array(array) => format!("an array of {} items", array.items.len()),
            Self::Dictionary(pairs) => format!("a dictionary of {} pairs", pairs.len()),
            Self::EntityCollection(rows) => {
                let rows = rows.entities.value().map_or(0, Vec::len);
                format!("an EntityCollection of {rows} rows")
            }
            Self::Primitive(primitive) => {
                format!("a value of the type `{}`", clip(&primitive.type_name.local))
            }
            Self::Object(object) => match &object.type_name {
                Some(name) => format!("an object of the type `{}`", clip(&name.local)),
                None => String::from("an object without a type"),
            },
            other => other.kind().to_owned(),
        }
    }

    /// What kind of value it is, in words for an error.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "a boolean",
            Self::Int(_) => "an int",
            Self::Long(_) => "a long",
            Self::Decimal(_) => "a decimal",
            Self::Double(_) => "a double",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Guid(_) => "a guid",
            Self::DateTime(_) => "a dateTime",
            Self::Bytes(_) => "bytes",
            Self::Primitive(_) => "a primitive of XML Schema",
            Self::Money(_) => "a Money",
            Self::OptionSetValue(_) => "an OptionSetValue",
            Self::EntityReference(_) => "an EntityReference",
            Self::Entity(_) => "an Entity",
            Self::EntityCollection(_) => "an EntityCollection",
            Self::Array(_) => "an array",
            Self::Dictionary(_) => "a dictionary",
            Self::EntityImageCollection(_) => "an EntityImageCollection",
            Self::KeyAttributeCollection(_) => "a KeyAttributeCollection",
            Self::RelationshipQueryCollection(_) => "a RelationshipQueryCollection",
            Self::Relationship(_) => "a Relationship",
            Self::BooleanManagedProperty(_) => "a BooleanManagedProperty",
            Self::AliasedValue(_) => "an AliasedValue",
            Self::ColumnSet(_) => "a ColumnSet",
            Self::QueryExpression(_) => "a QueryExpression",
            Self::FetchExpression(_) => "a FetchExpression",
            Self::QueryByAttribute(_) => "a QueryByAttribute",
            Self::PagingInfo(_) => "a PagingInfo",
            Self::PrincipalAccess(_) => "a PrincipalAccess",
            Self::AccessRights(_) => "AccessRights",
            Self::ConcurrencyBehavior(_) => "a ConcurrencyBehavior",
            Self::Label(_) => "a Label",
            Self::LocalizedLabel(_) => "a LocalizedLabel",
            Self::ServiceEndpointFault(_) => "a ServiceEndpointFault",
            Self::OrganizationServiceFault(_) => "an OrganizationServiceFault",
            Self::Object(_) => "an object",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_a_number_from_text() {
        for text in [
            "0", "-1", "10.50", "1E+15", "1e-5", "0.0001", "INF", "-INF", "NaN",
        ] {
            assert!(Number::new(text).is_some(), "{text}");
        }
        for text in [
            "", "-", "01", ".5", "1.", "1E", "1E+", "0x1", " 1", "1,2", "inf", "-NaN", "--1", "1\n",
        ] {
            assert!(Number::new(text).is_none(), "{text}");
        }
    }
}
