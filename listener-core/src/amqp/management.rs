//! Management requests: what the links of an entity cannot say.
//!
//! <https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-request-response>

use std::time::Duration;

use super::{
    Error, Requests, Session, Value,
    sender::{Stage, Unsent},
};

/// Requests to `{entity}/$management`; to `$management` itself for Event Hubs. Clones share the links.
#[derive(Clone, Debug)]
pub struct Management {
    requests: Requests,
}

/// One request: an operation's name, its properties, and its body.
///
/// ```
/// use listener_core::amqp::{Operation, Value};
/// use uuid::Uuid;
///
/// let renew = Operation::new("com.microsoft:renew-lock")
///     .body(Value::map([("lock-tokens", Value::Array(vec![Uuid::nil().into()]))]));
/// let read = Operation::new("READ")
///     .property("name", "hub")
///     .property("type", "com.microsoft:eventhub");
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Operation {
    name: String,
    properties: Vec<(String, Value)>,
    body: Value,
}

impl Operation {
    /// An operation with no body, such as `com.microsoft:peek-message`.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            properties: Vec::new(),
            body: Value::Null,
        }
    }

    /// What it works on: mostly a map.
    pub fn body(mut self, body: Value) -> Self {
        self.body = body;
        self
    }

    /// Adds an application property, such as `associated-link-name`.
    pub fn property(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.properties.push((name.into(), value.into()));
        self
    }
}

impl Management {
    /// Attaches to an entity's management node; the empty name is the namespace's own.
    ///
    /// # Errors
    /// As [`Session::requests`].
    pub async fn attach(
        session: &mut Session,
        entity: &str,
        within: Duration,
    ) -> Result<Self, Error> {
        let node = if entity.is_empty() {
            "$management".to_owned()
        } else {
            format!("{entity}/$management")
        };
        let requests = session.requests(&node, within).await?;
        Ok(Self { requests })
    }

    /// Asks, and waits for the answer's body; null where there is none, as for status 204. The service is told the same
    /// time-out, in whole milliseconds.
    ///
    /// # Errors
    /// By the answer's error condition, else its status; and as [`Requests::call`].
    pub async fn call(&self, operation: Operation, within: Duration) -> Result<Value, Error> {
        let answer = self.try_call(operation, within).await;
        answer.map_err(|unsent| unsent.error)
    }

    /// The same, and tells whether what failed may have been done.
    pub(super) async fn try_call(
        &self,
        operation: Operation,
        within: Duration,
    ) -> Result<Value, Unsent> {
        let Operation {
            name,
            mut properties,
            body,
        } = operation;
        let doing = format!("`{name}`");
        let milliseconds = u32::try_from(within.as_millis()).unwrap_or(u32::MAX);
        properties.push(("operation".to_owned(), name.into()));
        properties.push((
            "com.microsoft:server-timeout".to_owned(),
            Value::Uint(milliseconds),
        ));
        let reply = self
            .requests
            .call(doing.clone(), properties, body, within)
            .await
            .map_err(|error| Unsent::at(Stage::Left, error))?;
        reply
            .into_body()
            .map_err(|error| Unsent::at(Stage::Answered, error.doing(doing)))
    }

    /// Waits until the links have ended, and tells why.
    pub async fn closed(&self) -> Error {
        self.requests.closed().await
    }

    /// Whether the links have ended.
    pub fn is_closed(&self) -> bool {
        self.requests.is_closed()
    }
}
