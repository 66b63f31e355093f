//! A context built anew, by public constructors and fields only, in the types that a program would use. What came in JSON
//! gets them here: an int where JSON has a number without a type, a guid where it has a string that looks like one.

use listener_core::{
    context::{
        AliasedValue, Array, AttributeExpression, BooleanManagedProperty, ColumnSet,
        ConditionExpression, DataCollection, Entity, EntityCollection, EntityReference,
        FetchExpression, FilterExpression, KeyAttributeCollection, LinkEntity, Member, Money,
        Number, Object, OptionSetValue, OrderExpression, PagingInfo, PrincipalAccess,
        QueryByAttribute, QueryExpression, Relationship, RemoteExecutionContext,
        ServiceEndpointFault, Text, Value, name::OwnedTypeName,
    },
    decode::{Document, Format},
};
use rust_decimal::Decimal;
use uuid::Uuid;

pub(crate) trait Rebuild {
    fn rebuild(&self, from: Format) -> Self;
}

impl Rebuild for Document {
    fn rebuild(&self, from: Format) -> Self {
        match self {
            Self::Context(context) => Self::Context(context.rebuild(from)),
            Self::Fault(fault) => Self::Fault(fault.rebuild(from)),
            Self::Text(text) => Self::Text(text.rebuild(from)),
            other => panic!("no golden is {other:?}"),
        }
    }
}

macro_rules! cloned {
    ($($type:ty),*) => { $(
        impl Rebuild for $type {
            fn rebuild(&self, _: Format) -> Self {
                self.clone()
            }
        }
    )* };
}

cloned!(
    bool,
    i32,
    Decimal,
    Uuid,
    listener_core::context::DateTime,
    listener_core::context::AccessRights,
    listener_core::context::ConcurrencyBehavior,
    listener_core::context::ConditionOperator,
    listener_core::context::EntityRole,
    listener_core::context::EntityState,
    listener_core::context::JoinOperator,
    listener_core::context::LogicalOperator,
    listener_core::context::OrderType
);

impl Rebuild for Text {
    fn rebuild(&self, _: Format) -> Self {
        Self::from(String::from(&**self))
    }
}

impl<T: Rebuild> Rebuild for Option<T> {
    fn rebuild(&self, from: Format) -> Self {
        self.as_ref().map(|value| value.rebuild(from))
    }
}

impl<T: Rebuild> Rebuild for Box<T> {
    fn rebuild(&self, from: Format) -> Self {
        Self::new((**self).rebuild(from))
    }
}

impl<T: Rebuild> Rebuild for Vec<T> {
    fn rebuild(&self, from: Format) -> Self {
        self.iter().map(|value| value.rebuild(from)).collect()
    }
}

impl<K: Rebuild, V: Rebuild> Rebuild for DataCollection<K, V> {
    fn rebuild(&self, from: Format) -> Self {
        let mut pairs = Self::new();
        for (key, value) in self.iter() {
            pairs.push(key.rebuild(from), value.rebuild(from));
        }
        pairs
    }
}

impl<T: Rebuild> Rebuild for Member<T> {
    fn rebuild(&self, from: Format) -> Self {
        self.as_ref().map(|value| value.rebuild(from))
    }
}

impl Rebuild for KeyAttributeCollection {
    fn rebuild(&self, from: Format) -> Self {
        let mut key = Self::default();
        for (name, value) in self.iter() {
            key.push(name.rebuild(from), value.rebuild(from));
        }
        key
    }
}

impl Rebuild for Value {
    fn rebuild(&self, from: Format) -> Self {
        match self {
            Self::Null => Self::Null,
            Self::Boolean(value) => Self::Boolean(*value),
            Self::Int(value) => Self::Int(*value),
            Self::Long(value) => Self::Long(*value),
            Self::Decimal(value) => Self::Decimal(*value),
            Self::Double(value) => Self::Double(*value),
            Self::Guid(value) => Self::Guid(*value),
            Self::Bytes(value) => Self::Bytes(value.to_vec().into()),
            Self::AccessRights(value) => Self::AccessRights(value.rebuild(from)),
            Self::ConcurrencyBehavior(value) => Self::ConcurrencyBehavior(value.rebuild(from)),
            Self::DateTime(value) => Self::DateTime(*value),
            Self::Number(value) => number(value),
            Self::String(value) => match Uuid::parse_str(value) {
                Ok(id) if from == Format::Json && id.to_string() == **value => Self::Guid(id),
                _ => Self::String(value.rebuild(from)),
            },
            Self::Money(value) => Self::Money(Money(value.0)),
            Self::OptionSetValue(value) => Self::OptionSetValue(OptionSetValue(value.0)),
            Self::EntityReference(value) => Self::EntityReference(value.rebuild(from)),
            Self::Entity(value) => Self::Entity(value.rebuild(from)),
            Self::EntityCollection(value) => Self::EntityCollection(value.rebuild(from)),
            Self::Array(value) => list(value, from),
            Self::Dictionary(pairs) => Self::Dictionary(
                pairs
                    .iter()
                    .map(|(key, value)| (key.rebuild(from), value.rebuild(from)))
                    .collect(),
            ),
            Self::EntityImageCollection(value) => Self::EntityImageCollection(value.rebuild(from)),
            Self::KeyAttributeCollection(value) => {
                Self::KeyAttributeCollection(value.rebuild(from))
            }
            Self::Relationship(value) => Self::Relationship(value.rebuild(from)),
            Self::BooleanManagedProperty(value) => {
                Self::BooleanManagedProperty(value.rebuild(from))
            }
            Self::AliasedValue(value) => Self::AliasedValue(value.rebuild(from)),
            Self::ColumnSet(value) => Self::ColumnSet(value.rebuild(from)),
            Self::QueryExpression(value) => Self::QueryExpression(value.rebuild(from)),
            Self::FetchExpression(value) => Self::FetchExpression(value.rebuild(from)),
            Self::QueryByAttribute(value) => Self::QueryByAttribute(value.rebuild(from)),
            Self::PagingInfo(value) => Self::PagingInfo(value.rebuild(from)),
            Self::PrincipalAccess(value) => Self::PrincipalAccess(value.rebuild(from)),
            Self::ServiceEndpointFault(value) => Self::ServiceEndpointFault(value.rebuild(from)),
            Self::Object(value) => Self::Object(Box::new(Object {
                type_name: value.type_name.as_ref().map(|name| OwnedTypeName {
                    local: name.local.rebuild(from),
                    namespace: name.namespace.rebuild(from),
                }),
                members: value
                    .members
                    .iter()
                    .map(|(name, value)| (name.rebuild(from), value.rebuild(from)))
                    .collect(),
            })),
            other => panic!("no golden holds {}", other.kind()),
        }
    }
}

fn number(number: &Number) -> Value {
    let text = number.as_str();
    if let Ok(int) = text.parse() {
        Value::Int(int)
    } else if let Ok(long) = text.parse() {
        Value::Long(long)
    } else if !text.contains('E')
        && let Ok(decimal) = text.parse::<Decimal>()
    {
        Value::Decimal(decimal)
    } else {
        Value::Double(
            text.parse()
                .expect("a double, as Rust reads `inf` in any case"),
        )
    }
}

fn list(array: &Array, from: Format) -> Value {
    let byte = |item: &Value| match item {
        Value::Number(number) => number.as_str().parse::<u8>().ok(),
        _ => None,
    };
    match array.items.iter().map(byte).collect::<Option<Vec<u8>>>() {
        Some(bytes) if !bytes.is_empty() => Value::Bytes(bytes.into()),
        _ => Value::Array(Box::new(Array {
            kind: array.kind.clone(),
            items: array.items.rebuild(from),
        })),
    }
}

macro_rules! contract {
    ($($type:ty { $($field:ident,)* })*) => { $(
        impl Rebuild for $type {
            fn rebuild(&self, from: Format) -> Self {
                let mut built = Self::default();
                $(built.$field = self.$field.rebuild(from);)*
                built
            }
        }
    )* };
}

contract! {
    RemoteExecutionContext {
        business_unit_id, correlation_id, depth, initiating_user_agent,
        initiating_user_azure_active_directory_object_id, initiating_user_id, input_parameters, is_executing_offline,
        is_in_transaction, is_offline_playback, isolation_mode, message_name, mode, operation_created_on, operation_id,
        organization_id, organization_name, output_parameters, owning_extension, parent_context, post_entity_images,
        pre_entity_images, primary_entity_id, primary_entity_name, request_id, secondary_entity_name, shared_variables,
        stage, user_azure_active_directory_object_id, user_id,
    }
    Entity {
        attributes, entity_state, formatted_values, id, key_attributes, logical_name, related_entities, row_version,
    }
    EntityReference { id, key_attributes, logical_name, name, row_version, }
    EntityCollection {
        entities, entity_name, min_active_row_version, more_records, paging_cookie, total_record_count,
        total_record_count_limit_exceeded,
    }
    Relationship { primary_entity_role, schema_name, }
    BooleanManagedProperty { can_be_changed, managed_property_logical_name, value, }
    AliasedValue { attribute_logical_name, entity_logical_name, need_formatting, return_type, value, }
    ColumnSet { all_columns, attribute_expressions, columns, }
    AttributeExpression { aggregate_type, alias, attribute_name, date_time_grouping, has_group_by, }
    QueryExpression {
        column_set, criteria, distinct, entity_name, link_entities, orders, page_info, sub_query_expression, no_lock,
        top_count, query_hints, data_source,
    }
    FetchExpression { query, }
    QueryByAttribute { attributes, column_set, entity_name, orders, page_info, values, top_count, }
    FilterExpression { conditions, filter_operator, filters, is_quick_find_filter, filter_hint, }
    ConditionExpression { attribute_name, compare_columns, operator, values, entity_name, }
    LinkEntity {
        columns, entity_alias, join_operator, link_criteria, link_entities, link_from_attribute_name,
        link_from_entity_name, link_to_attribute_name, link_to_entity_name, orders,
    }
    OrderExpression { alias, attribute_name, entity_name, order_type, }
    PagingInfo { count, page_number, paging_cookie, return_total_record_count, }
    PrincipalAccess { access_mask, principal, }
    ServiceEndpointFault { error_details, message, }
}
