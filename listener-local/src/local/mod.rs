//! A Service Bus on loopback that one starts: for demos, for tests, and in place of the official emulator.
//!
//! ```
//! use listener_core::amqp::{Connector, ConnectionString};
//! use listener_local::local::LocalAzure;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let azure = LocalAzure::start().await?;
//! let string: ConnectionString = azure.connection_string().parse()?;
//! let connection = Connector::new(&string).connect().await?;
//! # drop(connection);
//! azure.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! # What listens
//!
//! Each port listens on `127.0.0.1` and, where the machine has IPv6, on `::1`, since clients resolve `localhost` either
//! way. Nobody outside of the machine can connect.
//!
//! | port | speaks |
//! |---|---|
//! | [AMQP](LocalAzure::amqp_port) | AMQP, and HTTP to who begins with it |
//! | [AMQPS](LocalAzure::amqps_port), if asked for | the same behind TLS |
//! | [HTTP](LocalAzure::http_port), if asked for | HTTP |
//!
//! HTTP has three answers on each port: `GET /health` tells whether Service Bus is ready, as the official emulator
//! does; `/$servicebus/websocket` is AMQP over WebSockets; all else is the administration API, which is not there, and
//! says so with 501.
//!
//! # What is checked
//!
//! Tokens are taken as they come, as the official emulator does: what listens on loopback is for its user.

mod builder;
mod error;
mod front;
mod health;
mod http;
mod running;
mod sockets;
mod tls;
mod websocket;

#[cfg(test)]
mod tests;

pub use builder::Builder;
pub use error::StartError;
pub use running::LocalAzure;
pub use tls::{TlsIdentity, TlsIdentityError};
