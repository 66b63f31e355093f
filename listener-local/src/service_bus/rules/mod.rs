//! Rules of subscriptions: which messages one takes, and what it changes in them.
//!
//! A [`Rule`] has a name, a [`Filter`] and perhaps an action. A [`SqlFilter`] is an expression over the properties of a
//! message, a [`CorrelationFilter`] a comparison with some of them; both read the message through [`Properties`]. A
//! [`SqlAction`] changes it through [`PropertiesMut`].
//!
//! Dataverse names its application properties by whole URIs, so that they stand in brackets or double quotes:
//!
//! ```
//! use listener_local::service_bus::rules::SqlFilter;
//!
//! "[http://schemas.microsoft.com/xrm/2011/Claims/EntityLogicalName] = 'account'".parse::<SqlFilter>()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod compare;
mod convert;
mod correlation_filter;
mod display;
mod error;
mod evaluate;
mod fuzz;
mod like;
mod limits;
mod number;
mod parse;
mod property;
mod rule;
mod sql_action;
mod sql_filter;
mod token;
mod tree;
mod value;
pub mod wire;

pub use correlation_filter::CorrelationFilter;
pub use error::{EvaluateError, ParseError, Position};
#[doc(hidden)]
pub use fuzz::fuzz;
pub use limits::Limits;
pub use property::{Properties, PropertiesMut, SystemProperty, same_name};
pub use rule::{Filter, RULE_NAME_LIMIT, Rule, RuleNameError};
pub use sql_action::SqlAction;
pub use sql_filter::SqlFilter;
pub use value::Value;

#[cfg(test)]
mod tests;
