//! Entities that come to be when they are first used.

use super::{
    address::Address,
    core::Core,
    error::EngineError,
    options::{QueueOptions, SubscriptionOptions, TopicOptions},
    time::Timestamp,
};

impl Core {
    /// Makes what a sender names and is not there yet: a queue.
    pub(super) fn make_for_sender(
        &mut self,
        address: &Address,
        sessions: bool,
    ) -> Result<(), EngineError> {
        let path = &address.entity;
        // Subscriptions are never sent to.
        if self.is_to_make(path) && split(path).is_none() {
            self.create_queue(path, with_sessions(sessions), None)?;
        }
        Ok(())
    }

    /// Makes what a receiver names and is not there yet: a queue, or a subscription with its topic.
    pub(super) fn make_for_receiver(
        &mut self,
        address: &Address,
        sessions: bool,
        now: Timestamp,
    ) -> Result<(), EngineError> {
        let path = &address.entity;
        if !self.is_to_make(path) {
            return Ok(());
        }
        let options = with_sessions(sessions);
        let Some((topic, name)) = split(path) else {
            return self.create_queue(path, options, None);
        };
        if !self.entities.contains_key(topic) {
            self.create_topic(topic, &TopicOptions::default())?;
        }
        self.create_subscription(topic, name, options, now)
    }

    fn is_to_make(&self, path: &str) -> bool {
        self.options.create_on_use && !self.entities.contains_key(path)
    }
}

/// The topic and the name of a subscription's path.
fn split(path: &str) -> Option<(&str, &str)> {
    path.split_once("/subscriptions/")
}

fn with_sessions(requires_session: bool) -> SubscriptionOptions {
    QueueOptions {
        requires_session,
        ..QueueOptions::default()
    }
}
