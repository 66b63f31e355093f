use uuid::Uuid;

use super::message::Message;
use crate::service_bus::rules::{
    CorrelationFilter, EvaluateError, Filter, RULE_NAME_LIMIT, Rule, RuleNameError, SystemProperty,
    Value,
};

#[test]
fn all_that_is_set_has_to_be_equal() {
    let filter = CorrelationFilter {
        label: Some("a".to_owned()),
        properties: vec![
            ("entity".to_owned(), "account".into()),
            ("depth".to_owned(), Value::Int(1)),
        ],
        ..CorrelationFilter::default()
    };
    let message = || {
        Message::default()
            .with_system(SystemProperty::Label, "a")
            .with("Entity", "account")
    };
    assert!(filter.matches(&message().with("depth", 1_i64)));
    assert!(!filter.matches(&message()));
    assert!(!filter.matches(&message().with("depth", 2)));
    assert!(!filter.matches(&message().with("depth", "1")));
    assert!(!filter.matches(&message().with("depth", Value::Null)));
    assert!(!filter.matches(&message().with("depth", 1).with("entity", "Account")));
}

#[test]
fn each_field_reads_its_own_property() {
    let text = |own: bool| own.then(|| "x".to_owned());
    let properties = [
        SystemProperty::CorrelationId,
        SystemProperty::MessageId,
        SystemProperty::To,
        SystemProperty::ReplyTo,
        SystemProperty::Label,
        SystemProperty::SessionId,
        SystemProperty::ReplyToSessionId,
        SystemProperty::ContentType,
    ];
    for (index, property) in properties.into_iter().enumerate() {
        let filter = CorrelationFilter {
            correlation_id: text(index == 0),
            message_id: text(index == 1),
            to: text(index == 2),
            reply_to: text(index == 3),
            label: text(index == 4),
            session_id: text(index == 5),
            reply_to_session_id: text(index == 6),
            content_type: text(index == 7),
            properties: Vec::new(),
        };
        assert!(!filter.is_empty());
        assert!(
            filter.matches(&Message::default().with_system(property, "x")),
            "{property:?}"
        );
        assert!(
            !filter.matches(&Message::default().with_system(property, "X")),
            "{property:?}"
        );
        assert!(!filter.matches(&Message::default()), "{property:?}");
    }
}

#[test]
fn an_id_that_is_no_text_is_compared_by_its_text() {
    let filter = CorrelationFilter {
        message_id: Some(Uuid::nil().to_string()),
        ..CorrelationFilter::default()
    };
    assert!(
        filter.matches(&Message::default().with_system(SystemProperty::MessageId, Uuid::nil()))
    );
}

#[test]
fn each_filter_matches_what_it_says() {
    let message = Message::default().with("a", 1);
    assert_eq!(Filter::True.matches(&message), Ok(true));
    assert_eq!(Filter::False.matches(&message), Ok(false));
    assert_eq!(
        Filter::Sql("a = 1".parse().expect("a filter")).matches(&message),
        Ok(true)
    );
    assert_eq!(
        Filter::Sql("a / 0 = 1".parse().expect("a filter")).matches(&message),
        Err(EvaluateError::DivisionByZero)
    );
    assert_eq!(
        Filter::Correlation(CorrelationFilter::default()).matches(&message),
        Ok(true)
    );
}

#[test]
fn a_rule_has_a_name_that_service_bus_takes() {
    assert_eq!(Rule::new("", Filter::True), Err(RuleNameError::Length(0)));
    assert!(Rule::new("é".repeat(RULE_NAME_LIMIT), Filter::True).is_ok());
    assert_eq!(
        Rule::new("x".repeat(51), Filter::True),
        Err(RuleNameError::Length(51))
    );
    assert_eq!(
        Rule::new("a/b", Filter::True),
        Err(RuleNameError::Character)
    );
    assert!(Rule::new(Rule::DEFAULT_NAME, Filter::True).is_ok());
}
