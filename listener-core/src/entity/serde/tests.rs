use std::collections::BTreeMap;

use ::serde::Deserialize;
use rust_decimal::Decimal;
use uuid::{Uuid, uuid};

use super::*;
use crate::{
    context::{
        AliasedValue, DateTime, EntityReference, Money, Number, OptionSetValue,
        ParameterCollection, Relationship,
    },
    decode::DecodeErrorKind,
};

const ID: Uuid = uuid!("53c52f26-a89d-ef11-8a69-000d3a30b0c1");

fn number(text: &str) -> Value {
    Value::Number(Number::new(text).unwrap())
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Lookup {
    id: String,
    logical_name: String,
    name: Option<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Account {
    name: String,
    accountid: String,
    numberofemployees: u16,
    exchangerate: String,
    ratio: f64,
    revenue: Option<f64>,
    creditlimit: Option<String>,
    statecode: i32,
    roles: Vec<i32>,
    ownerid: Lookup,
    createdon: String,
    image: Vec<u8>,
    telephone1: Option<String>,
    #[serde(default)]
    fax: Option<String>,
    #[serde(rename = "c.fullname")]
    contact: String,
}

fn expected() -> Account {
    Account {
        name: "Contoso".into(),
        accountid: ID.to_string(),
        numberofemployees: 42,
        exchangerate: "1.0000000000".into(),
        ratio: 0.5,
        revenue: Some(2154.32),
        creditlimit: Some("100.50".into()),
        statecode: 1,
        roles: vec![1, 2],
        ownerid: Lookup {
            id: ID.to_string(),
            logical_name: "systemuser".into(),
            name: None,
        },
        createdon: "0001-01-01T00:00:00".into(),
        image: vec![0, 1, 250],
        telephone1: None,
        fax: None,
        contact: "Ann".into(),
    }
}

fn row() -> Entity {
    let mut contact = AliasedValue::default();
    contact.value = Value::from("Ann").into();
    Entity::new("account", ID)
        .with("name", "Contoso")
        .with("revenue", "2154.32".parse::<Money>().unwrap())
        .with("creditlimit", "100.50".parse::<Money>().unwrap())
        .with("statecode", OptionSetValue(1))
        .with("ownerid", EntityReference::new("systemuser", ID))
        .with("createdon", DateTime::MIN)
        .with("telephone1", Value::Null)
        .with("c.fullname", contact)
        .with("unknown", Relationship::new("ignored"))
}

fn typed() -> Entity {
    row()
        .with("accountid", ID)
        .with("numberofemployees", 42)
        .with("exchangerate", "1.0000000000".parse::<Decimal>().unwrap())
        .with("ratio", 0.5)
        .with("roles", vec![OptionSetValue(1), OptionSetValue(2)])
        .with("image", vec![0u8, 1, 250])
}

fn untyped() -> Entity {
    let list = |items: &[i32]| -> Value {
        let items = items.iter().map(|item| number(&item.to_string()));
        items.collect::<Vec<_>>().into()
    };
    row()
        .with("accountid", ID.to_string())
        .with("numberofemployees", number("42"))
        .with("exchangerate", number("1.0000000000"))
        .with("ratio", number("0.5"))
        .with(
            "roles",
            vec![
                Value::from(OptionSetValue(1)),
                Value::from(OptionSetValue(2)),
            ],
        )
        .with("image", list(&[0, 1, 250]))
}

#[test]
fn a_row_reads_alike_from_all_formats() {
    assert_eq!(from_entity_serde::<Account>(&typed()).unwrap(), expected());
    assert_eq!(
        from_entity_serde::<Account>(&untyped()).unwrap(),
        expected()
    );
    let Serde(account) = Serde::<Account>::from_row(&Row::from(&typed())).unwrap();
    assert_eq!(account, expected());
}

#[test]
fn a_row_reads_as_json_without_loss() {
    let row = Entity::new("account", ID)
        .with("a", number("0.1234567890123456789"))
        .with("b", number("2365.12"))
        .with("c", number("18446744073709551615"))
        .with("d", Value::Null)
        .with(
            "e",
            vec![Entity::new("contact", ID).with("fullname", "Ann")],
        )
        .with("f", Relationship::new("account_contacts"))
        .with("g", vec![(String::from("account"), None::<String>)]);
    let json: serde_json::Value = from_entity_serde(&row).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "a": "0.1234567890123456789", "b": 2365.12, "c": u64::MAX, "d": null,
            "e": [{"fullname": "Ann"}],
            "f": {"PrimaryEntityRole": null, "SchemaName": "account_contacts"},
            "g": {"account": null},
        })
    );
}

#[test]
fn of_a_column_that_stands_twice_the_last_counts() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Name {
        name: String,
    }
    let mut row = Entity::new("account", ID).with("name", "old");
    let attributes = row.attributes.get_or_insert_default();
    attributes.push("name".into(), "new".into());
    let name: Name = from_entity_serde(&row).unwrap();
    assert_eq!(name.name, "new");
}

#[test]
fn texts_can_be_borrowed() {
    let row = Entity::new("account", ID).with("name", "Contoso");
    let map: BTreeMap<&str, &str> = from_entity_serde(&row).unwrap();
    assert_eq!(map, BTreeMap::from([("name", "Contoso")]));
}

#[test]
fn parameters_read_as_a_type_and_tell_where_they_do_not() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Score {
        years: u8,
        kind: Kind,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    enum Kind {
        Good,
    }
    let mut parameters =
        ParameterCollection::from([("Years", number("3")), ("Kind", Value::from("Good"))]);
    let Serde(score) = Serde::<Score>::from_parameters(&Parameters::from(&parameters)).unwrap();
    assert_eq!((score.years, score.kind), (3, Kind::Good));
    parameters.insert("Kind", "canary");
    let error = Serde::<Score>::from_parameters(&Parameters::from(&parameters)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected one of `Good`, found another string of 6 bytes, in `Parameters[\"Kind\"]`"
    );
}

#[test]
fn faults_tell_kind_and_path_and_no_value() {
    let missing = from_entity_serde::<Account>(&Entity::new("account", ID)).unwrap_err();
    assert_eq!(missing.kind(), DecodeErrorKind::Missing);
    let cases = [
        ("name", Value::from(true), ""),
        ("numberofemployees", "canary".into(), ""),
        ("numberofemployees", number("746146"), ""),
        ("revenue", "canary".into(), ""),
        ("statecode", Value::from(true), ""),
        ("roles", vec![Value::from("canary")].into(), "[0]"),
        ("ownerid", "canary".into(), ""),
        ("image", "canary".into(), ""),
        ("image", vec![number("746146")].into(), "[0]"),
    ];
    for (column, value, inside) in cases {
        let error = from_entity_serde::<Account>(&typed().with(column, value)).unwrap_err();
        let text = format!("{error}{error:?}");
        assert!(
            !text.contains("canary") && !text.contains("746146"),
            "{column}: {text}"
        );
        assert_eq!(error.path(), format!("Attributes[\"{column}\"]{inside}"));
    }
}
