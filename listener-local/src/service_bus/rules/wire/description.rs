use serde_amqp::{
    Value as Amqp,
    described::Described,
    descriptor::Descriptor,
    primitives::{OrderedMap, Timestamp},
};

use super::{
    WireError,
    request::{non_empty, properties, properties_map, rule, sql_action, sql_filter, text},
};
use crate::service_bus::rules::{CorrelationFilter, Filter, Rule};

// Filters have one digit less than the others: so Microsoft documents them, and so its SDKs compare them.
const RULE_DESCRIPTION: u64 = 0x0000_0137_0000_0004;
const EMPTY_ACTION: u64 = 0x0000_0137_0000_0005;
const SQL_ACTION: u64 = 0x0000_0137_0000_0006;
const SQL_FILTER: u64 = 0x0000_0013_7000_0006;
const TRUE_FILTER: u64 = 0x0000_0013_7000_0007;
const FALSE_FILTER: u64 = 0x0000_0013_7000_0008;
const CORRELATION_FILTER: u64 = 0x0000_0013_7000_0009;

/// The names of the descriptors, which stand for their codes.
const NAMES: [(&str, u64); 7] = [
    ("com.microsoft:rule-description:list", RULE_DESCRIPTION),
    ("com.microsoft:empty-rule-action:list", EMPTY_ACTION),
    ("com.microsoft:sql-rule-action:list", SQL_ACTION),
    ("com.microsoft:sql-filter:list", SQL_FILTER),
    ("com.microsoft:true-filter:list", TRUE_FILTER),
    ("com.microsoft:false-filter:list", FALSE_FILTER),
    ("com.microsoft:correlation-filter:list", CORRELATION_FILTER),
];

/// The version of the dialect, the second field of an expression. Service Bus has had this one only since 2014.
const COMPATIBILITY_LEVEL: i32 = 20;

/// The body of the response to `enumerate-rules`: each rule, and when it was made in milliseconds since 1970.
pub fn enumerated_rules<'a>(rules: impl IntoIterator<Item = (&'a Rule, i64)>) -> Amqp {
    let member = |name: &str, value| Amqp::Map(OrderedMap::from_iter([(Amqp::from(name), value)]));
    let rules = rules
        .into_iter()
        .map(|(rule, created_at)| member("rule-description", description(rule, created_at)))
        .collect();
    member("rules", Amqp::List(rules))
}

/// A rule as a `com.microsoft:rule-description:list`: filter, action, name and when it was made, in milliseconds since
/// 1970.
pub fn description(rule: &Rule, created_at: i64) -> Amqp {
    let filter = match rule.filter() {
        Filter::True => list(TRUE_FILTER, Vec::new()),
        Filter::False => list(FALSE_FILTER, Vec::new()),
        Filter::Sql(filter) => list(SQL_FILTER, expression(filter.expression())),
        Filter::Correlation(filter) => list(CORRELATION_FILTER, correlation(filter)),
    };
    let action = match rule.action() {
        Some(action) => list(SQL_ACTION, expression(action.expression())),
        None => list(EMPTY_ACTION, Vec::new()),
    };
    let created_at = Amqp::Timestamp(Timestamp::from_milliseconds(created_at));
    list(
        RULE_DESCRIPTION,
        vec![filter, action, rule.name().into(), created_at],
    )
}

fn list(code: u64, fields: Vec<Amqp>) -> Amqp {
    Amqp::Described(Box::new(Described {
        descriptor: Descriptor::Code(code),
        value: Amqp::List(fields),
    }))
}

fn expression(text: &str) -> Vec<Amqp> {
    vec![text.into(), COMPATIBILITY_LEVEL.into()]
}

fn correlation(filter: &CorrelationFilter) -> Vec<Amqp> {
    let texts = [
        &filter.correlation_id,
        &filter.message_id,
        &filter.to,
        &filter.reply_to,
        &filter.label,
        &filter.session_id,
        &filter.reply_to_session_id,
        &filter.content_type,
    ];
    let mut fields: Vec<_> = texts
        .into_iter()
        .map(|text| text.as_deref().map_or(Amqp::Null, Amqp::from))
        .collect();
    fields.push(properties_map(filter));
    fields
}

/// The rule that a `com.microsoft:rule-description:list` describes.
///
/// # Errors
///
/// If the value is no such list, or describes what no rule can be.
pub fn read_description(value: &Amqp) -> Result<Rule, WireError> {
    let place = "rule-description";
    let (RULE_DESCRIPTION, fields) = described(place, Some(value))? else {
        return Err(WireError::expected(
            place,
            "the descriptor of a rule",
            Some(value),
        ));
    };
    let filter = filter(fields.first())?;
    let rule = rule(text("rule-name", fields.get(2))?, filter)?;
    let action = fields.get(1).filter(|action| **action != Amqp::Null);
    match action
        .map(|action| described("sql-rule-action", Some(action)))
        .transpose()?
    {
        None | Some((EMPTY_ACTION, _)) => Ok(rule),
        Some((SQL_ACTION, fields)) => {
            let place = "sql-rule-action";
            Ok(rule.with_action(sql_action((place, text(place, fields.first())?))?))
        }
        Some(_) => Err(WireError::expected(
            "sql-rule-action",
            "the descriptor of an action",
            action,
        )),
    }
}

fn filter(value: Option<&Amqp>) -> Result<Filter, WireError> {
    match described("filter", value)? {
        (TRUE_FILTER, _) => Ok(Filter::True),
        (FALSE_FILTER, _) => Ok(Filter::False),
        (SQL_FILTER, fields) => sql_filter(("sql-filter", text("sql-filter", fields.first())?)),
        (CORRELATION_FILTER, fields) => {
            let field = |index: usize| fields.get(index).filter(|field| **field != Amqp::Null);
            let text = |index, place| {
                field(index)
                    .map(|own| text(place, Some(own)).map(str::to_owned))
                    .transpose()
            };
            non_empty(CorrelationFilter {
                correlation_id: text(0, "correlation-id")?,
                message_id: text(1, "message-id")?,
                to: text(2, "to")?,
                reply_to: text(3, "reply-to")?,
                label: text(4, "label")?,
                session_id: text(5, "session-id")?,
                reply_to_session_id: text(6, "reply-to-session-id")?,
                content_type: text(7, "content-type")?,
                properties: properties(field(8))?,
            })
        }
        _ => Err(WireError::expected(
            "filter",
            "the descriptor of a filter",
            value,
        )),
    }
}

/// The code and the fields of a described list.
fn described<'a>(
    place: &'static str,
    value: Option<&'a Amqp>,
) -> Result<(u64, &'a [Amqp]), WireError> {
    let Some(Amqp::Described(inner)) = value else {
        return Err(WireError::expected(place, "a described list", value));
    };
    let Amqp::List(fields) = &inner.value else {
        return Err(WireError::expected(
            place,
            "a described list",
            Some(&inner.value),
        ));
    };
    let code = match &inner.descriptor {
        Descriptor::Code(code) => *code,
        // No code is zero.
        Descriptor::Name(name) => NAMES
            .iter()
            .find(|(own, _)| *own == name.as_str())
            .map_or(0, |(_, code)| *code),
    };
    Ok((code, fields))
}
