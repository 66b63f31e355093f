use std::time::Duration;

use super::Defaults;
use crate::service_bus::rules::Rule;

/// A namespace and its entities.
#[derive(Clone, Debug, PartialEq)]
pub struct NamespaceConfig {
    /// Its name; the official emulator knows `sbemulatorns` alone.
    pub name: String,
    /// Its queues. No two entities of a namespace have the same name, whatever the case.
    pub queues: Vec<QueueConfig>,
    /// Its topics.
    pub topics: Vec<TopicConfig>,
}

/// A queue.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueConfig {
    /// Its name.
    pub name: String,
    /// Whether a message that expires goes to the dead-letter queue rather than away.
    pub dead_lettering_on_message_expiration: bool,
    /// How long a message lives that does not say so itself, and how long at most; `None` is for ever.
    pub default_message_time_to_live: Option<Duration>,
    /// How far back duplicates are looked for, if they are.
    pub duplicate_detection_history_time_window: Duration,
    /// The entity to which dead-lettered messages go on.
    pub forward_dead_lettered_messages_to: Option<String>,
    /// The entity to which messages go on.
    pub forward_to: Option<String>,
    /// How long a message stays locked.
    pub lock_duration: Duration,
    /// How often a message is delivered before it is dead-lettered.
    pub max_delivery_count: u32,
    /// Whether a message with the id of one before it is dropped.
    pub requires_duplicate_detection: bool,
    /// Whether messages are received by sessions.
    pub requires_session: bool,
}

impl QueueConfig {
    /// A queue that has nothing of its own but its name.
    pub fn new(name: impl Into<String>, defaults: &Defaults) -> Self {
        Self {
            name: name.into(),
            dead_lettering_on_message_expiration: false,
            default_message_time_to_live: defaults.default_message_time_to_live,
            duplicate_detection_history_time_window: defaults
                .duplicate_detection_history_time_window,
            forward_dead_lettered_messages_to: None,
            forward_to: None,
            lock_duration: defaults.lock_duration,
            max_delivery_count: defaults.max_delivery_count,
            requires_duplicate_detection: false,
            requires_session: false,
        }
    }
}

/// A topic and its subscriptions.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicConfig {
    /// Its name.
    pub name: String,
    /// How long a message lives that does not say so itself, and how long at most; `None` is for ever.
    pub default_message_time_to_live: Option<Duration>,
    /// How far back duplicates are looked for, if they are.
    pub duplicate_detection_history_time_window: Duration,
    /// Whether a message with the id of one before it is dropped.
    pub requires_duplicate_detection: bool,
    /// Its subscriptions. No two have the same name, whatever the case.
    pub subscriptions: Vec<SubscriptionConfig>,
}

impl TopicConfig {
    /// A topic that has nothing of its own but its name, and no subscription.
    pub fn new(name: impl Into<String>, defaults: &Defaults) -> Self {
        Self {
            name: name.into(),
            default_message_time_to_live: defaults.default_message_time_to_live,
            duplicate_detection_history_time_window: defaults
                .duplicate_detection_history_time_window,
            requires_duplicate_detection: false,
            subscriptions: Vec::new(),
        }
    }
}

/// A subscription of a topic.
#[derive(Clone, Debug, PartialEq)]
pub struct SubscriptionConfig {
    /// Its name.
    pub name: String,
    /// Whether a message that expires goes to the dead-letter queue rather than away.
    pub dead_lettering_on_message_expiration: bool,
    /// How long a message lives that does not say so itself, and how long at most; `None` is for ever.
    pub default_message_time_to_live: Option<Duration>,
    /// The entity to which dead-lettered messages go on.
    pub forward_dead_lettered_messages_to: Option<String>,
    /// The entity to which messages go on.
    pub forward_to: Option<String>,
    /// How long a message stays locked.
    pub lock_duration: Duration,
    /// How often a message is delivered before it is dead-lettered.
    pub max_delivery_count: u32,
    /// Whether messages are received by sessions.
    pub requires_session: bool,
    /// Which messages it takes: those that one of its rules takes.
    pub rules: Vec<Rule>,
}

impl SubscriptionConfig {
    /// A subscription that has nothing of its own but its name: it takes every message.
    pub fn new(name: impl Into<String>, defaults: &Defaults) -> Self {
        Self {
            name: name.into(),
            dead_lettering_on_message_expiration: false,
            default_message_time_to_live: defaults.default_message_time_to_live,
            forward_dead_lettered_messages_to: None,
            forward_to: None,
            lock_duration: defaults.lock_duration,
            max_delivery_count: defaults.max_delivery_count,
            requires_session: false,
            rules: vec![Rule::default()],
        }
    }
}
