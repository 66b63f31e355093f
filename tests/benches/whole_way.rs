//! A message of 5 KB from its queue to its settlement: received, routed by its claims, a typed Target of five columns,
//! accepted.
//!
//! `cargo bench -p tests --bench whole_way`. With `JSON_LOADS_NS` in the environment, the nanoseconds that Python's
//! `json.loads` takes for the same file on the same machine, it prints its time in units of that.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use listener_core::{
    Binding, Claims, Host, Router, Target,
    context::{DateTime, EntityReference, Money, OptionSetValue},
    decode::{DecodeError, Message, Row},
    entity::{Column, FromColumn, FromEntity},
    router::RouterService,
    source::memory::{MemoryMessage, MemorySource},
};
use uuid::Uuid;

const RECORD: &str = "53c52f26-a89d-ef11-8a69-000d3a30b0c1";

/// What `#[derive(Entity)]` writes for such a type.
struct Account {
    name: Option<String>,
    kind: Option<OptionSetValue>,
    contact: Option<EntityReference>,
    revenue: Column<Money>,
    changed: Option<DateTime>,
}

impl FromEntity for Account {
    const LOGICAL_NAME: Option<&'static str> = Some("account");

    fn from_row(row: &Row<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            name: FromColumn::from_column(row, "new_column0")?,
            kind: FromColumn::from_column(row, "new_column1")?,
            contact: FromColumn::from_column(row, "new_column2")?,
            revenue: FromColumn::from_column(row, "new_column3")?,
            changed: FromColumn::from_column(row, "new_column4")?,
        })
    }
}

async fn on_update(Target(account): Target<Account>) {
    let Account {
        name,
        kind,
        contact,
        revenue,
        changed,
    } = account;
    assert!(
        name.is_some()
            && kind.is_some()
            && contact.is_some()
            && changed.is_some()
            && !revenue.is_absent()
    );
    black_box((name, kind, contact, revenue, changed));
}

fn router() -> RouterService<()> {
    Router::new()
        .on(Binding::message("Update").entity("account"), on_update)
        .with_state(())
}

/// The same message for a record of its own.
fn message(template: &str, claims: &Claims, record: u64) -> MemoryMessage {
    let record = Uuid::from_u128(u128::from(record) + 1).to_string();
    MemoryMessage::raw(template.replace(RECORD, &record), Some("application/json"))
        .claims(claims.clone())
}

fn whole_way(criterion: &mut Criterion) {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/fixtures/messages/size-5k.json"
    );
    let template = std::fs::read_to_string(path).expect("the fixture");
    let context = Message::new(Bytes::from(template.clone()), None, Default::default());
    let claims = Claims::of(context.context().expect("a context"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");

    let mut best = Duration::MAX;
    let mut group = criterion.benchmark_group("whole_way");
    group.throughput(Throughput::Bytes(template.len() as u64));
    group.bench_function("size-5k", |bencher| {
        bencher.iter_custom(|messages| {
            let (source, queue) = MemorySource::new();
            for record in 0..messages {
                queue.send(message(&template, &claims, record));
            }
            queue.close();
            let host = Host::new(source).serve(router());
            let before = Instant::now();
            let report = runtime.block_on(host.into_future()).expect("a report");
            let elapsed = before.elapsed();
            assert_eq!(report.accepted, messages);
            if messages >= 1000 {
                best = best.min(elapsed / u32::try_from(messages).unwrap_or(u32::MAX));
            }
            elapsed
        });
    });
    group.finish();
    if let Some(unit) = std::env::var("JSON_LOADS_NS")
        .ok()
        .and_then(|unit| unit.parse::<f64>().ok())
        && best < Duration::MAX
    {
        println!(
            "whole_way/size-5k: {:.3} json.loads",
            best.as_nanos() as f64 / unit
        );
    }
}

criterion_group!(benches, whole_way);
criterion_main!(benches);
