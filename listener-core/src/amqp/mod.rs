//! AMQP 1.0 as Azure Service Bus and Event Hubs speak it: the layer that their sources stand on.
//!
//! A [`ConnectionString`] says where and with which key; a [`Connector`] opens a [`Connection`]. All faults are
//! [`Error`]s, whose [kind](ErrorKind) tells what can be done.

mod connection;
mod connection_string;
mod error;
mod sas;
mod secret;
mod socket;
#[cfg(test)]
mod tests;
mod trust;

pub use connection::{Connection, Connector, Session};
pub use connection_string::{ConnectionString, ConnectionStringError, Transport};
pub use error::{Error, ErrorKind};
pub use sas::{Credential, SasKey, SharedAccessSignature, Token, TokenKind};
pub use trust::Trust;
