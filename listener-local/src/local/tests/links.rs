//! AMQP over all that it can go over.

use listener_core::amqp::{ErrorKind, Transport, Trust};
use tokio::time::timeout;

use super::{LocalAzure, SOON, connect, string, tls_connector};
use crate::local::TlsIdentity;

#[tokio::test]
async fn clients_connect_over_tcp_and_websockets() {
    let azure = LocalAzure::start().await.unwrap();
    for transport in [Transport::Tcp, Transport::WebSockets] {
        let mut connection = connect(&azure, transport).await;
        let session = connection.session().await.unwrap();
        session.end(SOON).await.unwrap();
        connection.close(SOON).await.unwrap();
    }
}

#[tokio::test]
async fn clients_that_trust_the_root_connect_over_tls_and_websockets_in_it() {
    let azure = LocalAzure::builder().tls_port(0).start().await.unwrap();
    for transport in [Transport::Tcp, Transport::WebSockets] {
        let connector = tls_connector(&azure, transport);
        let mut connection = connector.connect().await.unwrap();
        let session = connection.session().await.unwrap();
        session.end(SOON).await.unwrap();
        connection.close(SOON).await.unwrap();
    }
}

#[tokio::test]
async fn clients_that_do_not_trust_the_root_do_not_connect() {
    let azure = LocalAzure::builder().tls_port(0).start().await.unwrap();
    let other = TlsIdentity::for_localhost().unwrap();
    let trust = Trust::roots_from_pem(other.root_pem().unwrap().as_bytes()).unwrap();
    let connector = tls_connector(&azure, Transport::Tcp).trust(trust);
    let error = connector.connect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotTrusted);
}

#[tokio::test]
async fn tls_to_the_plain_port_is_hung_up_on() {
    let azure = LocalAzure::builder().tls_port(0).start().await.unwrap();
    let plain = azure.tls_connection_string().unwrap().replace(
        &azure.amqps_port().unwrap().to_string(),
        &azure.amqp_port().to_string(),
    );
    let root = azure.tls_root_pem().unwrap().as_bytes();
    let connector = listener_core::amqp::Connector::new(&string(&plain))
        .trust(Trust::roots_from_pem(root).unwrap());
    let error = timeout(SOON, connector.connect()).await.unwrap();
    assert_eq!(error.unwrap_err().kind(), ErrorKind::CannotConnect);
}

#[tokio::test]
async fn both_families_of_addresses_are_served() {
    let azure = LocalAzure::start().await.unwrap();
    let port = azure.amqp_port();
    let mut hosts = vec!["127.0.0.1"];
    if tokio::net::TcpListener::bind("[::1]:0").await.is_ok() {
        hosts.push("[::1]");
    }
    for host in hosts {
        let string = azure
            .connection_string()
            .replace("localhost", host)
            .parse()
            .unwrap();
        let connection = listener_core::amqp::Connector::new(&string).connect().await;
        connection.unwrap_or_else(|error| panic!("{host}:{port}: {error}"));
    }
}

#[tokio::test]
async fn shutdown_tells_the_clients() {
    let azure = LocalAzure::start().await.unwrap();
    let mut over_tcp = connect(&azure, Transport::Tcp).await;
    let mut over_websockets = connect(&azure, Transport::WebSockets).await;
    let all = async {
        tokio::join!(
            azure.shutdown(),
            over_tcp.closed(),
            over_websockets.closed()
        )
    };
    let (ended, tcp, websockets) = timeout(SOON, all).await.unwrap();
    ended.unwrap();
    for told in [tcp, websockets] {
        assert!(told.to_string().contains("forced"), "{told}");
    }
}

#[tokio::test]
async fn a_dropped_one_takes_no_more_connections() {
    let azure = LocalAzure::start().await.unwrap();
    let mut connection = connect(&azure, Transport::Tcp).await;
    let string = string(&azure.connection_string());
    drop(azure);
    timeout(SOON, connection.closed()).await.unwrap();
    let connector = listener_core::amqp::Connector::new(&string);
    let error = timeout(SOON, connector.connect()).await.unwrap();
    assert_eq!(error.unwrap_err().kind(), ErrorKind::CannotConnect);
}
