use std::time::Duration;

/// What an entity has that does not say otherwise.
///
/// ```
/// use listener_local::service_bus::config::{Defaults, QueueConfig};
///
/// let queue = QueueConfig::new("crm", &Defaults::azure());
/// assert_eq!(queue.max_delivery_count, 10);
/// assert_eq!(queue.default_message_time_to_live, None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Defaults {
    /// How long a message lives; `None` is for ever.
    pub default_message_time_to_live: Option<Duration>,
    /// How long a message stays locked.
    pub lock_duration: Duration,
    /// How often a message is delivered before it is dead-lettered.
    pub max_delivery_count: u32,
    /// How far back duplicates are looked for.
    pub duplicate_detection_history_time_window: Duration,
}

impl Defaults {
    /// What Azure gives an entity: 10 deliveries, a lock of one minute, no time to live, 10 minutes of history. For
    /// entities that are made on use.
    pub const fn azure() -> Self {
        Self {
            default_message_time_to_live: None,
            lock_duration: Duration::from_secs(60),
            max_delivery_count: 10,
            duplicate_detection_history_time_window: Duration::from_secs(600),
        }
    }

    /// What the official emulator gives an entity: 3 deliveries, a lock of one minute, one hour to live, 20 seconds of
    /// history. For the entities of its `Config.json`.
    pub const fn emulator() -> Self {
        Self {
            default_message_time_to_live: Some(Duration::from_secs(3_600)),
            lock_duration: Duration::from_secs(60),
            max_delivery_count: 3,
            duplicate_detection_history_time_window: Duration::from_secs(20),
        }
    }
}
