mod durable;
mod encoding;
mod entities;
mod locks;
mod model;
mod options;
mod rules;
mod sessions;
mod time;
mod transactions;

use std::time::Duration;

use fe2o3_amqp_types::{
    messaging::{
        ApplicationProperties, Body, Data, Header, Message as Wire, Properties,
        message::__private::Serializable,
    },
    primitives::SimpleValue,
};

use super::{
    EngineError, Message, MessageQueue, Namespace, NamespaceOptions, QueueOptions, ReceiveMode,
    Received, Settlement, SubscriptionOptions,
};

const MINUTE: Duration = Duration::from_secs(60);

/// The sections of a message, as a client writes them.
fn wire(id: &str, session: Option<&str>, ttl: Option<u32>, properties: &[(&str, &str)]) -> Vec<u8> {
    let mut application = ApplicationProperties::default();
    for (name, value) in properties {
        application
            .0
            .insert((*name).to_owned(), SimpleValue::String((*value).to_owned()));
    }
    let message = Wire {
        header: ttl.map(|ttl| Header {
            ttl: Some(ttl),
            ..Header::default()
        }),
        delivery_annotations: None,
        message_annotations: None,
        properties: Some(Properties {
            message_id: Some(id.to_owned().into()),
            group_id: session.map(str::to_owned),
            ..Properties::default()
        }),
        application_properties: (!properties.is_empty()).then_some(application),
        body: Body::<serde_amqp::Value>::Data(vec![Data(id.as_bytes().to_vec().into())].into()),
        footer: None,
    };
    serde_amqp::to_vec(&Serializable(message)).unwrap()
}

fn message(id: &str) -> Message {
    Message::parse(wire(id, None, None, &[]).into()).unwrap()
}

fn in_session(id: &str, session: &str) -> Message {
    Message::parse(wire(id, Some(session), None, &[]).into()).unwrap()
}

fn with_ttl(id: &str, ttl: u32) -> Message {
    Message::parse(wire(id, None, Some(ttl), &[]).into()).unwrap()
}

fn queue(options: QueueOptions) -> (Namespace, MessageQueue) {
    let namespace = Namespace::new(NamespaceOptions::default());
    namespace.create_queue("q", options).unwrap();
    let queue = namespace.open("q").unwrap();
    (namespace, queue)
}

fn dead_letters(namespace: &Namespace, path: &str) -> Vec<Received> {
    let queue = namespace.open(&format!("{path}/$DeadLetterQueue")).unwrap();
    queue.peek(0, 100, None).unwrap()
}

fn lock(queue: &MessageQueue) -> Received {
    let mut received = queue.try_receive(ReceiveMode::PeekLock, 1).unwrap();
    received.pop().expect("a message is there")
}

fn ids(received: &[Received]) -> Vec<String> {
    received.iter().map(id).collect()
}

fn id(received: &Received) -> String {
    let id = received.message().properties().message_id.clone();
    match id.unwrap() {
        fe2o3_amqp_types::messaging::MessageId::String(id) => id,
        other => panic!("expected a string, found {other:?}"),
    }
}

fn property(received: &Received, name: &str) -> Option<String> {
    match received.message().application_properties().0.get(name) {
        Some(SimpleValue::String(value)) => Some(value.clone()),
        _ => None,
    }
}

fn reason(received: &Received) -> Option<String> {
    property(received, "DeadLetterReason")
}
