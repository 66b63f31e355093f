//! What Azure's own libraries write, our listener reads; and what our listener leaves behind, they read.

mod left;
mod sent;

use listener_local::{local::LocalAzure, service_bus::config::ServiceBusConfig};
use serde_json::{Value, json};

use crate::{
    Checked,
    hand::{Hand, Language},
    listener::{Listener, Setup},
    messages::create,
};

/// A Service Bus on loopback with the queue `crm`, and a library beside our listener.
struct Place {
    azure: LocalAzure,
    hand: Hand,
}

async fn with(language: Language, check: impl AsyncFnOnce(&mut Place) -> Checked) {
    let queue =
        json!({"Name": "crm", "Properties": {"LockDuration": "PT30S", "MaxDeliveryCount": 10}});
    let config =
        json!({"UserConfig": {"Namespaces": [{"Name": "sbemulatorns", "Queues": [queue]}]}});
    let config = ServiceBusConfig::from_json(config.to_string().as_bytes());
    let config = config.expect("a Config.json").config;
    let azure = LocalAzure::builder().config(config).start().await;
    let azure = azure.expect("a Service Bus on loopback");
    let Some(hand) = Hand::start(language, &azure.connection_string()) else {
        return;
    };
    if let Err(error) = check(&mut Place { azure, hand }).await {
        panic!("{language:?}: {error}");
    }
}

impl Place {
    fn listener(&self, setup: impl Into<Setup>) -> Listener {
        Listener::start(&self.azure.connection_string(), setup)
    }
}

/// A new account, with properties of types that every language has.
fn account(name: &str, task: &str) -> Value {
    let mut message = create(name, task);
    if let Some(properties) = message["properties"].as_object_mut() {
        properties.retain(|_, value| value.is_string());
    }
    message
}
