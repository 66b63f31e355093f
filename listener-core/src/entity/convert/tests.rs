use std::{
    collections::{BTreeMap, HashMap},
    fmt::Debug,
    time::{Duration, SystemTime},
};

use ::time::OffsetDateTime;
use bytes::Bytes;
use rust_decimal::Decimal;
use uuid::{Uuid, uuid};

use super::{FromValue, IntoValue};
use crate::{
    context::{
        AccessRights, AliasedValue, Array, ArrayKind, BooleanManagedProperty, ConcurrencyBehavior,
        DateTime, DateTimeKind, Entity, EntityCollection, EntityImageCollection, EntityReference,
        KeyAttributeCollection, Money, Number, Object, OptionSetValue, Primitive, Text, Value,
        name::{OwnedTypeName, XSD},
    },
    decode::DecodeErrorKind,
};

fn number(text: &str) -> Value {
    Value::Number(Number::new(text).unwrap())
}

fn list(items: impl IntoIterator<Item = Value>) -> Value {
    Value::from(items.into_iter().collect::<Vec<_>>())
}

fn xsd(local: &str, text: &str) -> Value {
    Value::from(Primitive {
        type_name: OwnedTypeName {
            local: local.into(),
            namespace: XSD.into(),
        },
        text: text.into(),
    })
}

/// What JSON left of a value and what the other formats say convert to the same.
#[track_caller]
fn alike<T: FromValue + PartialEq + Debug>(expected: T, values: impl IntoIterator<Item = Value>) {
    for value in values {
        let found = value.found();
        match value.get_as::<T>() {
            Ok(converted) => assert_eq!(converted.as_ref(), Some(&expected), "from {found}"),
            Err(error) => panic!("from {found}: {error}"),
        }
    }
}

#[track_caller]
fn refused<T: FromValue + Debug>(value: &Value, kind: DecodeErrorKind, text: &str) {
    let error = T::from_value(value).unwrap_err();
    assert_eq!((error.kind(), &*error.to_string()), (kind, text));
}

#[test]
fn whole_numbers_convert_alike_in_all_formats() {
    let five = || {
        [
            Value::Int(5),
            Value::Long(5),
            number("5"),
            Value::Double(5.0),
        ]
    };
    alike(5i8, five());
    alike(5i16, five());
    alike(5i32, five());
    alike(5i64, five());
    alike(5u8, five());
    alike(5u16, five());
    alike(5u32, five());
    alike(5u64, five());
    alike(
        5i32,
        [
            Value::Decimal("5.00".parse().unwrap()),
            number("5.00"),
            xsd("short", "5"),
        ],
    );
    alike(
        i64::MAX,
        [Value::Long(i64::MAX), number("9223372036854775807")],
    );
    alike(
        u64::MAX,
        [
            number("18446744073709551615"),
            xsd("unsignedLong", "18446744073709551615"),
        ],
    );
    alike(
        1_000_000_000_000_000i64,
        [Value::Double(1e15), number("1E+15")],
    );
    alike(-3i8, [Value::Int(-3), number("-3"), number("-3.0")]);
}

#[test]
fn no_number_is_cut_to_fit() {
    use DecodeErrorKind::OutOfRange;
    let i32_ = "expected a whole number of 32 bits, found a number";
    for value in [
        number("2.5"),
        Value::Double(2.5),
        Value::Decimal("2.5".parse().unwrap()),
    ] {
        refused::<i32>(&value, OutOfRange, &format!("{i32_} with a fraction"));
    }
    for value in [
        number("2147483648"),
        Value::Long(1 << 31),
        number("1E+30"),
        number("1E+999999999"),
        Value::Double(f64::MAX),
    ] {
        refused::<i32>(&value, OutOfRange, &format!("{i32_} beyond that"));
    }
    refused::<i32>(
        &Value::Double(f64::NAN),
        OutOfRange,
        "expected a whole number of 32 bits, found NaN",
    );
    refused::<u8>(
        &Value::Int(256),
        OutOfRange,
        "expected a whole number from 0 to 255, found a number beyond that",
    );
    refused::<u64>(
        &number("-1"),
        OutOfRange,
        "expected a whole number of 64 bits, without sign, found a number beyond that",
    );
}

#[test]
fn doubles_convert_alike_and_take_what_json_has_no_word_for() {
    alike(
        2365.12f64,
        [
            Value::Double(2365.12),
            number("2365.12"),
            Value::Decimal("2365.12".parse().unwrap()),
        ],
    );
    alike(2365.12f32, [Value::Double(2365.12), number("2365.12")]);
    alike(42f64, [Value::Int(42), Value::Long(42), number("42")]);
    alike(f64::INFINITY, [Value::Double(f64::INFINITY), number("INF")]);
    alike(
        f64::NEG_INFINITY,
        [Value::Double(f64::NEG_INFINITY), number("-INF")],
    );
    assert!(f64::from_value(&number("NaN")).unwrap().is_nan());
    alike(
        0.1 + 0.2,
        [Value::Double(0.1 + 0.2), number("0.30000000000000004")],
    );
    refused::<f64>(
        &number("1E+400"),
        DecodeErrorKind::OutOfRange,
        "expected a double, found a number beyond its range",
    );
    refused::<f32>(
        &number("1E+300"),
        DecodeErrorKind::OutOfRange,
        "expected a float of 32 bits, found a number beyond that",
    );
}

#[test]
fn decimals_keep_every_digit_of_a_json_number() {
    let scaled = |text: &str| {
        let decimal = Decimal::from_value(&number(text)).unwrap();
        decimal.to_string()
    };
    for text in [
        "1.0000000000",
        "0.00",
        "-12.50",
        "79228162514264337593543950335",
        "0.1234567890123456789012345678",
    ] {
        assert_eq!(scaled(text), text);
    }
    for (text, plain) in [
        ("1E+15", "1000000000000000"),
        ("1.50E+1", "15.0"),
        ("1.25E-05", "0.0000125"),
        ("0E+999", "0"),
        ("100E-28", "0.0000000000000000000000000100"),
    ] {
        assert_eq!(scaled(text), plain);
    }
    let third = 1.0 / 3.0;
    alike(
        "0.33333333333333331".parse::<Decimal>().unwrap(),
        [Value::Double(third), number("0.33333333333333331")],
    );
    alike(
        Decimal::from(7),
        [
            Value::Int(7),
            Value::Long(7),
            number("7"),
            Value::Double(7.0),
        ],
    );
    for text in [
        "79228162514264337593543950336",
        "1E+29",
        "1E-29",
        "NaN",
        "INF",
        "0.12345678901234567890123456789",
    ] {
        let error = Decimal::from_value(&number(text)).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::OutOfRange, "{text}");
        assert!(!error.to_string().contains(text), "{error}");
    }
}

#[test]
fn a_zero_keeps_its_sign_as_a_decimal_of_net_does() {
    let mut zero = Decimal::from_parts(0, 0, 0, false, 2);
    zero.set_sign_negative(true);
    let value = Value::from(Money(zero)).clone();
    let Money(back) = Money::from_value(&value).unwrap();
    assert!(back.is_sign_negative());
    assert_eq!(back, Decimal::ZERO);
    assert!(
        Decimal::from_value(&number("-0.00"))
            .unwrap()
            .is_sign_negative()
    );
}

#[test]
fn texts_are_texts_whatever_json_took_them_for() {
    let guid = uuid!("53c52f26-a89d-ef11-8a69-000d3a30b0c1");
    alike(
        guid.to_string(),
        [Value::Guid(guid), Value::from(guid.to_string())],
    );
    alike(Text::from("Contoso"), [Value::from("Contoso")]);
    let date = DateTime::from_unix_millis(1, DateTimeKind::Utc).unwrap();
    alike(
        String::from("1970-01-01T00:00:00.001Z"),
        [Value::from(date)],
    );
    alike(
        String::from("PT1M30S"),
        [Value::from("PT1M30S"), xsd("duration", "PT1M30S")],
    );
    alike('A', [Value::from("A"), xsd("char", "65")]);
    alike(String::from("A"), [Value::from("A"), xsd("char", "65")]);
    alike(std::borrow::Cow::Borrowed("x"), [Value::from("x")]);
    refused::<String>(
        &number("5"),
        DecodeErrorKind::WrongType,
        "expected a string, found a number; a field of type `i32`, `i64`, `Decimal` or `f64` reads it",
    );
    refused::<char>(
        &Value::from("ab"),
        DecodeErrorKind::WrongType,
        "expected a string of one character, found a string of 2 bytes; a field of type `String` reads it",
    );
}

#[test]
fn guids_come_with_hyphens_and_braces_in_either_case() {
    let guid = uuid!("53c52f26-a89d-ef11-8a69-000d3a30b0c1");
    let text = guid.to_string();
    alike(
        guid,
        [
            Value::Guid(guid),
            text.clone().into(),
            text.to_uppercase().into(),
            format!("{{{text}}}").into(),
        ],
    );
    refused::<Uuid>(
        &Value::from("secret"),
        DecodeErrorKind::WrongType,
        "expected a guid or its text, found a string of 6 bytes; a field of type `String` reads it",
    );
}

#[test]
fn dates_come_typed_as_iso_text_or_as_microsofts_json_has_them() {
    let utc = DateTime::from_unix_millis(1_731_053_106_922, DateTimeKind::Utc).unwrap();
    alike(
        utc,
        [
            Value::from(utc),
            "2024-11-08T08:05:06.922Z".into(),
            "/Date(1731053106922)/".into(),
        ],
    );
    let local =
        DateTime::from_unix_millis(1_724_647_396_000, DateTimeKind::Local(Some(180))).unwrap();
    alike(
        local,
        [
            Value::from(local),
            "2024-08-26T07:43:16+03:00".into(),
            "/Date(1724647396000+0300)/".into(),
        ],
    );
    let old = DateTime::from_unix_millis(-1500, DateTimeKind::Local(Some(-420))).unwrap();
    alike(old, ["/Date(-1500-0700)/".into()]);
    let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_731_053_106_922);
    alike(time, [utc.into(), "/Date(1731053106922)/".into()]);
    alike(
        SystemTime::UNIX_EPOCH - Duration::from_millis(1500),
        [old.into()],
    );
    alike(OffsetDateTime::from(time), [utc.into()]);
    for text in [
        "/Date(1+03000)/",
        "/Date(x)/",
        "/Date()/",
        "yesterday",
        "/Date(99999999999999999999)/",
    ] {
        let error = DateTime::from_value(&text.into()).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::WrongType, "{text}");
    }
}

#[test]
fn bytes_are_bytes_or_an_array_of_numbers() {
    let bytes = vec![0u8, 1, 250];
    let forms = || {
        [
            Value::Bytes(Bytes::from(vec![0, 1, 250])),
            list([number("0"), number("1"), number("250")]),
        ]
    };
    alike(bytes.clone(), forms());
    alike(Bytes::from(bytes.clone()), forms());
    assert_eq!(Value::from(bytes), forms()[0]);
    let error = Vec::<u8>::from_value(&list([number("256")])).unwrap_err();
    assert_eq!(
        (error.kind(), &*error.path()),
        (DecodeErrorKind::OutOfRange, "[0]")
    );
    assert!(Vec::<u8>::from_value(&Value::from("AAH6")).is_err());
}

#[test]
fn lists_convert_item_by_item_whatever_kind_they_are_of() {
    let named = |local: &str, items| {
        let kind = ArrayKind::Named(OwnedTypeName {
            local: local.into(),
            ..Default::default()
        });
        Value::from(Array { kind, items })
    };
    alike(
        vec![1, 2],
        [
            list([number("1"), number("2")]),
            named("ArrayOfint", vec![1.into(), 2.into()]),
        ],
    );
    alike(Vec::<i32>::new(), [list([]), named("ArrayOfint", vec![])]);
    let choices = [OptionSetValue(1), OptionSetValue(2)];
    alike(
        choices.to_vec(),
        [list(choices.map(Value::from)), choices.to_vec().into()],
    );
    alike(vec![Some(1), None], [list([number("1"), Value::Null])]);
    alike(
        vec![vec![String::from("a")], vec![]],
        [list([list(["a".into()]), list([])])],
    );
    alike(
        vec![Value::Int(1), Value::Null],
        [list([Value::Int(1), Value::Null])],
    );
    let error = Vec::<i32>::from_value(&list([number("1"), Value::Null])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected a value, found null; make the items `Option` if they may be, in `[1]`"
    );
}

#[test]
fn rows_convert_from_collections_and_arrays_of_them() {
    let party = Entity::new("activityparty", Uuid::nil()).with("address", "ann@contoso.example");
    let collection = EntityCollection::new("activityparty", [party.clone()]);
    alike(
        vec![party.clone()],
        [collection.clone().into(), list([party.clone().into()])],
    );
    assert_eq!(Value::from(vec![party.clone()]), collection.clone().into());
    let mut with_null = collection;
    with_null.entities = vec![Some(party.clone()), None].into();
    alike(vec![Some(party), None], [with_null.clone().into()]);
    let error = Vec::<Entity>::from_value(&with_null.into()).unwrap_err();
    assert_eq!(error.path(), "Entities[1]");
}

#[test]
fn contracts_convert_from_their_own_kind_only() {
    let contoso = EntityReference::new("account", Uuid::nil());
    alike(contoso.clone(), [contoso.clone().into()]);
    refused::<Money>(
        &number("2154.32"),
        DecodeErrorKind::WrongType,
        "expected a Money, found a number; a field of type `i32`, `i64`, `Decimal` or `f64` reads it",
    );
    refused::<Decimal>(
        &Money::default().into(),
        DecodeErrorKind::WrongType,
        "expected a decimal, found a Money; a field of type `Money` reads it",
    );
    refused::<i32>(
        &OptionSetValue(1).into(),
        DecodeErrorKind::WrongType,
        "expected a whole number of 32 bits, found an OptionSetValue; a field of type `OptionSetValue` or a `#[derive(Choice)]` enum reads it",
    );
    refused::<Entity>(
        &contoso.into(),
        DecodeErrorKind::WrongType,
        "expected an Entity, found an EntityReference; a field of type `EntityReference` reads it",
    );
    let nameless = Object::default();
    refused::<Money>(
        &nameless.into(),
        DecodeErrorKind::WrongType,
        "expected a Money, found an object without a type",
    );
}

#[test]
fn enums_come_by_name_or_by_number() {
    let rights = AccessRights::READ_ACCESS | AccessRights::SHARE_ACCESS;
    alike(rights.clone(), [rights.clone().into(), number("262145")]);
    alike(262_145, [rights.into(), number("262145")]);
    let behavior = ConcurrencyBehavior::IfRowVersionMatches;
    alike(
        behavior.clone(),
        [behavior.into(), number("1"), Value::Int(1)],
    );
}

#[test]
fn a_guarded_flag_is_a_flag() {
    let mut property = BooleanManagedProperty::default();
    property.value = true.into();
    alike(true, [Value::from(property.clone()), Value::from(true)]);
    alike(property.clone(), [property.into()]);
}

#[test]
fn an_aliased_value_converts_by_what_is_inside() {
    let aliased = |value: Value| {
        let mut aliased = AliasedValue::default();
        aliased.value = value.into();
        Value::from(aliased)
    };
    alike(String::from("X"), [aliased("X".into())]);
    alike(
        5i32,
        [aliased(number("5")), aliased(aliased(Value::Int(5)))],
    );
    assert_eq!(aliased(Value::Null).get_as::<i32>().unwrap(), None);
    assert!(
        aliased(Value::Null)
            .get_as::<AliasedValue>()
            .unwrap()
            .is_some()
    );
    let error = aliased("X".into()).get_as::<i32>().unwrap_err();
    assert_eq!(error.path(), "Value");
}

#[test]
fn dictionaries_become_maps() {
    let pairs = vec![
        (String::from("account"), Some(String::from("Update"))),
        (String::from("lead"), None),
    ];
    let value = Value::from(pairs.clone());
    alike(pairs, [value.clone()]);
    alike(
        BTreeMap::from([
            (String::from("account"), Some(String::from("Update"))),
            (String::from("lead"), None),
        ]),
        [value.clone()],
    );
    let error = HashMap::<String, String>::from_value(&value).unwrap_err();
    assert_eq!(
        (error.kind(), &*error.path()),
        (DecodeErrorKind::Missing, "[\"lead\"]")
    );
    alike(HashMap::<String, String>::new(), [list([])]);
    let map = BTreeMap::from([(String::from("a"), String::from("b"))]);
    alike(map.clone(), [map.into()]);
    let key = KeyAttributeCollection::from([("number", 5)]);
    alike(
        BTreeMap::from([(String::from("number"), 5)]),
        [key.clone().into()],
    );
    alike(key.clone(), [key.into()]);
    let images =
        EntityImageCollection::from([("before", Some(Entity::new("account", Uuid::nil())))]);
    alike(
        BTreeMap::from([(String::from("before"), Entity::new("account", Uuid::nil()))]),
        [images.clone().into()],
    );
    alike(images.clone(), [images.into()]);
}

#[test]
fn what_is_written_reads_back() {
    fn there_and_back<T: FromValue + IntoValue + Clone + PartialEq + Debug>(value: T) {
        assert_eq!(
            value.clone().into_value().get_as::<T>().unwrap(),
            Some(value)
        );
    }
    there_and_back(true);
    there_and_back(-5i8);
    there_and_back(u32::MAX);
    there_and_back(i64::MIN);
    there_and_back(0.5f32);
    there_and_back(vec![Some(1.5f64), None]);
    there_and_back(vec![Some(7u8), None]);
    there_and_back(String::from("Contoso"));
    there_and_back('ē');
    there_and_back(vec![Uuid::nil()]);
    there_and_back(vec![Money::default()]);
    there_and_back(vec![EntityReference::new("account", Uuid::nil())]);
    there_and_back(vec![vec![String::from("a")]]);
    there_and_back(OffsetDateTime::UNIX_EPOCH);
    there_and_back(vec![Value::Null, Value::from(1)]);
}

#[test]
fn no_error_shows_a_value() {
    let canary = "canary-7461";
    for value in [
        Value::from(canary),
        list([canary.into()]),
        Object {
            members: vec![("a".into(), canary.into())],
            type_name: None,
        }
        .into(),
        xsd("anyURI", canary),
    ] {
        for error in [
            bool::from_value(&value).unwrap_err(),
            i32::from_value(&value).unwrap_err(),
            Decimal::from_value(&value).unwrap_err(),
            Uuid::from_value(&value).unwrap_err(),
            DateTime::from_value(&value).unwrap_err(),
            Money::from_value(&value).unwrap_err(),
            Vec::<i32>::from_value(&value).unwrap_err(),
        ] {
            assert!(!format!("{error}{error:?}").contains(canary), "{error}");
        }
    }
}
