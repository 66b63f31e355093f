//! Faults that are switched while clients are connected.

use listener_core::amqp::Transport;
use tokio::time::timeout;

use super::{LocalAzure, SOON, connect, tls_connector};
use crate::faults::{Fault, Faults, Times};

#[tokio::test]
async fn a_cut_meets_clients_on_every_way_and_lets_them_come_back() {
    let faults = Faults::new();
    let builder = LocalAzure::builder().tls_port(0).faults(&faults);
    let azure = builder.start().await.unwrap();
    let connector = tls_connector(&azure, Transport::Tcp);
    let mut connections = [
        connect(&azure, Transport::Tcp).await,
        connect(&azure, Transport::WebSockets).await,
        connector.connect().await.unwrap(),
    ];
    faults.switch(Fault::Cut);
    for connection in &mut connections {
        let session = timeout(SOON, connection.session()).await.unwrap();
        assert!(session.is_err(), "the connection lives");
    }
    let mut connection = connect(&azure, Transport::Tcp).await;
    connection.session().await.unwrap();
}

#[tokio::test]
async fn what_is_switched_before_the_start_is_there_from_the_start() {
    let faults = Faults::new();
    faults.switch(Fault::Unauthorized(Times::Next(1)));
    let azure = LocalAzure::builder().faults(&faults).start().await.unwrap();
    let mut connection = connect(&azure, Transport::Tcp).await;
    let mut session = connection.session().await.unwrap();
    assert!(session.sender("orders", SOON).await.is_err());
    assert!(session.sender("orders", SOON).await.is_ok());
}
