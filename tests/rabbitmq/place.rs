//! A queue of RabbitMQ, who fills it, who listens on it, and what is left in it.

use std::{ops::Range, sync::Arc, time::Duration};

use listener_core::{
    Claims, Host, Report, Serves,
    amqp::{Connection, Message, ReceiverOptions, Sender, Session, Value},
    context::{Entity, RemoteExecutionContext},
    encode,
    source::amqp::{Options, Queue},
};
use tokio::{
    sync::{mpsc, oneshot},
    task::{JoinHandle, JoinSet},
    time::timeout,
};
use uuid::Uuid;

use crate::node::Node;

/// How long anything may take: long, since it is a failure and not a measurement.
pub(crate) const SOON: Duration = Duration::from_secs(120);

const CLAIMS: &str = "http://schemas.microsoft.com/xrm/2011/Claims/";

/// The id of the message behind all others.
const END: &str = "the end";

/// A queue.
pub(crate) struct Place {
    pub(crate) node: Arc<Node>,
    name: &'static str,
}

impl Place {
    pub(crate) fn new(node: Arc<Node>, name: &'static str) -> Self {
        Self { node, name }
    }

    pub(crate) fn address(&self) -> String {
        format!("/amq/queue/{}", self.name)
    }

    /// A source, with pauses that tests can wait for.
    pub(crate) fn source(&self) -> Queue {
        Queue::new(self.node.broker(), &self.address()).options(options())
    }

    /// Sends updates of accounts in any order, with their numbers for ids.
    pub(crate) async fn send(&self, numbers: Range<u128>) {
        self.filler().await.send(numbers.map(update)).await;
    }

    pub(crate) async fn filler(&self) -> Filler {
        Filler::new(&self.node, &self.address()).await
    }

    /// The ids of what is in the queue, which is empty afterwards.
    pub(crate) async fn left(&self) -> Vec<String> {
        left(&self.node, &self.address()).await
    }
}

/// Options with pauses that tests can wait for.
pub(crate) fn options() -> Options {
    let mut options = Options::default();
    options.first_pause = Duration::from_millis(40);
    options
}

/// The ids of what is in a queue, which is empty afterwards.
pub(crate) async fn left(node: &Node, address: &str) -> Vec<String> {
    let filler = Filler::new(node, address).await;
    filler.send([Message::new("").message_id(END)]).await;
    let options = ReceiverOptions::peek_lock().settles_first();
    let receiver = filler.connection.receiver(address, options, SOON).await;
    let receiver = receiver.expect("a queue");
    let mut ids = Vec::new();
    loop {
        receiver.set_credit(1);
        let delivery = timeout(SOON, receiver.recv()).await.expect("in time");
        let delivery = delivery.expect("a delivery");
        let message = delivery.message().expect("a message");
        let id = message.message_id().as_str().unwrap_or("no id").to_owned();
        delivery.accept().within(SOON).await.expect("an answer");
        if id == END {
            return ids;
        }
        ids.push(id);
    }
}

/// Fills a queue.
pub(crate) struct Filler {
    sender: Sender,
    _session: Session,
    connection: Connection,
}

impl Filler {
    pub(crate) async fn new(node: &Node, address: &str) -> Self {
        let mut connection = node.broker().connect().await.expect("a connection");
        let mut session = connection.session().await.expect("a session");
        let sender = session.sender(address, SOON).await.expect("a sender");
        Self {
            sender,
            _session: session,
            connection,
        }
    }

    /// Sends messages one after the other.
    pub(crate) async fn send_in_order(&self, messages: impl IntoIterator<Item = Message>) {
        for message in messages {
            self.sender.send(message, SOON).await.expect("taken");
        }
    }

    /// Sends messages in any order, and waits until all are taken.
    pub(crate) async fn send(&self, messages: impl IntoIterator<Item = Message>) {
        let mut sending = JoinSet::new();
        for message in messages {
            let sender = self.sender.clone();
            sending.spawn(async move { sender.send(message, SOON).await });
            if sending.len() >= 100 {
                let taken = sending.join_next().await.expect("one is on its way");
                taken.expect("a task").expect("taken");
            }
        }
        for taken in sending.join_all().await {
            taken.expect("taken");
        }
    }
}

pub(crate) fn context(number: u128) -> RemoteExecutionContext {
    let mut context = RemoteExecutionContext::new("Update", "account");
    let record = Uuid::from_u128(number);
    context.correlation_id = Uuid::from_u128(!number).into();
    context.primary_entity_id = record.into();
    context.set_target(Entity::new("account", record).with("name", "Contoso"));
    context
}

/// A context as Dataverse sends it: as JSON, with claims.
pub(crate) fn message(context: &RemoteExecutionContext) -> Message {
    let claims = Claims::of(context);
    let claim = |text: Option<&str>| Value::from(text.unwrap_or_default());
    Message::new(encode::json(context).expect("a context"))
        .durable()
        .message_id(context.primary_entity_id().as_u128().to_string())
        .content_type("application/json")
        .correlation_id(context.correlation_id().braced().to_string())
        .property(
            format!("{CLAIMS}RequestName"),
            claim(claims.request_name.as_deref()),
        )
        .property(
            format!("{CLAIMS}EntityLogicalName"),
            claim(claims.entity_logical_name.as_deref()),
        )
}

pub(crate) fn update(number: u128) -> Message {
    message(&context(number))
}

/// Routes updates of accounts to a listener.
#[macro_export]
macro_rules! updates {
    ($listener:expr) => {
        listener_core::Router::new()
            .on(
                listener_core::Binding::message("Update").entity("account"),
                $listener,
            )
            .with_state(())
    };
}

/// A host at work.
pub(crate) struct Running {
    stop: oneshot::Sender<()>,
    host: JoinHandle<Report>,
}

impl Running {
    pub(crate) fn start(source: Queue, concurrency: usize, service: impl Serves<()>) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let host = Host::new(source)
            .concurrency(concurrency)
            .grace(Duration::from_millis(200))
            .serve(service)
            .with_graceful_shutdown(async {
                let _ = stopped.await;
            });
        let host = tokio::spawn(async { host.await.expect("a host that starts") });
        Self { stop, host }
    }

    /// Stops it, which has to be over soon whatever the broker does.
    pub(crate) async fn stop(self) -> Report {
        let _ = self.stop.send(());
        let ended = timeout(Duration::from_secs(20), self.host).await;
        ended.expect("a drain that ends").expect("a host")
    }
}

/// What listeners tell a check.
pub(crate) struct Told<T>(mpsc::UnboundedReceiver<T>);

pub(crate) fn told<T>() -> (mpsc::UnboundedSender<T>, Told<T>) {
    let (tell, told) = mpsc::unbounded_channel();
    (tell, Told(told))
}

impl<T> Told<T> {
    pub(crate) async fn next(&mut self) -> T {
        let told = timeout(SOON, self.0.recv()).await;
        told.expect("a listener that is called in time")
            .expect("a listener")
    }

    pub(crate) async fn take(&mut self, count: usize) -> Vec<T> {
        let mut all = Vec::with_capacity(count);
        while all.len() < count {
            all.push(self.next().await);
        }
        all
    }

    /// What was told since, without waiting.
    pub(crate) fn rest(&mut self) -> Vec<T> {
        std::iter::from_fn(|| self.0.try_recv().ok()).collect()
    }
}
