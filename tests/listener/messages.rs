//! Messages of Dataverse, as commands carry them.

use listener_core::{
    context::{Entity, RemoteExecutionContext},
    encode,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::bus::{Bus, hex};

const CLAIMS: &str = "http://schemas.microsoft.com/xrm/2011/Claims/";

/// What the tests send: a new account, each another record, with what its listener is to do.
pub(crate) fn create(name: &str, task: &str) -> Value {
    let number = name
        .bytes()
        .fold(0, |number, byte| number << 8 | u128::from(byte));
    let record = Uuid::from_u128(number);
    let mut context = RemoteExecutionContext::new("Create", "account");
    context.primary_entity_id = record.into();
    context.set_target(Entity::new("account", record).with("name", name));
    let body = encode::json(&context).expect("a context that can be written");
    let mut message = raw(name, &body, "application/json");
    message["properties"]["task"] = task.into();
    message
}

/// A message with these bytes and the claims of a new account.
pub(crate) fn raw(name: &str, body: &[u8], content_type: &str) -> Value {
    json!({
        "queue": "crm",
        "message_id": name,
        "content_type": content_type,
        "body": hex(body),
        "properties": {
            "name": name,
            format!("{CLAIMS}RequestName"): "Create",
            format!("{CLAIMS}EntityLogicalName"): "account",
            // What a listener cannot read must not be in its way.
            "a-number": {"type": "ulong", "value": 7},
            "nothing": null,
        },
    })
}

/// Puts messages into the queue.
pub(crate) async fn send(bus: &mut Bus, messages: impl IntoIterator<Item = Value>) {
    for message in messages {
        bus.run("enqueue", message).await;
    }
}
