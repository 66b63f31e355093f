//! Prints one line for each message that a webhook posts.
//!
//! ```text
//! cargo run -p examples --bin webhook-listener [ADDRESS]     (127.0.0.1:7072)
//! ```
//!
//! With `WEBHOOK_KEY` set (several, separated by commas, while they rotate), the URL needs it as `?code=`; an address that
//! others can reach needs it set.

// A listener is async, whether or not it waits for anything.
#![allow(clippy::unused_async)]

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use examples::try_next;
use listener_core::{
    Context, Entity, Host, Result, Router, State, Target, TargetReference, context,
    layer::TraceLayer,
    listener,
    router::RouterService,
    shutdown_signal,
    source::http::{Authentication, Server},
};

/// How many lines were printed.
#[derive(Clone, Default)]
struct Lines(Arc<AtomicU64>);

impl Lines {
    fn print(&self, text: &str) {
        let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        println!("{number}: {text}");
    }
}

#[derive(Entity)]
#[entity("account")]
struct Account {
    name: Option<String>,
}

/// A new account, by its name.
#[listener(message = "Create", entity = "account")]
async fn on_create(Target(account): Target<Account>, State(lines): State<Lines>) {
    lines.print(&format!(
        "new account {:?}",
        account.name.unwrap_or_default()
    ));
}

/// A change of an account, by its columns.
#[listener(message = "Update", entity = "account")]
async fn on_update(Target(row): Target<context::Entity>, State(lines): State<Lines>) {
    let columns: Vec<_> = row.attributes().keys().map(|name| name.as_str()).collect();
    lines.print(&format!("account changed: {}", columns.join(", ")));
}

/// A row of whatever table that is gone.
#[listener(message = "Delete")]
async fn on_delete(TargetReference(row): TargetReference, State(lines): State<Lines>) {
    lines.print(&format!("{} {} deleted", row.logical_name(), row.id()));
}

/// All else, by its name.
async fn anything(context: Context, State(lines): State<Lines>) {
    let (message, table) = (context.message_name(), context.primary_entity_name());
    lines.print(&format!("{message} of {table}"));
}

fn app(lines: Lines) -> RouterService<()> {
    Router::new()
        .listener::<on_create>()
        .listener::<on_update>()
        .listener::<on_delete>()
        .fallback(anything)
        .with_state(lines)
}

#[tokio::main]
async fn main() -> Result {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
    let address = std::env::args().nth(1);
    let server = Server::bind(address.unwrap_or_else(|| "127.0.0.1:7072".into()));
    let mut webhook = server.webhook("/crm");
    if let Ok(keys) = std::env::var("WEBHOOK_KEY") {
        webhook = webhook.authentication(Authentication::webhook_key(keys.split(',')));
    }
    let host = Host::new(webhook)
        .serve(app(Lines::default()))
        .layer(TraceLayer::new())
        .with_graceful_shutdown(shutdown_signal());
    println!(
        "{}",
        try_next(&format!("http://{}/crm", server.listen().await?))
    );
    println!("{}", host.await?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use listener_core::decode::Format;
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn each_message_is_one_line() {
        let lines = Lines::default();
        for (number, (name, _)) in examples::SAMPLES.iter().enumerate() {
            assert_eq!(lines.0.load(Ordering::Relaxed), number as u64);
            let outcome = app(lines.clone())
                .oneshot(examples::delivery(name, Format::Json))
                .await;
            assert!(outcome.expect(name).is_accept(), "{name}");
        }
        assert_eq!(lines.0.load(Ordering::Relaxed), 6);
    }
}
