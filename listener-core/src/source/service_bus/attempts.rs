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
        (self.attempt(key, told, message.first_acquirer()), key)
    }

    fn attempt(&mut self, key: Option<u64>, told: u32, first: Option<bool>) -> u32 {
        let before = key.and_then(|key| self.take(key));
        let next = before.map(|before| before.saturating_add(1));
        let attempt = match first {
            // Another message with the same id.
            Some(true) => told,
            Some(false) => told.max(next.unwrap_or(2)),
            // It does not say.
            None => told.max(next.unwrap_or(told)),
        };
        if let Some(key) = key {
            self.remember(key, attempt);
        }
        attempt
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
        Message as Wire, Properties, message::__private::Serializable,
    };

    use super::*;

    #[test]
    fn a_message_that_comes_again_uncounted_is_counted_by_its_id() {
        let mut attempts = Attempts::default();
        let (a, b) = (Some(1), Some(2));
        assert_eq!(attempts.attempt(a, 1, Some(true)), 1);
        let again = [(); 3].map(|()| attempts.attempt(a, 1, Some(false)));
        assert_eq!(again, [2, 3, 4]);
        assert_eq!(attempts.attempt(a, 1, Some(true)), 1, "another one");
        let unknown = [(); 2].map(|()| attempts.attempt(b, 1, Some(false)));
        assert_eq!(unknown, [2, 3]);
        let nameless = [(); 2].map(|()| attempts.attempt(None, 1, Some(false)));
        assert_eq!(nameless, [2, 2]);
    }

    #[test]
    fn where_the_broker_does_not_say_whether_it_is_the_first_the_id_tells() {
        let mut attempts = Attempts::default();
        let counted = [(); 3].map(|()| attempts.attempt(Some(1), 1, None));
        assert_eq!(counted, [1, 2, 3]);
        let nameless = [(); 2].map(|()| attempts.attempt(None, 1, None));
        assert_eq!(nameless, [1, 1]);
    }

    #[test]
    fn the_count_of_the_broker_counts_where_it_is_higher() {
        let mut attempts = Attempts::default();
        assert_eq!(attempts.attempt(Some(1), 7, Some(false)), 7);
        assert_eq!(attempts.attempt(Some(1), 10, None), 10);
    }

    #[test]
    fn a_message_is_known_by_its_id() {
        let message = |id: Option<&str>| {
            let properties = Properties {
                message_id: id.map(|id| id.to_owned().into()),
                ..Properties::default()
            };
            let wire = Wire::builder().properties(properties).value(7_i64).build();
            let bytes = serde_amqp::to_vec(&Serializable(wire)).unwrap();
            ReceivedMessage::read(bytes.into()).unwrap()
        };
        let mut attempts = Attempts::default();
        let mut attempt = |id| attempts.arrived(&message(id)).0;
        assert_eq!(["a", "a", "b"].map(|id| attempt(Some(id))), [1, 2, 1]);
        assert_eq!([None, None].map(attempt), [1, 1]);
    }

    #[test]
    fn what_is_done_is_forgotten_and_memory_has_a_bound() {
        let mut attempts = Attempts::default();
        attempts.attempt(Some(7), 1, None);
        attempts.forget(7);
        assert_eq!(attempts.attempt(Some(7), 1, None), 1);
        for key in 0..5 * REMEMBERED as u64 {
            attempts.remember(key, 1);
            assert!(attempts.young.len() + attempts.old.len() <= 2 * REMEMBERED);
            let before = key.saturating_sub(REMEMBERED as u64 - 1);
            assert!(attempts.young.contains_key(&before) || attempts.old.contains_key(&before));
        }
    }
}
