//! How often messages came, for brokers that do not count.

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher,
    mem,
};

use crate::amqp::{ReceivedMessage, Value};

/// How many messages are remembered at least.
const REMEMBERED: usize = 10_000;

/// Attempts by message id. What was delivered long ago is forgotten: it is the price of a bounded memory.
#[derive(Default)]
pub(super) struct Attempts {
    hasher: RandomState,
    young: HashMap<u64, u32>,
    old: HashMap<u64, u32>,
}

impl Attempts {
    /// Which attempt this delivery is, and by which key it is remembered, if it has an id.
    pub(super) fn arrived(&mut self, message: &ReceivedMessage) -> (u32, Option<u64>) {
        let told = message.delivery_count().saturating_add(1);
        let key = self.key(message.message_id());
        let before = key.and_then(|key| self.take(key));
        let attempt = match message.first_acquirer() {
            // Another message with the same id.
            Some(true) => told,
            Some(false) => told.max(before.map_or(2, |before| before.saturating_add(1))),
            // It does not say.
            None => told.max(before.map_or(told, |before| before.saturating_add(1))),
        };
        if let Some(key) = key {
            self.remember(key, attempt);
        }
        (attempt, key)
    }

    /// It does not come again.
    pub(super) fn forget(&mut self, key: u64) {
        self.take(key);
    }

    fn take(&mut self, key: u64) -> Option<u32> {
        self.young.remove(&key).or_else(|| self.old.remove(&key))
    }

    fn remember(&mut self, key: u64, attempt: u32) {
        if self.young.len() >= REMEMBERED {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(key, attempt);
    }

    fn key(&self, id: &Value) -> Option<u64> {
        let key = |id: &dyn AsRef<[u8]>| self.hasher.hash_one(id.as_ref());
        Some(match id {
            Value::String(id) => key(id),
            Value::Binary(id) => key(id),
            Value::Uuid(id) => key(id),
            Value::Ulong(id) => self.hasher.hash_one(id),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use fe2o3_amqp::types::messaging::{
        Header, Message as Wire, Properties, message::__private::Serializable,
    };

    use super::*;

    fn message(id: Option<&str>, first: bool, count: u32) -> ReceivedMessage {
        let header = Header {
            first_acquirer: first,
            delivery_count: count,
            ..Header::default()
        };
        let properties = Properties {
            message_id: id.map(|id| id.to_owned().into()),
            ..Properties::default()
        };
        let wire = Wire::builder()
            .header(header)
            .properties(properties)
            .value(7_i64)
            .build();
        let bytes = serde_amqp::to_vec(&Serializable(wire)).unwrap();
        ReceivedMessage::read(bytes.into()).unwrap()
    }

    #[test]
    fn a_message_that_comes_again_uncounted_is_counted_by_its_id() {
        let mut attempts = Attempts::default();
        let mut attempt = |id, first| attempts.arrived(&message(id, first, 0)).0;
        assert_eq!(attempt(Some("a"), true), 1);
        assert_eq!([(); 3].map(|()| attempt(Some("a"), false)), [2, 3, 4]);
        assert_eq!(attempt(Some("a"), true), 1, "another one with its id");
        assert_eq!([(); 2].map(|()| attempt(Some("b"), false)), [2, 3]);
        assert_eq!([(); 2].map(|()| attempt(None, false)), [2, 2]);
    }

    #[test]
    fn the_count_of_the_broker_counts_where_it_is_higher() {
        let mut attempts = Attempts::default();
        assert_eq!(attempts.arrived(&message(Some("a"), false, 6)).0, 7);
        assert_eq!(attempts.arrived(&message(Some("a"), false, 9)).0, 10);
    }

    #[test]
    fn what_is_done_is_forgotten_and_memory_has_a_bound() {
        let mut attempts = Attempts::default();
        let (_, key) = attempts.arrived(&message(Some("done"), true, 0));
        attempts.forget(key.unwrap());
        assert_eq!(attempts.arrived(&message(Some("done"), false, 0)).0, 2);
        for key in 0..5 * REMEMBERED as u64 {
            attempts.remember(key, 1);
            assert!(attempts.young.len() + attempts.old.len() <= 2 * REMEMBERED);
            let before = key.saturating_sub(REMEMBERED as u64 - 1);
            assert!(attempts.young.contains_key(&before) || attempts.old.contains_key(&before));
        }
    }
}
