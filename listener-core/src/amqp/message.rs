use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use fe2o3_amqp::types::{
    messaging::{
        ApplicationProperties, Data, Header, Message as Wire, MessageAnnotations, Properties,
        message::{Builder, EmptyBody},
    },
    primitives::{Symbol, Timestamp, Value as WireValue},
};

use super::Value;
#[cfg(feature = "service-bus")]
use super::random::new_uuid;

/// A message to send: bytes, and what is said about them (AMQP 1.0, messaging, 3.2).
///
/// `Debug` shows sizes and the names of properties, not data.
///
/// ```
/// use listener_core::amqp::{Message, Value};
///
/// let message = Message::new("{}")
///     .content_type("application/json")
///     .message_id("1")
///     .property("http://schemas.microsoft.com/xrm/2011/Claims/EntityLogicalName", Value::from("account"));
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct Message {
    body: Bytes,
    durable: bool,
    content_type: Option<String>,
    subject: Option<String>,
    message_id: Option<String>,
    correlation_id: Option<String>,
    session_id: Option<String>,
    partition_key: Option<String>,
    scheduled: Option<SystemTime>,
    time_to_live: Option<Duration>,
    properties: Vec<(String, Value)>,
}

impl Message {
    /// A message with this body, as one data section.
    pub fn new(body: impl Into<Bytes>) -> Self {
        Self {
            body: body.into(),
            ..Self::default()
        }
    }

    /// To be kept over a restart of the broker; Service Bus keeps all messages.
    pub fn durable(mut self) -> Self {
        self.durable = true;
        self
    }

    /// What the body is, such as `application/json`.
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// What it is about: Service Bus's label.
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// What tells it from others; duplicates are detected by it.
    pub fn message_id(mut self, id: impl Into<String>) -> Self {
        self.message_id = Some(id.into());
        self
    }

    /// What it belongs to.
    pub fn correlation_id(mut self, id: impl Into<String>) -> Self {
        self.correlation_id = Some(id.into());
        self
    }

    /// The session that it belongs to: AMQP's group-id.
    pub fn session_id(mut self, id: impl Into<String>) -> Self {
        self.session_id = Some(id.into());
        self
    }

    /// What chooses its partition.
    pub fn partition_key(mut self, key: impl Into<String>) -> Self {
        self.partition_key = Some(key.into());
        self
    }

    /// When it is to become active in its queue or topic, in whole milliseconds.
    pub fn scheduled_at(mut self, time: SystemTime) -> Self {
        self.scheduled = Some(time);
        self
    }

    /// For how long it is kept, in whole milliseconds; at most what the entity allows, and 49 days, which is as much as
    /// AMQP's header can say. Expired, it is dead-lettered or dropped, as the entity is set.
    pub fn time_to_live(mut self, time_to_live: Duration) -> Self {
        self.time_to_live = Some(time_to_live);
        self
    }

    /// Adds an application property. AMQP allows no list, map or array here: those are sent as null.
    pub fn property(mut self, name: impl Into<String>, value: Value) -> Self {
        self.properties.push((name.into(), value));
        self
    }

    pub(super) fn session_and_partition(&self) -> (Option<&str>, Option<&str>) {
        (self.session_id.as_deref(), self.partition_key.as_deref())
    }

    /// The same with an id of its own, if it has none.
    #[cfg(feature = "service-bus")]
    pub(crate) fn with_id(mut self) -> Self {
        self.message_id
            .get_or_insert_with(|| new_uuid().simple().to_string());
        self
    }

    /// It is larger than this by what AMQP adds.
    #[cfg(feature = "service-bus")]
    pub(super) fn least_size(&self) -> usize {
        let names = self.properties.iter().map(|(name, _)| name.len());
        self.body.len() + names.sum::<usize>()
    }

    #[cfg(feature = "service-bus")]
    pub(super) fn id(&self) -> Option<&str> {
        self.message_id.as_deref()
    }

    pub(super) fn id_len(&self) -> usize {
        self.message_id.as_ref().map_or(0, String::len)
    }

    /// What a batch's envelope copies from its first message.
    pub(super) fn envelope(&self) -> Self {
        Self {
            message_id: self.message_id.clone(),
            session_id: self.session_id.clone(),
            partition_key: self.partition_key.clone(),
            ..Self::default()
        }
    }

    /// All but the body, and the body.
    pub(super) fn into_wire(self) -> (Builder<EmptyBody>, Data) {
        let mut builder = Wire::builder();
        if let Some(time) = self.time_to_live {
            let milliseconds = u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
            builder = builder.header(Header {
                ttl: Some(milliseconds),
                ..Header::default()
            });
        }
        let mut annotations = MessageAnnotations::builder();
        let mut annotated = false;
        if let Some(key) = self.partition_key {
            annotations = annotations.insert(symbol("x-opt-partition-key"), WireValue::String(key));
            annotated = true;
        }
        if let Some(time) = self.scheduled {
            let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
            let time =
                Timestamp::from_milliseconds(since.as_millis().try_into().unwrap_or(i64::MAX));
            let time = WireValue::Timestamp(time);
            annotations = annotations.insert(symbol("x-opt-scheduled-enqueue-time"), time);
            annotated = true;
        }
        if annotated {
            builder = builder.message_annotations(annotations.build());
        }
        if self.durable {
            builder = builder.header(Header::builder().durable(true).build());
        }
        builder = builder.properties(Properties {
            message_id: self.message_id.map(Into::into),
            correlation_id: self.correlation_id.map(Into::into),
            content_type: self.content_type.map(Symbol::from),
            subject: self.subject,
            group_id: self.session_id,
            ..Properties::default()
        });
        if !self.properties.is_empty() {
            let mut properties = ApplicationProperties::builder();
            for (name, value) in self.properties {
                properties = properties.insert(name, value.into_simple());
            }
            builder = builder.application_properties(properties.build());
        }
        (builder, Data(Vec::from(self.body).into()))
    }
}

fn symbol(name: &str) -> Symbol {
    Symbol::from(name)
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.properties.iter().map(|(name, _)| name).collect();
        f.debug_struct("Message")
            .field("body", &format_args!("{} bytes", self.body.len()))
            .field("content_type", &self.content_type)
            .field("properties", &names)
            .finish_non_exhaustive()
    }
}
