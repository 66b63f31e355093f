//! Messages out of the sections that they come in (AMQP 1.0, messaging, 3.2).

use std::{error::Error as StdError, fmt, time::Duration};

use bytes::{Bytes, BytesMut};

use crate::amqp::{
    Value,
    wire::{ReadError, Reader, descriptor},
};

/// A message as it was received. What it does not say is `None` or null.
///
/// `Debug` shows sizes and the names of properties, not data.
#[derive(Clone, Default)]
pub struct ReceivedMessage {
    header: Vec<Value>,
    delivery_annotations: Value,
    annotations: Value,
    properties: Vec<Value>,
    application_properties: Vec<(String, Value)>,
    body: Body,
}

/// A message's body.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Body {
    /// None.
    #[default]
    Empty,
    /// Bytes. Data sections in a row are one.
    Data(Bytes),
    /// One value.
    Value(Value),
    /// Items. Sequence sections in a row are one.
    Sequence(Vec<Value>),
}

/// Why bytes are no message. It tells places and kinds, never what was there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageError {
    what: What,
    size: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Malformed(ReadError),
    Section {
        code: u64,
        at: usize,
    },
    Kind {
        section: &'static str,
        found: &'static str,
    },
    TwoBodies {
        at: usize,
    },
}

/// The numbers of fields of the header and the properties (messaging, 3.2.1 and 3.2.4).
mod field {
    pub(super) const TIME_TO_LIVE: usize = 2;
    pub(super) const FIRST_ACQUIRER: usize = 3;
    pub(super) const DELIVERY_COUNT: usize = 4;
    pub(super) const MESSAGE_ID: usize = 0;
    pub(super) const TO: usize = 2;
    pub(super) const SUBJECT: usize = 3;
    pub(super) const REPLY_TO: usize = 4;
    pub(super) const CORRELATION_ID: usize = 5;
    pub(super) const CONTENT_TYPE: usize = 6;
    pub(super) const GROUP_ID: usize = 10;
}

impl ReceivedMessage {
    pub(crate) fn read(bytes: Bytes) -> Result<Self, MessageError> {
        let size = bytes.len();
        Self::sections(bytes).map_err(|what| MessageError { what, size })
    }

    fn sections(bytes: Bytes) -> Result<Self, What> {
        let mut message = Self::default();
        let mut data: Vec<Bytes> = Vec::new();
        let mut reader = Reader::new(bytes);
        while !reader.is_at_end() {
            let at = reader.at();
            let code = reader.descriptor()?;
            let value = reader.value()?;
            match code {
                descriptor::HEADER => message.header = list(value, "header")?,
                descriptor::DELIVERY_ANNOTATIONS => message.delivery_annotations = value,
                descriptor::MESSAGE_ANNOTATIONS => message.annotations = value,
                descriptor::PROPERTIES => message.properties = list(value, "properties")?,
                descriptor::APPLICATION_PROPERTIES => {
                    message.application_properties = properties(value)?;
                }
                descriptor::DATA => match value {
                    Value::Binary(bytes) => data.push(bytes),
                    other => return Err(kind("data", &other)),
                },
                descriptor::SEQUENCE => {
                    let items = list(value, "sequence")?;
                    match &mut message.body {
                        Body::Sequence(before) => before.extend(items),
                        Body::Empty => message.body = Body::Sequence(items),
                        _ => return Err(What::TwoBodies { at }),
                    }
                }
                descriptor::VALUE => match message.body {
                    Body::Empty => message.body = Body::Value(value),
                    _ => return Err(What::TwoBodies { at }),
                },
                descriptor::FOOTER => {}
                code => return Err(What::Section { code, at }),
            }
            if !data.is_empty() && !matches!(message.body, Body::Empty) {
                return Err(What::TwoBodies { at });
            }
        }
        match data.as_mut_slice() {
            [] => {}
            [one] => message.body = Body::Data(std::mem::take(one)),
            many => {
                let mut joined = BytesMut::new();
                many.iter().for_each(|part| joined.extend_from_slice(part));
                message.body = Body::Data(joined.freeze());
            }
        }
        Ok(message)
    }

    /// The body.
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// How often it was delivered before, and failed.
    pub fn delivery_count(&self) -> u32 {
        let count = self.header.get(field::DELIVERY_COUNT);
        count
            .and_then(Value::as_i64)
            .and_then(|count| count.try_into().ok())
            .unwrap_or_default()
    }

    /// Whether nobody had it before. `None` if the broker does not say.
    pub fn first_acquirer(&self) -> Option<bool> {
        match self.header.get(field::FIRST_ACQUIRER)? {
            Value::Bool(first) => Some(*first),
            _ => None,
        }
    }

    /// How long it lives from its enqueuing on.
    pub fn time_to_live(&self) -> Option<Duration> {
        let milliseconds = self.header.get(field::TIME_TO_LIVE)?.as_i64()?;
        Some(Duration::from_millis(milliseconds.try_into().ok()?))
    }

    /// What tells it from others: a string from most senders.
    pub fn message_id(&self) -> &Value {
        self.property_field(field::MESSAGE_ID)
    }

    /// What it belongs to: a string from most senders.
    pub fn correlation_id(&self) -> &Value {
        self.property_field(field::CORRELATION_ID)
    }

    /// What the body is, such as `application/json`.
    pub fn content_type(&self) -> Option<&str> {
        self.property_field(field::CONTENT_TYPE).as_str()
    }

    /// What it is about: Service Bus's label.
    pub fn subject(&self) -> Option<&str> {
        self.property_field(field::SUBJECT).as_str()
    }

    /// Where it was sent to.
    pub fn to(&self) -> Option<&str> {
        self.property_field(field::TO).as_str()
    }

    /// Where answers go.
    pub fn reply_to(&self) -> Option<&str> {
        self.property_field(field::REPLY_TO).as_str()
    }

    /// The session that it belongs to: AMQP's group-id.
    pub fn session_id(&self) -> Option<&str> {
        self.property_field(field::GROUP_ID).as_str()
    }

    /// The application properties, in their order.
    pub fn application_properties(&self) -> &[(String, Value)] {
        &self.application_properties
    }

    /// An application property.
    pub fn application_property(&self, name: &str) -> Option<&Value> {
        let mut properties = self.application_properties.iter();
        properties
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }

    /// A message annotation, such as `x-opt-partition-key`.
    pub fn annotation(&self, name: &str) -> Option<&Value> {
        self.annotations.get(name)
    }

    /// A delivery annotation, such as `x-opt-lock-token`.
    pub fn delivery_annotation(&self, name: &str) -> Option<&Value> {
        self.delivery_annotations.get(name)
    }

    /// The number that the service gave it: the annotation `x-opt-sequence-number`.
    pub fn sequence_number(&self) -> Option<i64> {
        self.annotation("x-opt-sequence-number")?.as_i64()
    }

    /// The most that its lock can last, by the service's own clock: from its enqueuing to the end of the lock. A message
    /// that did not wait in its queue tells the lock's very length. `None` without a lock, or if the times are missing.
    ///
    /// The end of the lock alone says nothing here, since our clock may differ from the service's.
    pub fn lock_at_most(&self) -> Option<Duration> {
        let until = self.time("x-opt-locked-until")?;
        let enqueued = self.time("x-opt-enqueued-time")?;
        let length = until.checked_sub(enqueued)?;
        Some(Duration::from_millis(length.try_into().ok()?))
    }

    /// Milliseconds since 1970, by the service's clock.
    fn time(&self, annotation: &str) -> Option<i64> {
        match self.annotation(annotation)? {
            Value::Timestamp(time) => Some(*time),
            _ => None,
        }
    }

    fn property_field(&self, number: usize) -> &Value {
        self.properties.get(number).unwrap_or(&Value::Null)
    }
}

impl From<ReadError> for What {
    fn from(error: ReadError) -> Self {
        Self::Malformed(error)
    }
}

fn kind(section: &'static str, found: &Value) -> What {
    let found = found.kind();
    What::Kind { section, found }
}

fn list(value: Value, section: &'static str) -> Result<Vec<Value>, What> {
    match value {
        Value::List(items) => Ok(items),
        other => Err(kind(section, &other)),
    }
}

fn properties(value: Value) -> Result<Vec<(String, Value)>, What> {
    let section = "application-properties";
    let Value::Map(entries) = value else {
        return Err(kind(section, &value));
    };
    let entries = entries.into_iter().map(|(key, value)| match key {
        Value::String(key) | Value::Symbol(key) => Ok((key, value)),
        other => Err(kind(section, &other)),
    });
    entries.collect()
}

impl fmt::Display for MessageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.size;
        write!(f, "expected an AMQP message in {size} bytes: ")?;
        match self.what {
            What::Malformed(error) => error.fmt(f),
            What::Section { code, at } => {
                write!(f, "no section has the code 0x{code:x}, at byte {at}")
            }
            What::Kind { section, found } => write!(f, "the section {section} holds a {found}"),
            What::TwoBodies { at } => write!(f, "a second body at byte {at}"),
        }
    }
}

impl StdError for MessageError {}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Data(bytes) => write!(f, "Data({} bytes)", bytes.len()),
            Self::Value(value) => write!(f, "Value({value:?})"),
            Self::Sequence(items) => write!(f, "Sequence({} items)", items.len()),
        }
    }
}

impl fmt::Debug for ReceivedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = (self.application_properties.iter())
            .map(|(name, _)| name)
            .collect();
        f.debug_struct("ReceivedMessage")
            .field("body", &self.body)
            .field("content_type", &self.content_type())
            .field("sequence_number", &self.sequence_number())
            .field("properties", &names)
            .finish_non_exhaustive()
    }
}
