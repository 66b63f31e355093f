use std::borrow::Cow;

use super::message::Message;
use crate::service_bus::rules::{
    EvaluateError, Limits, Properties, SqlAction, SystemProperty, Value,
};

fn apply(action: &str, message: &mut Message) -> Result<(), EvaluateError> {
    action.parse::<SqlAction>().expect(action).apply(message)
}

#[test]
fn statements_set_and_remove_one_after_the_other() {
    let mut message = Message::default().with("old", "x").with("n", 1_i64);
    apply(
        "SET n = n + 1, SET twice = n * 2; REMOVE OLD SET sys.Label = 'l' + n;",
        &mut message,
    )
    .expect("applied");
    assert_eq!(message.user("n"), Some(Value::Long(2)));
    assert_eq!(message.user("twice"), Some(Value::Long(4)));
    assert_eq!(message.user("old"), None);
    assert_eq!(message.system(SystemProperty::Label), Value::from("l2"));
}

#[test]
fn a_value_takes_the_kind_of_the_one_before_it_where_it_can() {
    for (existing, action, expected) in [
        (Value::Int(1), "SET x = 5", Value::Int(5)),
        (Value::Ubyte(1), "SET x = 5", Value::Ubyte(5)),
        (Value::Ushort(1), "SET x = 5", Value::Ushort(5)),
        (Value::Uint(1), "SET x = 5", Value::Uint(5)),
        (Value::Ulong(1), "SET x = 5", Value::Ulong(5)),
        (Value::Byte(1), "SET x = 5", Value::Byte(5)),
        (Value::Short(1), "SET x = 5", Value::Short(5)),
        (
            Value::Symbol(Cow::Borrowed("a")),
            "SET x = 5",
            Value::Symbol(Cow::Borrowed("5")),
        ),
        (Value::Byte(1), "SET x = 500", Value::Long(500)),
        (Value::Int(1), "SET x = 1.5", Value::Double(1.5)),
        (Value::Double(1.0), "SET x = 5", Value::Double(5.0)),
        (Value::Float(1.0), "SET x = 0.5", Value::Float(0.5)),
        (
            Value::Decimal(Cow::Borrowed("1.5")),
            "SET x = 5",
            Value::Decimal(Cow::Borrowed("5")),
        ),
        (Value::from("a"), "SET x = 5", Value::from("5")),
        (Value::from("a"), "SET x = TRUE", Value::from("True")),
        (Value::Bool(true), "SET x = 'a'", Value::from("a")),
        (Value::from("a"), "SET x = NULL", Value::Null),
        (Value::from("a"), "SET x = missing + 1", Value::Null),
    ] {
        let mut message = Message::default().with("x", existing.clone());
        apply(action, &mut message).expect(action);
        assert_eq!(message.user("x"), Some(expected), "{existing:?}, {action}");
    }
}

#[test]
fn an_action_has_parameters_too() {
    let parameters = [("@to".to_owned(), "billing".into())];
    let action =
        SqlAction::new("SET sys.To = @to", parameters, &Limits::default()).expect("an action");
    let mut message = Message::default();
    action.apply(&mut message).expect("applied");
    assert_eq!(message.system(SystemProperty::To), "billing".into());
}

#[test]
fn remove_takes_a_system_property_away_and_passes_over_what_is_missing() {
    let mut message = Message::default().with_system(SystemProperty::Label, "a");
    apply("REMOVE sys.Label REMOVE missing", &mut message).expect("applied");
    assert_eq!(message.system(SystemProperty::Label), Value::Null);
}

#[test]
fn what_a_property_cannot_hold_is_an_error() {
    let mut message = Message::default();
    let error = apply("SET sys.TimeToLive = 'soon'", &mut message).expect_err("a text");
    assert_eq!(
        error.to_string(),
        "expected a value that `sys.TimeToLive` can hold, found string"
    );
}

#[test]
fn doubling_a_text_ends_at_the_limit() {
    let mut message = Message::default().with("a", "0123456789");
    let action = vec!["SET a=a+a"; 60].join(";");
    assert!(matches!(
        apply(&action, &mut message),
        Err(EvaluateError::TextTooLong(_))
    ));
}

#[test]
fn errors_tell_what_an_action_lacks() {
    for (action, expected) in [
        (
            "",
            "line 1, column 1: expected `SET` or `REMOVE`, found the end",
        ),
        (
            "SET a = 1,",
            "line 1, column 11: expected `SET` or `REMOVE`, found the end",
        ),
        (
            "SET a 1",
            "line 1, column 7: expected `=` after the property, found an integer",
        ),
        (
            "SET a = b = 1",
            "line 1, column 11: expected `SET` or `REMOVE`, found `=`",
        ),
        (
            "SET sys.SequenceNumber = 1",
            "line 1, column 5: expected a property that an action can change, found `sys.SequenceNumber`",
        ),
        (
            "REMOVE 1",
            "line 1, column 8: expected a property, found an integer",
        ),
    ] {
        let error = action.parse::<SqlAction>().expect_err(action);
        assert_eq!(error.to_string(), expected, "{action}");
    }
}

#[test]
fn the_normal_form_of_an_action_is_the_same_action() {
    let action: SqlAction = "set a=(1+2)*3 remove [b c], set sys.to = newid()"
        .parse()
        .expect("an action");
    assert_eq!(
        action.to_string(),
        "SET a = (1 + 2) * 3; REMOVE [b c]; SET sys.To = newid()"
    );
    let again: SqlAction = action.to_string().parse().expect("an action");
    assert_eq!(again.to_string(), action.to_string());
}
