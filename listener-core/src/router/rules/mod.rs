//! The rules of a subscription, so that it gets what a router takes.

mod az;
mod config;
mod cover;
mod rule;
mod set;
mod sql;

pub use az::{AzCommands, SubscriptionAddress};
pub use config::ConfigRules;
pub use rule::{EXPRESSION_LIMIT, RULE_NAME_LIMIT, SubscriptionRule};
pub use set::SubscriptionRules;

#[cfg(test)]
mod tests;
