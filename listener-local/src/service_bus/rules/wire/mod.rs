//! Rules as `$management` carries them
//! ([rule operations](https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-request-response#rule-operations)).
//!
//! `add-rule` sends a rule as maps, `enumerate-rules` answers with described lists. Both are read and written, so that
//! a server and a client can use this.
//!
//! ```
//! use listener_local::service_bus::rules::{Rule, SqlFilter, wire};
//!
//! let rule = Rule::new("accounts", "entity = 'account'".parse::<SqlFilter>()?)?;
//! assert_eq!(wire::read_add_rule(&wire::add_rule(&rule))?, rule);
//! assert_eq!(wire::read_description(&wire::description(&rule, 0))?, rule);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod decimal;
mod description;
mod error;
mod request;
mod value;

pub use description::{description, enumerated_rules, read_description};
pub use error::WireError;
pub use request::{Page, add_rule, read_add_rule, read_enumerate_rules, read_remove_rule};
pub use value::{from_amqp, to_amqp};

#[cfg(test)]
mod tests;
