//! `Config.json`: the file in which the official emulators of Service Bus and of Event Hubs declare their entities.
//!
//! Both are taken as they are. Names of members are read without case, numbers and booleans also as strings. What is
//! wrong is told all at once, each with its path; an unknown member is a warning. The emulators' own limits (50
//! entities, 10 deliveries, 5 minutes of lock) are not ours.
//!
//! ```
//! use listener_local::service_bus::config::{Loaded, ServiceBusConfig};
//!
//! let Loaded { config, warnings } = ServiceBusConfig::from_json(
//!     br#"{"UserConfig": {"Namespaces": [{"Name": "sbemulatorns", "Queues": [{"Name": "crm", "Color": "red"}]}]}}"#,
//! )?;
//! assert_eq!(config.namespaces[0].queues[0].max_delivery_count, 3);
//! assert_eq!(
//!     warnings[0].to_string(),
//!     "$.UserConfig.Namespaces[0].Queues[0].Color: expected `Name` or `Properties`, found another member, which is ignored"
//! );
//!
//! let error = ServiceBusConfig::from_json(br#"{"UserConfig": {"Namespaces": "crm"}}"#).unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "$.UserConfig.Namespaces: expected an array of objects, found a string of 3 characters"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod defaults;
mod duration;
mod entities;
mod event_hubs;
mod node;
mod problem;
mod read_entities;
mod read_members;
mod read_rules;
mod service_bus;

pub use defaults::Defaults;
pub use duration::{DurationError, parse_duration};
pub use entities::{NamespaceConfig, QueueConfig, SubscriptionConfig, TopicConfig};
pub use event_hubs::{EventHubConfig, EventHubsConfig, EventHubsNamespaceConfig};
pub use problem::{ConfigError, FILE_LIMIT, Loaded, Logging, Problem};
pub use service_bus::ServiceBusConfig;

#[cfg(test)]
mod tests;
