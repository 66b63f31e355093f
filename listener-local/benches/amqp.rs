//! How many deliveries a second one connection carries, together with its client.
//!
//! `cargo bench -p listener-local --bench amqp` receives and settles 200,000 messages of 5 KB, at several credits, on
//! two threads. The client is fe2o3-amqp on a socket of our own.

use bytes::{BufMut, Bytes, BytesMut};
use fe2o3_amqp::{
    Connection, Receiver, Sender, Session, link::receiver::CreditMode, sasl_profile::SaslProfile,
};
use listener_local::amqp::{
    AttachFuture, AttachRequest, Attached, Delivery, Incoming, Message, Node, Outgoing,
    OutgoingEvent, Server, Service, Verdict,
    types::{
        definitions::{ReceiverSettleMode, SenderSettleMode},
        messaging::{Accepted, Body, Data, DeliveryState, Source},
        primitives::Value,
    },
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};
use tokio::net::{TcpListener, TcpStream};

const BODY: usize = 5000;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// One prepared message, given again and again.
#[derive(Clone)]
struct Prepared {
    head: Bytes,
    body: Bytes,
    settled: Arc<AtomicU64>,
}

impl Service for Prepared {
    fn attach(&self, request: AttachRequest) -> AttachFuture {
        let node = if request.is_sender() {
            Node::Incoming(Box::new(Sink))
        } else {
            let pre_settled = request.attach.snd_settle_mode == SenderSettleMode::Settled;
            Node::Outgoing(Box::new(Spring {
                prepared: self.clone(),
                next: 0,
                pre_settled,
            }))
        };
        Box::pin(async move { Ok(Attached::to(&request, node)) })
    }
}

struct Sink;

impl Incoming for Sink {
    fn message(&mut self, _: Message) -> Verdict {
        Verdict::Settle(DeliveryState::Accepted(Accepted {}))
    }
}

struct Spring {
    prepared: Prepared,
    next: u128,
    pre_settled: bool,
}

impl Outgoing for Spring {
    fn poll(&mut self, _: &mut Context<'_>, credit: u32) -> Poll<OutgoingEvent> {
        if credit == 0 {
            return Poll::Pending;
        }
        self.next += 1;
        let (head, body) = (self.prepared.head.clone(), self.prepared.body.clone());
        let delivery = Delivery {
            tag: self.next.to_be_bytes(),
            format: 0,
            settled: self.pre_settled,
            head,
            body,
        };
        Poll::Ready(OutgoingEvent::Deliver(delivery))
    }

    fn disposition(&mut self, _: &[u8; 16], state: Option<DeliveryState>, _: bool) -> Verdict {
        self.prepared.settled.fetch_add(1, Ordering::Relaxed);
        state.map_or(Verdict::Later, Verdict::Settle)
    }
}

fn prepared() -> Prepared {
    let mut body = BytesMut::new();
    body.put_slice(&[0x00, 0x53, 0x75, 0xb0]);
    body.put_u32(BODY as u32);
    body.put_bytes(7, BODY);
    Prepared {
        head: Bytes::new(),
        body: body.freeze(),
        settled: Arc::default(),
    }
}

fn main() -> Result<(), Failure> {
    let count = if std::env::args().any(|argument| argument == "--test") {
        1000
    } else {
        200_000
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(run(count))
}

async fn run(count: u64) -> Result<(), Failure> {
    let service = prepared();
    let settled = Arc::clone(&service.settled);
    let server = Server::new(service);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(server.clone().serve(listener));

    for (name, mode, pre_settled, credit) in [
        (
            "receive and settle, first, credit 1000",
            ReceiverSettleMode::First,
            false,
            1000,
        ),
        (
            "receive and settle, second, credit 1000",
            ReceiverSettleMode::Second,
            false,
            1000,
        ),
        (
            "receive and settle, second, credit 20",
            ReceiverSettleMode::Second,
            false,
            20,
        ),
        (
            "receive settled, credit 1000",
            ReceiverSettleMode::First,
            true,
            1000,
        ),
    ] {
        settled.store(0, Ordering::Relaxed);
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let elapsed = receive(stream, mode, pre_settled, credit, count).await?;
        while !pre_settled && settled.load(Ordering::Relaxed) < count {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        report(name, count, elapsed);
    }
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let elapsed = send(stream, count / 10).await?;
    report(
        "send and hear the outcome, 100 at a time",
        count / 10,
        elapsed,
    );
    server.shutdown().await;
    Ok(())
}

fn report(name: &str, count: u64, elapsed: Duration) {
    println!(
        "{name}: {count} in {elapsed:.2?}, {:.0} a second",
        count as f64 / elapsed.as_secs_f64()
    );
}

async fn receive(
    stream: TcpStream,
    mode: ReceiverSettleMode,
    pre_settled: bool,
    credit: u32,
    count: u64,
) -> Result<Duration, Failure> {
    let mut connection = open(stream).await?;
    let mut session = Session::builder()
        .incoming_window(u32::MAX)
        .outgoing_window(u32::MAX)
        .begin(&mut connection)
        .await?;
    let mut receiver = Receiver::builder()
        .name("receiver")
        .source(Source::builder().address("queue").build())
        .receiver_settle_mode(mode)
        .sender_settle_mode(if pre_settled {
            SenderSettleMode::Settled
        } else {
            SenderSettleMode::Unsettled
        })
        .credit_mode(CreditMode::Manual)
        .attach(&mut session)
        .await?;
    let start = Instant::now();
    receiver.set_credit(credit).await?;
    let mut left = credit;
    for _ in 0..count {
        let delivery = receiver.recv::<Body<Value>>().await?;
        if !pre_settled {
            receiver.accept(&delivery).await?;
        }
        left -= 1;
        if left <= credit / 2 {
            receiver.set_credit(credit).await?;
            left = credit;
        }
    }
    let elapsed = start.elapsed();
    receiver.close().await?;
    session.end().await?;
    connection.close().await?;
    Ok(elapsed)
}

async fn send(stream: TcpStream, count: u64) -> Result<Duration, Failure> {
    let mut connection = open(stream).await?;
    let mut session = Session::begin(&mut connection).await?;
    let mut sender = Sender::attach(&mut session, "sender", "queue").await?;
    let body = vec![7u8; BODY];
    let start = Instant::now();
    let mut outcomes = Vec::with_capacity(100);
    for _ in 0..count / 100 {
        for _ in 0..100 {
            outcomes.push(sender.send_batchable(Data(body.clone().into())).await?);
        }
        for outcome in outcomes.drain(..) {
            outcome.await?;
        }
    }
    let elapsed = start.elapsed();
    sender.close().await?;
    session.end().await?;
    connection.close().await?;
    Ok(elapsed)
}

async fn open(stream: TcpStream) -> Result<fe2o3_amqp::connection::ConnectionHandle<()>, Failure> {
    let connection = Connection::builder()
        .container_id("bench")
        .scheme("amqp")
        .max_frame_size(65_536u32)
        .sasl_profile(SaslProfile::Anonymous)
        .open_with_stream(stream)
        .await?;
    Ok(connection)
}
