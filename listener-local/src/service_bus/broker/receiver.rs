//! The link on which a client receives from a queue, a subscription, a dead-letter queue or a session.

use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::Sleep;
use uuid::Uuid;

use super::{
    Broker,
    access::Pass,
    error::{link_error, refusal},
    outcome::{settlement, told},
    work::{Open, on_disk},
};
use crate::{
    amqp::{
        AttachRequest, Attached, Credit, Delivery, Doing, EndCause, Later, LinkEnd, Node, Outgoing,
        OutgoingEvent, Verdict,
        serde_amqp::{Value, primitives::Symbol},
        transactions::{provisional, transaction_of},
        types::{
            definitions::{AmqpError, Error, Fields, SenderSettleMode},
            messaging::{Accepted, DeliveryState, Outcome},
        },
    },
    service_bus::engine::{
        EngineError, MessageQueue, Namespace, Receive, ReceiveMode, Received, Session, Settlement,
        Timestamp,
    },
};

/// The most messages that are taken from the queue at a time.
const TAKE: u32 = 64;
/// How long a receiver waits for the next free session, if it does not say.
const SESSION_TIMEOUT: Duration = Duration::from_secs(60);
const SESSION_FILTER: &str = "com.microsoft:session-filter";

/// A link from the entity at `path`.
pub(super) async fn attach(
    broker: &Broker,
    path: String,
    request: &AttachRequest,
    pass: Option<Pass>,
) -> Result<Attached, Error> {
    let mode = match request.attach.snd_settle_mode {
        SenderSettleMode::Settled => ReceiveMode::ReceiveAndDelete,
        _ => ReceiveMode::PeekLock,
    };
    let from = match session_filter(request)? {
        None => {
            let queue = broker.namespace.open(&path).map_err(|e| link_error(&e))?;
            if !queue.can_receive().map_err(|e| link_error(&e))? {
                return Err(link_error(&EngineError::Disabled));
            }
            if queue.requires_session().map_err(|e| link_error(&e))? {
                return Err(link_error(&EngineError::NotAllowed(
                    "the entity requires sessions: accept a session of it, or the next one that is free",
                )));
            }
            From::Queue(queue)
        }
        Some(wanted) => {
            let id = match &wanted {
                Wanted::Next => None,
                Wanted::Named(id) => Some(id.as_str()),
            };
            let queue = broker.namespace.open_with_session(&path);
            let queue = queue.map_err(|e| link_error(&e))?;
            let accepted = queue.accept_session(id, timeout(request)).await;
            From::Session(Held::new(
                accepted.map_err(|e| link_error(&e))?,
                &broker.namespace,
            )?)
        }
    };
    let session = match &from {
        From::Queue(_) => None,
        From::Session(held) => Some((held.session.id().to_owned(), held.until)),
    };
    let receiver = Receiver {
        from,
        mode,
        pass,
        receive: None,
        ready: VecDeque::new(),
        credit: 0,
        namespace: broker.namespace.clone(),
        open: request.connection.extension(),
        later: Later::default(),
        deleting: None,
    };
    let mut attached = Attached::to(request, Node::Outgoing(Box::new(receiver)));
    if let Some((id, until)) = session {
        // Clients read the session that they got from the filter, which is no described value then.
        if let Some(filter) = attached
            .source
            .as_mut()
            .and_then(|source| source.filter.as_mut())
        {
            filter.insert(Symbol::from(SESSION_FILTER), Value::String(id));
        }
        let properties = attached.properties.get_or_insert_with(Fields::new);
        properties.insert(
            Symbol::from("com.microsoft:locked-until-utc"),
            Value::Long(ticks(until)),
        );
    }
    Ok(attached)
}

/// The session that a client asks for.
enum Wanted {
    /// One that has messages and is free.
    Next,
    /// The one of this id.
    Named(String),
}

fn session_filter(request: &AttachRequest) -> Result<Option<Wanted>, Error> {
    let source = request.attach.source.as_deref();
    let filter = source.and_then(|source| source.filter.as_ref());
    let Some(value) = filter.and_then(|filter| filter.get(SESSION_FILTER)) else {
        return Ok(None);
    };
    let value = match value {
        Value::Described(described) => &described.value,
        other => other,
    };
    match value {
        Value::Null => Ok(Some(Wanted::Next)),
        Value::String(id) => Ok(Some(Wanted::Named(id.clone()))),
        _ => Err(refusal(
            AmqpError::InvalidField,
            "expected a string or null in com.microsoft:session-filter",
        )),
    }
}

fn timeout(request: &AttachRequest) -> Duration {
    let properties = request.attach.properties.as_ref();
    match properties.and_then(|properties| properties.get("com.microsoft:timeout")) {
        Some(Value::Uint(millis)) => Duration::from_millis((*millis).into()),
        _ => SESSION_TIMEOUT,
    }
}

/// .NET's time: steps of 100 ns since the year 1.
fn ticks(at: Timestamp) -> i64 {
    const EPOCH: i64 = 621_355_968_000_000_000;
    at.as_millis().saturating_mul(10_000).saturating_add(EPOCH)
}

enum From {
    Queue(MessageQueue),
    Session(Held),
}

impl From {
    fn receive(&self, mode: ReceiveMode, max: usize) -> Receive {
        match self {
            Self::Queue(queue) => queue.receive(mode, max),
            Self::Session(held) => held.session.receive(mode, max),
        }
    }

    fn settle(&self, token: Uuid, settlement: Settlement) -> Result<(), EngineError> {
        match self {
            Self::Queue(queue) => queue.settle(token, settlement),
            Self::Session(held) => held.session.settle(token, settlement),
        }
    }
}

/// A locked session, given back when its link ends.
struct Held {
    session: Session,
    namespace: Namespace,
    until: Timestamp,
    end: Pin<Box<Sleep>>,
    /// A connection that is lost keeps the lock, so that a client that comes again can settle what it has in hand.
    kept: bool,
}

impl Held {
    fn new(session: Session, namespace: &Namespace) -> Result<Self, Error> {
        let until = session.locked_until().map_err(|e| link_error(&e))?;
        Ok(Self {
            end: Box::pin(tokio::time::sleep(left(until, namespace.now()))),
            session,
            namespace: namespace.clone(),
            until,
            kept: false,
        })
    }

    /// Ready when the lock has ended.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<EngineError> {
        while self.end.as_mut().poll(cx).is_ready() {
            match self.session.locked_until() {
                Ok(until) => {
                    self.until = until;
                    let left = left(until, self.namespace.now());
                    self.end = Box::pin(tokio::time::sleep(left));
                }
                Err(error) => return Poll::Ready(error),
            }
        }
        Poll::Pending
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if !self.kept {
            // An ended lock needs no giving back.
            let _ = self.session.release();
        }
    }
}

fn left(until: Timestamp, now: Timestamp) -> Duration {
    let millis = until.as_millis().saturating_sub(now.as_millis());
    // At least one, so that a lock that ends now is not asked for without end.
    Duration::from_millis(u64::try_from(millis).unwrap_or(0).max(1))
}

struct Receiver {
    from: From,
    mode: ReceiveMode,
    pass: Option<Pass>,
    receive: Option<Receive>,
    ready: VecDeque<Received>,
    credit: u32,
    namespace: Namespace,
    open: Open,
    later: Later<([u8; 16], DeliveryState)>,
    /// What is deleted as it is received goes out when that is on the disk: otherwise it might come twice.
    deleting: Option<Doing>,
}

impl Receiver {
    fn delivery(&self, received: &Received) -> Delivery {
        let settled = self.mode == ReceiveMode::ReceiveAndDelete;
        let token = match received.lock_token() {
            // Each delivery has a tag of its own, also one that nobody settles.
            token if token.is_nil() => Uuid::new_v4(),
            token => token,
        };
        Delivery {
            tag: token.to_bytes_le(),
            format: 0,
            settled,
            head: received.head(),
            body: received.message().bare().clone(),
        }
    }
}

impl Outgoing for Receiver {
    fn poll(&mut self, cx: &mut Context<'_>, credit: u32) -> Poll<OutgoingEvent> {
        if let Some(pass) = &mut self.pass
            && let Poll::Ready(error) = pass.poll(cx)
        {
            return Poll::Ready(OutgoingEvent::Detach(error));
        }
        if let From::Session(held) = &mut self.from
            && let Poll::Ready(error) = held.poll(cx)
        {
            return Poll::Ready(OutgoingEvent::Detach(link_error(&error)));
        }
        if let Poll::Ready(((tag, asked), result)) = self.later.poll(cx) {
            return Poll::Ready(OutgoingEvent::Settle(tag, told(asked, result)));
        }
        if let Poll::Ready(event) = self.poll_ready(cx) {
            return Poll::Ready(event);
        }
        if credit == 0 || !self.ready.is_empty() {
            // Who takes nothing keeps no place in the line.
            self.receive = None;
            return Poll::Pending;
        }
        let receive = self.receive.get_or_insert_with(|| {
            let max = usize::try_from(credit.min(TAKE)).unwrap_or(1);
            self.from.receive(self.mode, max)
        });
        match Pin::new(receive).poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(received) => {
                self.receive = None;
                match received {
                    Ok(received) => self.ready.extend(received),
                    Err(error) => return Poll::Ready(OutgoingEvent::Detach(link_error(&error))),
                }
                if self.mode == ReceiveMode::ReceiveAndDelete {
                    self.deleting = on_disk(&self.namespace);
                }
                self.poll_ready(cx)
            }
        }
    }

    fn credit(&mut self, credit: Credit<'_>) {
        if credit.credit < self.credit {
            self.give_back(credit.credit);
        }
        self.credit = credit.credit;
        // It may ask for more than there is credit for now, or for less.
        self.receive = None;
    }

    fn disposition(
        &mut self,
        tag: &[u8; 16],
        state: Option<DeliveryState>,
        settled: bool,
    ) -> Verdict {
        if let Some((id, outcome)) = transaction_of(state.as_ref()) {
            let outcome = outcome.cloned().unwrap_or(Outcome::Accepted(Accepted {}));
            return Verdict::Settle(self.enlist(id, tag, outcome));
        }
        let settlement = match &state {
            Some(state) => settlement(state),
            // Settled without a word: nothing was done with it.
            None if settled => Some(Settlement::Release),
            None => None,
        };
        let Some(settlement) = settlement else {
            return Verdict::Later;
        };
        let result = self.from.settle(Uuid::from_bytes_le(*tag), settlement);
        let result = result.map_err(|error| link_error(&error));
        let Some(state) = state else {
            return Verdict::Later;
        };
        if !settled
            && result.is_ok()
            && let Some(doing) = on_disk(&self.namespace)
        {
            self.later.push((*tag, state), doing);
            return Verdict::Later;
        }
        Verdict::Settle(told(state, result))
    }

    fn detached(mut self: Box<Self>, end: LinkEnd) {
        self.give_back(0);
        if let From::Session(held) = &mut self.from {
            held.kept = end.cause == EndCause::Lost;
        }
    }
}

impl Receiver {
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<OutgoingEvent> {
        if let Some(deleting) = &mut self.deleting {
            let Poll::Ready(deleted) = deleting.as_mut().poll(cx) else {
                return Poll::Pending;
            };
            self.deleting = None;
            if let Err(error) = deleted {
                return Poll::Ready(OutgoingEvent::Detach(error));
            }
        }
        match self.ready.pop_front() {
            Some(received) => Poll::Ready(OutgoingEvent::Deliver(self.delivery(&received))),
            None => Poll::Pending,
        }
    }

    /// Makes a settlement part of a transaction; tells the outcome that it will have.
    fn enlist(&self, id: &[u8], tag: &[u8; 16], outcome: Outcome) -> DeliveryState {
        let asked = DeliveryState::from(outcome.clone());
        let Some(settlement) = settlement(&asked) else {
            return provisional(id, outcome);
        };
        let token = Uuid::from_bytes_le(*tag);
        let enlisted = self.open.enlist(id, |work| {
            let enlisted = match &self.from {
                From::Queue(queue) => work.transaction.settle(queue, token, settlement),
                From::Session(held) => work.transaction.settle_in(&held.session, token, settlement),
            };
            enlisted.map_err(|error| link_error(&error))
        });
        match enlisted {
            Ok(()) => provisional(id, outcome),
            Err(error) => told(asked, Err(error)),
        }
    }

    /// Gives back what was taken for credit that is gone. What is deleted by now waits for credit instead.
    fn give_back(&mut self, keep: u32) {
        if self.mode == ReceiveMode::ReceiveAndDelete {
            return;
        }
        let keep = usize::try_from(keep).unwrap_or(usize::MAX);
        while self.ready.len() > keep {
            if let Some(received) = self.ready.pop_back() {
                let _ = self.from.settle(received.lock_token(), Settlement::Release);
            }
        }
    }
}
