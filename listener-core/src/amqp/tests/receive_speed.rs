//! Receiving and completing, against a bare loop of the other library: `cargo test --release -- --ignored measures`.

use std::time::Instant;

use fe2o3_amqp::{
    Connection, Receiver, Session,
    acceptor::LinkEndpoint,
    link::receiver::CreditMode,
    sasl_profile::SaslProfile,
    types::{
        definitions::ReceiverSettleMode,
        messaging::{Body, Data, Message, Source},
        primitives::Value,
    },
};
use tokio::net::{TcpListener, TcpStream};

use super::peer::{Peer, SOON, accept, string};
use crate::amqp::{Connector, ReceiverOptions};

const MESSAGES: u32 = 50_000;

/// A server that sends messages of 5 KB to the first link of the first or, for ours, the second session.
async fn server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (tcp, _) = listener.accept().await.unwrap();
        tcp.set_nodelay(true).unwrap();
        let mut peer = Peer::on(accept(tcp).await).await;
        let LinkEndpoint::Sender(mut sender) = peer.link().await else {
            panic!("expected a receiver");
        };
        for _ in 0..MESSAGES {
            let message = Message::builder().data(Data(vec![7; 5_000].into())).build();
            drop(sender.send_batchable(message).await.unwrap());
        }
        std::future::pending::<()>().await;
    });
    port
}

async fn ours(credit: u32) -> f64 {
    let connection = Connector::new(&string(server().await))
        .connect()
        .await
        .unwrap();
    let options = ReceiverOptions::peek_lock();
    let receiver = connection.receiver("crm", options, SOON).await.unwrap();
    let start = Instant::now();
    for _ in 0..MESSAGES {
        receiver.keep_buffered(credit);
        let delivery = receiver.recv().await.unwrap();
        assert!(delivery.message().is_ok());
        drop(delivery.accept());
    }
    f64::from(MESSAGES) / start.elapsed().as_secs_f64()
}

async fn theirs(credit: u32) -> f64 {
    let tcp = TcpStream::connect(("127.0.0.1", server().await))
        .await
        .unwrap();
    tcp.set_nodelay(true).unwrap();
    let mut connection = Connection::builder()
        .container_id("bare")
        .hostname("localhost")
        .scheme("amqp")
        .max_frame_size(65_536_u32)
        .sasl_profile(SaslProfile::Anonymous)
        .open_with_stream(tcp)
        .await
        .unwrap();
    let mut session = Session::begin(&mut connection).await.unwrap();
    let mut receiver = Receiver::builder()
        .name("bare")
        .source(Source::builder().address("crm").build())
        .receiver_settle_mode(ReceiverSettleMode::Second)
        .credit_mode(CreditMode::Auto(credit))
        .attach(&mut session)
        .await
        .unwrap();
    let start = Instant::now();
    for _ in 0..MESSAGES {
        let delivery = receiver.recv::<Body<Value>>().await.unwrap();
        receiver.accept(&delivery).await.unwrap();
    }
    f64::from(MESSAGES) / start.elapsed().as_secs_f64()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn measures_receives_of_5_kb_over_the_loopback() {
    for credit in [20, 200] {
        for _ in 0..3 {
            let (ours, theirs) = (ours(credit).await, theirs(credit).await);
            println!(
                "credit {credit}: {ours:.0} a second, bare {theirs:.0}: {:.2} of it",
                ours / theirs
            );
        }
    }
}
