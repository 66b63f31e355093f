//! Decoding JSON: the whole context, and what a routed listener with a typed Target needs, against serde's ways.
//!
//! `cargo bench -p tests --bench decode`; the table of ratios at the end is measured in turns, so that a busy machine
//! slows all of them alike.

// What is decoded here is looked at by nobody.
#![allow(
    dead_code,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::enum_variant_names,
    clippy::semicolon_if_nothing_returned
)]

mod borrowed;
mod ratios;

use bytes::Bytes;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use listener_core::{
    context::{DateTime, EntityReference, Money, OptionSetValue},
    decode::{DecodeOptions, Decoded, Message, decode},
    entity::FromColumn,
};
use tests::fixtures::golden;

const FILES: [&str; 3] = ["size-5k", "size-45k", "size-190k"];

/// Five columns of the Target, as a listener declares them.
pub struct Account {
    pub text: String,
    pub choice: Option<OptionSetValue>,
    pub contact: Option<EntityReference>,
    pub revenue: Option<Money>,
    pub date: Option<DateTime>,
}

fn whole(body: &[u8]) -> Decoded {
    whole_as(body, "application/json")
}

fn whole_as(body: &[u8], content_type: &str) -> Decoded {
    decode(body, Some(content_type), &DecodeOptions::default()).expect("a golden")
}

fn route_and_target(body: &Bytes) -> (i32, i32, usize, Account) {
    route_and_target_as(body, "application/json")
}

fn route_and_target_as(body: &Bytes, content_type: &str) -> (i32, i32, usize, Account) {
    let message = Message::new(body.clone(), Some(content_type), DecodeOptions::default());
    let name = message.message_name().expect("a golden").len()
        + message.primary_entity_name().expect("a golden").len();
    let stage = message.stage().expect("a golden").expect("a stage");
    let mode = message.mode().expect("a golden").expect("a mode");
    let row = message.target().expect("a golden").expect("a row");
    let account = Account {
        text: String::from_column(&row, "new_column0").expect("a text"),
        choice: Option::from_column(&row, "new_column1").expect("a choice"),
        contact: Option::from_column(&row, "new_column2").expect("a lookup"),
        revenue: Option::from_column(&row, "new_column3").expect("money"),
        date: Option::from_column(&row, "new_column4").expect("a date"),
    };
    (stage, mode, name, account)
}

fn serde_borrowed(body: &[u8]) -> borrowed::Context<'_> {
    serde_json::from_slice(body).expect("a golden")
}

fn serde_skip(body: &[u8]) -> borrowed::Header<'_> {
    serde_json::from_slice(body).expect("a golden")
}

fn serde_value(body: &[u8]) -> serde_json::Value {
    serde_json::from_slice(body).expect("a golden")
}

fn sonic_value(body: &[u8]) -> sonic_rs::Value {
    sonic_rs::from_slice(body).expect("a golden")
}

fn sonic_borrowed(body: &[u8]) -> borrowed::Context<'_> {
    sonic_rs::from_slice(body).expect("a golden")
}

fn files(criterion: &mut Criterion) {
    for file in FILES {
        let body = Bytes::from(golden(file, "json"));
        let mut group = criterion.benchmark_group("decode");
        group.throughput(Throughput::Bytes(body.len() as u64));
        let id = |name: &str| BenchmarkId::new(name, file);
        group.bench_function(id("context"), |bencher| bencher.iter(|| whole(&body)));
        group.bench_function(id("route and target"), |bencher| {
            bencher.iter(|| route_and_target(&body));
        });
        group.bench_function(id("serde_json borrowed"), |bencher| {
            bencher.iter(|| serde_borrowed(&body));
        });
        group.bench_function(id("serde_json RawValue"), |bencher| {
            bencher.iter(|| serde_skip(&body));
        });
        group.bench_function(id("serde_json Value"), |bencher| {
            bencher.iter(|| serde_value(&body));
        });
        group.bench_function(id("sonic-rs borrowed"), |bencher| {
            bencher.iter(|| sonic_borrowed(&body));
        });
        group.bench_function(id("sonic-rs Value"), |bencher| {
            bencher.iter(|| sonic_value(&body));
        });
        group.bench_function(id("simd-json Value"), |bencher| {
            // It writes into the body; the copy is not counted.
            bencher.iter_batched_ref(
                || body.to_vec(),
                |body| drop(simd_json::to_borrowed_value(body).expect("a golden")),
                BatchSize::SmallInput,
            );
        });
        group.finish();
    }
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    files(&mut criterion);
    criterion.final_summary();
    ratios::print();
    ratios::print_formats();
}
