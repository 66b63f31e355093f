//! What the AMQP server costs, without a network and without a client: deliveries of 5 KB to a script that settles
//! each, one by one or in ranges, and messages of 5 KB from it; with nothing behind the server, then with Service Bus
//! and one connection or sixteen.
//!
//! `cargo run --release -p listener-local --example wire_cost -- COUNT [WAY]` prints times. Instructions are steadier on
//! a machine that does other things too: run one way under `valgrind --tool=callgrind` with two counts and divide the
//! difference.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use listener_local::amqp::{
    AttachFuture, AttachRequest, Attached, Delivery, Incoming, Message, Node, Outgoing,
    OutgoingEvent, Server, Service, Verdict,
    serde_amqp::to_vec,
    types::{
        definitions::{Handle, ReceiverSettleMode, Role, SenderSettleMode},
        messaging::{Accepted, DeliveryState, Source, Target, TargetArchetype},
        performatives::{Attach, Begin, Close, Disposition, Flow, Open, Transfer},
    },
};
use listener_local::service_bus::{
    broker::Broker,
    engine::{Message as StoredMessage, Namespace, NamespaceOptions, QueueOptions},
};
use std::{
    error::Error,
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Instant,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    runtime::Runtime,
};

const BODY: usize = 5000;
/// Descriptor and size of a data section of [`BODY`] bytes.
const HEAD: [u8; 8] = [0x00, 0x53, 0x75, 0xb0, 0, 0, 0x13, 0x88];
/// Deliveries, or messages, between two turns of the script.
const BATCH: u32 = 500;

/// What the script does.
#[derive(Clone, Copy)]
enum Way {
    /// Settles each delivery by a frame of its own.
    EachSettled,
    /// Settles a batch by one frame.
    RangeSettled,
    /// Sends.
    Sent,
}

fn main() -> Result<(), Box<dyn Error>> {
    let count = match std::env::args().nth(1) {
        Some(count) => count.parse()?,
        None => 100_000,
    };
    let only = std::env::args().nth(2);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_time()
        .build()?;
    for (name, way) in [
        ("each", Way::EachSettled),
        ("range", Way::RangeSettled),
        ("sent", Way::Sent),
    ] {
        if only.as_deref().is_none_or(|only| only == name) {
            let server = Server::new(Prepared(body()));
            run(&runtime, name, &server, way, count, 1);
        }
        for connections in [1, 16] {
            let name = format!("broker-{name}-{connections}");
            if only.as_deref().is_none_or(|only| only == name) {
                let server = runtime.block_on(async { broker(way, count) })?;
                run(&runtime, &name, &server, way, count, connections);
            }
        }
    }
    Ok(())
}

/// Lets the connections share the work, and prints the time that it took.
fn run(runtime: &Runtime, name: &str, server: &Server, way: Way, count: u32, connections: u32) {
    let start = Instant::now();
    runtime.block_on(async {
        let script = || Script::new(way, count / connections);
        let tasks: Vec<_> = (0..connections)
            .map(|_| tokio::spawn(server.connection(script())))
            .collect();
        for task in tasks {
            task.await.expect("no connection panics");
        }
    });
    let elapsed = start.elapsed();
    let rate = f64::from(count) / elapsed.as_secs_f64();
    println!("{name:16} {count} in {elapsed:.2?}, {rate:.0} a second");
}

/// Service Bus with a queue, full if it is to be received from.
fn broker(way: Way, count: u32) -> Result<Server, Box<dyn Error>> {
    let namespace = Namespace::new(NamespaceOptions::default());
    let options = QueueOptions {
        max_bytes: u64::MAX,
        ..QueueOptions::default()
    };
    namespace.create_queue("queue", options)?;
    if !matches!(way, Way::Sent) {
        let message = body();
        for _ in 0..count {
            namespace.send("queue", StoredMessage::parse(message.clone())?)?;
        }
    }
    Ok(Server::new(Broker::new(namespace)))
}

/// A message of one data section.
fn body() -> Bytes {
    let mut body = BytesMut::new();
    body.put_slice(&HEAD);
    body.put_bytes(7, BODY);
    body.freeze()
}

/// A client without a network: reads are what it wrote beforehand, writes are counted and forgotten.
struct Script {
    way: Way,
    count: u32,
    done: u32,
    /// Frames that the server still owes before the next turn: transfers, or one disposition at least.
    owed: u32,
    heard: Frames,
    out: BytesMut,
}

/// Counts frames of one performative in a stream of bytes.
struct Frames {
    code: u8,
    /// Size, data offset, type, channel, and the descriptor of the performative.
    head: [u8; 11],
    have: usize,
    /// Bytes of the frame behind its head.
    left: usize,
}

impl Frames {
    fn of(code: u8) -> Self {
        Self {
            code,
            head: [0; 11],
            have: 0,
            left: 0,
        }
    }

    /// How many begin in these bytes.
    fn count(&mut self, mut bytes: &[u8]) -> u32 {
        let mut count = 0;
        while !bytes.is_empty() {
            let skipped = self.left.min(bytes.len());
            self.left -= skipped;
            bytes = &bytes[skipped..];
            if bytes.is_empty() {
                break;
            }
            let taken = bytes.len().min(self.head.len() - self.have);
            self.head[self.have..self.have + taken].copy_from_slice(&bytes[..taken]);
            self.have += taken;
            bytes = &bytes[taken..];
            // The protocol header is no frame.
            if self.have >= 8 && self.head.starts_with(b"AMQP") {
                self.head.copy_within(8.., 0);
                self.have -= 8;
                continue;
            }
            if self.have == self.head.len() {
                let size =
                    u32::from_be_bytes([self.head[0], self.head[1], self.head[2], self.head[3]]);
                self.left = size as usize - self.head.len();
                self.have = 0;
                count += u32::from(self.head[10] == self.code);
            }
        }
        count
    }
}

impl Script {
    fn new(way: Way, count: u32) -> Self {
        let mut script = Self {
            way,
            count,
            done: 0,
            owed: 0,
            heard: Frames::of(match way {
                Way::Sent => 0x15,
                Way::EachSettled | Way::RangeSettled => 0x14,
            }),
            out: BytesMut::new(),
        };
        script.begin();
        script
    }

    fn begin(&mut self) {
        self.out.put_slice(b"AMQP\x00\x01\x00\x00");
        self.frame(&Open {
            container_id: "script".into(),
            hostname: None,
            max_frame_size: 65_536.into(),
            channel_max: 1.into(),
            idle_time_out: None,
            outgoing_locales: None,
            incoming_locales: None,
            offered_capabilities: None,
            desired_capabilities: None,
            properties: None,
        });
        self.frame(&Begin {
            remote_channel: None,
            next_outgoing_id: 0,
            incoming_window: u32::MAX,
            outgoing_window: u32::MAX,
            handle_max: Handle(1),
            offered_capabilities: None,
            desired_capabilities: None,
            properties: None,
        });
        let role = match self.way {
            Way::Sent => Role::Sender,
            Way::EachSettled | Way::RangeSettled => Role::Receiver,
        };
        self.frame(&Attach {
            name: "link".into(),
            handle: Handle(0),
            initial_delivery_count: (role == Role::Sender).then_some(0),
            role,
            snd_settle_mode: SenderSettleMode::Unsettled,
            rcv_settle_mode: ReceiverSettleMode::Second,
            source: Some(Box::new(Source {
                address: Some("queue".into()),
                ..Source::default()
            })),
            target: Some(Box::new(TargetArchetype::Target(Target {
                address: Some("queue".into()),
                ..Target::default()
            }))),
            unsettled: None,
            incomplete_unsettled: false,
            max_message_size: None,
            offered_capabilities: None,
            desired_capabilities: None,
            properties: None,
        });
        self.turn();
    }

    /// Writes what comes next.
    fn turn(&mut self) {
        let batch = BATCH.min(self.count - self.done);
        if batch == 0 {
            self.frame(&Close { error: None });
            return;
        }
        match self.way {
            Way::Sent => self.send(batch),
            Way::EachSettled | Way::RangeSettled => self.settle_and_grant(batch),
        }
        self.done += batch;
    }

    fn settle_and_grant(&mut self, batch: u32) {
        let first = self.done.saturating_sub(BATCH);
        let settled = |first, last| Disposition {
            role: Role::Receiver,
            first,
            last: Some(last),
            settled: false,
            state: Some(DeliveryState::Accepted(Accepted {})),
            batchable: false,
        };
        match self.way {
            _ if self.done == 0 => {}
            Way::EachSettled => {
                for id in first..self.done {
                    self.frame(&settled(id, id));
                }
            }
            Way::RangeSettled | Way::Sent => self.frame(&settled(first, self.done - 1)),
        }
        self.frame(&Flow {
            next_incoming_id: Some(self.done + 1),
            incoming_window: u32::MAX,
            next_outgoing_id: 0,
            outgoing_window: u32::MAX,
            handle: Some(Handle(0)),
            delivery_count: Some(self.done),
            link_credit: Some(batch),
            available: None,
            drain: false,
            echo: false,
            properties: None,
        });
        self.owed = batch;
    }

    fn send(&mut self, batch: u32) {
        for id in self.done..self.done + batch {
            let transfer = to_vec(&Transfer {
                handle: Handle(0),
                delivery_id: Some(id),
                delivery_tag: Some(id.to_be_bytes().to_vec().into()),
                message_format: Some(0),
                settled: Some(false),
                more: false,
                rcv_settle_mode: None,
                state: None,
                resume: false,
                aborted: false,
                batchable: true,
            })
            .expect("plain fields can be encoded");
            self.put_frame(&transfer, &HEAD, BODY);
        }
        // One answer at least.
        self.owed = 1;
    }

    fn frame(&mut self, performative: &impl serde::Serialize) {
        let body = to_vec(performative).expect("plain fields can be encoded");
        self.put_frame(&body, &[], 0);
    }

    fn put_frame(&mut self, body: &[u8], head: &[u8], payload: usize) {
        let size = 8 + body.len() + head.len() + payload;
        self.out
            .put_u32(u32::try_from(size).expect("frames are small"));
        self.out.put_slice(&[2, 0, 0, 0]);
        self.out.put_slice(body);
        self.out.put_slice(head);
        self.out.put_bytes(7, payload);
    }
}

impl AsyncRead for Script {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.out.is_empty() {
            if this.owed > 0 {
                // The server goes on by itself: it has credit, or answers to write.
                return Poll::Pending;
            }
            this.turn();
        }
        let length = this.out.len().min(buffer.remaining());
        buffer.put_slice(&this.out[..length]);
        this.out.advance(length);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Script {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[io::IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = slices.iter().map(|slice| slice.len()).sum();
        let this = self.get_mut();
        let heard: u32 = slices.iter().map(|slice| this.heard.count(slice)).sum();
        this.owed = this.owed.saturating_sub(heard);
        if this.owed == 0 {
            cx.waker().wake_by_ref();
        }
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.owed = 0;
        this.out.clear();
        Poll::Ready(Err(io::ErrorKind::NotConnected.into()))
    }
}

/// Gives one prepared message again and again, and takes all.
struct Prepared(Bytes);

impl Service for Prepared {
    fn attach(&self, request: AttachRequest) -> AttachFuture {
        let node = if request.is_sender() {
            Node::Incoming(Box::new(Sink))
        } else {
            Node::Outgoing(Box::new(Spring(self.0.clone(), 0)))
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

struct Spring(Bytes, u128);

impl Outgoing for Spring {
    fn poll(&mut self, _: &mut Context<'_>, credit: u32) -> Poll<OutgoingEvent> {
        if credit == 0 {
            return Poll::Pending;
        }
        self.1 += 1;
        Poll::Ready(OutgoingEvent::Deliver(Delivery {
            tag: self.1.to_be_bytes(),
            format: 0,
            settled: false,
            head: Bytes::new(),
            body: self.0.clone(),
        }))
    }

    fn disposition(&mut self, _: &[u8; 16], state: Option<DeliveryState>, _: bool) -> Verdict {
        state.map_or(Verdict::Later, Verdict::Settle)
    }
}
