//! Reading requests.

use bytes::Bytes;
use uuid::Uuid;

use super::reply::Failure;
use crate::{
    amqp::{
        scan_value, serde_amqp,
        serde_amqp::Value,
        types::{
            messaging::{AmqpValue, MessageId},
            primitives::SimpleValue,
        },
    },
    service_bus::engine::Message,
};

/// What a client asks of `$cbs` or `$management`.
#[derive(Debug)]
pub(super) struct Request {
    message: Message,
    body: Value,
}

impl Request {
    pub(super) fn read(payload: Bytes) -> Result<Self, Failure> {
        let message = Message::parse(payload).map_err(|error| Failure::from(&error))?;
        let body = body(&message.body())?;
        Ok(Self { message, body })
    }

    /// What its answer is correlated by.
    pub(super) fn id(&self) -> Option<&MessageId> {
        self.message.properties().message_id.as_ref()
    }

    pub(super) fn reply_to(&self) -> Option<&str> {
        self.message.properties().reply_to.as_deref()
    }

    /// The value of the body; null if there is none.
    pub(super) fn body(&self) -> &Value {
        &self.body
    }

    /// The text of an application property.
    pub(super) fn property(&self, name: &'static str) -> Result<&str, Failure> {
        match self.message.application_properties().0.get(name) {
            Some(SimpleValue::String(text)) => Ok(text),
            Some(SimpleValue::Symbol(text)) => Ok(text),
            _ => Err(Failure::expected("a text as the property", name)),
        }
    }

    /// A member of the map that the body is; null is none.
    pub(super) fn member(&self, name: &str) -> Option<&Value> {
        member(&self.body, name)
    }

    pub(super) fn text(&self, name: &'static str) -> Result<Option<&str>, Failure> {
        match self.member(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Failure::expected("a string as", name)),
        }
    }

    pub(super) fn required_text(&self, name: &'static str) -> Result<&str, Failure> {
        let text = self.text(name)?;
        text.ok_or_else(|| Failure::expected("a string as", name))
    }

    /// A whole number of any type.
    pub(super) fn integer(&self, name: &'static str) -> Result<i64, Failure> {
        let number = self.member(name).and_then(integer);
        number.ok_or_else(|| Failure::expected("an integer as", name))
    }

    /// A count, at least 0.
    pub(super) fn count(&self, name: &'static str) -> Result<usize, Failure> {
        let count = usize::try_from(self.integer(name)?);
        count.map_err(|_| Failure::expected("an integer from 0 as", name))
    }

    pub(super) fn sequence_numbers(&self) -> Result<Vec<i64>, Failure> {
        let name = "sequence-numbers";
        let numbers = items(self.member(name)).map(integer);
        let numbers: Option<Vec<_>> = numbers.collect();
        numbers
            .filter(|numbers| !numbers.is_empty())
            .ok_or_else(|| Failure::expected("an array of long as", name))
    }

    pub(super) fn lock_tokens(&self) -> Result<Vec<Uuid>, Failure> {
        let name = "lock-tokens";
        let tokens = items(self.member(name)).map(|token| match token {
            Value::Uuid(token) => Some(Uuid::from_bytes(*token.as_inner())),
            _ => None,
        });
        let tokens: Option<Vec<_>> = tokens.collect();
        tokens
            .filter(|tokens| !tokens.is_empty())
            .ok_or_else(|| Failure::expected("an array of uuid as", name))
    }

    /// The encoded messages of `messages`.
    pub(super) fn messages(&self) -> Result<Vec<Message>, Failure> {
        let wanted =
            || Failure::expected("a list of maps with the binary `message` as", "messages");
        let encoded = items(self.member("messages")).map(|each| match member(each, "message") {
            Some(Value::Binary(bytes)) => {
                let message = Message::parse(Bytes::copy_from_slice(bytes));
                message.map_err(|error| Failure::from(&error))
            }
            _ => Err(wanted()),
        });
        let messages: Vec<_> = encoded.collect::<Result<_, _>>()?;
        if messages.is_empty() {
            return Err(wanted());
        }
        Ok(messages)
    }

    /// The properties that are to be set on a message.
    pub(super) fn changes(&self) -> Result<Vec<(String, SimpleValue)>, Failure> {
        let name = "properties-to-modify";
        let wanted = || Failure::expected("a map of strings to simple values as", name);
        let Some(value) = self.member(name) else {
            return Ok(Vec::new());
        };
        let Value::Map(map) = value else {
            return Err(wanted());
        };
        map.iter()
            .map(|(key, value)| match key {
                Value::String(key) => SimpleValue::try_from(value.clone())
                    .map(|value| (key.clone(), value))
                    .map_err(|_| wanted()),
                _ => Err(wanted()),
            })
            .collect()
    }
}

fn body(section: &[u8]) -> Result<Value, Failure> {
    let broken = || Failure::expected("one AMQP value as", "the body of the request");
    if section.is_empty() {
        return Ok(Value::Null);
    }
    // A reader of Event Hubs sends an empty data section where it has nothing to say.
    if !section.starts_with(&[0x00, 0x53, 0x77]) {
        return Ok(Value::Null);
    }
    // serde_amqp trusts lengths and depths.
    let length = scan_value(section).map_err(|_| broken())?;
    let AmqpValue(value) =
        serde_amqp::from_slice::<AmqpValue<Value>>(&section[..length]).map_err(|_| broken())?;
    Ok(value)
}

fn member<'a>(map: &'a Value, name: &str) -> Option<&'a Value> {
    let Value::Map(map) = map else {
        return None;
    };
    map.iter()
        .find(|(key, _)| matches!(key, Value::String(key) if key == name))
        .map(|(_, value)| value)
        .filter(|value| **value != Value::Null)
}

fn items(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let items = match value {
        Some(Value::List(items)) => items.as_slice(),
        Some(Value::Array(items)) => items.as_slice(),
        _ => &[],
    };
    items.iter()
}

fn integer(value: &Value) -> Option<i64> {
    Some(match value {
        Value::Ubyte(number) => (*number).into(),
        Value::Ushort(number) => (*number).into(),
        Value::Uint(number) => (*number).into(),
        Value::Ulong(number) => i64::try_from(*number).ok()?,
        Value::Byte(number) => (*number).into(),
        Value::Short(number) => (*number).into(),
        Value::Int(number) => (*number).into(),
        Value::Long(number) => *number,
        _ => return None,
    })
}
