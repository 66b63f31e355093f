use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use uuid::Uuid;

use super::{
    Facts, MAX_BYTES, Message,
    wire::{
        binary, end_of_value, items, malformed, number, put_section, put_string, section, text,
    },
};
use crate::service_bus::engine::{error::EngineError, time::Timestamp};

/// The longest session id, in bytes: Azure's limit.
const MAX_SESSION_ID: usize = 128;

/// Annotations that only the service writes.
pub(super) const OURS: [&str; 9] = [
    "x-opt-sequence-number",
    "x-opt-enqueue-sequence-number",
    "x-opt-enqueued-time",
    "x-opt-locked-until",
    "x-opt-lock-token",
    "x-opt-message-state",
    "x-opt-deadletter-source",
    "x-opt-offset",
    "x-opt-publisher",
];

pub(super) fn message(bytes: Bytes) -> Result<Message, EngineError> {
    if bytes.len() > MAX_BYTES {
        return Err(EngineError::TooLarge {
            bytes: bytes.len(),
            limit: MAX_BYTES,
        });
    }
    let mut facts = Facts::default();
    let mut annotations = (Vec::new(), 0);
    let (mut bare, mut properties_end, mut application_end) = (None, None, None);
    let (mut at, mut last) = (0, 0);
    while at < bytes.len() {
        let (code, value) = section(&bytes, at)?;
        let end = end_of_value(&bytes, value)?;
        // Only data and sequences may repeat.
        if code < last || (code == last && !matches!(code, 0x75 | 0x76)) {
            return Err(malformed(at, "each section once and in order"));
        }
        last = code;
        if code >= 0x73 {
            bare.get_or_insert(at);
        }
        match code {
            0x70 => header(&bytes, value, &mut facts)?,
            0x72 => annotations = sender_annotations(&bytes, value, &mut facts)?,
            0x73 => {
                properties(&bytes, value, &mut facts)?;
                properties_end = Some(end);
            }
            0x74 => {
                application_properties(&bytes, value)?;
                application_end = Some(end);
            }
            _ => {}
        }
        at = end;
    }
    let start = bare.unwrap_or(bytes.len());
    let properties_end = properties_end.unwrap_or(start);
    let application_end = application_end.unwrap_or(properties_end);
    let mut message = Message {
        bare: bytes.slice(start..),
        properties_end: properties_end - start,
        application_end: application_end - start,
        annotations: annotations.0.into(),
        annotation_count: annotations.1,
        facts,
        properties: OnceLock::new(),
        application_properties: OnceLock::new(),
        user: OnceLock::new(),
    };
    let id = &mut message.facts.message_id;
    if id.start == id.end {
        give_message_id(&mut message)?;
    } else {
        *id = id.start - start..id.end - start;
    }
    Ok(message)
}

pub(super) fn batch(bytes: &Bytes, limit: usize) -> Result<Vec<Message>, EngineError> {
    let mut messages = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let (code, value) = section(bytes, at)?;
        if code == 0x75 {
            let data = binary(bytes, value)?.ok_or_else(|| malformed(value, "a binary"))?;
            if messages.len() == limit {
                return Err(EngineError::LimitExceeded("messages of one batch"));
            }
            messages.push(message(bytes.slice(data))?);
        }
        at = end_of_value(bytes, value)?;
    }
    Ok(messages)
}

fn header(bytes: &[u8], at: usize, facts: &mut Facts) -> Result<(), EngineError> {
    for (field, range) in items(bytes, at)?.into_iter().enumerate() {
        if bytes[range.start] == 0x40 {
            continue;
        }
        let Some(value) = number(bytes, range.start)? else {
            return Err(malformed(range.start, "numbers and booleans in the header"));
        };
        match field {
            0 => facts.durable = value != 0,
            1 => facts.priority = u8::try_from(value).ok(),
            2 => facts.ttl = u64::try_from(value).ok(),
            _ => {}
        }
    }
    Ok(())
}

fn sender_annotations(
    bytes: &[u8],
    at: usize,
    facts: &mut Facts,
) -> Result<(Vec<u8>, usize), EngineError> {
    let items = items(bytes, at)?;
    let mut kept = Vec::new();
    let mut count = 0;
    for pair in items.chunks(2) {
        let [key, value] = pair else {
            return Err(malformed(at, "pairs in a map"));
        };
        let name = text(bytes, key.start)?.unwrap_or_default();
        match name {
            "x-opt-scheduled-enqueue-time" => {
                facts.scheduled = number(bytes, value.start)?.map(Timestamp::from_millis);
            }
            "x-opt-partition-key" => facts.partition_key = text(bytes, value.start)?.map(Arc::from),
            _ => {}
        }
        if !OURS.contains(&name) {
            kept.extend_from_slice(&bytes[key.start..value.end]);
            count += 2;
        }
    }
    Ok((kept, count))
}

fn properties(bytes: &[u8], at: usize, facts: &mut Facts) -> Result<(), EngineError> {
    let (mut expiry, mut created) = (None, None);
    for (field, range) in items(bytes, at)?.into_iter().enumerate() {
        primitive(bytes, range.start)?;
        if bytes[range.start] == 0x40 {
            continue;
        }
        match field {
            0 => facts.message_id = range,
            8 => expiry = number(bytes, range.start)?,
            9 => created = number(bytes, range.start)?,
            10 => {
                let id = text(bytes, range.start)?;
                if id.is_some_and(|id| id.len() > MAX_SESSION_ID) {
                    return Err(EngineError::Argument(
                        "expected a session id of at most 128 bytes",
                    ));
                }
                facts.session_id = id.map(Arc::from);
            }
            _ => {}
        }
    }
    if let (Some(expiry), Some(created)) = (expiry, created) {
        facts.ttl = Some(u64::try_from(expiry.saturating_sub(created)).unwrap_or(0));
    }
    Ok(())
}

fn application_properties(bytes: &[u8], at: usize) -> Result<(), EngineError> {
    for pair in items(bytes, at)?.chunks(2) {
        let [key, value] = pair else {
            return Err(malformed(at, "pairs in a map"));
        };
        if text(bytes, key.start)?.is_none() {
            return Err(malformed(key.start, "a string as key of a property"));
        }
        primitive(bytes, value.start)?;
    }
    Ok(())
}

/// Lists, maps and arrays are no values of these sections; a decoder behind this check never nests.
fn primitive(bytes: &[u8], at: usize) -> Result<(), EngineError> {
    match bytes[at] {
        0x40..=0xbf if bytes[at] != 0x45 => Ok(()),
        _ => Err(malformed(at, "a value of a simple type")),
    }
}

fn give_message_id(message: &mut Message) -> Result<(), EngineError> {
    let bare = &message.bare;
    let mut fields = Vec::with_capacity(64);
    put_string(&mut fields, &Uuid::new_v4().simple().to_string());
    let id_len = fields.len();
    let mut count = 1;
    if message.properties_end > 0 {
        let (_, value) = section(bare, 0)?;
        for range in items(bare, value)?.into_iter().skip(1) {
            fields.extend_from_slice(&bare[range]);
            count += 1;
        }
    }
    let mut bytes = Vec::with_capacity(bare.len() + fields.len() + 16);
    put_section(&mut bytes, 0x73, 0xd0, count, &fields);
    let end = bytes.len();
    bytes.extend_from_slice(&bare[message.properties_end..]);
    let id = end - fields.len();
    message.facts.message_id = id..id + id_len;
    message.application_end = message.application_end - message.properties_end + end;
    message.properties_end = end;
    message.bare = bytes.into();
    Ok(())
}
