use std::borrow::Cow;

use serde_amqp::{
    Value as Amqp,
    described::Described,
    descriptor::Descriptor,
    primitives::{Array, Dec32, Dec64, Dec128, OrderedMap, Symbol},
};
use uuid::Uuid;

use super::{
    Page, add_rule, description, enumerated_rules, from_amqp, read_add_rule, read_description,
    read_enumerate_rules, read_remove_rule, to_amqp,
};
use crate::service_bus::rules::{CorrelationFilter, Filter, Rule, Value};

fn map<const N: usize>(members: [(&str, Amqp); N]) -> Amqp {
    Amqp::Map(
        members
            .into_iter()
            .map(|(name, value)| (Amqp::from(name), value))
            .collect(),
    )
}

fn described(descriptor: Descriptor, value: Amqp) -> Amqp {
    Amqp::Described(Box::new(Described { descriptor, value }))
}

fn values() -> Vec<Value<'static>> {
    vec![
        Value::Null,
        Value::Bool(true),
        Value::Ubyte(1),
        Value::Ushort(2),
        Value::Uint(3),
        Value::Ulong(4),
        Value::Byte(-1),
        Value::Short(-2),
        Value::Int(-3),
        Value::Long(-4),
        Value::Float(0.5),
        Value::Double(-0.5),
        Value::Decimal(Cow::Borrowed("-12.50")),
        Value::Char('é'),
        Value::Timestamp(1_700_000_000_000),
        Value::Uuid(Uuid::from_u128(7)),
        Value::Binary(Cow::Borrowed(&[1, 2])),
        Value::from("text"),
        Value::Symbol(Cow::Borrowed("symbol")),
    ]
}

fn rules() -> Vec<Rule> {
    let correlation = CorrelationFilter {
        correlation_id: Some("a".to_owned()),
        message_id: Some("b".to_owned()),
        to: Some("c".to_owned()),
        reply_to: Some("d".to_owned()),
        label: Some("e".to_owned()),
        session_id: Some("f".to_owned()),
        reply_to_session_id: Some("g".to_owned()),
        content_type: Some("h".to_owned()),
        properties: values()
            .into_iter()
            .enumerate()
            .map(|(index, value)| (index.to_string(), value))
            .collect(),
    };
    let one = CorrelationFilter {
        label: Some("e".to_owned()),
        ..CorrelationFilter::default()
    };
    let rule = |name: &str, filter| Rule::new(name, filter).expect("a name");
    vec![
        rule("sql", Filter::Sql("a = 1".parse().expect("a filter"))),
        rule("all", Filter::Correlation(correlation)),
        rule("one", Filter::Correlation(one)).with_action("SET b = 2".parse().expect("an action")),
    ]
}

#[test]
fn every_kind_of_value_goes_to_amqp_and_back() {
    for value in values() {
        assert_eq!(from_amqp(&to_amqp(&value)), Some(value));
    }
    assert_eq!(from_amqp(&Amqp::List(Vec::new())), None);
    assert_eq!(from_amqp(&Amqp::Array(Array(Vec::new()))), None);
}

#[test]
fn decimals_are_read_in_all_their_widths() {
    let text = |value: &Amqp| match from_amqp(value) {
        Some(Value::Decimal(digits)) => digits.into_owned(),
        other => panic!("{other:?}"),
    };
    let dec32 = |bits: u32| text(&Amqp::Decimal32(Dec32::from(bits.to_be_bytes())));
    assert_eq!(dec32(0x3280_0001), "1");
    assert_eq!(dec32(0xB200_007B), "-12.3");
    assert_eq!(dec32(0x3300_0001), "10");
    assert_eq!(dec32(0x6CB8_967F), "9999999");
    assert_eq!(
        dec32(0x6CBF_FFFF),
        "0",
        "a coefficient above the largest is zero"
    );
    assert_eq!(dec32(0x7800_0000), "Infinity");
    assert_eq!(dec32(0xF800_0000), "-Infinity");
    assert_eq!(dec32(0x7C00_0000), "NaN");
    assert_eq!(dec32(0x5F80_0001), "1E90");
    let dec64 = |bits: u64| text(&Amqp::Decimal64(Dec64::from(bits.to_be_bytes())));
    assert_eq!(dec64(0x31C0_0000_0000_0001), "1");
    assert_eq!(dec64(0x31A0_0000_0000_0005), "0.5");
    let dec128 = |bits: u128| text(&Amqp::Decimal128(Dec128::from(bits.to_be_bytes())));
    assert_eq!(dec128(0x3040_0000_0000_0000_0000_0000_0000_0001), "1");
    assert_eq!(
        dec128(0x3040_0000_0000_0000_0000_0000_0000_0001 | (1 << 127)),
        "-1"
    );
}

#[test]
fn what_is_no_plain_decimal_goes_out_as_a_string() {
    for digits in ["NaN", "1E90", "", "-", ".5", "1.-5", &"9".repeat(35)] {
        assert_eq!(
            to_amqp(&Value::Decimal(Cow::Borrowed(digits))),
            Amqp::from(digits)
        );
    }
}

#[test]
fn rules_go_into_a_request_and_out_of_it() {
    for rule in rules() {
        assert_eq!(read_add_rule(&add_rule(&rule)), Ok(rule));
    }
}

#[test]
fn rules_go_into_a_description_and_out_of_it() {
    let simple = [
        Rule::default(),
        Rule::new("none", Filter::False).expect("a name"),
    ];
    for rule in rules().into_iter().chain(simple) {
        assert_eq!(read_description(&description(&rule, 5)), Ok(rule));
    }
}

#[test]
fn rules_keep_their_form_through_the_encoding() {
    let body = enumerated_rules(rules().iter().map(|rule| (rule, 5)));
    let bytes = serde_amqp::to_vec(&body).expect("encoded");
    assert_eq!(
        serde_amqp::from_slice::<Amqp>(&bytes).expect("decoded"),
        body
    );
}

#[test]
fn descriptions_have_the_codes_that_the_official_clients_compare() {
    let code = |value: &Amqp| match value {
        Amqp::Described(inner) => match (&inner.descriptor, &inner.value) {
            (Descriptor::Code(code), Amqp::List(fields)) => (*code, fields.clone()),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    // In decimal, as the JavaScript client has them.
    let expected = [
        83_483_426_822,
        83_483_426_825,
        83_483_426_825,
        83_483_426_823,
        83_483_426_824,
    ];
    let simple = [
        Rule::default(),
        Rule::new("none", Filter::False).expect("a name"),
    ];
    for (rule, expected) in rules().into_iter().chain(simple).zip(expected) {
        let (own, fields) = code(&description(&rule, 5));
        assert_eq!((own, fields.len()), (1_335_734_829_060, 4));
        assert_eq!(code(&fields[0]).0, expected, "{}", rule.name());
        let action = if rule.action().is_some() {
            1_335_734_829_062
        } else {
            1_335_734_829_061
        };
        assert_eq!(code(&fields[1]).0, action);
        assert_eq!(fields[2], Amqp::from(rule.name()));
    }
}

#[test]
fn descriptors_may_be_names() {
    let name = |name: &str| Descriptor::Name(Symbol::from(name));
    let rule = described(
        name("com.microsoft:rule-description:list"),
        Amqp::List(vec![
            described(
                name("com.microsoft:sql-filter:list"),
                Amqp::List(vec!["a = 1".into()]),
            ),
            described(
                name("com.microsoft:sql-rule-action:list"),
                Amqp::List(vec!["SET a = 2".into()]),
            ),
            "r".into(),
        ]),
    );
    let rule = read_description(&rule).expect("a rule");
    assert_eq!(
        rule.action().map(|action| action.expression()),
        Some("SET a = 2")
    );
}

#[test]
fn a_request_with_nulls_for_what_is_not_set_is_read() {
    // The .NET client sends the action of a rule without one as null.
    let body = map([
        ("rule-name", "r".into()),
        (
            "rule-description",
            map([
                ("sql-filter", Amqp::Null),
                (
                    "correlation-filter",
                    map([
                        ("label", "l".into()),
                        ("to", Amqp::Null),
                        ("properties", Amqp::Null),
                    ]),
                ),
                ("sql-rule-action", Amqp::Null),
            ]),
        ),
    ]);
    let rule = read_add_rule(&body).expect("a rule");
    let expected = CorrelationFilter {
        label: Some("l".to_owned()),
        ..CorrelationFilter::default()
    };
    assert_eq!(
        (rule.filter(), rule.action()),
        (&Filter::Correlation(expected), None)
    );
}

#[test]
fn names_and_pages_are_read() {
    assert_eq!(read_remove_rule(&map([("rule-name", "r".into())])), Ok("r"));
    let symbol =
        OrderedMap::from_iter([(Amqp::Symbol(Symbol::from("rule-name")), Amqp::from("r"))]);
    assert_eq!(read_remove_rule(&Amqp::Map(symbol)), Ok("r"));
    let page = map([("top", Amqp::Int(100)), ("skip", Amqp::Uint(0))]);
    assert_eq!(read_enumerate_rules(&page), Ok(Page { top: 100, skip: 0 }));
}

#[test]
fn wrong_requests_are_told_without_their_values() {
    let request = |description| map([("rule-name", "r".into()), ("rule-description", description)]);
    let sql = |expression: Amqp| map([("sql-filter", map([("expression", expression)]))]);
    for (body, expected) in [
        (Amqp::Null, "`add-rule`: expected a map, found null"),
        (map([]), "`rule-name`: expected a string, found none"),
        (
            map([("rule-name", Amqp::Int(1))]),
            "`rule-name`: expected a string, found int",
        ),
        (
            map([("rule-name", "r".into())]),
            "`rule-description`: expected a map, found none",
        ),
        (
            request(map([])),
            "`rule-description`: expected either `sql-filter` or `correlation-filter`",
        ),
        (
            request(sql(Amqp::List(Vec::new()))),
            "`sql-filter`: expected a string, found a list",
        ),
        (
            request(sql("a = secret x".into())),
            "`sql-filter`: line 1, column 12: expected `AND`, `OR` or the end of the filter, found a name of 1 characters",
        ),
        (
            request(map([(
                "correlation-filter",
                map([("properties", map([]))]),
            )])),
            "`correlation-filter`: expected at least one property to compare with, found none",
        ),
        (
            request(map([(
                "correlation-filter",
                map([("properties", map([("a", map([]))]))]),
            )])),
            "`properties`: expected a primitive value, found a map",
        ),
    ] {
        assert_eq!(
            read_add_rule(&body).expect_err("refused").to_string(),
            expected
        );
    }
    let long = map([
        ("rule-name", "x".repeat(51).as_str().into()),
        ("rule-description", sql("1=1".into())),
    ]);
    let error = read_add_rule(&long).expect_err("too long");
    assert_eq!(
        error.to_string(),
        "`rule-name`: expected a rule's name of 1 to 50 characters, found 51"
    );
    let below = map([("top", Amqp::Int(-1)), ("skip", Amqp::Int(0))]);
    assert_eq!(
        read_enumerate_rules(&below)
            .expect_err("below zero")
            .to_string(),
        "`top`: expected an int from 0, found one below it"
    );
}

#[test]
fn wrong_descriptions_are_told() {
    let filter = |code| described(Descriptor::Code(code), Amqp::List(Vec::new()));
    let rule = |fields| described(Descriptor::Code(0x0137_0000_0004), Amqp::List(fields));
    for (value, expected) in [
        (
            Amqp::Map(OrderedMap::new()),
            "`rule-description`: expected a described list, found a map",
        ),
        (
            filter(1),
            "`rule-description`: expected the descriptor of a rule, found a described value",
        ),
        (
            rule(vec![]),
            "`filter`: expected a described list, found none",
        ),
        (
            rule(vec![filter(1)]),
            "`filter`: expected the descriptor of a filter, found a described value",
        ),
        (
            rule(vec![filter(0x0013_7000_0006)]),
            "`sql-filter`: expected a string, found none",
        ),
        (
            rule(vec![filter(0x0013_7000_0007)]),
            "`rule-name`: expected a string, found none",
        ),
        (
            rule(vec![filter(0x0013_7000_0007), filter(1), "r".into()]),
            "`sql-rule-action`: expected the descriptor of an action, found a described value",
        ),
    ] {
        assert_eq!(
            read_description(&value).expect_err("refused").to_string(),
            expected
        );
    }
}
