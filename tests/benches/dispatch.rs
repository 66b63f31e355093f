//! From the call of the service to its outcome, for a delivery that is decoded already: no task, no waiting.
//!
//! `cargo bench -p tests --bench dispatch`

use std::time::{Duration, Instant};

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use listener_core::{
    Host,
    context::RemoteExecutionContext,
    layer::{CatchPanicLayer, TraceLayer},
    source::memory::MemorySource,
};
use tests::dispatch::{delivery, now, router};
use tower::{Layer, Service, timeout::TimeoutLayer};
use uuid::Uuid;

fn service(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("dispatch");
    for routes in [10, 100, 1000] {
        let (mut service, routed) = (router(routes), delivery(routes / 2));
        group.bench_function(BenchmarkId::new("routed", routes), |bencher| {
            bencher.iter_batched(
                || routed.clone(),
                |delivery| now(service.call(delivery)),
                BatchSize::SmallInput,
            );
        });
        let stray = delivery(routes);
        group.bench_function(BenchmarkId::new("nobody", routes), |bencher| {
            bencher.iter_batched(
                || stray.clone(),
                |delivery| now(service.call(delivery)),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

fn layers(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    let _entered = runtime.enter();
    let service = TimeoutLayer::new(Duration::from_secs(30)).layer(router(100));
    let mut service = TraceLayer::new().layer(CatchPanicLayer::new().layer(service));
    let routed = delivery(50);
    criterion.bench_function("dispatch/three layers/100", |bencher| {
        bencher.iter_batched(
            || routed.clone(),
            |delivery| now(service.call(delivery)),
            BatchSize::SmallInput,
        );
    });
}

fn host(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    let mut group = criterion.benchmark_group("dispatch");
    group.throughput(Throughput::Elements(1));
    for (name, ordered) in [("host", true), ("host unordered", false)] {
        group.bench_function(BenchmarkId::new(name, 100), |bencher| {
            bencher.iter_custom(|deliveries| {
                let (source, queue) = MemorySource::new();
                for record in 0..deliveries {
                    let mut context = RemoteExecutionContext::new("Update", "new_table50");
                    context.primary_entity_id = Uuid::from_u128(u128::from(record) + 1).into();
                    queue.send(context);
                }
                queue.close();
                let host = Host::new(source).serve(router(100));
                let host = if ordered { host } else { host.unordered() };
                let before = Instant::now();
                let report = runtime.block_on(host.into_future()).expect("a report");
                assert_eq!(report.accepted, deliveries);
                before.elapsed()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, service, layers, host);
criterion_main!(benches);
