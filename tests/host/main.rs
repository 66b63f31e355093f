//! What a host tells and what it keeps to itself.

use listener_core::{
    Attempt, Binding, Claims, Context, Depth, Error, Host, Properties, Result, Router, Target,
    context::{Entity, RemoteExecutionContext},
    encode,
    layer::TraceLayer,
    source::memory::{MemoryMessage, MemoryOptions, MemorySource},
};
use tests::log::Log;
use tracing_subscriber::fmt::format::FmtSpan;
use uuid::Uuid;

/// Business data, which nobody may print.
const CANARY: &str = "canary-7f3a";

fn context(message: &str, record: u128) -> RemoteExecutionContext {
    let mut context = RemoteExecutionContext::new(message, "account");
    context.correlation_id = Uuid::from_u128(0xc0).into();
    context.primary_entity_id = Uuid::from_u128(record).into();
    context.set_target(Entity::new("account", Uuid::from_u128(record)).with("name", CANARY));
    context
}

fn message(context: &RemoteExecutionContext) -> MemoryMessage {
    let mut claims = Claims::of(context);
    claims.user = Some(CANARY.into());
    claims.initiating_user = Some(CANARY.into());
    MemoryMessage::raw(encode::json(context).unwrap(), Some("application/json"))
        .claims(claims)
        .properties(Properties::new().with("singularityheader", CANARY))
}

async fn on_any(context: Context, Depth(_): Depth, Attempt(attempt): Attempt) -> Result {
    match context.message_name() {
        "Fails" if attempt == 1 => Err(Error::transient("the ERP is away")),
        "Panics" if attempt == 1 => panic!("on purpose"),
        "Refuses" => Err(Error::permanent("the account has no contract")),
        _ => Ok(()),
    }
}

/// A table whose column is of another type than the message's.
async fn on_typed(Target(_): Target<Typed>) {}

struct Typed;

impl listener_core::entity::FromEntity for Typed {
    fn from_row(
        row: &listener_core::decode::Row<'_>,
    ) -> Result<Self, listener_core::decode::DecodeError> {
        <listener_core::context::Money as listener_core::entity::FromColumn>::from_column(
            row, "name",
        )
        .map(|_| Self)
    }
}

async fn run() -> String {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(log.clone())
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::CLOSE)
        .with_ansi(false)
        .finish();
    let _default = tracing::subscriber::set_default(subscriber);
    let mut options = MemoryOptions::default();
    options.name = "orders".into();
    let (source, queue) = MemorySource::with_options(options);
    for (record, name) in ["Works", "Fails", "Panics", "Refuses", "Typed", "Unknown"]
        .into_iter()
        .enumerate()
    {
        queue.send(message(&context(name, record as u128 + 1)));
    }
    let whole = encode::json(&context("Works", 7)).unwrap();
    let cut = whole[..whole.len() - 900].to_vec();
    let broken =
        MemoryMessage::raw(cut, Some("application/json")).claims(Claims::of(&context("Works", 7)));
    queue.send(broken.clone());
    assert!(!format!("{broken:?} {queue:?}").contains(CANARY));
    queue.close();
    let router = ["Works", "Fails", "Panics", "Refuses"]
        .into_iter()
        .fold(Router::new(), |router, name| {
            router.on(Binding::message(name), on_any)
        })
        .on(Binding::message("Typed"), on_typed);
    let report = Host::new(source)
        .serve(router.with_state(()))
        .layer(TraceLayer::new())
        .await
        .unwrap();
    assert_eq!(
        (report.accepted, report.released, report.rejected),
        (3, 2, 4),
        "{}",
        log.text()
    );
    let parked = queue.parked();
    assert_eq!(parked.len(), 4);
    assert!(!format!("{parked:?}").contains(CANARY), "{parked:?}");
    log.text()
}

#[tokio::test]
async fn the_span_of_a_delivery_says_what_it_was_and_what_became_of_it() {
    let log = run().await;
    let closed: Vec<_> = log
        .lines()
        .filter(|line| line.contains("close time.busy"))
        .collect();
    assert_eq!(closed.len(), 9, "{log}");
    let works = closed
        .iter()
        .find(|line| line.contains("message_name=\"Works\""))
        .unwrap();
    for field in [
        "source=\"orders\"",
        "entity=\"account\"",
        "attempt=1",
        "id=00000000-0000-0000-0000-000000000001",
        "correlation_id=00000000-0000-0000-0000-0000000000c0",
        "outcome=\"accepted\"",
        "on_any",
    ] {
        assert!(works.contains(field), "no {field}: {works}");
    }
    assert!(
        closed
            .iter()
            .any(|line| line.contains("message_name=\"Fails\"")
                && line.contains("outcome=\"failed\""))
    );
    let unknown = closed
        .iter()
        .find(|line| line.contains("message_name=\"Unknown\""))
        .unwrap();
    assert!(
        unknown.contains("outcome=\"rejected\"") && !unknown.contains(" id="),
        "{unknown}"
    );
}

#[tokio::test]
async fn nothing_that_a_host_prints_holds_business_data() {
    let log = run().await;
    for expected in [
        "Listening.",
        "Released.",
        "the ERP is away",
        "Rejected.",
        "no listener for `Unknown`",
        "Ended.",
    ] {
        assert!(log.contains(expected), "no {expected}: {log}");
    }
    assert!(!log.contains(CANARY), "{log}");
    for told in log
        .lines()
        .filter(|line| line.contains("Released.") || line.contains("Rejected."))
    {
        let correlation = "correlation_id=00000000-0000-0000-0000-0000000000c0";
        assert!(told.contains(correlation), "{told}");
    }
}
