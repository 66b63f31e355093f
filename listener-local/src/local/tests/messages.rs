//! Messages from a client of ours to the namespace behind.

use std::time::SystemTime;

use listener_core::amqp::{Cbs, Connection, ErrorKind, Message, PutToken, Transport};

use tokio::time::timeout;

use super::{LocalAzure, SOON, connect, string, tls_connector};
use crate::faults::{Fault, Times};

async fn send(connection: &mut Connection, address: &str, body: Vec<u8>) {
    let mut session = connection.session().await.unwrap();
    let sender = session.sender(address, SOON).await.unwrap();
    sender.send(Message::new(body), SOON).await.unwrap();
    session.end(SOON).await.unwrap();
}

fn active(azure: &LocalAzure, address: &str) -> usize {
    azure.namespace().describe(address).unwrap().counts.active
}

#[tokio::test]
async fn a_message_arrives_whatever_it_comes_over() {
    let azure = LocalAzure::builder().tls_port(0).start().await.unwrap();
    for transport in [Transport::Tcp, Transport::WebSockets] {
        let plain = connect(&azure, transport).await;
        let tls = tls_connector(&azure, transport).connect().await.unwrap();
        for mut connection in [plain, tls] {
            // Larger than a frame of AMQP.
            send(&mut connection, "crm", vec![7; 200_000]).await;
            connection.close(SOON).await.unwrap();
        }
    }
    assert_eq!(active(&azure, "crm"), 4);
}

#[tokio::test]
async fn faults_strike_the_wire_and_the_broker() {
    let azure = LocalAzure::builder().tls_port(0).start().await.unwrap();
    azure.faults().switch(Fault::Throttle(Times::Next(1)));
    let mut connection = connect(&azure, Transport::WebSockets).await;
    let mut session = connection.session().await.unwrap();
    let busy = session.sender("crm", SOON).await.unwrap_err();
    assert_eq!(busy.kind(), ErrorKind::ServerBusy);
    // In another session: the client may take the end of a refused link for that of the next one of its handle.
    let mut session = connection.session().await.unwrap();
    session.sender("crm", SOON).await.unwrap();

    let connector = tls_connector(&azure, Transport::Tcp);
    let mut over_tls = connector.connect().await.unwrap();
    azure.faults().switch(Fault::Cut);
    for connection in [&mut connection, &mut over_tls] {
        timeout(SOON, connection.closed()).await.unwrap();
    }
}

#[tokio::test]
async fn a_key_lets_those_in_who_show_a_token_of_it() {
    let azure = LocalAzure::builder()
        .key("send", "c2VjcmV0")
        .start()
        .await
        .unwrap();
    azure
        .namespace()
        .create_queue("crm", Default::default())
        .unwrap();
    let mut connection = connect(&azure, Transport::Tcp).await;
    let mut session = connection.session().await.unwrap();
    let error = session.sender("crm", SOON).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);

    let string = string(&azure.connection_string());
    let resource = string.resource("crm");
    let token = string
        .credential()
        .token(&resource, SystemTime::now() + 60 * SOON);
    let mut session = connection.session().await.unwrap();
    let cbs = Cbs::attach(&mut session, SOON).await.unwrap();
    cbs.put_token(&resource, &token).await.unwrap();
    let sender = session.sender("crm", SOON).await.unwrap();
    sender.send(Message::new(vec![7]), SOON).await.unwrap();
    assert_eq!(active(&azure, "crm"), 1);
}
