//! Rows and what points at them.

use std::{fmt, str::FromStr};

use rust_decimal::Decimal;
use uuid::Uuid;

use super::{
    AttributeCollection, EntityRole, EntityState, FormattedValueCollection, KeyAttributeCollection,
    RelatedEntityCollection, Text, Value,
    name::{TypeName, XRM},
    wire::{Reader, Shape, Slot, Writer, contract, list_slot},
};
use crate::decode::DecodeError;

contract! {
    /// A row of a table, or the part of it that a message carries.
    ///
    /// An Update's Target holds the changed columns only. A column that is missing was not touched; one that is
    /// [`Value::Null`] was cleared.
    pub struct Entity: "Entity" in XRM {
        /// The columns by their logical names.
        attributes: AttributeCollection = "Attributes",
        /// What a client did to the row; null in messages of the server.
        entity_state: EntityState = "EntityState",
        /// Display texts of columns that have one.
        formatted_values: FormattedValueCollection = "FormattedValues",
        /// The row's id.
        id: Uuid = "Id",
        /// The alternate key that the caller used, if any.
        key_attributes: KeyAttributeCollection = "KeyAttributes",
        /// The table's logical name.
        logical_name: Text = "LogicalName",
        /// Rows created together with this one.
        related_entities: RelatedEntityCollection = "RelatedEntities",
        /// The row's version, where optimistic concurrency is used.
        row_version: Text = "RowVersion",
    }
}

contract! {
    /// A lookup: a row named by table and id.
    pub struct EntityReference: "EntityReference" in XRM {
        /// The row's id.
        id: Uuid = "Id",
        /// The alternate key that the caller used, if any.
        key_attributes: KeyAttributeCollection = "KeyAttributes",
        /// The table's logical name.
        logical_name: Text = "LogicalName",
        /// The row's primary name, where the server filled it in.
        name: Text = "Name",
        /// The row's version, where optimistic concurrency is used.
        row_version: Text = "RowVersion",
    }
}

contract! {
    /// Rows of one table, with what paging needs.
    pub struct EntityCollection: "EntityCollection" in XRM {
        /// The rows; a `None` is a null item.
        entities: Vec<Option<Entity>> = "Entities",
        /// The table's logical name.
        entity_name: Text = "EntityName",
        /// The lowest active row version at the time.
        min_active_row_version: Text = "MinActiveRowVersion",
        /// Whether there are more rows than these.
        more_records: bool = "MoreRecords",
        /// Where the next page begins.
        paging_cookie: Text = "PagingCookie",
        /// How many rows there are in all; -1 where nobody asked.
        total_record_count: i32 = "TotalRecordCount",
        /// Whether there are more rows than the server counts.
        total_record_count_limit_exceeded: bool = "TotalRecordCountLimitExceeded",
    }
}

contract! {
    /// A relationship between two tables.
    pub struct Relationship: "Relationship" in XRM {
        /// The side of the primary table, where both sides are the same table.
        primary_entity_role: EntityRole = "PrimaryEntityRole",
        /// The relationship's schema name.
        schema_name: Text = "SchemaName",
    }
}

contract! {
    /// A flag that a managed property guards.
    pub struct BooleanManagedProperty: "BooleanManagedProperty" in XRM {
        /// Whether it may be changed.
        can_be_changed: bool = "CanBeChanged",
        /// The managed property's logical name.
        managed_property_logical_name: Text = "ManagedPropertyLogicalName",
        /// The flag.
        value: bool = "Value",
    }
}

contract! {
    /// A column of a linked table, in the result of a query.
    pub struct AliasedValue: "AliasedValue" in XRM {
        /// The column's logical name.
        attribute_logical_name: Text = "AttributeLogicalName",
        /// The table's logical name.
        entity_logical_name: Text = "EntityLogicalName",
        /// Whether the server was asked to format the value.
        need_formatting: bool = "NeedFormatting",
        /// The type of the value, as a number of the server's own.
        return_type: i32 = "ReturnType",
        /// The value.
        value: Value = "Value",
    }
}

list_slot!(Entity: "Entity" in XRM, list in XRM, contract: true);

/// An amount of money, exact, with the scale it came with.
///
/// ```
/// use listener_core::context::Money;
///
/// let revenue: Money = "2154.320".parse()?;
/// assert_eq!(revenue.to_string(), "2154.320");
/// # Ok::<(), rust_decimal::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(pub Decimal);

/// The number of a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct OptionSetValue(pub i32);

impl Entity {
    /// A row of `logical_name`, all other members as Dataverse writes them when they are empty.
    pub fn new(logical_name: impl Into<Text>, id: Uuid) -> Self {
        Self {
            attributes: AttributeCollection::new().into(),
            entity_state: None.into(),
            formatted_values: FormattedValueCollection::new().into(),
            id: id.into(),
            key_attributes: KeyAttributeCollection::default().into(),
            logical_name: logical_name.into().into(),
            related_entities: RelatedEntityCollection::new().into(),
            row_version: None.into(),
            ..Self::default()
        }
    }

    /// The same row with one more column; for building rows in one expression.
    #[must_use]
    pub fn with(mut self, column: impl Into<Text>, value: impl Into<Value>) -> Self {
        self.set(column, value);
        self
    }

    /// Sets a column.
    pub fn set(&mut self, column: impl Into<Text>, value: impl Into<Value>) {
        self.attributes
            .get_or_insert_default()
            .insert(column, value);
    }

    /// The row as it is once `target`, the changed columns of an Update, has been applied to it.
    ///
    /// Join a pre-image and a Target so, before they are typed: in an `Option` field null and absent look alike.
    #[must_use]
    pub fn updated_by(&self, target: &Self) -> Self {
        let mut row = self.clone();
        for (column, value) in target.attributes().iter() {
            row.set(column.clone(), value.clone());
        }
        for (column, text) in target.formatted_values().iter() {
            row.formatted_values
                .get_or_insert_default()
                .insert(column.clone(), text.clone());
        }
        row
    }

    /// The table's logical name; empty if the message does not say.
    pub fn logical_name(&self) -> &str {
        self.logical_name.value().map_or("", Text::as_str)
    }

    /// The row's id; all zeros if the message does not say.
    pub fn id(&self) -> Uuid {
        self.id.value().copied().unwrap_or_default()
    }

    /// The columns; none if the message has no list of them.
    pub fn attributes(&self) -> &AttributeCollection {
        static NONE: AttributeCollection = AttributeCollection::new();
        self.attributes.value().unwrap_or(&NONE)
    }

    /// The display texts; none if the message has no list of them.
    pub fn formatted_values(&self) -> &FormattedValueCollection {
        static NONE: FormattedValueCollection = FormattedValueCollection::new();
        self.formatted_values.value().unwrap_or(&NONE)
    }

    /// The display text of one column.
    pub fn formatted_value(&self, column: &str) -> Option<&str> {
        self.formatted_values().get(column)?.as_deref()
    }

    /// The row's name as a lookup.
    pub fn to_reference(&self) -> EntityReference {
        EntityReference::new(self.logical_name(), self.id())
    }
}

impl EntityReference {
    /// The row of `logical_name` with this id.
    pub fn new(logical_name: impl Into<Text>, id: Uuid) -> Self {
        Self {
            id: id.into(),
            key_attributes: KeyAttributeCollection::default().into(),
            logical_name: logical_name.into().into(),
            name: None.into(),
            row_version: None.into(),
            ..Self::default()
        }
    }

    /// The table's logical name; empty if the message does not say.
    pub fn logical_name(&self) -> &str {
        self.logical_name.value().map_or("", Text::as_str)
    }

    /// The row's id; all zeros if the message does not say.
    pub fn id(&self) -> Uuid {
        self.id.value().copied().unwrap_or_default()
    }

    /// The row's primary name, where the server filled it in.
    pub fn name(&self) -> Option<&str> {
        self.name.value().map(Text::as_str)
    }
}

impl EntityCollection {
    /// Rows of `entity_name`, all other members as Dataverse writes them.
    pub fn new(entity_name: impl Into<Text>, entities: impl IntoIterator<Item = Entity>) -> Self {
        Self {
            entities: entities.into_iter().map(Some).collect::<Vec<_>>().into(),
            entity_name: entity_name.into().into(),
            min_active_row_version: None.into(),
            more_records: false.into(),
            paging_cookie: None.into(),
            total_record_count: 0.into(),
            total_record_count_limit_exceeded: false.into(),
            ..Self::default()
        }
    }

    /// The rows, null items left out.
    pub fn iter(&self) -> impl Iterator<Item = &Entity> {
        self.entities.value().into_iter().flatten().flatten()
    }
}

impl Relationship {
    /// The relationship of this schema name.
    pub fn new(schema_name: impl Into<Text>) -> Self {
        Self {
            primary_entity_role: None.into(),
            schema_name: schema_name.into().into(),
            ..Self::default()
        }
    }
}

impl FromStr for Money {
    type Err = rust_decimal::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

macro_rules! value_object {
    ($type:ident($inner:ty): $local:literal, |$value:ident, $writer:ident| $write:expr) => {
        impl Slot for $type {
            const SHAPE: Shape = Shape::Contract(TypeName {
                local: $local,
                namespace: XRM,
            });

            fn read<R: Reader>(reader: &mut R) -> Result<Self, DecodeError> {
                reader.value_object::<$inner>().map(Self)
            }

            fn write<W: Writer>(&self, writer: &mut W) -> Result<(), W::Error> {
                let $value = self;
                writer.value_object(
                    TypeName {
                        local: $local,
                        namespace: XRM,
                    },
                    |$writer| $write,
                )
            }
        }
    };
}

// The two contracts that most columns are of hold one member, and are that member here.
value_object!(Money(Decimal): "Money", |money, writer| { writer.decimal(&money.0); Ok(()) });
value_object!(OptionSetValue(i32): "OptionSetValue", |choice, writer| { writer.int(choice.0); Ok(()) });
