use std::time::Duration;

/// Settings and limits of a [`Namespace`](super::Namespace).
#[derive(Clone, Debug)]
pub struct NamespaceOptions {
    /// Whether what is not there is created at its first use, with the default options: a queue when it is sent to or
    /// received from, a subscription with its topic when it is received from. It requires sessions if the first message
    /// has a session id, or the first receiver accepts a session.
    pub create_on_use: bool,
    /// The most queues, topics and subscriptions together.
    pub max_entities: usize,
    /// The most rules of a subscription.
    pub max_rules: usize,
    /// The largest message, in bytes.
    pub max_message_bytes: usize,
    /// The most messages that one call sends, schedules or takes.
    pub max_batch: usize,
}

impl Default for NamespaceOptions {
    fn default() -> Self {
        Self {
            create_on_use: false,
            max_entities: 10_000,
            max_rules: 2_000,
            max_message_bytes: 1024 * 1024,
            max_batch: 4_500,
        }
    }
}

/// What an entity may be used for
/// ([suspending entities](https://learn.microsoft.com/azure/service-bus-messaging/entity-suspend)).
///
/// A subscription gets its copies whatever its status, and messages can always be peeked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EntityStatus {
    /// To send and to receive.
    #[default]
    Active,
    /// For neither.
    Disabled,
    /// To receive only.
    SendDisabled,
    /// To send only. What was received before cannot be settled.
    ReceiveDisabled,
}

impl EntityStatus {
    /// Whether messages can be sent to the entity.
    pub fn can_send(self) -> bool {
        matches!(self, Self::Active | Self::ReceiveDisabled)
    }

    /// Whether messages can be received from the entity, and settled.
    pub fn can_receive(self) -> bool {
        matches!(self, Self::Active | Self::SendDisabled)
    }
}

/// Settings of a queue; the defaults are Azure's.
#[derive(Clone, Debug)]
pub struct QueueOptions {
    /// How long a lock of a message or a session holds.
    pub lock_duration: Duration,
    /// After how many failed deliveries a message is dead-lettered.
    pub max_delivery_count: u32,
    /// How long a message lives when its sender says nothing, and at most. `None`: for ever.
    pub default_time_to_live: Option<Duration>,
    /// Whether expired messages are dead-lettered; otherwise they are dropped.
    pub dead_letter_on_expiration: bool,
    /// Of a subscription: whether a message for which a rule has no result is dead-lettered; otherwise it is passed
    /// over.
    pub dead_letter_on_filter_errors: bool,
    /// Whether messages belong to sessions and are received by session only.
    pub requires_session: bool,
    /// How long message ids are remembered, of which a second message is dropped. `None`: no duplicate detection.
    pub duplicate_detection: Option<Duration>,
    /// The queue or topic that gets each message instead.
    pub forward_to: Option<String>,
    /// The queue or topic that gets each dead-lettered message instead.
    pub forward_dead_lettered_to: Option<String>,
    /// The most bytes that the messages of the queue take; its dead-letter queues have as much each.
    pub max_bytes: u64,
    /// The most sessions that are known at a time.
    pub max_sessions: usize,
    /// Whether it can be sent to and received from.
    pub status: EntityStatus,
}

impl Default for QueueOptions {
    fn default() -> Self {
        Self {
            lock_duration: Duration::from_secs(60),
            max_delivery_count: 10,
            default_time_to_live: None,
            dead_letter_on_expiration: false,
            dead_letter_on_filter_errors: true,
            requires_session: false,
            duplicate_detection: None,
            forward_to: None,
            forward_dead_lettered_to: None,
            max_bytes: 1024 * 1024 * 1024,
            max_sessions: 1_000_000,
            status: EntityStatus::Active,
        }
    }
}

/// Settings of a topic; the defaults are Azure's.
#[derive(Clone, Debug, Default)]
pub struct TopicOptions {
    /// How long a message lives when its sender says nothing, and at most. `None`: for ever.
    pub default_time_to_live: Option<Duration>,
    /// How long message ids are remembered, of which a second message is dropped. `None`: no duplicate detection.
    pub duplicate_detection: Option<Duration>,
    /// Whether it can be sent to.
    pub status: EntityStatus,
}

/// Settings of a subscription: a queue's, of which `duplicate_detection` does not count.
pub type SubscriptionOptions = QueueOptions;
