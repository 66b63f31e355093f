//! Real clients on real sockets of loopback.

mod hostile;
mod http;
mod links;
mod messages;
mod starting;

use std::time::Duration;

use listener_core::amqp::{Connection, ConnectionString, Connector, Transport, Trust};

use super::LocalAzure;

/// Longer than anything here takes.
const SOON: Duration = Duration::from_secs(10);

fn string(text: &str) -> ConnectionString {
    text.parse().unwrap()
}

async fn connect(azure: &LocalAzure, transport: Transport) -> Connection {
    let string = string(&azure.connection_string()).with_transport(transport);
    Connector::new(&string).connect().await.unwrap()
}

fn tls_connector(azure: &LocalAzure, transport: Transport) -> Connector {
    let string = string(&azure.tls_connection_string().unwrap()).with_transport(transport);
    let root = azure.tls_root_pem().unwrap();
    Connector::new(&string).trust(Trust::roots_from_pem(root.as_bytes()).unwrap())
}
