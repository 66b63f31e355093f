//! Requests about an entity
//! ([operations](https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-request-response)).

mod messages;
mod rules;
mod scheduled;
mod sessions;

use super::{
    Broker,
    reply::{Answer, Failure},
    request::Request,
};
use crate::amqp::serde_amqp::{Value, primitives::OrderedMap};

/// Answers a request about the entity at `path`.
pub(super) fn answer(broker: &Broker, path: &str, request: &Request) -> Result<Answer, Failure> {
    let operation = request.property("operation")?;
    let namespace = &broker.namespace;
    let queue = || namespace.open(path);
    match operation.strip_prefix("com.microsoft:").unwrap_or_default() {
        "renew-lock" => messages::renew(&queue()?, request),
        "peek-message" => messages::peek(&queue()?, request),
        "receive-by-sequence-number" => messages::receive(&queue()?, request),
        "update-disposition" => messages::settle(&queue()?, request),
        "batch-delete-messages" => messages::delete(&queue()?, request),
        "schedule-message" => scheduled::schedule(namespace, path, request),
        "cancel-scheduled-message" => scheduled::cancel(namespace, path, request),
        "renew-session-lock" => sessions::renew(&queue()?, request),
        "get-session-state" => sessions::state(&queue()?, request),
        "set-session-state" => sessions::set_state(&queue()?, request),
        "get-message-sessions" => sessions::list(&queue()?, request),
        "add-rule" => rules::add(namespace, path, request),
        "remove-rule" => rules::remove(namespace, path, request),
        "enumerate-rules" => rules::list(namespace, path, request),
        _ => Err(Failure::new(
            501,
            "amqp:not-implemented",
            "expected an operation of Service Bus that is served here, found another",
        )),
    }
}

/// The body of an answer.
fn map<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Map(OrderedMap::from_iter(
        members.map(|(name, value)| (Value::from(name), value)),
    ))
}
