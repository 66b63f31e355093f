//! Two subscribers of a Service Bus topic: one hears of accounts, the other of all else.
//!
//! ```text
//! cargo run --bin topic-listener
//! ```
//!
//! Alone, it starts a Service Bus inside of the process and posts samples to it. With `SERVICEBUS_CONNECTION_STRING` it
//! listens on the topic `SERVICEBUS_TOPIC` (crm-topic) of that namespace and its subscriptions `SERVICEBUS_SUBSCRIPTION`
//! (accounts,others), whose rules are yours.

// A listener is async, whether or not it waits for anything.
#![allow(clippy::unused_async)]

use examples::{Bus, variable};
use listener_core::{
    Context, Host, Hosts, Result, Router, State, layer::TraceLayer, router::RouterService,
    shutdown_signal, source::service_bus::Subscription,
};
use listener_local::{
    local::LocalAzure,
    service_bus::{
        engine::{QueueOptions, TopicOptions},
        rules::{Rule, SqlFilter},
    },
};

/// The claim that names the table of a message.
const TABLE: &str = r#""http://schemas.microsoft.com/xrm/2011/Claims/EntityLogicalName""#;

/// Prints one line for each message.
async fn anything(context: Context, State(subscription): State<String>) {
    let (message, table) = (context.message_name(), context.primary_entity_name());
    let id = context.primary_entity_id();
    println!("{subscription}: {message} {table} {id}");
}

fn app(subscription: &str) -> RouterService<()> {
    Router::new()
        .fallback(anything)
        .with_state(subscription.to_owned())
}

/// Makes the topic and its subscriptions, the first with accounts alone, the others with all else.
fn declare(local: &LocalAzure, topic: &str, subscriptions: &[&str]) -> Result {
    let namespace = local.namespace();
    namespace.create_topic(topic, &TopicOptions::default())?;
    for (nth, subscription) in subscriptions.iter().enumerate() {
        let filter: SqlFilter = match nth {
            0 => format!("{TABLE} = 'account'").parse()?,
            _ => format!("{TABLE} IS NULL OR {TABLE} <> 'account'").parse()?,
        };
        let path = format!("{topic}/subscriptions/{subscription}");
        namespace.create_subscription(topic, subscription, QueueOptions::default())?;
        namespace.remove_rule(&path, Rule::DEFAULT_NAME)?;
        namespace.add_rule(&path, Rule::new("table", filter)?)?;
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
    let bus = Bus::open().await?;
    let topic = variable("SERVICEBUS_TOPIC", "crm-topic");
    let subscriptions = variable("SERVICEBUS_SUBSCRIPTION", "accounts,others");
    let subscriptions: Vec<&str> = subscriptions.split(',').map(str::trim).collect();
    if let Some(local) = bus.local() {
        declare(local, &topic, &subscriptions)?;
    }
    eprintln!("{}", bus.try_next("topic", &topic));
    bus.post_samples(&topic).await?;
    let mut hosts = Hosts::new();
    for name in subscriptions {
        let source = Subscription::from_string(bus.connection_string(), &topic, name)?;
        hosts = hosts.add(Host::new(source).serve(app(name)).layer(TraceLayer::new()));
    }
    let report = hosts.with_graceful_shutdown(shutdown_signal()).await?;
    println!("{report}");
    Ok(())
}
