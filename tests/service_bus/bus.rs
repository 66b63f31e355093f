//! A namespace in memory, whose connections can be cut, and a host on one of its entities.

use std::{
    future::ready,
    sync::{Arc, Mutex},
    time::Duration,
};

use listener_core::{
    Binding, Delivery, Host, HostError, Outcome, Report, Result, Router,
    amqp::{Connector, Message, Namespace},
    context::{Entity, RemoteExecutionContext},
    encode,
    source::Source,
};
use listener_local::{
    amqp::Server,
    service_bus::{
        broker::Broker,
        engine::{Namespace as Engine, QueueOptions},
    },
};
use tests::streams::{connection_string, in_memory};
use tokio::{
    sync::{mpsc, oneshot},
    task::{AbortHandle, JoinHandle},
    time::timeout,
};
use uuid::Uuid;

/// How long anything may take.
pub(crate) const SOON: Duration = Duration::from_secs(300);

/// How long messages and sessions are locked.
pub(crate) const LOCK: Duration = Duration::from_secs(30);

const CLAIMS: &str = "http://schemas.microsoft.com/xrm/2011/Claims/";

pub(crate) struct Bus {
    pub(crate) engine: Engine,
    pub(crate) namespace: Namespace,
    pumps: Arc<Mutex<Vec<AbortHandle>>>,
}

impl Bus {
    /// With a queue `crm`, and a queue `ordered` whose messages belong to sessions.
    pub(crate) fn new() -> Self {
        let engine = Engine::new(Default::default());
        let options = QueueOptions {
            lock_duration: LOCK,
            max_delivery_count: 10,
            ..QueueOptions::default()
        };
        engine.create_queue("crm", options.clone()).unwrap();
        let requires_session = true;
        let options = QueueOptions {
            requires_session,
            ..options
        };
        engine.create_queue("ordered", options).unwrap();
        let (dials, arrivals) = in_memory();
        let server = Server::new(Broker::new(engine.clone()));
        tokio::spawn(server.serve(arrivals));
        let string = connection_string();
        let pumps: Arc<Mutex<Vec<AbortHandle>>> = Arc::default();
        let cut = pumps.clone();
        let connector = Connector::new(&string).dial(move || {
            let (ours, mut near) = tokio::io::duplex(1 << 20);
            let opened = dials.open().map(|mut far| {
                let pump = tokio::spawn(async move {
                    let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                });
                cut.lock().unwrap().push(pump.abort_handle());
                ours
            });
            ready(opened)
        });
        Self {
            namespace: Namespace::new(&string).connector(connector),
            engine,
            pumps,
        }
    }

    /// Cuts all connections that there are.
    pub(crate) fn cut(&self) {
        let mut pumps = self.pumps.lock().unwrap();
        pumps.drain(..).for_each(|pump| pump.abort());
    }

    /// Sends creations of accounts, named by their numbers.
    pub(crate) async fn send(&self, queue: &str, session: Option<&str>, numbers: &[u128]) {
        let mut connection = self.namespace.connect().await.unwrap();
        let mut amqp = connection.session().await.unwrap();
        let sender = amqp.sender(queue, SOON).await.unwrap();
        for number in numbers {
            let mut message = Message::new(encode::json(&context(*number)).unwrap())
                .message_id(format!("message-{number}"))
                .content_type("application/json")
                .property(format!("{CLAIMS}RequestName"), "Create".into())
                .property(format!("{CLAIMS}EntityLogicalName"), "account".into());
            if let Some(session) = session {
                message = message.session_id(session);
            }
            sender.send(message, SOON).await.unwrap();
        }
        connection.close(SOON).await.unwrap();
    }

    /// How many messages of all states an entity has.
    pub(crate) fn count(&self, path: &str) -> usize {
        let queue = self.engine.open(path);
        let queue = queue.or_else(|_| self.engine.open_with_session(path));
        queue.unwrap().peek(0, 1_000, None).unwrap().len()
    }

    /// Waits until an entity has that many messages.
    pub(crate) async fn until_count(&self, path: &str, count: usize) {
        let there = async {
            while self.count(path) != count {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        if timeout(SOON, there).await.is_err() {
            panic!("{path} has {} messages, not {count}", self.count(path));
        }
    }
}

fn context(number: u128) -> RemoteExecutionContext {
    let record = Uuid::from_u128(number);
    let mut context = RemoteExecutionContext::new("Create", "account");
    context.primary_entity_id = record.into();
    context.set_target(Entity::new("account", record));
    context
}

/// A delivery that waits for the test to say what becomes of it.
pub(crate) struct Call {
    pub(crate) number: u128,
    pub(crate) delivery: Delivery,
    outcome: oneshot::Sender<Result<Outcome<()>>>,
}

impl Call {
    pub(crate) fn accept(self) {
        self.end(Outcome::Accept(()));
    }

    pub(crate) fn end(self, outcome: Outcome<()>) {
        self.outcome.send(Ok(outcome)).unwrap();
    }
}

/// A host whose listener asks the test.
pub(crate) struct Hosted {
    calls: mpsc::UnboundedReceiver<Call>,
    host: JoinHandle<Result<Report, HostError>>,
    stop: oneshot::Sender<()>,
}

impl Hosted {
    pub(crate) fn new(source: impl Source<Reply = ()>) -> Self {
        let (tell, calls) = mpsc::unbounded_channel();
        let listener = move |delivery: Delivery| {
            let tell = tell.clone();
            async move {
                let (outcome, told) = oneshot::channel();
                let number = delivery.primary_entity_id()?.as_u128();
                tell.send(Call {
                    number,
                    delivery,
                    outcome,
                })?;
                told.await?
            }
        };
        let router = Router::new().on(Binding::message("Create").entity("account"), listener);
        let (stop, stopped) = oneshot::channel();
        let host = Host::new(source)
            .serve(router.with_state(()))
            .with_graceful_shutdown(async {
                let _ = stopped.await;
            });
        Self {
            calls,
            host: tokio::spawn(host.into_future()),
            stop,
        }
    }

    /// The next call of the listener.
    pub(crate) async fn call(&mut self) -> Call {
        let call = timeout(SOON, self.calls.recv()).await;
        call.expect("a call should come").expect("the host ended")
    }

    /// The next call, which must be of this message.
    pub(crate) async fn call_of(&mut self, number: u128) -> Call {
        let call = self.call().await;
        assert_eq!(call.number, number, "the message");
        call
    }

    /// Whether nothing is called for so long.
    pub(crate) async fn quiet(&mut self, duration: Duration) {
        if let Ok(Some(call)) = timeout(duration, self.calls.recv()).await {
            panic!("message {} was called", call.number);
        }
    }

    pub(crate) async fn stop(self) -> Report {
        let _ = self.stop.send(());
        timeout(SOON, self.host).await.unwrap().unwrap().unwrap()
    }

    /// Waits until the host ends by itself, with an error.
    pub(crate) async fn failed(self) -> HostError {
        timeout(SOON, self.host)
            .await
            .unwrap()
            .unwrap()
            .unwrap_err()
    }
}
