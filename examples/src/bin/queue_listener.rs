//! Prints one line for each message of a Service Bus queue.
//!
//! ```text
//! cargo run --bin queue-listener
//! ```
//!
//! Alone, it starts a Service Bus inside of the process and posts samples to it. With `SERVICEBUS_CONNECTION_STRING` it
//! listens on the queue `SERVICEBUS_QUEUE` (crm-events) of that namespace.

// A listener is async, whether or not it waits for anything.
#![allow(clippy::unused_async)]

use examples::{Bus, variable};
use listener_core::{
    Attempt, Context, Entity, Host, Result, Router, Target, layer::TraceLayer, listener,
    router::RouterService, shutdown_signal, source::service_bus::Queue,
};

#[derive(Entity)]
#[entity("account")]
struct Account {
    name: Option<String>,
}

/// A new account, by its name. The other system would be told here; an error brings the message back after a pause.
#[listener(message = "Create", entity = "account")]
async fn on_create(context: Context, Target(account): Target<Account>, Attempt(attempt): Attempt) {
    let name = account.name.unwrap_or_default();
    println!("{}: {name:?}, attempt {attempt}", line(&context));
}

/// All else.
async fn anything(context: Context) {
    println!("{}", line(&context));
}

/// Message, table and record.
fn line(context: &Context) -> String {
    let (message, table) = (context.message_name(), context.primary_entity_name());
    format!("{message} {table} {}", context.primary_entity_id())
}

fn app() -> RouterService<()> {
    Router::new()
        .listener::<on_create>()
        .fallback(anything)
        .with_state(())
}

#[tokio::main]
async fn main() -> Result {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
    let bus = Bus::open().await?;
    let name = variable("SERVICEBUS_QUEUE", "crm-events");
    let queue = Queue::from_string(bus.connection_string(), &name)?;
    eprintln!("{}", bus.try_next("queue", &name));
    bus.post_samples(&name).await?;
    let report = Host::new(queue)
        .serve(app())
        .layer(TraceLayer::new())
        .with_graceful_shutdown(shutdown_signal())
        .await?;
    println!("{report}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use listener_core::decode::Format;
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn each_message_is_accepted() {
        for (name, _) in examples::SAMPLES {
            let delivery = examples::delivery(name, Format::Binary);
            let outcome = app().oneshot(delivery).await;
            assert!(outcome.expect(name).is_accept(), "{name}");
        }
    }
}
