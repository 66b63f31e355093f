//! The model: [`RemoteExecutionContext`] and the types that it carries.
//!
//! The names are Microsoft's own. A context keeps what writing it back needs: absent against null, the scale of a
//! decimal, the kind of a date, the order and the duplicates of pairs, members that this crate does not know.

mod access;
mod access_rights;
mod any;
mod collection;
mod date_time;
mod entity;
mod enumeration;
mod member;
pub mod name;
mod query;
mod remote_execution_context;
mod text;
mod value;
pub(crate) mod view;
pub(crate) mod wire;

pub use access::{
    Label, LocalizedLabel, OrganizationServiceFault, PrincipalAccess, ServiceEndpointFault,
};
pub use access_rights::AccessRights;
pub(crate) use collection::Others;
pub use collection::{
    AttributeCollection, DataCollection, EntityImageCollection, ErrorDetailCollection,
    FormattedValueCollection, KeyAttributeCollection, Pairs, PairsMut, ParameterCollection,
    RelatedEntityCollection,
};
pub use date_time::{DateTime, DateTimeKind};
pub use entity::{
    AliasedValue, BooleanManagedProperty, Entity, EntityCollection, EntityReference, Money,
    OptionSetValue, Relationship,
};
pub use enumeration::{
    ConcurrencyBehavior, ConditionOperator, EntityRole, EntityState, JoinOperator, LogicalOperator,
    OrderType, UnknownEnum,
};
pub use member::Member;
pub use query::{
    AttributeExpression, ColumnSet, ConditionExpression, FetchExpression, FilterExpression,
    LinkEntity, OrderExpression, PagingInfo, QueryByAttribute, QueryExpression,
    RelationshipQueryCollection,
};
pub use remote_execution_context::RemoteExecutionContext;
pub use text::Text;
pub use value::{Array, ArrayKind, Number, Object, Primitive, Value};
pub use view::Pretty;
