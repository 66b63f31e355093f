//! A receive loop of `fe2o3-amqp` alone: credit by hand, each message accepted, and its body left as it is.

use fe2o3_amqp::{
    Connection, Delivery, Receiver, Session,
    link::receiver::CreditMode,
    sasl_profile::SaslProfile,
    types::{
        definitions::{ReceiverSettleMode, SenderSettleMode},
        messaging::{Body, Source},
        primitives::Value,
    },
};
use tokio::net::TcpStream;

use crate::{Result, progress::Progress};

pub(crate) async fn receive(port: u16, queue: &str, count: u32, credit: u32) -> Result {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let mut connection = Connection::builder()
        .container_id("bare")
        .scheme("amqp")
        .max_frame_size(65_536u32)
        .sasl_profile(SaslProfile::Anonymous)
        .open_with_stream(stream)
        .await?;
    let mut session = Session::begin(&mut connection).await?;
    let mut receiver = Receiver::builder()
        .name("bare")
        .source(Source::builder().address(queue).build())
        .sender_settle_mode(SenderSettleMode::Unsettled)
        .receiver_settle_mode(ReceiverSettleMode::Second)
        .credit_mode(CreditMode::Manual)
        .attach(&mut session)
        .await?;
    let progress = Progress::new(count);
    receiver.set_credit(credit).await?;
    for received in 1..=count {
        let delivery: Delivery<Body<Value>> = receiver.recv().await?;
        receiver.accept(&delivery).await?;
        progress.tell();
        if received % (credit / 2).max(1) == 0 {
            receiver.set_credit(credit).await?;
        }
    }
    progress.print()?;
    // Until what was accepted has arrived.
    receiver.close().await?;
    session.end().await?;
    connection.close().await?;
    Ok(())
}
