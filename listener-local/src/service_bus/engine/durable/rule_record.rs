use serde::{Deserialize, Serialize};
use serde_amqp::Value as Amqp;

use crate::service_bus::{
    engine::{time::Timestamp, topic::Installed},
    rules::{
        CorrelationFilter, Filter, Limits, Rule, SqlAction, SqlFilter, Value,
        wire::{from_amqp, to_amqp},
    },
};

/// A rule, and when it was added, in milliseconds since 1970.
#[derive(Serialize, Deserialize)]
pub(super) struct RuleRecord {
    name: String,
    created: i64,
    filter: FilterRecord,
    action: Option<Expression>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum FilterRecord {
    True,
    False,
    Sql(Expression),
    Correlation {
        /// In the order of the fields of a correlation filter on the wire.
        system: [Option<String>; 8],
        properties: Vec<Named>,
    },
}

#[derive(Serialize, Deserialize)]
struct Expression {
    text: String,
    parameters: Vec<Named>,
}

/// A name and a value as AMQP encodes it.
type Named = (String, Vec<u8>);

impl RuleRecord {
    pub(super) fn new(installed: &Installed) -> Self {
        let rule = &installed.rule;
        let filter = match rule.filter() {
            Filter::True => FilterRecord::True,
            Filter::False => FilterRecord::False,
            Filter::Sql(filter) => FilterRecord::Sql(Expression {
                text: filter.expression().to_owned(),
                parameters: encode(filter.parameters()),
            }),
            Filter::Correlation(filter) => {
                let own = filter.clone();
                FilterRecord::Correlation {
                    system: [
                        own.correlation_id,
                        own.message_id,
                        own.to,
                        own.reply_to,
                        own.label,
                        own.session_id,
                        own.reply_to_session_id,
                        own.content_type,
                    ],
                    properties: encode(&filter.properties),
                }
            }
        };
        Self {
            name: rule.name().to_owned(),
            created: installed.created.as_millis(),
            filter,
            action: rule.action().map(|action| Expression {
                text: action.expression().to_owned(),
                parameters: encode(action.parameters()),
            }),
        }
    }

    pub(super) fn read(self) -> Result<Installed, String> {
        // What was taken once is not measured again.
        let limits = Limits {
            length: usize::MAX,
            tokens: usize::MAX,
            ..Limits::default()
        };
        let fault = |_| "a rule that does not decode".to_owned();
        let filter = match self.filter {
            FilterRecord::True => Filter::True,
            FilterRecord::False => Filter::False,
            FilterRecord::Sql(Expression { text, parameters }) => {
                let filter = SqlFilter::new(text, decode(parameters)?, &limits);
                Filter::Sql(filter.map_err(fault)?)
            }
            FilterRecord::Correlation { system, properties } => {
                let [
                    correlation_id,
                    message_id,
                    to,
                    reply_to,
                    label,
                    session_id,
                    reply_to_session_id,
                    content_type,
                ] = system;
                Filter::Correlation(CorrelationFilter {
                    correlation_id,
                    message_id,
                    to,
                    reply_to,
                    label,
                    session_id,
                    reply_to_session_id,
                    content_type,
                    properties: decode(properties)?,
                })
            }
        };
        let rule = if self.name == Rule::DEFAULT_NAME && matches!(filter, Filter::True) {
            Rule::default()
        } else {
            Rule::new(self.name, filter)
                .map_err(|_| "a rule whose name does not decode".to_owned())?
        };
        let rule = match self.action {
            Some(Expression { text, parameters }) => {
                let action = SqlAction::new(text, decode(parameters)?, &limits);
                rule.with_action(action.map_err(fault)?)
            }
            None => rule,
        };
        Ok(Installed {
            rule,
            created: Timestamp::from_millis(self.created),
        })
    }
}

fn encode(values: &[(String, Value<'static>)]) -> Vec<Named> {
    let encode = |(name, value): &(String, Value<'static>)| {
        let value = serde_amqp::to_vec(&to_amqp(value)).unwrap_or_default();
        (name.clone(), value)
    };
    values.iter().map(encode).collect()
}

fn decode(values: Vec<Named>) -> Result<Vec<(String, Value<'static>)>, String> {
    let decode = |(name, value): Named| {
        let value: Option<Amqp> = serde_amqp::from_slice(&value).ok();
        let value = value.as_ref().and_then(from_amqp).map(Value::into_owned);
        Some((name, value?))
    };
    let decoded: Option<Vec<_>> = values.into_iter().map(decode).collect();
    decoded.ok_or_else(|| "a rule whose values do not decode".to_owned())
}
