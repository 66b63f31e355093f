use fe2o3_amqp::types::messaging::{Body, Message};
use fe2o3_amqp::types::primitives::Value as Wire;

use crate::amqp::{Error, ErrorKind, Value};

/// What a node answered.
#[derive(Clone, Debug)]
pub struct Response {
    status: i32,
    description: Option<String>,
    condition: Option<String>,
    body: Value,
}

impl Response {
    /// Like HTTP's. Services spell its name in two ways; `0` if the reply had none.
    pub fn status(&self) -> i32 {
        self.status
    }

    /// The body's value; null if there is none.
    pub fn body(&self) -> &Value {
        &self.body
    }

    /// The body's value, if the status is 2xx.
    ///
    /// # Errors
    /// Else, by the error condition, and where there is none by the status.
    pub fn into_body(self) -> Result<Value, Error> {
        if (200..300).contains(&self.status) {
            return Ok(self.body);
        }
        let kind = match &self.condition {
            Some(condition) => ErrorKind::of_condition(condition),
            None => ErrorKind::of_status(self.status),
        };
        let mut error = Error::new(kind, "a request");
        if let Some(condition) = &self.condition {
            error = error.with_condition(condition);
        }
        let description = self.description.unwrap_or_default();
        Err(error.with_detail(&format!("status {} {description}", self.status)))
    }

    pub(super) fn read(message: Message<Body<Wire>>) -> Self {
        let mut reply = Self {
            status: 0,
            description: None,
            condition: None,
            body: match message.body {
                Body::Value(value) => Value::from_wire(value.0),
                Body::Data(_) | Body::Sequence(_) | Body::Empty => Value::Null,
            },
        };
        let properties = message.application_properties.map(|map| map.0);
        for (name, value) in properties.into_iter().flatten() {
            let value = Value::from_wire(value.into());
            let text = || value.as_str().map(str::to_owned);
            match name.as_str() {
                "status-code" | "statusCode" => {
                    let status = value.as_i64().and_then(|status| status.try_into().ok());
                    reply.status = status.unwrap_or_default();
                }
                "status-description" | "statusDescription" => reply.description = text(),
                "error-condition" | "errorCondition" => reply.condition = text(),
                _ => {}
            }
        }
        reply
    }
}
