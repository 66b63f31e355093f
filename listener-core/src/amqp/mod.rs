//! AMQP 1.0 as Azure Service Bus and Event Hubs speak it: the layer that their sources stand on.
//!
//! A [`ConnectionString`] says where and with which key.

mod connection_string;
mod sas;
mod secret;

pub use connection_string::{ConnectionString, ConnectionStringError, Transport};
pub use sas::{Credential, SasKey, SharedAccessSignature, Token, TokenKind};
