//! A queue of the local broker, as a transport under test, over streams in memory.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use listener_core::{
    amqp::{Broker as PlainBroker, Connector, Message, Namespace, Sender, Value},
    decode,
    source::{
        amqp,
        service_bus::{Options, Queue, Sessions},
    },
    testing::conformance::{Case, Event, Fate, Features, Rig, Sample},
};
use listener_local::{
    amqp::{
        AttachFuture, AttachRequest, ConnectionInfo, Credit, LinkEnd, Node, Outgoing,
        OutgoingEvent, Server, Service, Verdict,
        types::{definitions::Error, messaging::DeliveryState},
    },
    service_bus::{
        broker::Broker,
        engine::{Namespace as Engine, QueueOptions},
    },
};
use tests::streams::{connection_string, in_memory};
use tokio::sync::{Mutex as AsyncMutex, mpsc};

/// Also the time from which on nothing is renewed.
pub(crate) const LOCK: Duration = Duration::from_secs(30);

const CLAIMS: &str = "http://schemas.microsoft.com/xrm/2011/Claims/";

/// A queue whose messages belong to sessions.
pub(crate) struct SessionsRig(ServiceBusRig);

pub(crate) struct ServiceBusRig {
    /// Whether its queue requires sessions.
    sessions: bool,
    connector: Connector,
    namespace: Namespace,
    sender: Option<Sender>,
    seen: Arc<Seen>,
    events: Arc<AsyncMutex<mpsc::UnboundedReceiver<Event>>>,
    keep: Vec<Box<dyn std::any::Any + Send>>,
}

/// What the broker's side of the receiving links saw.
struct Seen {
    /// The samples' numbers, by lock token, of what is delivered and not settled.
    numbers: Mutex<HashMap<[u8; 16], u64>>,
    events: mpsc::UnboundedSender<Event>,
}

impl ServiceBusRig {
    pub(crate) fn new() -> Self {
        Self::with(LOCK, false)
    }

    fn with(lock_duration: Duration, sessions: bool) -> Self {
        let engine = Engine::new(Default::default());
        let options = QueueOptions {
            lock_duration,
            max_delivery_count: 100,
            requires_session: sessions,
            ..QueueOptions::default()
        };
        engine.create_queue("crm", options).unwrap();
        let (events, told) = mpsc::unbounded_channel();
        let seen = Arc::new(Seen {
            numbers: Mutex::default(),
            events,
        });
        let server = Server::new(Watched {
            broker: Broker::new(engine),
            seen: seen.clone(),
            sessions,
        });
        let (dials, arrivals) = in_memory();
        tokio::spawn(server.serve(arrivals));
        let string = connection_string();
        let connector = dials.connector(&string);
        Self {
            sessions,
            namespace: Namespace::new(&string).connector(connector.clone()),
            connector,
            sender: None,
            seen,
            events: Arc::new(AsyncMutex::new(told)),
            keep: Vec::new(),
        }
    }

    async fn sender(&mut self) -> &Sender {
        if self.sender.is_none() {
            let mut connection = self.namespace.connect().await.unwrap();
            let mut session = connection.session().await.unwrap();
            self.sender = Some(session.sender("crm", LOCK).await.unwrap());
            self.keep.push(Box::new((connection, session)));
        }
        self.sender.as_ref().unwrap()
    }
}

fn options() -> Options {
    let mut options = Options::default();
    // The suite wants to see locks end.
    options.max_lock_renewal = Duration::ZERO;
    options.first_pause = Duration::from_millis(10);
    options
}

/// The messages of a record are a session, but where the suite looks at the host's own order of records: there each
/// message has its own.
fn session(sample: &Sample) -> String {
    let message = decode::Message::new(sample.body.clone(), None, Default::default());
    let record = message.primary_entity_id().ok();
    match record.filter(|_| sample.message != Case::DrainBuffered.message()) {
        Some(record) => record.to_string(),
        None => format!("message-{}", sample.number),
    }
}

impl SessionsRig {
    pub(crate) fn new() -> Self {
        Self(ServiceBusRig::with(LOCK, true))
    }
}

impl Rig for SessionsRig {
    type Source = Sessions;

    fn features(&self) -> Features {
        self.0.features()
    }

    async fn source(&mut self) -> Sessions {
        Queue::new(self.0.namespace.clone(), "crm")
            .options(options())
            .sessions()
            .session_idle_timeout(Duration::from_millis(50))
    }

    async fn send(&mut self, sample: Sample) {
        self.0.send(sample).await;
    }

    async fn event(&mut self) -> Event {
        self.0.event().await
    }

    async fn in_flight(&mut self) -> usize {
        self.0.in_flight().await
    }
}

impl Rig for ServiceBusRig {
    type Source = Queue;

    fn features(&self) -> Features {
        Features::default()
            .redelivers(true)
            .reasons(true)
            .lock(LOCK)
            .pulls(true)
            .ordered(true)
    }

    async fn source(&mut self) -> Queue {
        Queue::new(self.namespace.clone(), "crm").options(options())
    }

    async fn send(&mut self, sample: Sample) {
        let session = self.sessions.then(|| session(&sample));
        let mut message = Message::new(sample.body)
            .message_id(format!("sample-{}-", sample.number))
            .content_type("application/json")
            .correlation_id(sample.correlation_id.braced().to_string())
            .property(format!("{CLAIMS}RequestName"), sample.message.into())
            .property(format!("{CLAIMS}EntityLogicalName"), sample.entity.into());
        if sample.size_exceeded {
            message = message.property("MessageMaxSizeExceeded", Value::Bool(true));
        }
        if let Some(session) = session {
            message = message.session_id(session);
        }
        self.sender().await.send(message, LOCK).await.unwrap();
    }

    async fn event(&mut self) -> Event {
        let mut events = self.events.lock().await;
        events.recv().await.unwrap()
    }

    async fn in_flight(&mut self) -> usize {
        self.seen.numbers.lock().unwrap().len()
    }
}

/// The same broker, by nothing but AMQP 1.0.
pub(crate) struct PlainRig(ServiceBusRig);

impl PlainRig {
    pub(crate) fn new() -> Self {
        // Nobody renews locks here, as if there were none.
        Self(ServiceBusRig::with(10 * LOCK, false))
    }
}

impl Rig for PlainRig {
    type Source = amqp::Queue;

    fn features(&self) -> Features {
        Features::default()
            .redelivers(true)
            .pulls(true)
            .ordered(true)
    }

    async fn source(&mut self) -> amqp::Queue {
        let broker = PlainBroker::from_url("amqp://localhost").unwrap();
        let broker = broker.connector(|_| self.0.connector.clone());
        let mut options = Options::default();
        options.first_pause = Duration::from_millis(10);
        let queue = amqp::Queue::new(broker, "crm").counting_failures();
        queue.options(options)
    }

    async fn send(&mut self, sample: Sample) {
        self.0.send(sample).await;
    }

    async fn event(&mut self) -> Event {
        self.0.event().await
    }

    async fn in_flight(&mut self) -> usize {
        self.0.in_flight().await
    }
}

/// The broker, with somebody who looks at what goes over its outgoing links.
struct Watched {
    broker: Broker,
    seen: Arc<Seen>,
    sessions: bool,
}

impl Service for Watched {
    fn attach(&self, request: AttachRequest) -> AttachFuture {
        let attaching = self.broker.attach(request);
        let (seen, sessions) = (self.seen.clone(), self.sessions);
        Box::pin(async move {
            let mut attached = attaching.await?;
            attached.node = match attached.node {
                Node::Outgoing(inner) => Node::Outgoing(Box::new(WatchedLink {
                    inner,
                    seen,
                    refuses_at_end: sessions,
                    out: HashSet::new(),
                })),
                incoming => incoming,
            };
            Ok(attached)
        })
    }

    fn opened(&self, connection: &Arc<ConnectionInfo>) -> Result<(), Error> {
        self.broker.opened(connection)
    }
}

struct WatchedLink {
    inner: Box<dyn Outgoing>,
    seen: Arc<Seen>,
    /// A session's lock ends with its link, and so nobody is told any more that a settlement is refused.
    refuses_at_end: bool,
    out: HashSet<[u8; 16]>,
}

impl WatchedLink {
    fn settled(&self, tag: &[u8; 16], fate: Fate) {
        if let Some(number) = self.seen.numbers.lock().unwrap().remove(tag) {
            let _ = self.seen.events.send(Event { number, fate });
        }
    }
}

impl Outgoing for WatchedLink {
    fn poll(&mut self, cx: &mut Context<'_>, credit: u32) -> Poll<OutgoingEvent> {
        let event = self.inner.poll(cx, credit);
        if let Poll::Ready(OutgoingEvent::Deliver(delivery)) = &event
            && let Some(number) = number(&delivery.head).or_else(|| number(&delivery.body))
        {
            self.seen
                .numbers
                .lock()
                .unwrap()
                .insert(delivery.tag, number);
            self.out.insert(delivery.tag);
        }
        event
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
        let asked = state.clone();
        let verdict = self.inner.disposition(tag, state, settled);
        if let (Some(asked), Verdict::Settle(answer)) = (asked, &verdict) {
            self.out.remove(tag);
            self.settled(tag, fate(&asked, answer));
        }
        verdict
    }

    fn detached(self: Box<Self>, end: LinkEnd) {
        if self.refuses_at_end {
            let left = self.out.iter();
            left.for_each(|tag| self.settled(tag, Fate::Refused));
        }
        self.inner.detached(end);
    }
}

/// What the client asked for, unless the broker refused it.
fn fate(asked: &DeliveryState, answer: &DeliveryState) -> Fate {
    if matches!(answer, DeliveryState::Rejected(rejected) if rejected.error.is_some()) {
        return Fate::Refused;
    }
    match asked {
        DeliveryState::Accepted(_) => Fate::Accepted,
        DeliveryState::Modified(modified) if modified.undeliverable_here == Some(true) => {
            Fate::Deferred
        }
        DeliveryState::Rejected(rejected) => {
            let info = rejected
                .error
                .as_ref()
                .and_then(|error| error.info.as_ref());
            let text = |key: &str| {
                let value =
                    info.and_then(|info| info.iter().find(|(name, _)| name.as_str() == key));
                match value {
                    Some((_, listener_local::amqp::serde_amqp::Value::String(text))) => {
                        text.clone()
                    }
                    _ => String::new(),
                }
            };
            Fate::Rejected {
                reason: text("DeadLetterReason"),
                description: text("DeadLetterErrorDescription"),
            }
        }
        _ => Fate::Released,
    }
}

/// The number in a message id.
fn number(bytes: &[u8]) -> Option<u64> {
    const BEFORE: &[u8] = b"sample-";
    let at = bytes
        .windows(BEFORE.len())
        .position(|window| window == BEFORE)?;
    let digits = bytes[at + BEFORE.len()..]
        .split(|byte| *byte == b'-')
        .next()?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}
