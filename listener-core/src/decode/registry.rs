//! Which contract a name of a type on the wire means: one list for all formats.

use super::DecodeError;
use crate::context::{
    AccessRights, Array, ArrayKind, ConcurrencyBehavior, Money, OptionSetValue, Value,
    name::{CRM, TypeName, XRM, XRM_7_1, XRM_9_0},
    wire::{Reader, Shape, Slot},
};

/// Reads a value of the named type; `None` if the type is not known, with nothing read.
pub(crate) fn read<R: Reader>(
    namespace: &str,
    local: &str,
    reader: &mut R,
) -> Result<Option<Value>, DecodeError> {
    fn slot<R: Reader, T: Slot>(
        reader: &mut R,
        wrap: impl FnOnce(T) -> Value,
    ) -> Result<Option<Value>, DecodeError> {
        T::read(reader).map(|value| Some(wrap(value)))
    }

    match (namespace, local) {
        (XRM, "Entity") => slot(reader, Value::Entity),
        (XRM, "EntityReference") => slot(reader, Value::EntityReference),
        (XRM, "OptionSetValue") => {
            slot(reader, |value: OptionSetValue| Value::OptionSetValue(value))
        }
        (XRM, "Money") => slot(reader, |value: Money| Value::Money(value)),
        (XRM, "EntityCollection") => slot(reader, Value::EntityCollection),
        (XRM, "EntityReferenceCollection") => list(
            reader,
            ArrayKind::EntityReferenceCollection,
            XRM,
            xrm("EntityReference"),
        ),
        (XRM_9_0, "OptionSetValueCollection") => {
            let item = TypeName {
                local: "OptionSetValue",
                namespace: XRM_9_0,
            };
            list(reader, ArrayKind::OptionSetValueCollection, XRM_9_0, item)
        }
        (XRM, "EntityImageCollection") => slot(reader, Value::EntityImageCollection),
        (XRM_7_1, "KeyAttributeCollection") => slot(reader, Value::KeyAttributeCollection),
        (XRM, "RelationshipQueryCollection") => slot(reader, Value::RelationshipQueryCollection),
        (XRM, "Relationship") => slot(reader, Value::Relationship),
        (XRM, "BooleanManagedProperty") => slot(reader, Value::BooleanManagedProperty),
        (XRM, "AliasedValue") => slot(reader, Value::AliasedValue),
        (XRM, "ColumnSet") => slot(reader, Value::ColumnSet),
        (XRM, "QueryExpression") => slot(reader, Value::QueryExpression),
        (XRM, "FetchExpression") => slot(reader, Value::FetchExpression),
        (XRM, "QueryByAttribute") => slot(reader, Value::QueryByAttribute),
        (XRM, "PagingInfo") => slot(reader, Value::PagingInfo),
        (XRM, "Label") => slot(reader, Value::Label),
        (XRM, "LocalizedLabel") => slot(reader, Value::LocalizedLabel),
        (XRM, "ServiceEndpointFault") => slot(reader, Value::ServiceEndpointFault),
        (XRM, "OrganizationServiceFault") => slot(reader, Value::OrganizationServiceFault),
        (CRM, "PrincipalAccess") => slot(reader, Value::PrincipalAccess),
        (CRM, "AccessRights") => slot(reader, |value: AccessRights| Value::AccessRights(value)),
        (XRM_7_1, "ConcurrencyBehavior") => slot(reader, |value: ConcurrencyBehavior| {
            Value::ConcurrencyBehavior(value)
        }),
        _ => Ok(None),
    }
}

const fn xrm(local: &'static str) -> TypeName {
    TypeName {
        local,
        namespace: XRM,
    }
}

/// A collection of contracts that has a name of its own.
fn list<R: Reader>(
    reader: &mut R,
    kind: ArrayKind,
    namespace: &'static str,
    item: TypeName,
) -> Result<Option<Value>, DecodeError> {
    let mut items = Vec::new();
    let shape = Shape::List {
        namespace,
        item,
        item_is_contract: true,
    };
    reader.list(shape, |reader| {
        let value = if reader.null()? {
            Value::Null
        } else {
            // The item's contract is of the same local name, in the namespace of most contracts.
            read(XRM, item.local, reader)?.unwrap_or_default()
        };
        items.push(value);
        Ok(())
    })?;
    Ok(Some(Value::Array(Box::new(Array { kind, items }))))
}
