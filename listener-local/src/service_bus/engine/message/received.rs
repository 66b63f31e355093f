use std::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;

use super::{
    Message,
    wire::{put_section, put_string, put_symbol},
};
use crate::service_bus::engine::{queue::MessageState, time::Timestamp};

/// The most that the head takes without the sender's own annotations, in bytes.
const HEAD: usize = 320;

/// A message as a receiver gets it, or peeks at it.
#[derive(Clone, Debug)]
pub struct Received {
    pub(in crate::service_bus::engine) message: Arc<Message>,
    pub(in crate::service_bus::engine) sequence_number: i64,
    pub(in crate::service_bus::engine) enqueue_sequence_number: i64,
    pub(in crate::service_bus::engine) enqueued: Timestamp,
    pub(in crate::service_bus::engine) expires: Option<Timestamp>,
    pub(in crate::service_bus::engine) delivery_count: u32,
    pub(in crate::service_bus::engine) state: MessageState,
    pub(in crate::service_bus::engine) lock: Option<(Uuid, Timestamp)>,
    pub(in crate::service_bus::engine) dead_letter_source: Option<Arc<str>>,
}

impl Received {
    /// The message itself.
    pub fn message(&self) -> &Arc<Message> {
        &self.message
    }

    /// The place of the message in its queue, from 1.
    pub fn sequence_number(&self) -> i64 {
        self.sequence_number
    }

    /// How many deliveries failed before this one.
    pub fn delivery_count(&self) -> u32 {
        self.delivery_count
    }

    /// When the message came into the queue, or will come.
    pub fn enqueued_time(&self) -> Timestamp {
        self.enqueued
    }

    /// When the message expires.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.expires
    }

    /// Whether the message is active, deferred or scheduled.
    pub fn state(&self) -> MessageState {
        self.state
    }

    /// The token to settle the message by; nil where nothing is locked (receive-and-delete, peek).
    pub fn lock_token(&self) -> Uuid {
        self.lock.map_or(Uuid::nil(), |(token, _)| token)
    }

    /// When the lock ends.
    pub fn locked_until(&self) -> Option<Timestamp> {
        self.lock.map(|(_, until)| until)
    }

    /// The queue that a forwarded dead letter came from.
    pub fn dead_letter_source(&self) -> Option<&str> {
        self.dead_letter_source.as_deref()
    }

    /// All sections of the message (AMQP 1.0 section 3.2), ready for a transfer: [`head`](Self::head) and
    /// [`body`](Self::body) in one.
    pub fn encode(&self) -> Bytes {
        let mut out = Vec::with_capacity(self.message.size() + HEAD);
        self.put_header(&mut out);
        self.put_annotations(&mut out);
        out.extend_from_slice(&self.message.bare);
        out.into()
    }

    /// The sections that each delivery has anew: header and message annotations (AMQP 1.0 sections 3.2.1 and 3.2.3).
    ///
    /// The header is written at full length, since .NET's client needs a delivery count also when it is zero. The
    /// sender's own annotations stay, the service's are added.
    pub fn head(&self) -> Bytes {
        let mut out = Vec::with_capacity(self.message.annotations.len() + HEAD);
        self.put_header(&mut out);
        self.put_annotations(&mut out);
        out.into()
    }

    /// The sections that follow the [`head`](Self::head): the bare message and the footer as they came in. Nothing is
    /// copied.
    pub fn body(&self) -> Bytes {
        self.message.bare.clone()
    }

    fn put_header(&self, out: &mut Vec<u8>) {
        let facts = &self.message.facts;
        let boolean = |value: bool| if value { 0x41 } else { 0x42 };
        let mut fields = vec![boolean(facts.durable), 0x50, facts.priority.unwrap_or(4)];
        let ttl = match self.expires {
            Some(expires) => u64::try_from(expires.as_millis() - self.enqueued.as_millis()).ok(),
            None => facts.ttl,
        };
        match ttl {
            Some(ttl) => {
                fields.push(0x70);
                fields.extend_from_slice(&u32::try_from(ttl).unwrap_or(u32::MAX).to_be_bytes());
            }
            None => fields.push(0x40),
        }
        fields.push(boolean(self.delivery_count == 0));
        fields.push(0x70);
        fields.extend_from_slice(&self.delivery_count.to_be_bytes());
        put_section(out, 0x70, 0xd0, 5, &fields);
    }

    fn put_annotations(&self, out: &mut Vec<u8>) {
        let message = &self.message;
        let mut pairs = Vec::with_capacity(message.annotations.len() + 224);
        pairs.extend_from_slice(&message.annotations);
        let mut count = message.annotation_count;
        let mut put = |name: &str, code: u8, value: &[u8]| {
            put_symbol(&mut pairs, name);
            pairs.push(code);
            pairs.extend_from_slice(value);
            count += 2;
        };
        let time = |at: Timestamp| at.as_millis().to_be_bytes();
        put(
            "x-opt-sequence-number",
            0x81,
            &self.sequence_number.to_be_bytes(),
        );
        put(
            "x-opt-enqueue-sequence-number",
            0x81,
            &self.enqueue_sequence_number.to_be_bytes(),
        );
        put("x-opt-enqueued-time", 0x83, &time(self.enqueued));
        put(
            "x-opt-message-state",
            0x71,
            &self.state.code().to_be_bytes(),
        );
        if let Some((_, until)) = self.lock {
            put("x-opt-locked-until", 0x83, &time(until));
        }
        if let Some(source) = &self.dead_letter_source {
            put_symbol(&mut pairs, "x-opt-deadletter-source");
            put_string(&mut pairs, source);
            count += 2;
        }
        put_section(out, 0x72, 0xd1, count, &pairs);
    }
}
