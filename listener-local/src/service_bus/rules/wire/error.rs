use std::{borrow::Cow, error::Error, fmt};

use serde_amqp::Value as Amqp;

/// Why a body is no request or no rule. Service Bus answers with `com.microsoft:argument-error`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireError {
    place: &'static str,
    text: Cow<'static, str>,
}

impl WireError {
    pub(super) fn new(place: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Self {
            place,
            text: text.into(),
        }
    }

    pub(super) fn expected(place: &'static str, expected: &str, found: Option<&Amqp>) -> Self {
        let found = found.map_or("none", kind);
        Self::new(place, format!("expected {expected}, found {found}"))
    }

    /// The member of the request or of the description: `sql-filter`.
    pub fn place(&self) -> &str {
        self.place
    }
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.place, self.text)
    }
}

impl Error for WireError {}

/// The name of the AMQP type of a value.
fn kind(value: &Amqp) -> &'static str {
    match value {
        Amqp::Described(_) => "a described value",
        Amqp::List(_) => "a list",
        Amqp::Map(_) => "a map",
        Amqp::Array(_) => "an array",
        primitive => super::from_amqp(primitive).map_or("another value", |value| value.kind()),
    }
}
