//! A broker over streams in memory, so that time can be paused, with switches for what goes wrong.

use std::time::Duration;

use bytes::Bytes;
use listener_core::amqp::{ConnectionString, Connector, Namespace};
use listener_local::{
    amqp::{
        Server,
        serde_amqp::{Value, from_slice},
        types::messaging::{Body, Message, MessageId, message::__private::Deserializable},
    },
    faults::{Fault, Faults},
    service_bus::{
        broker::{Broker, Keys},
        engine::{Namespace as Engine, QueueOptions, ReceiveMode},
    },
};
use tests::streams::{Dials, in_memory};

pub(crate) struct Bus {
    pub(crate) engine: Engine,
    pub(crate) faults: Faults,
    dials: Dials,
}

pub(crate) const KEY: &str = "RootManageSharedAccessKey";

impl Bus {
    /// With a queue `crm`; everybody is served.
    pub(crate) fn new() -> Self {
        Self::of(QueueOptions::default(), None)
    }

    /// With a queue `crm` like this one.
    pub(crate) fn of(queue: QueueOptions, keys: Option<Keys>) -> Self {
        let engine = Engine::new(Default::default());
        engine.create_queue("crm", queue).unwrap();
        let faults = Faults::new();
        let mut broker = Broker::new(engine.clone());
        if let Some(keys) = keys {
            broker = broker.with_keys(keys);
        }
        let server = Server::new(broker.with_faults(&faults));
        let (dials, arrivals) = in_memory();
        tokio::spawn(server.serve(faults.accept(arrivals)));
        Self {
            engine,
            faults,
            dials,
        }
    }

    /// The broker, for whoever connects with this string.
    pub(crate) fn reached_by(&self, string: &ConnectionString) -> Namespace {
        Namespace::new(string).connector(self.connector(string))
    }

    pub(crate) fn connector(&self, string: &ConnectionString) -> Connector {
        self.dials.connector(string)
    }

    pub(crate) fn namespace(&self) -> Namespace {
        self.reached_by(&string("canary"))
    }

    /// Takes all that is active in the queue: ids and bodies.
    pub(crate) fn take(&self) -> Vec<(String, Bytes)> {
        let queue = self.engine.open("crm").unwrap();
        let received = queue
            .try_receive(ReceiveMode::ReceiveAndDelete, 10_000)
            .unwrap();
        let read = |message: Message<Body<Value>>| {
            let Body::Data(data) = message.body else {
                panic!("expected data")
            };
            let Some(MessageId::String(id)) = message.properties.unwrap().message_id else {
                panic!("expected a text as message id")
            };
            (id, Bytes::copy_from_slice(&data[0].0))
        };
        received
            .iter()
            .map(|received| {
                let message =
                    from_slice::<Deserializable<Message<Body<Value>>>>(&received.encode());
                read(message.unwrap().0)
            })
            .collect()
    }

    /// Something goes wrong, and the client has seen it.
    pub(crate) async fn suffers(&self, fault: Fault) {
        self.faults.switch(fault);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }

    /// Waits until as many messages are in the queue.
    pub(crate) async fn holds(&self, count: usize) {
        let queue = self.engine.open("crm").unwrap();
        while queue.counts().unwrap().active < count {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

pub(crate) fn string(key: &str) -> ConnectionString {
    format!(
        "Endpoint=sb://localhost;SharedAccessKeyName={KEY};SharedAccessKey={key};UseDevelopmentEmulator=true"
    )
    .parse()
    .unwrap()
}
