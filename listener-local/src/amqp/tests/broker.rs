//! A broker of a few queues that tells a test all that it hears.

use crate::amqp::{
    AttachFuture, AttachRequest, Attached, ConnectionInfo, Credit, Delivery, DeliveryId, Incoming,
    IncomingEvent, LinkEnd, LinkHandle, Message, Node, Outgoing, OutgoingEvent, Service, Verdict,
    types::{
        definitions::{AmqpError, Error, ErrorCondition},
        messaging::{Accepted, DeliveryState, Rejected, TargetArchetype},
    },
};
use bytes::{BufMut, Bytes, BytesMut};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
    time::Duration,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

#[derive(Debug)]
pub(crate) enum Heard {
    Attached(LinkHandle, Arc<ConnectionInfo>),
    Message(Message),
    Credit { credit: u32, drain: bool },
    Disposition([u8; 16], Option<DeliveryState>, bool),
    Detached(LinkEnd),
    Closed(u64),
}

/// What the address says is what the node does: `refused`, `slow`, `later`, `settled`, `lost`; others are plain.
#[derive(Clone)]
pub(crate) struct Broker {
    heard: UnboundedSender<Heard>,
    queue: Arc<Mutex<Queue>>,
}

#[derive(Default)]
struct Queue {
    messages: VecDeque<Bytes>,
    sent: u8,
    waker: Option<Waker>,
}

impl Broker {
    pub(crate) fn new() -> (Self, UnboundedReceiver<Heard>) {
        let (heard, receiver) = unbounded_channel();
        (
            Self {
                heard,
                queue: Arc::default(),
            },
            receiver,
        )
    }

    pub(crate) fn put(&self, body: &[u8]) {
        let mut queue = self.queue.lock().unwrap();
        queue.messages.push_back(data(body));
        if let Some(waker) = queue.waker.take() {
            waker.wake();
        }
    }
}

/// A message of one data section.
pub(crate) fn data(body: &[u8]) -> Bytes {
    let mut out = BytesMut::new();
    out.put_slice(&[0x00, 0x53, 0x75, 0xb0]);
    out.put_u32(u32::try_from(body.len()).unwrap());
    out.put_slice(body);
    out.freeze()
}

pub(crate) fn lock_lost() -> Error {
    Error::new(
        ErrorCondition::Custom("com.microsoft:message-lock-lost".into()),
        None,
        None,
    )
}

impl Service for Broker {
    fn attach(&self, request: AttachRequest) -> AttachFuture {
        let source = request
            .attach
            .source
            .as_ref()
            .and_then(|source| source.address.clone());
        let target = match request.attach.target.as_deref() {
            Some(TargetArchetype::Target(target)) => target.address.clone(),
            _ => None,
        };
        let mode = if request.is_sender() { target } else { source }.unwrap_or_default();
        let _ = self.heard.send(Heard::Attached(
            request.link.clone(),
            Arc::clone(&request.connection),
        ));
        let broker = self.clone();
        Box::pin(async move {
            if mode == "refused" {
                return Err(AmqpError::NotFound.into());
            }
            if mode == "slow" {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            let node = if request.is_sender() {
                Node::Incoming(Box::new(Sink {
                    broker,
                    mode,
                    later: VecDeque::new(),
                }))
            } else {
                Node::Outgoing(Box::new(Source { broker, mode }))
            };
            Ok(Attached::to(&request, node))
        })
    }

    fn opened(&self, connection: &Arc<ConnectionInfo>) -> Result<(), Error> {
        match connection.container_id() {
            "unwanted" => Err(AmqpError::UnauthorizedAccess.into()),
            _ => Ok(()),
        }
    }

    fn closed(&self, connection: &Arc<ConnectionInfo>) {
        let _ = self.heard.send(Heard::Closed(connection.id()));
    }
}

struct Sink {
    broker: Broker,
    mode: String,
    later: VecDeque<DeliveryId>,
}

impl Incoming for Sink {
    fn message(&mut self, message: Message) -> Verdict {
        let id = message.id;
        let _ = self.broker.heard.send(Heard::Message(message));
        if self.mode == "later" {
            self.later.push_back(id);
            let waker = self.broker.queue.lock().unwrap().waker.take();
            if let Some(waker) = waker {
                waker.wake();
            }
            return Verdict::Later;
        }
        Verdict::Settle(DeliveryState::Accepted(Accepted {}))
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<IncomingEvent> {
        match self.later.pop_front() {
            Some(id) => Poll::Ready(IncomingEvent::Settle(
                id,
                DeliveryState::Accepted(Accepted {}),
            )),
            None => {
                self.broker.queue.lock().unwrap().waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    fn credit(&self) -> u32 {
        if self.mode == "narrow" { 2 } else { 1000 }
    }

    fn detached(self: Box<Self>, end: LinkEnd) {
        let _ = self.broker.heard.send(Heard::Detached(end));
    }
}

struct Source {
    broker: Broker,
    mode: String,
}

impl Outgoing for Source {
    fn poll(&mut self, cx: &mut Context<'_>, credit: u32) -> Poll<OutgoingEvent> {
        let mut queue = self.broker.queue.lock().unwrap();
        if credit > 0
            && let Some(body) = queue.messages.pop_front()
        {
            let tag = [queue.sent; 16];
            queue.sent = queue.sent.wrapping_add(1);
            let settled = self.mode == "settled";
            return Poll::Ready(OutgoingEvent::Deliver(Delivery {
                tag,
                format: 0,
                settled,
                head: Bytes::new(),
                body,
            }));
        }
        queue.waker = Some(cx.waker().clone());
        Poll::Pending
    }

    fn credit(&mut self, credit: Credit<'_>) {
        let _ = self.broker.heard.send(Heard::Credit {
            credit: credit.credit,
            drain: credit.drain,
        });
    }

    fn disposition(
        &mut self,
        tag: &[u8; 16],
        state: Option<DeliveryState>,
        settled: bool,
    ) -> Verdict {
        let _ = self
            .broker
            .heard
            .send(Heard::Disposition(*tag, state.clone(), settled));
        if self.mode == "lost" {
            return Verdict::Settle(DeliveryState::Rejected(Rejected {
                error: Some(lock_lost()),
            }));
        }
        state.map_or(Verdict::Later, Verdict::Settle)
    }

    fn detached(self: Box<Self>, end: LinkEnd) {
        let _ = self.broker.heard.send(Heard::Detached(end));
    }
}
