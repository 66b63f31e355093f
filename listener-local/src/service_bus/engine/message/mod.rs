mod draft;
mod parse;
mod patch;
mod received;
mod stored;
mod view;
mod wire;

use std::{
    fmt,
    ops::Range,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use fe2o3_amqp_types::messaging::{ApplicationProperties, Properties};

use super::{error::EngineError, time::Timestamp};

pub use self::received::Received;
pub(super) use self::{draft::Draft, patch::Patch};

/// The largest message that is read at all, in bytes: Service Bus's premium tier.
const MAX_BYTES: usize = 100 * 1024 * 1024;

/// A message as its sender wrote it, and what the engine has to know of it.
///
/// The bare message (properties, application properties, body) and the footer go out as they came in, byte for byte,
/// unless the message is changed: a message without a message-id is given one, since some clients cannot receive it
/// otherwise.
pub struct Message {
    bare: Bytes,
    properties_end: usize,
    application_end: usize,
    /// The sender's own message annotations, encoded, without those that the service writes.
    annotations: Box<[u8]>,
    annotation_count: usize,
    facts: Facts,
    properties: OnceLock<Box<Properties>>,
    application_properties: OnceLock<Box<ApplicationProperties>>,
    /// The same by name, as rules look them up.
    user: OnceLock<Box<[(String, serde_amqp::Value)]>>,
}

/// What the engine decides by.
#[derive(Clone, Default)]
struct Facts {
    durable: bool,
    priority: Option<u8>,
    ttl: Option<u64>,
    message_id: Range<usize>,
    session_id: Option<Arc<str>>,
    partition_key: Option<Arc<str>>,
    scheduled: Option<Timestamp>,
}

impl Message {
    /// Reads a message from its sections (AMQP 1.0 section 3.2).
    ///
    /// Only what the engine needs is decoded; the body is never looked into.
    ///
    /// # Errors
    ///
    /// `Malformed` for bytes that are no message, `TooLarge` beyond 100 MB, `Argument` for a session id of more than
    /// 128 characters.
    pub fn parse(bytes: Bytes) -> Result<Self, EngineError> {
        parse::message(bytes)
    }

    /// Reads the messages of a batch (message-format `0x80013700`): each data section holds one.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse), and `LimitExceeded` for more than `limit` messages.
    pub fn parse_batch(bytes: &Bytes, limit: usize) -> Result<Vec<Self>, EngineError> {
        parse::batch(bytes, limit)
    }

    /// A message with one data section.
    ///
    /// # Errors
    ///
    /// `TooLarge` beyond 100 MB.
    pub fn from_data(data: &[u8]) -> Result<Self, EngineError> {
        let len = u32::try_from(data.len()).map_err(|_| EngineError::TooLarge {
            bytes: data.len(),
            limit: MAX_BYTES,
        })?;
        let mut bytes = Vec::with_capacity(data.len() + 8);
        bytes.extend_from_slice(&[0x00, 0x53, 0x75, 0xb0]);
        bytes.extend_from_slice(&len.to_be_bytes());
        bytes.extend_from_slice(data);
        Self::parse(bytes.into())
    }

    /// The size that counts for limits, in bytes.
    pub fn size(&self) -> usize {
        self.bare.len() + self.annotations.len()
    }

    /// What annotations and properties take, in bytes.
    pub(super) fn header_size(&self) -> usize {
        self.application_end + self.annotations.len()
    }

    /// The bare message and the footer, encoded.
    pub fn bare(&self) -> &Bytes {
        &self.bare
    }

    /// The body and the footer, encoded.
    pub fn body(&self) -> Bytes {
        self.bare.slice(self.application_end..)
    }

    /// The session that the message belongs to: its group-id.
    pub fn session_id(&self) -> Option<&str> {
        self.facts.session_id.as_deref()
    }

    /// The annotation `x-opt-partition-key`.
    pub fn partition_key(&self) -> Option<&str> {
        self.facts.partition_key.as_deref()
    }

    /// When the message is due, by its annotation `x-opt-scheduled-enqueue-time`.
    pub fn scheduled_enqueue_time(&self) -> Option<Timestamp> {
        self.facts.scheduled
    }

    /// How long the message lives, in milliseconds: what its absolute expiry time leaves after its creation time, else
    /// the header's ttl.
    pub fn time_to_live(&self) -> Option<u64> {
        self.facts.ttl
    }

    /// The properties section, decoded at the first call; empty if it does not decode.
    pub fn properties(&self) -> &Properties {
        self.properties.get_or_init(|| {
            serde_amqp::from_slice(&self.bare[..self.properties_end])
                .map(Box::new)
                .unwrap_or_default()
        })
    }

    /// The application properties, decoded at the first call; empty if they do not decode.
    pub fn application_properties(&self) -> &ApplicationProperties {
        self.application_properties.get_or_init(|| {
            let section = &self.bare[self.properties_end..self.application_end];
            serde_amqp::from_slice(section)
                .map(Box::new)
                .unwrap_or_default()
        })
    }

    /// The message-id with its type, encoded: equal ids have equal bytes.
    pub(super) fn message_id(&self) -> &[u8] {
        &self.bare[self.facts.message_id.clone()]
    }

    pub(super) fn session(&self) -> Option<&Arc<str>> {
        self.facts.session_id.as_ref()
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What it says is business data.
        f.debug_struct("Message")
            .field("size", &self.size())
            .finish_non_exhaustive()
    }
}
