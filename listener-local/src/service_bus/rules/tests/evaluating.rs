use std::borrow::Cow;

use uuid::Uuid;

use super::message::Message;
use crate::service_bus::rules::{EvaluateError, Limits, SqlFilter, SystemProperty, Value};

fn evaluate(expression: &str, message: &Message) -> Result<bool, EvaluateError> {
    expression
        .parse::<SqlFilter>()
        .expect(expression)
        .matches(message)
}

#[track_caller]
fn holds(expression: &str, message: &Message) {
    assert_eq!(evaluate(expression, message), Ok(true), "{expression}");
}

#[track_caller]
fn fails(expression: &str, message: &Message) {
    assert_eq!(evaluate(expression, message), Ok(false), "{expression}");
}

/// Neither it nor its opposite matches.
#[track_caller]
fn is_unknown(expression: &str, message: &Message) {
    fails(expression, message);
    fails(&format!("NOT ({expression})"), message);
}

const CLAIMS: &str = "http://schemas.microsoft.com/xrm/2011/Claims/";

fn dataverse() -> Message {
    Message::default()
        .with(&format!("{CLAIMS}Organization"), "contoso.crm.dynamics.com")
        .with(&format!("{CLAIMS}User"), Value::Null)
        .with(&format!("{CLAIMS}RequestName"), "Update")
        .with(&format!("{CLAIMS}EntityLogicalName"), "account")
        .with("MessageMaxSizeExceeded", true)
        .with_system(
            SystemProperty::CorrelationId,
            "{0e1d5c2a-0000-0000-0000-000000000000}",
        )
}

#[test]
fn filters_find_the_application_properties_of_dataverse() {
    let message = dataverse();
    holds(
        &format!("[{CLAIMS}RequestName]='Update' AND [{CLAIMS}EntityLogicalName]='account'"),
        &message,
    );
    holds(
        &format!("\"{CLAIMS}EntityLogicalName\" IN ('contact', 'account')"),
        &message,
    );
    holds(
        &format!("user.[{CLAIMS}organization] LIKE '%.crm.dynamics.com'"),
        &message,
    );
    holds("MessageMaxSizeExceeded = TRUE", &message);
    holds("MessageMaxSizeExceeded", &message);
    holds("sys.CorrelationId LIKE '{%}'", &message);
    fails(&format!("[{CLAIMS}RequestName]='update'"), &message);
    is_unknown("RequestName = 'Update'", &message);
}

#[test]
fn a_null_and_a_missing_property_are_unknown() {
    let message = dataverse();
    let user = format!("[{CLAIMS}User]");
    for name in [user.as_str(), "Missing", "NULL", "sys.Label"] {
        for expression in [
            "{} = 1",
            "{} <> 1",
            "{} + 1 > 0",
            "-{} = 1",
            "{} IN (1)",
            "{} NOT IN (1)",
            "{} LIKE '%'",
        ] {
            is_unknown(&expression.replace("{}", name), &message);
        }
    }
    is_unknown("'x' LIKE 'x' ESCAPE Missing", &message);
    is_unknown("1 IN (2, Missing)", &message);
    holds("1 IN (2, Missing, 1)", &message);
}

#[test]
fn null_is_told_from_missing_by_exists_alone() {
    let message = dataverse();
    let user = format!("[{CLAIMS}User]");
    holds(
        &format!("{user} IS NULL AND Missing IS NULL AND sys.Label IS NULL"),
        &message,
    );
    holds(
        &format!("EXISTS({user}) AND NOT EXISTS(Missing) AND NOT EXISTS(sys.Label)"),
        &message,
    );
    holds(
        "EXISTS(sys.CorrelationId) AND MessageMaxSizeExceeded IS NOT NULL",
        &message,
    );
}

#[test]
fn and_and_or_follow_the_tables_of_three_values() {
    let message = Message::default();
    for (left, right, and, or) in [
        ("1=1", "1=1", Some(true), Some(true)),
        ("1=1", "1=0", Some(false), Some(true)),
        ("1=1", "x=1", None, Some(true)),
        ("1=0", "1=0", Some(false), Some(false)),
        ("1=0", "x=1", Some(false), None),
        ("x=1", "x=1", None, None),
    ] {
        for (expression, expected) in [
            (format!("{left} AND {right}"), and),
            (format!("{right} AND {left}"), and),
            (format!("{left} OR {right}"), or),
            (format!("{right} OR {left}"), or),
        ] {
            match expected {
                Some(true) => holds(&expression, &message),
                Some(false) => holds(&format!("NOT ({expression})"), &message),
                None => is_unknown(&expression, &message),
            }
        }
    }
}

#[test]
fn numbers_of_all_kinds_are_compared() {
    let one = [
        Value::Ubyte(1),
        Value::Ushort(1),
        Value::Uint(1),
        Value::Ulong(1),
        Value::Byte(1),
        Value::Short(1),
        Value::Int(1),
        Value::Long(1),
        Value::Float(1.0),
        Value::Double(1.0),
        Value::Decimal(Cow::Borrowed("1.00")),
    ];
    for left in &one {
        for right in &one {
            let message = Message::default()
                .with("a", left.clone())
                .with("b", right.clone());
            holds(
                "a = b AND a <= 1 AND a >= 1.0 AND a < 2 AND a > 0.5 AND a <> 3",
                &message,
            );
        }
    }
    let large = Message::default()
        .with("a", Value::Ulong(u64::MAX))
        .with("b", Value::Long(-1));
    holds("a > b AND a > 9223372036854775807", &large);
}

#[test]
fn a_float_and_a_double_are_compared_as_doubles() {
    let message = Message::default()
        .with("a", Value::Float(0.1))
        .with("b", f64::NAN);
    holds("a <> 0.1 AND a > 0.0999", &message);
    is_unknown("b = b", &message);
}

#[test]
fn a_float_and_a_whole_number_are_compared_as_floats() {
    let message = Message::default().with("a", Value::Float(16_777_216.0));
    holds("a = 16777217 AND a <> 16777218", &message);
}

#[test]
fn decimals_are_exact() {
    let message = Message::default().with("price", Value::Decimal(Cow::Borrowed("12.30")));
    holds("price * 10 = 123", &message);
    holds("price / 2 = price - price / 2", &message);
    holds("price > 12.25", &message);
    assert_eq!(
        evaluate("price / 0 = 1", &message),
        Err(EvaluateError::DivisionByZero)
    );
}

#[test]
fn kinds_that_do_not_compare_are_unknown() {
    let message = Message::default()
        .with("number", 1)
        .with("text", "1")
        .with("id", Uuid::nil())
        .with("bytes", Value::Binary(Cow::Borrowed(b"1")))
        .with("time", Value::Timestamp(1))
        .with("flag", true);
    let names = ["number", "text", "id", "bytes", "time", "flag"];
    for left in names {
        for right in names {
            let expression = format!("{left} = {right}");
            if left == right {
                holds(&expression, &message);
            } else {
                is_unknown(&expression, &message);
            }
        }
    }
    is_unknown("flag < flag", &message);
    is_unknown("id >= id", &message);
    holds("time <= time AND NOT time < time", &message);
}

#[test]
fn texts_compare_by_characters_with_their_case() {
    let message = Message::default()
        .with("a", "b")
        .with("s", Value::Symbol(Cow::Borrowed("b")))
        .with("c", Value::Char('b'));
    holds(
        "a = s AND a = c AND c = s AND a <> 'B' AND a > 'a' AND a < 'ba'",
        &message,
    );
}

#[test]
fn arithmetic_goes_from_left_to_right_and_points_before_dashes() {
    let message = Message::default().with("x", 7).with("big", i64::MAX);
    holds(
        "10 - 4 - 3 = 3 AND 2 + 3 * 4 = 14 AND (2 + 3) * 4 = 20",
        &message,
    );
    holds(
        "x / 2 = 3 AND x % 4 = 3 AND -x = -7 AND x / 2.0 = 3.5",
        &message,
    );
    holds("1.0 / 0 > 1", &message);
    assert_eq!(
        evaluate("x / 0 = 1", &message),
        Err(EvaluateError::DivisionByZero)
    );
    assert_eq!(
        evaluate("x % 0 = 1", &message),
        Err(EvaluateError::DivisionByZero)
    );
    assert_eq!(
        evaluate("big * big = 1", &message),
        Err(EvaluateError::Overflow)
    );
    holds("big + 1 > big", &message);
    let error = evaluate("x - 'a' = 1", &message).expect_err("a text has no minus");
    assert_eq!(
        error.to_string(),
        "expected numbers with `-`, found int and string"
    );
}

#[test]
fn plus_joins_texts_up_to_a_limit() {
    let message = Message::default()
        .with("a", "x".repeat(40_000))
        .with("n", 7);
    holds("'a' + 1 + 'b' + n = 'a1b7'", &message);
    assert_eq!(
        evaluate("a + a = ''", &message),
        Err(EvaluateError::TextTooLong(80_000))
    );
}

#[test]
fn like_knows_wildcards_and_escapes() {
    let message = Message::default();
    for (text, pattern, escape, expected) in [
        ("", "", None, true),
        ("", "%", None, true),
        ("", "_", None, false),
        ("abc", "a%", None, true),
        ("abc", "%c", None, true),
        ("abc", "a_c", None, true),
        ("abc", "A%", None, false),
        ("abcabd", "%ab_", None, true),
        ("aXbXc", "a%X%c", None, true),
        ("abc", "%b", None, false),
        ("äöü", "_ö_", None, true),
        ("ABC%", "ABC\\%", Some('\\'), true),
        ("ABCD", "ABC\\%", Some('\\'), false),
        ("a\\", "a\\", Some('\\'), true),
        ("a.b", "a.b", None, true),
    ] {
        let escape = escape.map_or(String::new(), |escape| format!(" ESCAPE '{escape}'"));
        let expression = format!("'{text}' LIKE '{pattern}'{escape}");
        assert_eq!(
            evaluate(&expression, &message),
            Ok(expected),
            "{expression}"
        );
    }
    is_unknown("1 LIKE '1'", &message);
    let two = message.with("two", "xy");
    assert_eq!(
        evaluate("'a' LIKE 'a' ESCAPE two", &two),
        Err(EvaluateError::Escape)
    );
}

#[test]
fn a_pattern_of_many_wildcards_ends_in_time() {
    let message = Message::default().with("a", "a".repeat(20_000));
    fails(&format!("a LIKE '{}b'", "%a".repeat(400)), &message);
}

#[test]
fn functions_read_a_property_by_its_name() {
    let message = dataverse()
        .with("name", "MessageMaxSizeExceeded")
        .with("n", 1);
    holds(
        "property(name) = TRUE AND p('user.name') = name AND p('SYS.CorrelationId') LIKE '{%'",
        &message,
    );
}

#[test]
fn functions_refuse_what_names_no_property() {
    let message = Message::default().with("n", 1);
    is_unknown("p(Missing) = 1", &message);
    assert_eq!(
        evaluate("p(n) = 1", &message),
        Err(EvaluateError::PropertyName("int"))
    );
    assert_eq!(
        evaluate("p('sys.nothing') = 1", &message),
        Err(EvaluateError::SystemProperty)
    );
    holds("newid() <> newid()", &message);
}

#[test]
fn parameters_stand_for_values_beside_the_expression() {
    let parameters = [
        ("@source".to_owned(), "crm".into()),
        ("least".to_owned(), Value::from(2)),
    ];
    let filter = SqlFilter::new(
        "source = @Source AND n >= @least",
        parameters,
        &Limits::default(),
    )
    .expect("a filter");
    assert_eq!(
        filter.matches(&Message::default().with("source", "crm").with("n", 2)),
        Ok(true)
    );
    assert_eq!(
        filter.matches(&Message::default().with("source", "crm").with("n", 1)),
        Ok(false)
    );
    assert_eq!(filter.parameters()[0].0, "source");
}

#[test]
fn of_two_parameters_with_one_name_the_last_counts() {
    let parameters = [
        ("x".to_owned(), Value::from(1)),
        ("@X".to_owned(), Value::from(2)),
    ];
    let filter = SqlFilter::new("@x = 2", parameters, &Limits::default()).expect("a filter");
    assert_eq!(filter.matches(&Message::default()), Ok(true));
}

#[test]
fn system_properties_have_names_without_case() {
    let message = Message::default()
        .with_system(SystemProperty::Label, "a")
        .with_system(SystemProperty::DeliveryCount, Value::Uint(3))
        .with("Label", "b");
    holds(
        "sys.label = 'a' AND SYS.Subject = 'a' AND sys.[DeliveryCount] > 2 AND label = 'b' AND user.label = 'b'",
        &message,
    );
}
