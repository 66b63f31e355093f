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
//! azure.shutdown().await?;
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
//! Without a [key](Builder::key) tokens are taken as they come, as the official emulator does: everybody on the machine
//! is served, but no web page of another site that a browser on it shows. With one, each connection has to show a token
//! that the key has signed.
//!
//! # In place of the official emulator
//!
//! What its users have, works on: the connection string, the ports of [`Builder::port`] and [`Builder::http_port`], the
//! [`Config.json`](crate::service_bus::config), and the health check. What differs:
//!
//! | | official emulator | here |
//! |---|---|---|
//! | needs | Docker and SQL Server | nothing |
//! | entities | those of Config.json, at most 50 | those of Config.json, or any, [made on use](Builder::create_on_use) |
//! | over a restart | nothing is kept | nothing, or [everything](Builder::data) |
//! | limits | 10 connections, 10 deliveries, locks of 5 minutes | Azure's where it has some |
//! | TLS, WebSockets | no | yes |
//! | administration API | yes | no: 501 |
//! | faults to try | no | [those that one switches](LocalAzure::faults) |
//!
//! A client that wants the whole of Azure finds less in both: there are no partitions, no geo-replication, no
//! autodelete on idle.

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
