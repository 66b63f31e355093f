//! Stands between the server and the broker, and loses things on the way.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use bytes::Bytes;
use listener_local::{
    amqp::{
        AttachFuture, AttachRequest, Attached, Credit, Delivery, Incoming, IncomingEvent, LinkEnd,
        Message, Node, Outgoing, OutgoingEvent, Service, Verdict,
        serde_amqp::primitives::Symbol,
        types::{
            definitions::{AmqpError, ReceiverSettleMode, SenderSettleMode},
            messaging::{Accepted, DeliveryState, Released},
            performatives::Attach,
        },
    },
    service_bus::broker::Broker,
};

use crate::loss::{Loss, reword};

/// What the attach of a client names as its node.
pub(crate) fn address(attach: &Attach) -> &str {
    use listener_local::amqp::types::{definitions::Role, messaging::TargetArchetype};
    let address = match (
        &attach.role,
        attach.source.as_deref(),
        attach.target.as_deref(),
    ) {
        (Role::Receiver, Some(source), _) => source.address.as_deref(),
        (Role::Sender, _, Some(TargetArchetype::Target(target))) => target.address.as_deref(),
        _ => None,
    };
    address.unwrap_or_default()
}

/// A message of one data section.
const EMPTIED: &[u8] = &[0x00, 0x53, 0x75, 0xa0, 4, b'l', b'o', b's', b't'];

/// A broker that lacks something.
#[derive(Clone)]
pub(crate) struct Meddler {
    broker: Broker,
    losses: &'static [Loss],
    kept: Kept,
}

/// Links that are gone for their clients alone.
type Kept = Arc<Mutex<Vec<Box<dyn Outgoing>>>>;

impl Meddler {
    pub(crate) fn new(broker: Broker, losses: &'static [Loss]) -> Self {
        Self {
            broker,
            losses,
            kept: Kept::default(),
        }
    }
}

impl Service for Meddler {
    fn attach(&self, mut request: AttachRequest) -> AttachFuture {
        let losses = self.losses;
        let data =
            !address(&request.attach).contains('$') || address(&request.attach).contains("$Dead");
        let (sends, receives) = (
            request.attach.snd_settle_mode.clone(),
            request.attach.rcv_settle_mode.clone(),
        );
        let mut granted = None;
        let mut settled = false;
        for loss in losses {
            match loss {
                Loss::Refused(refuses) if refuses(&request.attach) => {
                    return Box::pin(async { Err(AmqpError::NotImplemented.into()) });
                }
                Loss::Untimed => {
                    if let Some(properties) = &mut request.attach.properties {
                        properties.swap_remove(&Symbol::from("com.microsoft:timeout"));
                    }
                }
                Loss::Granted if data && !request.is_sender() => {
                    let idle = Node::Outgoing(Box::new(Idle));
                    granted = Some(Attached::to(&request, idle));
                }
                Loss::SentUnsettled if data && sends == SenderSettleMode::Settled => {
                    settled = true;
                    request.attach.snd_settle_mode = SenderSettleMode::Unsettled;
                    request.attach.rcv_settle_mode = ReceiverSettleMode::Second;
                }
                _ => {}
            }
        }
        let kept = Arc::clone(&self.kept);
        let attaching = self.broker.attach(request);
        Box::pin(async move {
            let mut attached = match (attaching.await, granted) {
                (Ok(attached), _) => attached,
                (Err(_), Some(granted)) => return Ok(granted),
                (Err(error), None) => return Err(error),
            };
            if settled {
                attached.snd_settle_mode = sends;
                attached.rcv_settle_mode = receives;
            }
            if data && losses.iter().any(|loss| matches!(loss, Loss::Unlimited)) {
                attached.max_message_size = Some(1 << 30);
            }
            attached.node = match attached.node {
                Node::Incoming(inner) => Node::Incoming(Box::new(Ear {
                    inner,
                    losses,
                    data,
                })),
                Node::Outgoing(inner) => Node::Outgoing(Box::new(Mouth {
                    inner,
                    losses,
                    data,
                    settled,
                    kept,
                    echoes: HashMap::new(),
                })),
            };
            Ok(attached)
        })
    }

    fn opened(
        &self,
        connection: &Arc<listener_local::amqp::ConnectionInfo>,
    ) -> Result<(), listener_local::amqp::types::definitions::Error> {
        self.broker.opened(connection)
    }

    fn closed(&self, connection: &Arc<listener_local::amqp::ConnectionInfo>) {
        self.broker.closed(connection);
    }
}

/// On the way from clients to the broker.
struct Ear {
    inner: Box<dyn Incoming>,
    losses: &'static [Loss],
    data: bool,
}

impl Incoming for Ear {
    fn message(&mut self, mut message: Message) -> Verdict {
        for loss in self.losses {
            match loss {
                Loss::Unheard(word) => message.payload = reworded(&message.payload, word),
                Loss::Dropped if self.data => {
                    return Verdict::Settle(DeliveryState::Accepted(Accepted {}));
                }
                Loss::Emptied if self.data => {
                    message.format = 0;
                    message.payload = Bytes::from_static(EMPTIED);
                }
                Loss::Timeless if self.data => message.payload = timeless(&message.payload),
                _ => {}
            }
        }
        self.inner.message(message)
    }

    fn credit(&self) -> u32 {
        self.inner.credit()
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<IncomingEvent> {
        self.inner.poll(cx)
    }

    fn detached(self: Box<Self>, end: LinkEnd) {
        self.inner.detached(end);
    }
}

/// On the way from the broker to clients, and what they say to that.
struct Mouth {
    inner: Box<dyn Outgoing>,
    losses: &'static [Loss],
    data: bool,
    settled: bool,
    kept: Kept,
    /// What clients want to hear of deliveries that the broker settles later.
    echoes: HashMap<[u8; 16], DeliveryState>,
}

impl Mouth {
    fn told(&self, mut delivery: Delivery) -> Delivery {
        for loss in self.losses {
            if let Loss::Untold(word) = loss {
                delivery.head = reworded(&delivery.head, word);
                delivery.body = reworded(&delivery.body, word);
            }
        }
        delivery.settled |= self.settled;
        delivery
    }
}

impl Outgoing for Mouth {
    fn poll(&mut self, cx: &mut Context<'_>, credit: u32) -> Poll<OutgoingEvent> {
        self.inner.poll(cx, credit).map(|event| match event {
            OutgoingEvent::Deliver(delivery) => OutgoingEvent::Deliver(self.told(delivery)),
            OutgoingEvent::Settle(tag, state) => {
                OutgoingEvent::Settle(tag, self.echoes.remove(&tag).unwrap_or(state))
            }
            other => other,
        })
    }

    fn credit(&mut self, credit: Credit<'_>) {
        self.inner.credit(credit);
    }

    fn disposition(
        &mut self,
        tag: &[u8; 16],
        state: Option<DeliveryState>,
        settled: bool,
    ) -> Verdict {
        let mut heard = state.clone();
        for loss in self.losses {
            if let (Loss::Settled(change), Some(said)) = (loss, &heard) {
                match change(said.clone()) {
                    Some(changed) => heard = Some(changed),
                    None => return Verdict::Settle(said.clone()),
                }
            }
        }
        let changed = heard != state;
        match (self.inner.disposition(tag, heard, settled), state) {
            (Verdict::Settle(_), Some(said)) if changed => Verdict::Settle(said),
            (Verdict::Later, Some(said)) if changed => {
                self.echoes.insert(*tag, said);
                Verdict::Later
            }
            (verdict, _) => verdict,
        }
    }

    fn detached(mut self: Box<Self>, end: LinkEnd) {
        for loss in self.losses {
            match loss {
                Loss::ReleasedByDetach if self.data => {
                    for tag in &end.unsettled {
                        let released = DeliveryState::Released(Released {});
                        self.inner.disposition(tag, Some(released), true);
                    }
                }
                Loss::KeptByDetach if self.data => {
                    // Not even its destructor gives back what it has.
                    let kept = self.kept.lock();
                    return kept.expect("nobody panics with it").push(self.inner);
                }
                _ => {}
            }
        }
        self.inner.detached(end);
    }
}

/// A link on which nothing comes.
struct Idle;

impl Outgoing for Idle {
    fn poll(&mut self, _: &mut Context<'_>, _: u32) -> Poll<OutgoingEvent> {
        Poll::Pending
    }

    fn disposition(&mut self, _: &[u8; 16], state: Option<DeliveryState>, _: bool) -> Verdict {
        state.map_or(Verdict::Later, Verdict::Settle)
    }
}

fn reworded(bytes: &Bytes, word: &str) -> Bytes {
    let mut bytes = bytes.to_vec();
    reword(&mut bytes, word);
    bytes.into()
}

/// The message without its header and properties (AMQP 1.0, 3.2.1 and 3.2.4), which both tell how long it lives.
fn timeless(payload: &[u8]) -> Bytes {
    let (mut kept, mut rest) = (Vec::new(), payload);
    while let Some((section, behind)) = first_section(rest) {
        if !matches!(section[2], 0x70 | 0x73) {
            kept.extend_from_slice(section);
        }
        rest = behind;
    }
    kept.extend_from_slice(rest);
    kept.into()
}

/// The first section, if it is one of those before the body.
fn first_section(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = match *bytes {
        [0x00, 0x53, 0x70..=0x74, 0x45, ..] => 4,
        [0x00, 0x53, 0x70..=0x74, 0xc0 | 0xc1, size, ..] => 5 + usize::from(size),
        [0x00, 0x53, 0x70..=0x74, 0xd0 | 0xd1, a, b, c, d, ..] => {
            8 + usize::try_from(u32::from_be_bytes([a, b, c, d])).ok()?
        }
        _ => return None,
    };
    bytes.split_at_checked(length)
}
