use serde_amqp::{Value as Amqp, primitives::OrderedMap};

use super::{WireError, from_amqp, to_amqp};
use crate::service_bus::rules::{CorrelationFilter, Filter, Rule, SqlAction, SqlFilter, Value};

type Map = OrderedMap<Amqp, Amqp>;

/// Which rules `enumerate-rules` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// How many at most.
    pub top: usize,
    /// How many are passed over before them.
    pub skip: usize,
}

/// The rule that the body of an `add-rule` request holds.
///
/// A filter `1=1` stays an expression. Of a rule without a filter nothing is known, so that it is an error.
///
/// # Errors
///
/// If the body is no such map, or its filter, action or name cannot be.
pub fn read_add_rule(body: &Amqp) -> Result<Rule, WireError> {
    let request = map("add-rule", Some(body))?;
    let name = text("rule-name", get(request, "rule-name"))?;
    let description = map("rule-description", get(request, "rule-description"))?;
    let filter = match (
        get(description, "sql-filter"),
        get(description, "correlation-filter"),
    ) {
        (Some(sql), None) => sql_filter(expression("sql-filter", sql)?)?,
        (None, Some(correlation)) => {
            correlation_filter(map("correlation-filter", Some(correlation))?)?
        }
        _ => {
            return Err(WireError::new(
                "rule-description",
                "expected either `sql-filter` or `correlation-filter`",
            ));
        }
    };
    let rule = rule(name, filter)?;
    match get(description, "sql-rule-action") {
        Some(action) => Ok(rule.with_action(sql_action(expression("sql-rule-action", action)?)?)),
        None => Ok(rule),
    }
}

/// The name that the body of a `remove-rule` request holds.
///
/// # Errors
///
/// If the body is no such map.
pub fn read_remove_rule(body: &Amqp) -> Result<&str, WireError> {
    text(
        "rule-name",
        get(map("remove-rule", Some(body))?, "rule-name"),
    )
}

/// The page that the body of an `enumerate-rules` request asks for.
///
/// # Errors
///
/// If the body is no such map, or asks for less than nothing.
pub fn read_enumerate_rules(body: &Amqp) -> Result<Page, WireError> {
    let request = map("enumerate-rules", Some(body))?;
    Ok(Page {
        top: count("top", get(request, "top"))?,
        skip: count("skip", get(request, "skip"))?,
    })
}

/// The body of an `add-rule` request.
pub fn add_rule(rule: &Rule) -> Amqp {
    let mut description = Map::new();
    let mut insert = |name: &str, value| description.insert(name.into(), value);
    match rule.filter() {
        Filter::True => insert("sql-filter", expression_map("1=1")),
        Filter::False => insert("sql-filter", expression_map("1=0")),
        Filter::Sql(filter) => insert("sql-filter", expression_map(filter.expression())),
        Filter::Correlation(filter) => insert("correlation-filter", correlation_map(filter)),
    };
    if let Some(action) = rule.action() {
        insert("sql-rule-action", expression_map(action.expression()));
    }
    let request = [
        (Amqp::from("rule-name"), Amqp::from(rule.name())),
        (Amqp::from("rule-description"), Amqp::Map(description)),
    ];
    Amqp::Map(request.into_iter().collect())
}

fn expression_map(expression: &str) -> Amqp {
    Amqp::Map(
        [(Amqp::from("expression"), Amqp::from(expression))]
            .into_iter()
            .collect(),
    )
}

fn correlation_map(filter: &CorrelationFilter) -> Amqp {
    let texts = [
        ("correlation-id", &filter.correlation_id),
        ("message-id", &filter.message_id),
        ("to", &filter.to),
        ("reply-to", &filter.reply_to),
        ("label", &filter.label),
        ("session-id", &filter.session_id),
        ("reply-to-session-id", &filter.reply_to_session_id),
        ("content-type", &filter.content_type),
    ];
    let mut map: Map = texts
        .into_iter()
        .filter_map(|(name, text)| Some((Amqp::from(name), Amqp::from(text.as_deref()?))))
        .collect();
    map.insert("properties".into(), properties_map(filter));
    Amqp::Map(map)
}

pub(super) fn properties_map(filter: &CorrelationFilter) -> Amqp {
    let properties = filter.properties.iter();
    Amqp::Map(
        properties
            .map(|(name, value)| (Amqp::from(name.as_str()), to_amqp(value)))
            .collect(),
    )
}

/// A member, whose name may be a string or a symbol; a null is none.
fn get<'a>(map: &'a Map, name: &str) -> Option<&'a Amqp> {
    map.iter()
        .find(|(key, _)| match key {
            Amqp::String(key) => key == name,
            Amqp::Symbol(key) => key.as_str() == name,
            _ => false,
        })
        .map(|(_, value)| value)
        .filter(|value| **value != Amqp::Null)
}

fn map<'a>(place: &'static str, value: Option<&'a Amqp>) -> Result<&'a Map, WireError> {
    match value {
        Some(Amqp::Map(map)) => Ok(map),
        other => Err(WireError::expected(place, "a map", other)),
    }
}

pub(super) fn text<'a>(place: &'static str, value: Option<&'a Amqp>) -> Result<&'a str, WireError> {
    match value {
        Some(Amqp::String(text)) => Ok(text),
        other => Err(WireError::expected(place, "a string", other)),
    }
}

/// A count: of any integer type, since languages without types choose one by its size.
fn count(place: &'static str, value: Option<&Amqp>) -> Result<usize, WireError> {
    let number = match value {
        Some(Amqp::Int(number)) => usize::try_from(*number).ok(),
        Some(Amqp::Long(number)) => usize::try_from(*number).ok(),
        Some(Amqp::Uint(number)) => usize::try_from(*number).ok(),
        Some(Amqp::Ulong(number)) => usize::try_from(*number).ok(),
        other => return Err(WireError::expected(place, "an int", other)),
    };
    number.ok_or_else(|| WireError::new(place, "expected an int from 0, found one below it"))
}

fn expression<'a>(
    place: &'static str,
    value: &'a Amqp,
) -> Result<(&'static str, &'a str), WireError> {
    let map = map(place, Some(value))?;
    Ok((place, text(place, get(map, "expression"))?))
}

pub(super) fn sql_filter((place, expression): (&'static str, &str)) -> Result<Filter, WireError> {
    let filter: Result<SqlFilter, _> = expression.parse();
    filter
        .map(Filter::Sql)
        .map_err(|error| WireError::new(place, error.to_string()))
}

pub(super) fn sql_action(
    (place, expression): (&'static str, &str),
) -> Result<SqlAction, WireError> {
    expression
        .parse()
        .map_err(|error: crate::service_bus::rules::ParseError| {
            WireError::new(place, error.to_string())
        })
}

pub(super) fn rule(name: &str, filter: Filter) -> Result<Rule, WireError> {
    Rule::new(name, filter).map_err(|error| WireError::new("rule-name", error.to_string()))
}

fn correlation_filter(map: &Map) -> Result<Filter, WireError> {
    let text = |place| {
        get(map, place)
            .map(|value| text(place, Some(value)).map(str::to_owned))
            .transpose()
    };
    non_empty(CorrelationFilter {
        correlation_id: text("correlation-id")?,
        message_id: text("message-id")?,
        to: text("to")?,
        reply_to: text("reply-to")?,
        label: text("label")?,
        session_id: text("session-id")?,
        reply_to_session_id: text("reply-to-session-id")?,
        content_type: text("content-type")?,
        properties: properties(get(map, "properties"))?,
    })
}

pub(super) fn non_empty(filter: CorrelationFilter) -> Result<Filter, WireError> {
    if filter.is_empty() {
        return Err(WireError::new(
            "correlation-filter",
            "expected at least one property to compare with, found none",
        ));
    }
    Ok(Filter::Correlation(filter))
}

pub(super) fn properties(value: Option<&Amqp>) -> Result<Vec<(String, Value<'static>)>, WireError> {
    let Some(value) = value else {
        return Ok(Vec::new());
    };
    map("properties", Some(value))?
        .iter()
        .map(|(name, value)| {
            let name = text("properties", Some(name))?.to_owned();
            let own = from_amqp(value).ok_or_else(|| {
                WireError::expected("properties", "a primitive value", Some(value))
            })?;
            Ok((name, own.into_owned()))
        })
        .collect()
}
