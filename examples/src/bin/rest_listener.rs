//! Answers `MESSAGE TABLE RECORD-ID: score N` to each message of each table, as a REST endpoint.
//!
//! ```text
//! cargo run -p examples --bin rest-listener [ADDRESS]        (127.0.0.1:7071)
//! ```
//!
//! With `HEADER_KEY` set, a request needs it in the header `x-key`; an address that others can reach needs it set.

// A listener is async, whether or not it waits for anything.
#![allow(clippy::unused_async)]

use examples::try_next;
use listener_core::{
    Context, Entity, Host, PreImage, Reply, Result, Router, Target,
    context::{self, Money},
    entity::Column,
    layer::TraceLayer,
    listener,
    router::RouterService,
    shutdown_signal,
    source::http::{Authentication, Server},
};

#[derive(Entity)]
#[entity("account")]
struct Account {
    #[attribute("numberofemployees")]
    employees: Option<i32>,
    revenue: Column<Money>,
}

/// A new account scores by its size.
#[listener(message = "Create", entity = "account", two_way)]
async fn on_create(context: Context, Target(account): Target<Account>) -> Result<String> {
    let employees = account.employees.unwrap_or_default().clamp(0, 100);
    let revenue = account.revenue.value().map_or(0, |_| 20);
    Ok(answer(&context, employees + revenue))
}

/// A change scores by what is different from before, where the step has an image of it.
#[listener(message = "Update", entity = "account", two_way)]
async fn on_update(
    context: Context,
    Target(new): Target<context::Entity>,
    old: Option<PreImage<context::Entity>>,
) -> Result<String> {
    let old = old.map(|PreImage(old)| old).unwrap_or_default();
    let columns = new.attributes().iter();
    let changed =
        columns.filter(|(name, value)| old.attributes().get(name.as_str()) != Some(*value));
    let changed = changed.count();
    Ok(answer(&context, i32::try_from(changed)? * 5))
}

/// All else scores by the number of its parameters.
async fn anything(context: Context) -> Result<String> {
    let parameters = context.input_parameters().len();
    Ok(answer(&context, i32::try_from(parameters)?))
}

fn answer(context: &Context, score: i32) -> String {
    let (message, table) = (context.message_name(), context.primary_entity_name());
    format!(
        "{message} {table} {}: score {score}",
        context.primary_entity_id()
    )
}

fn app() -> RouterService<Reply> {
    Router::new()
        .listener::<on_create>()
        .listener::<on_update>()
        .fallback(anything)
        .with_state(())
}

#[tokio::main]
async fn main() -> Result {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
    let address = std::env::args().nth(1);
    let mut server = Server::bind(address.unwrap_or_else(|| "127.0.0.1:7071".into()));
    if let Ok(key) = std::env::var("HEADER_KEY") {
        server = server.authentication(Authentication::http_header("x-key", [key]));
    }
    let host = Host::new(server.rest("/score"))
        .serve(app())
        .layer(TraceLayer::new())
        .with_graceful_shutdown(shutdown_signal());
    println!(
        "{}",
        try_next(&format!("http://{}/score", server.listen().await?))
    );
    println!("{}", host.await?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use listener_core::{Outcome, decode::Format};
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn each_message_is_answered_with_its_score() {
        let account = "account 9f3b1c52-7d4e-4a0c-9a55-1d2e3f405162";
        for (sample, expected) in [
            ("create-account", format!("Create {account}: score 68")),
            ("update-account", format!("Update {account}: score 30")),
            ("assign-account", format!("Assign {account}: score 2")),
            ("delete-account", format!("Delete {account}: score 1")),
            (
                "create-contact",
                "Create contact 41d7a0be-2c6f-4f0e-8f61-7b8c9dae0f13: score 1".into(),
            ),
            (
                "custom-api",
                "contoso_ScoreLead none 00000000-0000-0000-0000-000000000000: score 4".into(),
            ),
        ] {
            for format in [Format::Binary, Format::Json, Format::Xml] {
                let outcome = app().oneshot(examples::delivery(sample, format)).await;
                let expected = Reply(expected.clone());
                assert_eq!(outcome.expect(sample), Outcome::Accept(expected));
            }
        }
    }
}
