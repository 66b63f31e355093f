//! AMQP 1.0 as Azure Service Bus and Event Hubs speak it: the layer that their sources stand on.
//!
//! A [`ConnectionString`] says where and with which key; a [`Connector`] opens a [`Connection`]; a [`Cbs`] shows
//! its node the [`Token`]s; a [`Sender`] sends [`Message`]s, and [`Management`] asks
//! what links cannot. All faults are
//! [`Error`]s, whose [kind](ErrorKind) tells what can be done. A [`Broker`] is any other that speaks AMQP 1.0.

mod batch;
mod broker;
mod cbs;
mod connection;
mod connection_string;
mod endpoint;
#[cfg(feature = "entra")]
mod entra;
mod error;
mod expiry;
mod management;
mod message;
mod mux;
mod outcome;
mod random;
mod receiver;
mod recovery;
mod renewal;
mod requests;
mod sas;
#[cfg(feature = "service-bus")]
mod schedule;
mod secret;
mod sender;
mod socket;
#[cfg(test)]
pub(crate) mod tests;
mod tokens;
mod trust;
mod value;
mod websocket;
mod wire;

pub use broker::{Broker, BrokerUrlError};
pub use cbs::{Cbs, PutToken};
pub use connection::{Connection, Connector, Session};
pub use connection_string::{ConnectionString, ConnectionStringError, Transport};
pub use endpoint::{Endpoint, EndpointError};
pub use error::{Error, ErrorKind};
pub use management::{Management, Operation};
pub use message::Message;
pub use receiver::{
    Answer, Body, Delivery, MessageError, ReceivedMessage, Receiver, ReceiverOptions, Settlement,
    Settling,
};
pub use recovery::{Attached, Namespace, Standing, SteadyReceiver, Watch};
#[cfg(feature = "service-bus")]
pub(crate) use recovery::{Backoff, SendingLink, Shared, SteadySender, shortened_by_chance};
pub use renewal::Authorization;
pub use requests::{Requests, Response};
pub use sas::{Credential, SasKey, SharedAccessSignature, Token, TokenKind};
pub use sender::Sender;
#[cfg(feature = "service-bus")]
pub(crate) use sender::Unsent;
pub use tokens::{Clock, Tokens};
pub use trust::Trust;
pub use value::Value;
// The stand-in's end of a WebSocket is the same stream of bytes.
#[doc(hidden)]
pub use websocket::WebSocket;
