//! The forms in which the file holds things: JSON, so that a later release can add members.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::rule_record::RuleRecord;
use crate::service_bus::engine::{
    core::{Entity, Trio},
    message::Message,
    options::{EntityStatus, QueueOptions},
    queue::{Entry, MessageState, QueueId},
    time::Timestamp,
};

/// An entity: its kind, its queues by their numbers, its options and its rules.
#[derive(Serialize, Deserialize)]
pub(in crate::service_bus::engine) struct EntityRecord {
    #[serde(flatten)]
    pub(super) queues: QueuesRecord,
    #[serde(with = "OptionsRecord")]
    pub(super) options: QueueOptions,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(super) enum QueuesRecord {
    Queue {
        queues: [u64; 3],
    },
    Topic {
        inbox: u64,
    },
    Subscription {
        queues: [u64; 3],
        rules: Vec<RuleRecord>,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "QueueOptions")]
struct OptionsRecord {
    lock_duration: Duration,
    max_delivery_count: u32,
    default_time_to_live: Option<Duration>,
    dead_letter_on_expiration: bool,
    dead_letter_on_filter_errors: bool,
    requires_session: bool,
    duplicate_detection: Option<Duration>,
    forward_to: Option<String>,
    forward_dead_lettered_to: Option<String>,
    max_bytes: u64,
    max_sessions: usize,
    #[serde(with = "StatusRecord")]
    status: EntityStatus,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "EntityStatus")]
enum StatusRecord {
    Active,
    Disabled,
    SendDisabled,
    ReceiveDisabled,
}

/// A message's state; the message itself stands in a table of its own.
#[derive(Serialize, Deserialize)]
pub(super) struct EntryRecord<'a> {
    state: i32,
    delivery_count: u32,
    enqueue_sequence: i64,
    /// Times in milliseconds since 1970.
    enqueued: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_letter_source: Option<std::borrow::Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "is_zero")]
    hops: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<Duration>,
}

impl EntityRecord {
    pub(in crate::service_bus::engine) fn new(entity: &Entity, options: QueueOptions) -> Self {
        let ids = |trio: &Trio| [trio.main.0, trio.dead_letter.0, trio.transfer.0];
        let queues = match entity {
            Entity::Queue(trio) => QueuesRecord::Queue { queues: ids(trio) },
            Entity::Topic(QueueId(inbox)) => QueuesRecord::Topic { inbox: *inbox },
            Entity::Subscription(trio, rules) => QueuesRecord::Subscription {
                queues: ids(trio),
                rules: rules.iter().map(RuleRecord::new).collect(),
            },
        };
        Self { queues, options }
    }

    pub(in crate::service_bus::engine) fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("records have string keys and nothing that fails to encode")
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(bytes).map_err(|error| fault("an entity", &error))
    }

    pub(super) fn ids(&self) -> Vec<QueueId> {
        match &self.queues {
            QueuesRecord::Queue { queues } | QueuesRecord::Subscription { queues, .. } => {
                queues.iter().copied().map(QueueId).collect()
            }
            QueuesRecord::Topic { inbox } => vec![QueueId(*inbox)],
        }
    }
}

impl<'a> EntryRecord<'a> {
    pub(super) fn new(entry: &'a Entry) -> Self {
        Self {
            state: entry.state.code(),
            delivery_count: entry.delivery_count,
            enqueue_sequence: entry.enqueue_sequence,
            enqueued: entry.enqueued.as_millis(),
            expires: entry.expires.map(Timestamp::as_millis),
            dead_letter_source: entry.dead_letter_source.as_deref().map(Into::into),
            hops: entry.hops,
            limit: entry.limit,
        }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("records have string keys and nothing that fails to encode")
    }
}

/// The message and its state, put together again.
pub(super) fn read_entry(state: &[u8], message: &[u8]) -> Result<Entry, String> {
    let record: EntryRecord<'_> =
        serde_json::from_slice(state).map_err(|error| fault("the state of a message", &error))?;
    let message = Message::parse(Bytes::copy_from_slice(message))
        .map_err(|error| format!("a message that does not decode ({error})"))?;
    let mut entry = Entry::new(Arc::new(message), Timestamp::from_millis(record.enqueued));
    entry.state = match record.state {
        0 => MessageState::Active,
        1 => MessageState::Deferred,
        2 => MessageState::Scheduled,
        other => return Err(format!("a message of the unknown state {other}")),
    };
    entry.delivery_count = record.delivery_count;
    entry.enqueue_sequence = record.enqueue_sequence;
    entry.expires = record.expires.map(Timestamp::from_millis);
    entry.dead_letter_source = record.dead_letter_source.as_deref().map(Arc::from);
    entry.hops = record.hops;
    entry.limit = record.limit;
    Ok(entry)
}

fn fault(what: &str, error: &serde_json::Error) -> String {
    // Serde's own text may hold what was found.
    format!(
        "{what} that does not decode (line {}, column {})",
        error.line(),
        error.column()
    )
}

fn is_zero(value: &u8) -> bool {
    *value == 0
}
