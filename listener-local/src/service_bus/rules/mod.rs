//! Rules of subscriptions: which messages one takes, and what it changes in them.
//!
//! A [`SqlFilter`] is an expression over the properties of a message, which it reads through [`Properties`].
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
mod display;
mod error;
mod evaluate;
mod like;
mod limits;
mod number;
mod parse;
mod property;
mod sql_filter;
mod token;
mod tree;
mod value;

pub use error::{EvaluateError, ParseError, Position};
pub use limits::Limits;
pub use property::{Properties, PropertiesMut, SystemProperty, same_name};
pub use sql_filter::SqlFilter;
pub use value::Value;

#[cfg(test)]
mod tests;
