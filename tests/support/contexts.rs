//! Strategies for whole contexts.

use listener_core::context::{
    AccessRights, AliasedValue, Array, ArrayKind, AttributeExpression, BooleanManagedProperty,
    ColumnSet, ConcurrencyBehavior, ConditionExpression, ConditionOperator, DataCollection,
    DateTime, DateTimeKind, Entity, EntityCollection, EntityReference, EntityRole, EntityState,
    FetchExpression, FilterExpression, JoinOperator, KeyAttributeCollection, Label, LinkEntity,
    LocalizedLabel, LogicalOperator, Member, Money, Number, Object, OptionSetValue,
    OrderExpression, OrderType, OrganizationServiceFault, PagingInfo, Primitive, PrincipalAccess,
    QueryByAttribute, QueryExpression, Relationship, RemoteExecutionContext, ServiceEndpointFault,
    Text, Value,
    name::{ARRAYS, OwnedTypeName, SERIALIZATION, XRM, XSD},
};
use proptest::{collection::vec, option, prelude::*};
use rust_decimal::Decimal;
use uuid::Uuid;

/// What the values of a context have to survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carried {
    /// JSON: numbers without a type, dates in milliseconds, lists without a type.
    Json,
    /// A format that names types.
    Typed,
}

/// Fills a contract's members, each of which can be absent or null instead.
macro_rules! contract {
    ($type:ty { $($field:ident: $strategy:expr),* $(,)? }) => {{
        let value = Just(<$type>::default()).boxed();
        $(
            let value = (value, member($strategy))
                .prop_map(|(mut value, member)| {
                    value.$field = member;
                    value
                })
                .boxed();
        )*
        value
    }};
}

fn member<T: Clone + std::fmt::Debug + 'static>(
    value: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<Member<T>> {
    prop_oneof![1 => Just(Member::Absent), 1 => Just(Member::Null), 8 => value.prop_map(Member::Value)].boxed()
}

/// Text of all kinds: control characters, characters that a format escapes, characters above U+FFFF.
pub fn text() -> BoxedStrategy<Text> {
    prop_oneof![
        3 => "[a-z_]{0,12}".prop_map(Text::from),
        1 => ".{0,40}".prop_map(Text::from),
        1 => vec(prop_oneof![any::<char>(), prop::sample::select(vec!['\0', '\t', '\n', '\r', '/', '\\', '"', '<',
            '&', '\u{85}', '\u{2028}', '\u{fffe}', '\u{ffff}', '😀', '漢'])], 0..12)
            .prop_map(|characters| Text::from(characters.into_iter().collect::<String>())),
    ]
    .boxed()
}

/// A guid.
pub fn guid() -> BoxedStrategy<Uuid> {
    any::<u128>().prop_map(Uuid::from_u128).boxed()
}

/// A decimal of any sign, size and scale.
pub fn decimal() -> BoxedStrategy<Decimal> {
    let wide = (0..1_i128 << 96, any::<bool>(), 0..=28_u32).prop_map(|(size, negative, scale)| {
        Decimal::from_i128_with_scale(if negative { -size } else { size }, scale)
    });
    let money = (-10_000_000..10_000_000_i64, 0..=10_u32)
        .prop_map(|(size, scale)| Decimal::new(size, scale));
    prop_oneof![wide, money].boxed()
}

/// A date that the format carries whole.
pub fn date_time(carried: Carried) -> BoxedStrategy<DateTime> {
    const MAX: i64 = 3_155_378_975_999_999_999;
    let local =
        prop_oneof![Just(0), -840..=840_i16].prop_map(|offset| DateTimeKind::Local(Some(offset)));
    match carried {
        Carried::Json => (
            -62_135_596_800_000..=253_402_300_799_999_i64,
            prop_oneof![Just(DateTimeKind::Utc), local],
        )
            .prop_filter_map("a date", |(millis, kind)| {
                DateTime::from_unix_millis(millis, kind)
            })
            .boxed(),
        Carried::Typed => (
            0..=MAX,
            prop_oneof![
                Just(DateTimeKind::Utc),
                Just(DateTimeKind::Unspecified),
                local
            ],
        )
            .prop_filter_map("a date", |(ticks, kind)| DateTime::from_ticks(ticks, kind))
            .boxed(),
    }
}

fn pairs<K: Clone + std::fmt::Debug + 'static, V: Clone + std::fmt::Debug + 'static>(
    key: impl Strategy<Value = K> + 'static,
    value: impl Strategy<Value = V> + 'static,
) -> BoxedStrategy<DataCollection<K, V>>
where
    DataCollection<K, V>: std::fmt::Debug,
{
    vec((key, value), 0..5)
        .prop_map(|pairs| pairs.into_iter().collect())
        .boxed()
}

fn key_attributes(carried: Carried) -> BoxedStrategy<KeyAttributeCollection> {
    vec((text(), scalar(carried)), 0..3)
        .prop_map(|pairs| {
            let mut key = KeyAttributeCollection::default();
            for (name, value) in pairs {
                key.push(name, value);
            }
            key
        })
        .boxed()
}

fn entity_reference(carried: Carried) -> BoxedStrategy<EntityReference> {
    contract!(EntityReference {
        id: guid(),
        key_attributes: key_attributes(carried),
        logical_name: text(),
        name: text(),
        row_version: text(),
    })
}

fn relationship() -> BoxedStrategy<Relationship> {
    contract!(Relationship {
        primary_entity_role: prop::sample::select(vec![
            EntityRole::Referencing,
            EntityRole::Referenced
        ]),
        schema_name: text(),
    })
}

/// A row whose columns nest this deep.
pub fn entity(carried: Carried, depth: u32) -> BoxedStrategy<Entity> {
    let related = match depth {
        0 => Just(DataCollection::new()).boxed(),
        _ => pairs(
            relationship(),
            option::of(entity_collection(carried, depth - 1)),
        ),
    };
    contract!(Entity {
        attributes: pairs(text(), value(carried, depth)),
        entity_state: prop::sample::select(vec![
            EntityState::Unchanged,
            EntityState::Created,
            EntityState::Changed
        ]),
        formatted_values: pairs(text(), option::of(text())),
        id: guid(),
        key_attributes: key_attributes(carried),
        logical_name: text(),
        related_entities: related,
        row_version: text(),
    })
}

fn entity_collection(carried: Carried, depth: u32) -> BoxedStrategy<EntityCollection> {
    contract!(EntityCollection {
        entities: vec(
            option::weighted(0.9, entity(carried, depth.saturating_sub(1))),
            0..3
        ),
        entity_name: text(),
        min_active_row_version: text(),
        more_records: any::<bool>(),
        paging_cookie: text(),
        total_record_count: any::<i32>(),
        total_record_count_limit_exceeded: any::<bool>(),
    })
}

fn column_set() -> BoxedStrategy<ColumnSet> {
    let expression = contract!(AttributeExpression {
        aggregate_type: any::<i32>(),
        alias: text(),
        attribute_name: text(),
        date_time_grouping: any::<i32>(),
        has_group_by: any::<bool>(),
    });
    contract!(ColumnSet {
        all_columns: any::<bool>(),
        attribute_expressions: vec(option::of(expression), 0..2),
        columns: vec(option::weighted(0.9, text()), 0..3),
    })
}

/// Values of slots in a query. A null one is `None` or `Value::Null` in the model, and the same on the wire.
fn values(carried: Carried) -> BoxedStrategy<Vec<Option<Value>>> {
    vec(
        scalar(carried).prop_map(|value| (!value.is_null()).then_some(value)),
        0..3,
    )
    .boxed()
}

fn filter(carried: Carried, depth: u32) -> BoxedStrategy<FilterExpression> {
    let condition = contract!(ConditionExpression {
        attribute_name: text(),
        compare_columns: any::<bool>(),
        operator: prop::sample::select(vec![
            ConditionOperator::Equal,
            ConditionOperator::DoesNotContainValues
        ]),
        values: values(carried),
        entity_name: text(),
    });
    let inner = match depth {
        0 => Just(Vec::new()).boxed(),
        _ => vec(option::weighted(0.9, filter(carried, depth - 1)), 0..2).boxed(),
    };
    contract!(FilterExpression {
        conditions: vec(option::weighted(0.9, condition), 0..3),
        filter_operator: prop::sample::select(vec![LogicalOperator::And, LogicalOperator::Or]),
        filters: inner,
        is_quick_find_filter: any::<bool>(),
        filter_hint: text(),
    })
}

fn orders() -> BoxedStrategy<Vec<Option<OrderExpression>>> {
    let order = contract!(OrderExpression {
        alias: text(),
        attribute_name: text(),
        entity_name: text(),
        order_type: prop::sample::select(vec![OrderType::Ascending, OrderType::Descending]),
    });
    vec(option::weighted(0.9, order), 0..2).boxed()
}

fn paging() -> BoxedStrategy<PagingInfo> {
    contract!(PagingInfo {
        count: any::<i32>(),
        page_number: any::<i32>(),
        paging_cookie: text(),
        return_total_record_count: any::<bool>(),
    })
}

fn query(carried: Carried, depth: u32) -> BoxedStrategy<QueryExpression> {
    let links = contract!(LinkEntity {
        columns: column_set(),
        entity_alias: text(),
        join_operator: prop::sample::select(vec![JoinOperator::Inner, JoinOperator::NotAll]),
        link_criteria: filter(carried, 0),
        link_entities: vec(Just(None), 0..2),
        link_from_attribute_name: text(),
        link_from_entity_name: text(),
        link_to_attribute_name: text(),
        link_to_entity_name: text(),
        orders: orders(),
    });
    contract!(QueryExpression {
        column_set: column_set(),
        criteria: filter(carried, depth),
        distinct: any::<bool>(),
        entity_name: text(),
        link_entities: vec(option::weighted(0.9, links), 0..2),
        orders: orders(),
        page_info: paging(),
        no_lock: any::<bool>(),
        top_count: any::<i32>(),
        query_hints: text(),
        data_source: text(),
    })
}

fn query_by_attribute(carried: Carried) -> BoxedStrategy<QueryByAttribute> {
    contract!(QueryByAttribute {
        attributes: vec(option::weighted(0.9, text()), 0..3),
        column_set: column_set(),
        entity_name: text(),
        orders: orders(),
        page_info: paging(),
        values: values(carried),
        top_count: any::<i32>(),
    })
}

fn label() -> BoxedStrategy<Label> {
    let localized = contract!(LocalizedLabel {
        has_changed: any::<bool>(),
        metadata_id: guid(),
        is_managed: any::<bool>(),
        label: text(),
        language_code: any::<i32>(),
    });
    contract!(Label {
        localized_labels: vec(option::weighted(0.9, localized.clone()), 0..3),
        user_localized_label: localized,
    })
}

fn aliased(carried: Carried) -> BoxedStrategy<AliasedValue> {
    contract!(AliasedValue {
        attribute_logical_name: text(),
        entity_logical_name: text(),
        need_formatting: any::<bool>(),
        return_type: any::<i32>(),
        value: scalar(carried).prop_filter("a null is a null member", |value| !value.is_null()),
    })
}

fn service_endpoint_fault(carried: Carried) -> BoxedStrategy<ServiceEndpointFault> {
    contract!(ServiceEndpointFault {
        error_details: pairs(text(), scalar(carried)),
        message: text(),
    })
}

fn organization_service_fault(carried: Carried) -> BoxedStrategy<OrganizationServiceFault> {
    contract!(OrganizationServiceFault {
        activity_id: guid(),
        error_code: any::<i32>(),
        error_details: pairs(text(), scalar(carried)),
        help_link: text(),
        message: text(),
        timestamp: date_time(carried),
        exception_retriable: any::<bool>(),
        trace_text: text(),
    })
}

fn type_name(local: &'static str, namespace: &'static str) -> OwnedTypeName {
    OwnedTypeName {
        local: local.into(),
        namespace: namespace.into(),
    }
}

/// A value that holds no other.
fn scalar(carried: Carried) -> BoxedStrategy<Value> {
    let common = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Boolean),
        text().prop_map(Value::String),
        date_time(carried).prop_map(Value::DateTime),
        decimal().prop_map(|amount| Value::Money(Money(amount))),
        any::<i32>().prop_map(|number| Value::OptionSetValue(OptionSetValue(number))),
    ];
    let own = match carried {
        Carried::Json => "-?(0|[1-9][0-9]{0,18})([.][0-9]{1,10})?(E[+-][0-9]{1,3})?|NaN|-?INF"
            .prop_filter_map("a number", |text| Number::new(&text).map(Value::Number))
            .boxed(),
        Carried::Typed => prop_oneof![
            any::<i32>().prop_map(Value::Int),
            any::<i64>().prop_map(Value::Long),
            decimal().prop_map(Value::Decimal),
            any::<f64>().prop_map(Value::Double),
            guid().prop_map(Value::Guid),
            vec(any::<u8>(), 0..20).prop_map(|bytes| Value::Bytes(bytes.into())),
            (any::<i16>()).prop_map(|number| Value::Primitive(Box::new(Primitive {
                type_name: type_name("short", XSD),
                text: number.to_string().into(),
            }))),
            Just(Value::Primitive(Box::new(Primitive {
                type_name: type_name("duration", SERIALIZATION),
                text: "PT1M30S".into(),
            }))),
            prop::sample::select(vec![
                ConcurrencyBehavior::Default,
                ConcurrencyBehavior::AlwaysOverwrite
            ])
            .prop_map(Value::ConcurrencyBehavior),
            access_rights().prop_map(Value::AccessRights),
        ]
        .boxed(),
    };
    prop_oneof![common, own].boxed()
}

fn access_rights() -> BoxedStrategy<AccessRights> {
    prop::sample::subsequence(vec![1, 2, 4, 16, 32, 65_536, 262_144, 524_288], 0..=8)
        .prop_map(|bits| AccessRights::from_bits(bits.iter().sum()))
        .boxed()
}

fn array(carried: Carried, depth: u32) -> BoxedStrategy<Value> {
    fn of(kind: ArrayKind, item: impl Strategy<Value = Value> + 'static) -> BoxedStrategy<Value> {
        vec(item, 0..4)
            .prop_map(move |items| {
                Value::Array(Box::new(Array {
                    kind: kind.clone(),
                    items,
                }))
            })
            .boxed()
    }
    let named = |local, namespace| ArrayKind::Named(type_name(local, namespace));
    let text = || prop_oneof![Just(Value::Null), text().prop_map(Value::String)];
    match carried {
        Carried::Json => of(ArrayKind::Untyped, value(carried, depth.saturating_sub(1))),
        Carried::Typed => prop_oneof![
            of(
                ArrayKind::EntityReferenceCollection,
                entity_reference(carried).prop_map(|value| Value::EntityReference(value.into()))
            ),
            of(
                ArrayKind::OptionSetValueCollection,
                any::<i32>().prop_map(|number| Value::OptionSetValue(OptionSetValue(number)))
            ),
            of(
                named("ArrayOfint", ARRAYS),
                any::<i32>().prop_map(Value::Int)
            ),
            of(
                named("ArrayOfdouble", ARRAYS),
                any::<f64>().prop_map(Value::Double)
            ),
            of(
                named("ArrayOfdecimal", ARRAYS),
                decimal().prop_map(Value::Decimal)
            ),
            of(
                named("ArrayOfboolean", ARRAYS),
                any::<bool>().prop_map(Value::Boolean)
            ),
            of(
                named("ArrayOfdateTime", ARRAYS),
                date_time(carried).prop_map(Value::DateTime)
            ),
            of(named("ArrayOfguid", ARRAYS), guid().prop_map(Value::Guid)),
            of(named("ArrayOfstring", ARRAYS), text()),
            of(
                named("ArrayOfArrayOfstring", ARRAYS),
                of(named("ArrayOfstring", ARRAYS), text())
            ),
            of(
                named("ArrayOfEntity", XRM),
                entity(carried, depth.saturating_sub(1))
                    .prop_map(|value| Value::Entity(value.into()))
            ),
        ]
        .boxed(),
    }
}

/// An object of a type that nobody knows. Its members have names of their own.
fn object(carried: Carried, depth: u32) -> BoxedStrategy<Value> {
    let members = prop::collection::btree_map(
        "[A-Z][a-z]{0,8}".prop_map(Text::from),
        value(carried, depth),
        0..4,
    );
    (
        option::of(Just(type_name(
            "Novelty",
            "http://schemas.microsoft.com/xrm/2030/Contracts",
        ))),
        members,
    )
        .prop_map(|(type_name, members)| {
            Value::Object(Box::new(Object {
                type_name,
                members: members.into_iter().collect(),
            }))
        })
        .boxed()
}

/// A value of a slot of type `object` that nests this deep.
pub fn value(carried: Carried, depth: u32) -> BoxedStrategy<Value> {
    if depth == 0 {
        return scalar(carried);
    }
    let inner = depth - 1;
    let dictionary = vec((text(), option::weighted(0.9, text())), 1..4).prop_map(Value::Dictionary);
    let images = vec(
        (text(), option::weighted(0.9, entity(carried, inner))),
        1..3,
    )
    .prop_map(|images| Value::EntityImageCollection(images.into_iter().collect()));
    let fetch = contract!(FetchExpression { query: text() });
    let managed = contract!(BooleanManagedProperty {
        can_be_changed: any::<bool>(),
        managed_property_logical_name: text(),
        value: any::<bool>(),
    });
    let access = contract!(PrincipalAccess {
        access_mask: access_rights(),
        principal: entity_reference(carried),
    });
    prop_oneof![
        10 => scalar(carried),
        4 => prop_oneof![
            entity_reference(carried).prop_map(|value| Value::EntityReference(value.into())),
            entity(carried, inner).prop_map(|value| Value::Entity(value.into())),
            entity_collection(carried, inner).prop_map(|value| Value::EntityCollection(value.into())),
            array(carried, inner),
            object(carried, inner),
            dictionary,
            images,
        ],
        2 => prop_oneof![
            relationship().prop_map(|value| Value::Relationship(value.into())),
            managed.prop_map(|value| Value::BooleanManagedProperty(value.into())),
            aliased(carried).prop_map(|value| Value::AliasedValue(value.into())),
            column_set().prop_map(|value| Value::ColumnSet(value.into())),
            query(carried, inner).prop_map(|value| Value::QueryExpression(value.into())),
            fetch.prop_map(|value| Value::FetchExpression(value.into())),
            query_by_attribute(carried).prop_map(|value| Value::QueryByAttribute(value.into())),
            paging().prop_map(|value| Value::PagingInfo(value.into())),
            access.prop_map(|value| Value::PrincipalAccess(value.into())),
        ],
        1 => prop_oneof![
            label().prop_map(|value| Value::Label(value.into())),
            service_endpoint_fault(carried).prop_map(|value| Value::ServiceEndpointFault(value.into())),
            organization_service_fault(carried).prop_map(|value| Value::OrganizationServiceFault(value.into())),
        ],
    ]
    .boxed()
}

/// A context with a parent of its own, up to this many of them, whose values nest at most two deep.
pub fn context(carried: Carried, parents: u32) -> BoxedStrategy<RemoteExecutionContext> {
    let parameters = || pairs(text(), value(carried, 2));
    let images = || pairs(text(), option::weighted(0.9, entity(carried, 1)));
    let context = contract!(RemoteExecutionContext {
        business_unit_id: guid(),
        correlation_id: guid(),
        depth: any::<i32>(),
        initiating_user_agent: text(),
        initiating_user_azure_active_directory_object_id: guid(),
        initiating_user_id: guid(),
        input_parameters: parameters(),
        is_executing_offline: any::<bool>(),
        is_in_transaction: any::<bool>(),
        is_offline_playback: any::<bool>(),
        isolation_mode: any::<i32>(),
        message_name: text(),
        mode: any::<i32>(),
        operation_created_on: date_time(carried),
        operation_id: guid(),
        organization_id: guid(),
        organization_name: text(),
        output_parameters: parameters(),
        owning_extension: entity_reference(carried),
        post_entity_images: images(),
        pre_entity_images: images(),
        primary_entity_id: guid(),
        primary_entity_name: text(),
        request_id: guid(),
        secondary_entity_name: text(),
        shared_variables: parameters(),
        stage: any::<i32>(),
        user_azure_active_directory_object_id: guid(),
        user_id: guid(),
    });
    if parents == 0 {
        return context;
    }
    (context, member(self::context(carried, parents - 1)))
        .prop_map(|(mut context, parent)| {
            context.parent_context = parent.map(Box::new);
            context
        })
        .boxed()
}

/// A context of [`context`] with members that this crate does not know.
pub fn context_with_others(
    carried: Carried,
    parents: u32,
) -> BoxedStrategy<RemoteExecutionContext> {
    let others =
        prop::collection::btree_map("X[a-z]{1,8}".prop_map(Text::from), value(carried, 1), 0..3);
    (context(carried, parents), others)
        .prop_map(|(mut context, others)| {
            for (name, value) in others {
                context.set_other(name, value);
            }
            context
        })
        .boxed()
}
