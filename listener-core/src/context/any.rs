use super::{
    Value,
    name::{CRM, SERIALIZATION, TypeName, XRM, XRM_7_1, XSD},
    wire::{Contract, Reader, Shape, Slot, Writer},
};
use crate::decode::DecodeError;

impl Slot for Value {
    const SHAPE: Shape = Shape::Scalar;

    fn read<R: Reader>(reader: &mut R) -> Result<Self, DecodeError> {
        reader.any()
    }

    fn write<W: Writer>(&self, writer: &mut W) -> Result<(), W::Error> {
        any(self, writer)
    }
}

const fn xsd(local: &'static str) -> TypeName {
    TypeName {
        local,
        namespace: XSD,
    }
}

const fn xrm(local: &'static str) -> TypeName {
    TypeName {
        local,
        namespace: XRM,
    }
}

/// Writes a value in a slot of declared type `object`: the one list of which value is of which type on the wire.
fn any<W: Writer>(value: &Value, writer: &mut W) -> Result<(), W::Error> {
    fn scalar<W: Writer>(
        writer: &mut W,
        name: TypeName,
        write: impl FnOnce(&mut W) -> Result<(), W::Error>,
    ) -> Result<(), W::Error> {
        writer.scalar_type(name);
        write(writer)
    }

    fn plain<W: Writer>(
        writer: &mut W,
        name: TypeName,
        write: impl FnOnce(&mut W),
    ) -> Result<(), W::Error> {
        writer.scalar_type(name);
        write(writer);
        Ok(())
    }

    fn contract<W: Writer, C: Contract>(writer: &mut W, value: &C) -> Result<(), W::Error> {
        writer.object_type(C::NAME);
        writer.object(value)
    }

    fn declared<W: Writer>(
        writer: &mut W,
        name: TypeName,
        value: &impl Slot,
    ) -> Result<(), W::Error> {
        writer.object_type(name);
        value.write(writer)
    }

    match value {
        Value::Null => {
            writer.null();
            Ok(())
        }
        Value::Boolean(value) => plain(writer, xsd("boolean"), |w| w.boolean(*value)),
        Value::Int(value) => plain(writer, xsd("int"), |w| w.int(*value)),
        Value::Long(value) => plain(writer, xsd("long"), |w| w.long(*value)),
        Value::Decimal(value) => plain(writer, xsd("decimal"), |w| w.decimal(value)),
        Value::Double(value) => plain(writer, xsd("double"), |w| w.double(*value)),
        Value::Number(value) => writer.number(value),
        Value::String(value) => scalar(writer, xsd("string"), |w| w.text(value)),
        Value::Guid(value) => plain(
            writer,
            TypeName {
                local: "guid",
                namespace: SERIALIZATION,
            },
            |w| w.guid(*value),
        ),
        Value::DateTime(value) => scalar(writer, xsd("dateTime"), |w| w.date_time(value)),
        Value::Bytes(value) => plain(writer, xsd("base64Binary"), |w| w.bytes(value)),
        Value::Primitive(value) => writer.primitive(value),
        Value::AccessRights(value) => scalar(
            writer,
            TypeName {
                local: "AccessRights",
                namespace: CRM,
            },
            |w| w.enumeration(value),
        ),
        Value::ConcurrencyBehavior(value) => scalar(
            writer,
            TypeName {
                local: "ConcurrencyBehavior",
                namespace: XRM_7_1,
            },
            |w| w.enumeration(value),
        ),
        Value::Money(value) => declared(writer, xrm("Money"), value),
        Value::OptionSetValue(value) => declared(writer, xrm("OptionSetValue"), value),
        Value::Array(value) => writer.array(value),
        Value::Dictionary(value) => writer.dictionary(value),
        Value::EntityImageCollection(value) => {
            declared(writer, xrm("EntityImageCollection"), value)
        }
        Value::KeyAttributeCollection(value) => declared(
            writer,
            TypeName {
                local: "KeyAttributeCollection",
                namespace: XRM_7_1,
            },
            value,
        ),
        Value::RelationshipQueryCollection(value) => {
            declared(writer, xrm("RelationshipQueryCollection"), &**value)
        }
        Value::EntityReference(value) => contract(writer, &**value),
        Value::Entity(value) => contract(writer, &**value),
        Value::EntityCollection(value) => contract(writer, &**value),
        Value::Relationship(value) => contract(writer, &**value),
        Value::BooleanManagedProperty(value) => contract(writer, &**value),
        Value::AliasedValue(value) => contract(writer, &**value),
        Value::ColumnSet(value) => contract(writer, &**value),
        Value::QueryExpression(value) => contract(writer, &**value),
        Value::FetchExpression(value) => contract(writer, &**value),
        Value::QueryByAttribute(value) => contract(writer, &**value),
        Value::PagingInfo(value) => contract(writer, &**value),
        Value::PrincipalAccess(value) => contract(writer, &**value),
        Value::Label(value) => contract(writer, &**value),
        Value::LocalizedLabel(value) => contract(writer, &**value),
        Value::ServiceEndpointFault(value) => contract(writer, &**value),
        Value::OrganizationServiceFault(value) => contract(writer, &**value),
        Value::Object(value) => writer.unknown(value),
    }
}
