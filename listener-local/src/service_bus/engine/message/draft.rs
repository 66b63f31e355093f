//! A message that an action is changing.

use serde_amqp::Value as Amqp;

use super::{
    Message,
    wire::{end_of_value, items, put_section, put_string, put_symbol, section, text},
};
use crate::service_bus::{
    engine::{error::EngineError, queue::Entry},
    rules::{
        EvaluateError, Properties, PropertiesMut, SystemProperty, Value, same_name, wire::to_amqp,
    },
};

/// The fields of the properties section (AMQP 1.0 section 3.2.4).
const FIELDS: usize = 13;
const ABSOLUTE_EXPIRY_TIME: usize = 8;

/// What an action has changed so far, over a message that stays as it is. [`finish`](Self::finish) makes the changed
/// one, so that the body is copied once however many properties are set.
pub(in crate::service_bus::engine) struct Draft<'a> {
    entry: &'a Entry,
    system: Vec<(SystemProperty, Value<'static>)>,
    /// `None` is a property that was taken away.
    user: Vec<(String, Option<Value<'static>>)>,
}

/// Where a system property stands in a message.
enum Place {
    Field(usize),
    Annotation(&'static str),
    TimeToLive,
}

impl<'a> Draft<'a> {
    pub(in crate::service_bus::engine) fn new(entry: &'a Entry) -> Self {
        Self {
            entry,
            system: Vec::new(),
            user: Vec::new(),
        }
    }

    /// The message with all changes; what was not changed keeps its bytes.
    ///
    /// # Errors
    ///
    /// `Argument` for a session id of more than 128 bytes.
    pub(in crate::service_bus::engine) fn finish(self) -> Result<Message, EngineError> {
        let message = &self.entry.message;
        let mut fields = message.property_fields()?;
        let mut ttl = message.facts.ttl;
        let mut annotations = message.annotations.to_vec();
        for (property, value) in &self.system {
            match place(*property) {
                Some(Place::Field(field)) => fields[field] = encode(value)?,
                Some(Place::Annotation(name)) => {
                    annotations = without(&annotations, name)?;
                    if !value.is_null() {
                        put_symbol(&mut annotations, name);
                        annotations.extend_from_slice(&encode(value)?);
                    }
                }
                Some(Place::TimeToLive) => {
                    // It would win over the ttl.
                    fields[ABSOLUTE_EXPIRY_TIME] = vec![0x40];
                    ttl = match value {
                        Value::Ulong(millis) => Some(*millis),
                        _ => None,
                    };
                }
                None => {}
            }
        }
        let mut bytes = Vec::with_capacity(message.size() + 512);
        message.put_own_header(&mut bytes, ttl);
        let count = values(&annotations)?;
        put_section(&mut bytes, 0x72, 0xd1, count, &annotations);
        put_section(&mut bytes, 0x73, 0xd0, FIELDS, &fields.concat());
        self.put_user_properties(&mut bytes)?;
        bytes.extend_from_slice(&message.bare[message.application_end..]);
        Message::parse(bytes.into())
    }

    fn put_user_properties(&self, out: &mut Vec<u8>) -> Result<(), EngineError> {
        let mut pairs = Vec::new();
        let mut count = 0;
        for (name, value) in self.entry.message.application_pairs() {
            if self.change_of(name).is_none() {
                put_string(&mut pairs, name);
                pairs.extend_from_slice(value);
                count += 2;
            }
        }
        for (name, value) in &self.user {
            if let Some(value) = value {
                put_string(&mut pairs, name);
                pairs.extend_from_slice(&encode(value)?);
                count += 2;
            }
        }
        if count > 0 {
            put_section(out, 0x74, 0xd1, count, &pairs);
        }
        Ok(())
    }

    fn change_of(&self, name: &str) -> Option<&Option<Value<'static>>> {
        let mut changes = self.user.iter();
        changes
            .find(|(own, _)| same_name(own, name))
            .map(|(_, value)| value)
    }

    fn change(&mut self, name: &str, value: Option<Value<'static>>) {
        if let Some((_, known)) = self.user.iter_mut().find(|(own, _)| same_name(own, name)) {
            *known = value;
            return;
        }
        // As a .NET dictionary without case: a changed property keeps its spelling.
        let name = self.entry.message.spelling(name).unwrap_or(name);
        self.user.push((name.to_owned(), value));
    }
}

impl Properties for Draft<'_> {
    fn system(&self, property: SystemProperty) -> Value<'_> {
        let changed = self.system.iter().find(|(own, _)| *own == property);
        match changed {
            Some((_, value)) => value.borrowed(),
            None => self.entry.system(property),
        }
    }

    fn user(&self, name: &str) -> Option<Value<'_>> {
        match self.change_of(name) {
            Some(value) => value.as_ref().map(Value::borrowed),
            None => self.entry.user(name),
        }
    }
}

impl PropertiesMut for Draft<'_> {
    fn set_system(
        &mut self,
        property: SystemProperty,
        value: Value<'static>,
    ) -> Result<(), EvaluateError> {
        let kind = value.kind();
        let value = fit(property, value).ok_or(EvaluateError::Unfit {
            property: property.name(),
            kind,
        })?;
        self.system.retain(|(own, _)| *own != property);
        self.system.push((property, value));
        Ok(())
    }

    fn set_user(&mut self, name: &str, value: Value<'static>) {
        self.change(name, Some(value));
    }

    fn remove_user(&mut self, name: &str) {
        self.change(name, None);
    }
}

/// The value as the property holds it on the wire, `None` where it cannot.
fn fit(property: SystemProperty, value: Value<'static>) -> Option<Value<'static>> {
    if value.is_null() {
        return Some(Value::Null);
    }
    match property {
        SystemProperty::TimeToLive => value.to_whole().map(Value::Ulong),
        SystemProperty::ScheduledEnqueueTimeUtc => match value {
            Value::Timestamp(millis) => Some(Value::Timestamp(millis)),
            other => other.to_whole().map(Value::Timestamp),
        },
        SystemProperty::ContentType => {
            let text = value.to_text()?.into_owned();
            Some(Value::Symbol(text.into()))
        }
        SystemProperty::MessageId | SystemProperty::CorrelationId
            if matches!(value, Value::Ulong(_) | Value::Uuid(_) | Value::Binary(_)) =>
        {
            Some(value)
        }
        _ => place(property)
            .and_then(|_| value.to_text())
            .map(|text| Value::from(text.into_owned())),
    }
}

fn place(property: SystemProperty) -> Option<Place> {
    Some(match property {
        SystemProperty::MessageId => Place::Field(0),
        SystemProperty::To => Place::Field(2),
        SystemProperty::Label => Place::Field(3),
        SystemProperty::ReplyTo => Place::Field(4),
        SystemProperty::CorrelationId => Place::Field(5),
        SystemProperty::ContentType => Place::Field(6),
        SystemProperty::SessionId => Place::Field(10),
        SystemProperty::ReplyToSessionId => Place::Field(12),
        SystemProperty::PartitionKey => Place::Annotation("x-opt-partition-key"),
        SystemProperty::ViaPartitionKey => Place::Annotation("x-opt-via-partition-key"),
        SystemProperty::ScheduledEnqueueTimeUtc => {
            Place::Annotation("x-opt-scheduled-enqueue-time")
        }
        SystemProperty::TimeToLive => Place::TimeToLive,
        _ => return None,
    })
}

impl Message {
    /// The encoded fields of the properties section, nulls where there are none.
    fn property_fields(&self) -> Result<Vec<Vec<u8>>, EngineError> {
        let mut fields = vec![vec![0x40]; FIELDS];
        if self.properties_end > 0 {
            let (_, value) = section(&self.bare, 0)?;
            for (field, range) in fields.iter_mut().zip(items(&self.bare, value)?) {
                *field = self.bare[range].to_vec();
            }
        }
        Ok(fields)
    }

    /// A header of what the sender's said, with this ttl in milliseconds.
    pub(super) fn put_own_header(&self, out: &mut Vec<u8>, ttl: Option<u64>) {
        let durable = if self.facts.durable { 0x41 } else { 0x42 };
        let mut fields = vec![durable];
        match self.facts.priority {
            Some(priority) => fields.extend_from_slice(&[0x50, priority]),
            None => fields.push(0x40),
        }
        match ttl {
            Some(ttl) => {
                fields.push(0x80);
                fields.extend_from_slice(&ttl.to_be_bytes());
            }
            None => fields.push(0x40),
        }
        put_section(out, 0x70, 0xd0, 3, &fields);
    }
}

fn encode(value: &Value<'_>) -> Result<Vec<u8>, EngineError> {
    let value: Amqp = to_amqp(value);
    serde_amqp::to_vec(&value)
        .map_err(|_| EngineError::Argument("a property's value does not encode"))
}

/// Encoded pairs without the one of this key.
fn without(pairs: &[u8], name: &str) -> Result<Vec<u8>, EngineError> {
    let mut kept = Vec::with_capacity(pairs.len());
    let mut at = 0;
    while at < pairs.len() {
        let end = end_of_value(pairs, end_of_value(pairs, at)?)?;
        if text(pairs, at)? != Some(name) {
            kept.extend_from_slice(&pairs[at..end]);
        }
        at = end;
    }
    Ok(kept)
}

/// How many values stand one after the other.
fn values(bytes: &[u8]) -> Result<usize, EngineError> {
    let (mut at, mut count) = (0, 0);
    while at < bytes.len() {
        at = end_of_value(bytes, at)?;
        count += 1;
    }
    Ok(count)
}
