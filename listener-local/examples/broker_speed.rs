//! What a bare client of another make gets from Service Bus on loopback: sends, and locked deliveries that it completes,
//! of 5 KB over TCP, client and server in this process.
//!
//! `cargo run --release -p listener-local --example broker_speed -- MESSAGES [DIRECTORY]`; with a directory, durable.

use std::time::{Duration, Instant};

use fe2o3_amqp::{
    Connection, Delivery, Receiver, Sender, Session,
    link::receiver::CreditMode,
    sasl_profile::SaslProfile,
    types::{
        definitions::{ReceiverSettleMode, SenderSettleMode},
        messaging::{Body, Data, Outcome, Source},
        primitives::Value,
    },
};
use futures_util::{StreamExt, stream::FuturesUnordered};
use listener_local::{local::LocalAzure, service_bus::engine::QueueOptions};
use tokio::{net::TcpStream, task::JoinSet};

type Result<T = (), E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;

const BODY: usize = 5_000;
/// Deliveries without a settlement.
const AT_ONCE: u32 = 200;
/// Sends without an outcome.
const AT_ONCE_SENT: usize = 200;

#[tokio::main]
async fn main() -> Result {
    let mut arguments = std::env::args().skip(1);
    let count: u32 = arguments.next().unwrap_or_default().parse()?;
    let directory = arguments.next();
    println!("connections  sends/s  locked and completed/s");
    for connections in [1, 16] {
        let mut builder = LocalAzure::builder();
        if let Some(directory) = &directory {
            builder = builder.data(format!("{directory}/{connections}"));
        }
        let local = builder.start().await?;
        for queue in 0..connections {
            let options = QueueOptions {
                lock_duration: Duration::from_secs(300),
                ..QueueOptions::default()
            };
            local
                .namespace()
                .create_queue(&format!("crm-{queue}"), options)?;
        }
        let port = local.amqp_port();
        let each = count / connections;
        let sent = all(connections, move |queue| send(port, queue, each)).await?;
        let received = all(connections, move |queue| receive(port, queue, each)).await?;
        let rate = |time: Duration| f64::from(each * connections) / time.as_secs_f64();
        println!(
            "{connections:11}  {:7.0}  {:22.0}",
            rate(sent),
            rate(received)
        );
        local.shutdown().await?;
    }
    Ok(())
}

/// How long it takes until all are done.
async fn all<F>(count: u32, one: impl Fn(u32) -> F) -> Result<Duration>
where
    F: Future<Output = Result> + Send + 'static,
{
    let begin = Instant::now();
    let mut tasks: JoinSet<_> = (0..count).map(one).collect();
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(begin.elapsed())
}

async fn connect(port: u16) -> Result<fe2o3_amqp::connection::ConnectionHandle<()>> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let connection = Connection::builder()
        .container_id("speed")
        .scheme("amqp")
        .max_frame_size(65_536u32)
        .sasl_profile(SaslProfile::Anonymous)
        .open_with_stream(stream);
    Ok(connection.await?)
}

async fn send(port: u16, queue: u32, count: u32) -> Result {
    let mut connection = connect(port).await?;
    let mut session = Session::begin(&mut connection).await?;
    let mut sender = Sender::attach(&mut session, "sender", format!("crm-{queue}")).await?;
    let mut outcomes = FuturesUnordered::new();
    for _ in 0..count {
        if outcomes.len() >= AT_ONCE_SENT
            && let Some(outcome) = outcomes.next().await
        {
            accepted(&outcome?)?;
        }
        outcomes.push(sender.send_batchable(Data(vec![5u8; BODY].into())).await?);
    }
    while let Some(outcome) = outcomes.next().await {
        accepted(&outcome?)?;
    }
    Ok(())
}

/// A queue has room for a gigabyte: 160,000 messages fit in one.
fn accepted(outcome: &Outcome) -> Result {
    match outcome {
        Outcome::Accepted(_) => Ok(()),
        other => Err(format!("expected an accepted message, found {other:?}").into()),
    }
}

async fn receive(port: u16, queue: u32, count: u32) -> Result {
    let mut connection = connect(port).await?;
    let mut session = Session::begin(&mut connection).await?;
    let mut receiver = Receiver::builder()
        .name("receiver")
        .source(Source::builder().address(format!("crm-{queue}")).build())
        .sender_settle_mode(SenderSettleMode::Unsettled)
        .receiver_settle_mode(ReceiverSettleMode::Second)
        .credit_mode(CreditMode::Manual)
        .attach(&mut session)
        .await?;
    receiver.set_credit(AT_ONCE).await?;
    for received in 1..=count {
        let delivery: Delivery<Body<Value>> = receiver.recv().await?;
        receiver.accept(&delivery).await?;
        if received % (AT_ONCE / 2) == 0 {
            receiver.set_credit(AT_ONCE).await?;
        }
    }
    Ok(())
}
