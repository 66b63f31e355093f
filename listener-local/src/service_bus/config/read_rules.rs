use serde_json::Value as Json;

use super::{
    node::{Members, Node},
    problem::Report,
    service_bus::Names,
};
use crate::service_bus::rules::{CorrelationFilter, Filter, Rule, SqlAction, SqlFilter, Value};

pub(super) fn rules(items: &[Node<'_>], report: &mut Report) -> Vec<Rule> {
    let mut names = Names::default();
    items
        .iter()
        .filter_map(|item| rule(item, &mut names, report))
        .collect()
}

fn rule(node: &Node<'_>, names: &mut Names, report: &mut Report) -> Option<Rule> {
    let mut members = node.object(report)?;
    let name = members.require("Name", report).and_then(|node| {
        let name = node.text(report)?;
        if let Err(error) = Rule::new(name, Filter::True) {
            report.error(node.path(), error.to_string());
            return None;
        }
        names.add(name, node.path(), report).then_some(name)
    });
    let properties = members
        .require("Properties", report)
        .and_then(|node| node.object(report));
    members.finish(report);
    let mut properties = properties?;
    let filter = filter(&mut properties, report);
    let action = properties
        .take("Action", report)
        .and_then(|node| expression(&node, report))
        .and_then(|(path, expression)| match expression.parse::<SqlAction>() {
            Ok(action) => Some(action),
            Err(error) => {
                report.error(&path, error.to_string());
                None
            }
        });
    properties.finish(report);
    let rule = Rule::new(name?, filter?).ok()?;
    Some(match action {
        Some(action) => rule.with_action(action),
        None => rule,
    })
}

fn filter(properties: &mut Members<'_>, report: &mut Report) -> Option<Filter> {
    let kind = properties.require("FilterType", report)?;
    let sql = properties.take("SqlFilter", report);
    let correlation = properties.take("CorrelationFilter", report);
    let (member, own, other) = match kind.text(report)? {
        text if text.eq_ignore_ascii_case("Sql") => ("SqlFilter", &sql, &correlation),
        text if text.eq_ignore_ascii_case("Correlation") => {
            ("CorrelationFilter", &correlation, &sql)
        }
        _ => {
            kind.expected("`Sql` or `Correlation`", report);
            return None;
        }
    };
    if let Some(other) = other {
        report.warn(
            other.path(),
            format!("expected `{member}` alone, found another filter, which is ignored"),
        );
    }
    let Some(own) = own else {
        report.error(
            properties.path(),
            format!("expected a member `{member}`, found none"),
        );
        return None;
    };
    if member == "CorrelationFilter" {
        return correlation_filter(own, report).map(Filter::Correlation);
    }
    let (path, expression) = expression(own, report)?;
    match expression.parse::<SqlFilter>() {
        Ok(filter) => Some(Filter::Sql(filter)),
        Err(error) => {
            report.error(&path, error.to_string());
            None
        }
    }
}

/// `SqlExpression` and its path.
fn expression<'a>(node: &Node<'a>, report: &mut Report) -> Option<(String, &'a str)> {
    let mut members = node.object(report)?;
    let expression = members.require("SqlExpression", report);
    members.finish(report);
    let expression = expression?;
    Some((expression.path().to_owned(), expression.text(report)?))
}

fn correlation_filter(node: &Node<'_>, report: &mut Report) -> Option<CorrelationFilter> {
    let mut members = node.object(report)?;
    let mut text = |name| {
        members
            .take(name, report)
            .and_then(|node| node.text(report))
            .map(str::to_owned)
    };
    let mut filter = CorrelationFilter {
        content_type: text("ContentType"),
        correlation_id: text("CorrelationId"),
        label: text("Label"),
        message_id: text("MessageId"),
        reply_to: text("ReplyTo"),
        reply_to_session_id: text("ReplyToSessionId"),
        session_id: text("SessionId"),
        to: text("To"),
        properties: Vec::new(),
    };
    if let Some(properties) = members
        .take("Properties", report)
        .and_then(|node| node.object(report))
    {
        filter.properties = properties
            .into_iter()
            .filter_map(|(name, node)| property(name, &node, report))
            .collect();
    }
    members.finish(report);
    if filter.is_empty() {
        node.expected("at least one property to compare with", report);
    }
    Some(filter)
}

fn property(name: &str, node: &Node<'_>, report: &mut Report) -> Option<(String, Value<'static>)> {
    let value = match node.json() {
        Json::String(text) => Value::from(text.clone()),
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => number
            .as_i64()
            .map(Value::Long)
            .or_else(|| number.as_u64().map(Value::Ulong))
            .or_else(|| number.as_f64().map(Value::Double))?,
        _ => {
            node.expected("a string, a number or a boolean", report);
            return None;
        }
    };
    Some((name.to_owned(), value))
}
