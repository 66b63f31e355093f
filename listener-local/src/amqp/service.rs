//! What stands behind the links: the traits that a broker implements.

use super::connection::{ConnectionInfo, LinkHandle};
use super::types::{
    definitions::{Error, Fields, ReceiverSettleMode, Role, SenderSettleMode},
    messaging::{DeliveryState, Source, TargetArchetype},
    performatives::Attach,
};
use bytes::Bytes;
use serde_amqp::primitives::{Array, Symbol};
use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

/// The answer to an attach, which may take its time (the next free session, say) and holds up nothing else.
///
/// It is dropped unfinished if the client detaches meanwhile or is gone, so what it holds by then has to be given back
/// by `Drop`.
pub type AttachFuture = Pin<Box<dyn Future<Output = Result<Attached, Error>> + Send>>;

/// A broker, seen from its links.
pub trait Service: Send + Sync + 'static {
    /// A client wants a link.
    ///
    /// # Errors
    ///
    /// An error refuses the link: the client sees an attach without source or target, then a closing detach with the
    /// error (AMQP 1.0, 2.6.3).
    fn attach(&self, request: AttachRequest) -> AttachFuture;

    /// A peer has sent its open.
    ///
    /// # Errors
    ///
    /// An error closes the connection right after our own open.
    fn opened(&self, connection: &Arc<ConnectionInfo>) -> Result<(), Error> {
        let _ = connection;
        Ok(())
    }

    /// A connection that was [opened](Self::opened) is gone; its links have been told before.
    fn closed(&self, connection: &Arc<ConnectionInfo>) {
        let _ = connection;
    }
}

/// What a client asks for, and from where.
#[derive(Debug)]
#[non_exhaustive]
pub struct AttachRequest {
    /// Who asks.
    pub connection: Arc<ConnectionInfo>,
    /// Ends this link from outside, as long as it lives.
    pub link: LinkHandle,
    /// The client's attach as it came in.
    pub attach: Attach,
}

impl AttachRequest {
    /// Whether the client wants to send.
    #[must_use]
    pub fn is_sender(&self) -> bool {
        self.attach.role == Role::Sender
    }
}

/// The fields of the attach reply, and who answers from now on.
///
/// [`Attached::to`] takes over what the client asked for; set what differs.
#[derive(Debug)]
#[non_exhaustive]
pub struct Attached {
    /// The source as the server sees it; clients compare its address with their own, so it goes back as it came.
    pub source: Option<Box<Source>>,
    /// The target as the server sees it.
    pub target: Option<Box<TargetArchetype>>,
    /// How the sender settles.
    pub snd_settle_mode: SenderSettleMode,
    /// How the receiver settles.
    pub rcv_settle_mode: ReceiverSettleMode,
    /// The largest message that the node takes, in bytes; `None` is the server's limit. Only for incoming links.
    pub max_message_size: Option<u64>,
    /// Where the delivery count of an outgoing link begins.
    pub initial_delivery_count: u32,
    /// What the link offers.
    pub offered_capabilities: Option<Array<Symbol>>,
    /// Properties of the link.
    pub properties: Option<Fields>,
    /// Who answers.
    pub node: Node,
}

impl Attached {
    /// Agrees to all that the client asked for.
    #[must_use]
    pub fn to(request: &AttachRequest, node: Node) -> Self {
        let attach = &request.attach;
        Self {
            source: attach.source.clone(),
            target: attach.target.clone(),
            snd_settle_mode: attach.snd_settle_mode.clone(),
            rcv_settle_mode: attach.rcv_settle_mode.clone(),
            max_message_size: None,
            initial_delivery_count: 0,
            offered_capabilities: None,
            properties: None,
            node,
        }
    }
}

/// One end of a link, by the way that messages go.
pub enum Node {
    /// The client sends.
    Incoming(Box<dyn Incoming>),
    /// The client receives.
    Outgoing(Box<dyn Outgoing>),
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Incoming(_) => "Incoming(..)",
            Self::Outgoing(_) => "Outgoing(..)",
        })
    }
}

/// Names one message of an incoming link until its outcome is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DeliveryId(pub(crate) u32);

/// A whole message that a client has sent.
#[derive(Clone)]
#[non_exhaustive]
pub struct Message {
    /// What [`IncomingEvent::Settle`] names later.
    pub id: DeliveryId,
    /// The client's tag.
    pub tag: Bytes,
    /// `0` for a plain message, `0x8001_3700` for a batch of Service Bus and Event Hubs.
    pub format: u32,
    /// Whether the client has settled it already and asks for no outcome.
    pub settled: bool,
    /// The state that came with it: a transactional one, if any.
    pub state: Option<DeliveryState>,
    /// All sections, as encoded.
    pub payload: Bytes,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("id", &self.id)
            .field("format", &self.format)
            .field("settled", &self.settled)
            .field("bytes", &self.payload.len())
            .finish_non_exhaustive()
    }
}

/// What becomes of something that the peer waits for.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Settled with this state, which the peer is told at once.
    Settle(DeliveryState),
    /// Not known yet: the node settles it by an event of its own.
    Later,
    /// The link cannot go on.
    Detach(Error),
}

/// The server's end of a link on which the client sends.
pub trait Incoming: Send {
    /// A whole message is in. The verdict on a settled message is not told to the client, unless it is a detach.
    fn message(&mut self, message: Message) -> Verdict;

    /// How many messages may be on their way or without an outcome. Read once, at the attach; an
    /// [event](IncomingEvent::Credit) changes it.
    fn credit(&self) -> u32 {
        1000
    }

    /// What has come up since; called as long as it returns events, and again when the waker was woken.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<IncomingEvent> {
        let _ = cx;
        Poll::Pending
    }

    /// The link is gone.
    fn detached(self: Box<Self>, end: LinkEnd) {
        let _ = end;
    }
}

/// What an incoming link does on its own.
#[derive(Debug)]
pub enum IncomingEvent {
    /// The outcome of an earlier message.
    Settle(DeliveryId, DeliveryState),
    /// The link's credit from now on; `0` stops the client once it has used what it has.
    Credit(u32),
    /// The link cannot go on.
    Detach(Error),
}

/// What the client said about its credit (AMQP 1.0, 2.6.7).
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Credit<'a> {
    /// How many deliveries it takes.
    pub credit: u32,
    /// Whether it wants what is there now and the rest of its credit gone.
    pub drain: bool,
    /// Properties of the flow, of which none are standard.
    pub properties: Option<&'a Fields>,
}

/// The server's end of a link on which the client receives.
pub trait Outgoing: Send {
    /// What is to be sent next, or has come up since.
    ///
    /// Called as long as it returns events. At `credit` zero it may return anything but a delivery; one that it
    /// returns nevertheless is held until there is credit. `Pending` while the client drains means that there is
    /// nothing more: the rest of the credit is used up and the client is told.
    fn poll(&mut self, cx: &mut Context<'_>, credit: u32) -> Poll<OutgoingEvent>;

    /// The client's credit has changed; `poll` follows.
    fn credit(&mut self, credit: Credit<'_>) {
        let _ = credit;
    }

    /// The client speaks about a delivery.
    ///
    /// When it has `settled` it, the verdict is not told to it. Otherwise the verdict's state goes back settled, which
    /// need not be the client's: `rejected` with `com.microsoft:message-lock-lost`, for one. `state` may be `Received`
    /// or missing, which settle nothing.
    fn disposition(
        &mut self,
        tag: &[u8; 16],
        state: Option<DeliveryState>,
        settled: bool,
    ) -> Verdict;

    /// The link is gone, and these deliveries are unsettled.
    fn detached(self: Box<Self>, end: LinkEnd) {
        let _ = end;
    }
}

/// What an outgoing link does on its own.
#[derive(Debug)]
pub enum OutgoingEvent {
    /// A message for the client.
    Deliver(Delivery),
    /// The verdict on a disposition that was to come [later](Verdict::Later).
    Settle([u8; 16], DeliveryState),
    /// The link cannot go on.
    Detach(Error),
}

/// A message for the client.
#[derive(Clone)]
pub struct Delivery {
    /// The delivery tag, for Service Bus the lock token in the byte order of a .NET Guid.
    pub tag: [u8; 16],
    /// `0`, but for batches.
    pub format: u32,
    /// Whether it is forgotten once it is sent.
    pub settled: bool,
    /// The sections that differ from delivery to delivery (header, annotations); may be empty.
    pub head: Bytes,
    /// The sections behind them, which are sent without being copied when they are large.
    pub body: Bytes,
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("format", &self.format)
            .field("settled", &self.settled)
            .field("bytes", &(self.head.len() + self.body.len()))
            .finish_non_exhaustive()
    }
}

/// How a link ended.
#[derive(Debug)]
#[non_exhaustive]
pub struct LinkEnd {
    /// By whom.
    pub cause: EndCause,
    /// Tags of the outgoing deliveries that are not settled, in the order of their sending.
    pub unsettled: Vec<[u8; 16]>,
}

/// Who ended a link.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum EndCause {
    /// The client detached it; `closed` says that it will not come back to it.
    Detached {
        /// Whether the link is closed for good.
        closed: bool,
        /// What the client complains about.
        error: Option<Error>,
    },
    /// The server did, for this error.
    Refused(Error),
    /// The session or the connection ended around it.
    Lost,
}
