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
            // It does not say: what we remember may as well be another message.
            None => told,
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
