//! Our listener: a typed handler behind router, host and source, each message completed when it has run.

// A listener is async, whether or not it waits for anything.
#![allow(clippy::unused_async)]

use std::{hint::black_box, sync::Arc};

use listener_core::{
    Entity, Host, Router, State, Target,
    context::{DateTime, EntityReference, Money, OptionSetValue},
    entity::Column,
    listener,
    source::service_bus::{Options, Queue},
};

use crate::{Result, progress::Progress};

#[derive(Entity)]
#[entity("account")]
struct Account {
    #[attribute("new_column0")]
    name: String,
    #[attribute("new_column1")]
    kind: OptionSetValue,
    #[attribute("new_column2")]
    contact: EntityReference,
    #[attribute("new_column3")]
    revenue: Column<Money>,
    #[attribute("new_column4")]
    changed: DateTime,
}

/// Reads five columns, and does nothing with them.
#[listener(message = "Update", entity = "account")]
async fn on_update(Target(account): Target<Account>, State(progress): State<Arc<Progress>>) {
    let Account {
        name,
        kind,
        contact,
        revenue,
        changed,
    } = account;
    black_box((name, kind, contact, revenue, changed));
    progress.tell();
}

/// Listens until so many have been handled, and all are completed.
pub(crate) async fn listen(string: &str, queue: &str, count: u32, credit: u32) -> Result {
    let progress = Arc::new(Progress::new(count));
    let router = Router::new()
        .listener::<on_update>()
        .with_state(progress.clone());
    // What runs, what waits for its turn, and what is prefetched: all of it has credit. Less than 2 there is not.
    let running = credit.saturating_sub(1).clamp(1, 16);
    let mut options = Options::default();
    options.prefetch = credit.saturating_sub(running + 1);
    let queue = Queue::from_string(string, queue)?.options(options);
    let all = progress.clone();
    let host = Host::new(queue)
        .serve(router)
        .concurrency(running as usize)
        .buffer(1)
        .with_graceful_shutdown(async move { all.all().await });
    let report = host.await.map_err(|error| error.to_string())?;
    if report.accepted != u64::from(count) {
        return Err(format!("expected {count} accepted messages, found: {report}").into());
    }
    progress.print()
}
