//! JSON as Microsoft's DataContractJsonSerializer writes it on the .NET Framework, byte for byte.

mod text;
mod writer;

use super::EncodeError;
use crate::context::{RemoteExecutionContext, wire::Slot};

use writer::JsonWriter;

/// Writes a context as Dataverse writes it to an endpoint of message format JSON: one line, UTF-8, no BOM.
///
/// Values whose type JSON cannot carry lose it, as they do with Microsoft's serialiser: a guid becomes a string, an int,
/// a long, a decimal and a double become numbers, bytes become an array of numbers, an enum its number. A date of
/// unspecified kind is taken for UTC, as on a server that runs in UTC.
///
/// ```
/// use listener_core::{context::RemoteExecutionContext, encode};
///
/// let json = encode::json(&RemoteExecutionContext::new("Create", "account"))?;
/// assert!(json.starts_with(br#"{"BusinessUnitId":"#));
/// # Ok::<(), encode::EncodeError>(())
/// ```
///
/// # Errors
///
/// An enum that XML or binary gave by a name this crate does not know has no number to write. A local date has to have
/// an offset below 100 hours.
pub fn json(context: &RemoteExecutionContext) -> Result<Vec<u8>, EncodeError> {
    let mut out = Vec::with_capacity(4096);
    json_into(context, &mut out)?;
    Ok(out)
}

/// Writes a context as [`json`] does, at the end of `out`.
///
/// # Errors
///
/// As [`json`]; `out` is then as it was.
pub fn json_into(context: &RemoteExecutionContext, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    slot_into(context, out)
}

/// Writes a value of a declared slot at the end of `out`, which an error leaves as it was.
pub(super) fn slot_into(value: &impl Slot, out: &mut Vec<u8>) -> Result<(), EncodeError> {
    let start = out.len();
    value
        .write(&mut JsonWriter::new(out))
        .inspect_err(|_| out.truncate(start))
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use crate::{
        context::{
            AccessRights, Array, ArrayKind, DateTime, DateTimeKind, Entity, EntityState,
            FetchExpression, KeyAttributeCollection, Object, Primitive, Relationship,
            RelationshipQueryCollection, RemoteExecutionContext, UnknownEnum, Value,
            name::{OwnedTypeName, SERIALIZATION, XSD},
        },
        decode::{self, Format, Limits},
        encode::{EncodeError, document, json},
    };

    use super::{JsonWriter, Slot as _};

    fn written(value: &Value) -> Result<String, EncodeError> {
        let mut out = Vec::new();
        value.write(&mut JsonWriter::new(&mut out))?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[track_caller]
    fn assert_written(value: impl Into<Value>, expected: &str) {
        assert_eq!(written(&value.into()).unwrap(), expected);
    }

    fn type_name(local: &str, namespace: &str) -> OwnedTypeName {
        OwnedTypeName {
            local: local.into(),
            namespace: namespace.into(),
        }
    }

    /// XML names every type, so what Microsoft wrote in XML is to become what it wrote in JSON.
    #[test]
    fn writes_every_golden_as_microsoft_does() {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures");
        let mut files = 0;
        for folder in ["messages", "random"] {
            for entry in fs::read_dir(fixtures.join(folder)).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_none_or(|extension| extension != "xml") {
                    continue;
                }
                let xml = fs::read_to_string(&path).unwrap();
                let expected = fs::read_to_string(path.with_extension("json")).unwrap();
                let context = decode::xml(xml.as_bytes(), &Limits::default()).unwrap();
                let json = String::from_utf8(document(&context, Format::Json).unwrap()).unwrap();
                assert!(json == expected, "{}", path.display());
                files += 1;
            }
        }
        assert!(files > 70, "{files} files only");
    }

    #[test]
    fn writes_dates_with_the_offset_that_they_came_with() {
        let date =
            |millis, kind| Value::DateTime(DateTime::from_unix_millis(millis, kind).unwrap());
        assert_written(date(-1, DateTimeKind::Utc), r#""\/Date(-1)\/""#);
        assert_written(
            date(1_724_647_396_000, DateTimeKind::Local(Some(180))),
            r#""\/Date(1724647396000+0300)\/""#,
        );
        assert_written(
            date(0, DateTimeKind::Local(Some(-570))),
            r#""\/Date(0-0930)\/""#,
        );
        assert_written(date(0, DateTimeKind::Local(None)), r#""\/Date(0+0000)\/""#);
        assert_written(date(0, DateTimeKind::Unspecified), r#""\/Date(0+0000)\/""#);
        let error = written(&date(0, DateTimeKind::Local(Some(6000)))).unwrap_err();
        assert_eq!(
            error.to_string(),
            "expected an offset below 100 hours, found a local date with a larger one"
        );
    }

    #[test]
    fn cuts_ticks_toward_1970() {
        let tick = DateTime::from_ticks(621_355_967_999_999_999, DateTimeKind::Utc).unwrap();
        assert_written(Value::DateTime(tick), r#""\/Date(0)\/""#);
    }

    #[test]
    fn erases_what_json_cannot_carry() {
        assert_written(Value::Bytes(vec![0, 1, 250].into()), "[0,1,250]");
        assert_written(Value::Bytes(vec![].into()), "[]");
        assert_written(
            Value::AccessRights(AccessRights::READ_ACCESS | AccessRights::SHARE_ACCESS),
            "262145",
        );
        assert_written(Value::Long(i64::MIN), "-9223372036854775808");
        assert_written(Value::Decimal("-0.00".parse().unwrap()), "0.00");
        assert_written(Value::Double(-0.0), "-0");
        for (name, namespace, text, json) in [
            (
                "unsignedLong",
                XSD,
                "18446744073709551615",
                "18446744073709551615",
            ),
            ("float", XSD, "INF", "INF"),
            ("short", XSD, "not a number", "\"not a number\""),
            ("anyURI", XSD, "http://x/", r#""http:\/\/x\/""#),
            ("duration", SERIALIZATION, "PT1M30S", "\"PT1M30S\""),
            ("char", SERIALIZATION, "65", "\"A\""),
        ] {
            let primitive = Primitive {
                type_name: type_name(name, namespace),
                text: text.into(),
            };
            assert_written(Value::Primitive(Box::new(primitive)), json);
        }
    }

    #[test]
    fn names_the_type_of_each_object_in_an_object_slot_and_of_each_pair_there() {
        let mut key = KeyAttributeCollection::default();
        key.push("n".into(), Value::Int(1));
        assert_written(
            Value::KeyAttributeCollection(key),
            r##"[{"__type":"KeyValuePairOfstringanyType:#System.Collections.Generic","key":"n","value":1}]"##,
        );
        assert_written(
            Value::Dictionary(vec![("a".into(), None)]),
            r##"[{"__type":"KeyValuePairOfstringstring:#System.Collections.Generic","key":"a","value":null}]"##,
        );
        let mut query = FetchExpression::default();
        query.query = None.into();
        let queries: RelationshipQueryCollection =
            [(Relationship::new("r"), Value::FetchExpression(query.into()))]
                .into_iter()
                .collect();
        assert_written(
            Value::RelationshipQueryCollection(queries.into()),
            concat!(
                r##"[{"__type":"KeyValuePairOfRelationshipQueryBaseX_PsK4FkN:#System.Collections.Generic","##,
                r#""key":{"PrimaryEntityRole":null,"SchemaName":"r"},"value":"#,
                r#"{"__type":"FetchExpression:http:\/\/schemas.microsoft.com\/xrm\/2011\/Contracts","Query":null}}]"#,
            ),
        );
    }

    #[test]
    fn writes_unknown_objects_as_they_came() {
        let object = |type_name, members: &[(&str, Value)]| {
            let members = members
                .iter()
                .map(|(name, value)| ((*name).into(), value.clone()))
                .collect();
            Value::Object(Box::new(Object { type_name, members }))
        };
        let inner = object(None, &[]);
        let array = Value::Array(Box::new(Array {
            kind: ArrayKind::Untyped,
            items: vec![inner, Value::Null],
        }));
        assert_written(
            object(
                Some(type_name(
                    "New",
                    "http://schemas.datacontract.org/2004/07/A.B",
                )),
                &[("b\"", array)],
            ),
            r##"{"__type":"New:#A.B","b\"":[{},null]}"##,
        );
        assert_written(
            object(Some(type_name("New", "#A/B")), &[]),
            r##"{"__type":"New:#A\/B"}"##,
        );
        assert_written(
            object(Some(type_name("New", "")), &[]),
            r#"{"__type":"New"}"#,
        );
    }

    #[test]
    fn writes_unknown_members_after_the_known_ones() {
        let mut context = RemoteExecutionContext::default();
        context.set_other("TenantId", Value::Null);
        context.depth = 2.into();
        assert_eq!(json(&context).unwrap(), br#"{"Depth":2,"TenantId":null}"#);
    }

    #[test]
    fn tells_where_an_enum_has_no_number_and_writes_nothing() {
        let mut row = Entity::default();
        row.entity_state = EntityState::Unknown(UnknownEnum::Name("Novel".into())).into();
        let mut context = RemoteExecutionContext::new("Update", "account");
        context.set_target(Value::Entity(row.into()));
        let mut out = b"before".to_vec();
        let error = super::json_into(&context, &mut out).unwrap_err();
        assert_eq!(error.path(), "InputParameters[\"Target\"].EntityState");
        assert_eq!(out, b"before");
    }
}
