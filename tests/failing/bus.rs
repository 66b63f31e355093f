//! The local broker over streams in memory, with its fault switches.

use std::{collections::BTreeSet, time::Duration};

use listener_core::{
    amqp::Namespace,
    context::{Entity, RemoteExecutionContext},
    encode,
    source::service_bus::{Options, Queue},
};
use listener_local::{
    amqp::{
        Server, Service, serde_amqp,
        types::{
            messaging::{
                ApplicationProperties, Body, Data, Message as Wire, Properties,
                message::__private::Serializable,
            },
            primitives::SimpleValue,
        },
    },
    faults::Faults,
    service_bus::{
        broker::Broker,
        engine::{Message, Namespace as Engine, QueueOptions, Received},
    },
};
use tests::streams::{connection_string, in_memory};
use uuid::Uuid;

const CLAIMS: &str = "http://schemas.microsoft.com/xrm/2011/Claims/";

pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// A broker with the queue `crm`: ten deliveries, locks of 30 seconds.
pub(crate) struct Bus {
    pub(crate) engine: Engine,
    pub(crate) faults: Faults,
    pub(crate) namespace: Namespace,
}

impl Bus {
    pub(crate) fn new() -> Self {
        let engine = Self::engine();
        let faults = Faults::new();
        let broker = Broker::new(engine.clone()).with_faults(&faults);
        Self::serve(engine, faults, broker)
    }

    pub(crate) fn engine() -> Engine {
        let engine = Engine::new(Default::default());
        let options = QueueOptions {
            lock_duration: 30 * SECOND,
            ..QueueOptions::default()
        };
        engine.create_queue("crm", options).unwrap();
        engine
    }

    pub(crate) fn serve(engine: Engine, faults: Faults, service: impl Service) -> Self {
        let (dials, arrivals) = in_memory();
        tokio::spawn(Server::new(service).serve(faults.accept(arrivals)));
        let string = connection_string();
        let connector = dials.connector(&string);
        Self {
            engine,
            faults,
            namespace: Namespace::new(&string).connector(connector),
        }
    }

    pub(crate) fn queue(&self) -> Queue {
        Queue::new(self.namespace.clone(), "crm")
    }

    /// A queue whose pauses are short.
    pub(crate) fn hasty_queue(&self) -> Queue {
        let mut options = Options::default();
        options.first_pause = Duration::from_millis(10);
        self.queue().options(options)
    }

    /// Sends an update of this record, whose correlation id is the number.
    pub(crate) fn send(&self, number: u128, record: u128) {
        self.engine.send("crm", update(number, record)).unwrap();
    }

    /// All that is in a queue, as it is now.
    pub(crate) fn messages(&self, address: &str) -> Vec<Received> {
        let queue = self.engine.open(address).unwrap();
        let mut all: Vec<Received> = Vec::new();
        loop {
            let from = all.last().map_or(0, |last| last.sequence_number() + 1);
            match queue.peek(from, 250, None).unwrap() {
                some if some.is_empty() => return all,
                some => all.extend(some),
            }
        }
    }

    pub(crate) fn dead_letters(&self) -> Vec<Received> {
        self.messages("crm/$DeadLetterQueue")
    }

    /// How often what is in the queue was delivered, each number once.
    pub(crate) fn delivery_counts(&self) -> BTreeSet<u32> {
        let messages = self.messages("crm");
        messages.iter().map(Received::delivery_count).collect()
    }
}

/// An update of this record, as Dataverse sends it.
pub(crate) fn update(number: u128, record: u128) -> Message {
    let record = Uuid::from_u128(record);
    let mut context = RemoteExecutionContext::new("Update", "account");
    context.correlation_id = Uuid::from_u128(number).into();
    context.primary_entity_id = record.into();
    context.set_target(Entity::new("account", record).with("name", "Contoso"));
    let body = encode::json(&context).unwrap();
    let mut claims = ApplicationProperties::default();
    for (name, value) in [("RequestName", "Update"), ("EntityLogicalName", "account")] {
        claims
            .0
            .insert(format!("{CLAIMS}{name}"), SimpleValue::from(value));
    }
    let message = Wire {
        header: None,
        delivery_annotations: None,
        message_annotations: None,
        properties: Some(Properties {
            message_id: Some(number.to_string().into()),
            content_type: Some("application/json".into()),
            ..Properties::default()
        }),
        application_properties: Some(claims),
        body: Body::<serde_amqp::Value>::Data(vec![Data(body.into())].into()),
        footer: None,
    };
    let bytes = serde_amqp::to_vec(&Serializable(message)).unwrap();
    Message::parse(bytes.into()).unwrap()
}

/// An application property of a message, as text.
pub(crate) fn property(message: &Received, name: &str) -> Option<String> {
    let bytes = message.encode();
    let (name, text) = (name.as_bytes(), bytes.as_ref());
    let at = text.windows(name.len()).position(|window| window == name)? + name.len();
    // A text of up to 255 bytes, or a whole number (AMQP 1.0, types, 1.6.20 and 1.6.11).
    match text.get(at)? {
        0xa1 => {
            let length = usize::from(*text.get(at + 1)?);
            let value = text.get(at + 2..at + 2 + length)?;
            Some(String::from_utf8_lossy(value).into_owned())
        }
        0x55 => Some((*text.get(at + 1)? as i8).to_string()),
        other => panic!("a property of the type {other:#x}"),
    }
}
