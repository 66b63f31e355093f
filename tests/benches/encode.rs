//! How fast JSON is written, against serde_json writing the same message out of a `serde_json::Value`.
//!
//! Prints bytes a second of each and, once at the end, ours in units of serde_json's.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use listener_core::{
    context::RemoteExecutionContext,
    decode::{DecodeOptions, Document, decode},
    encode,
};
use tests::fixtures::golden;

const MESSAGES: [&str; 3] = ["size-5k", "size-45k", "size-190k"];

struct Message {
    name: &'static str,
    context: RemoteExecutionContext,
    value: serde_json::Value,
    bytes: usize,
}

fn messages() -> impl Iterator<Item = Message> {
    MESSAGES.into_iter().map(|name| {
        let json = golden(name, "json");
        let decoded = decode(&json, Some("application/json"), &DecodeOptions::default());
        let Ok(Document::Context(context)) = decoded.map(|decoded| decoded.document) else {
            panic!("{name} is a context");
        };
        let value = serde_json::from_slice(&json).expect("JSON");
        Message {
            name,
            context,
            value,
            bytes: json.len(),
        }
    })
}

fn ours(message: &Message, out: &mut Vec<u8>) {
    out.clear();
    encode::json_into(black_box(&message.context), out).expect("a context that JSON carries");
    black_box(out);
}

fn serde_json(message: &Message, out: &mut Vec<u8>) {
    out.clear();
    serde_json::to_writer(&mut *out, black_box(&message.value)).expect("a value");
    black_box(out);
}

fn encode(criterion: &mut Criterion) {
    for message in messages() {
        let mut group = criterion.benchmark_group(format!("encode/{}", message.name));
        group.throughput(Throughput::Bytes(message.bytes as u64));
        let mut out = Vec::with_capacity(2 * message.bytes);
        group.bench_function("json", |bencher| bencher.iter(|| ours(&message, &mut out)));
        group.bench_function("serde_json_value", |bencher| {
            bencher.iter(|| serde_json(&message, &mut out));
        });
        group.finish();
    }
}

/// Both in turns, so that a busy machine slows both down; the best of many rounds.
fn ratios(_: &mut Criterion) {
    for message in messages() {
        let mut out = Vec::with_capacity(2 * message.bytes);
        let rounds = 1 + 2_000_000 / message.bytes;
        let mut time = |write: fn(&Message, &mut Vec<u8>)| {
            let start = Instant::now();
            for _ in 0..rounds {
                write(&message, &mut out);
            }
            start.elapsed()
        };
        let (mut best_ours, mut best_serde_json) = (Duration::MAX, Duration::MAX);
        for _ in 0..30 {
            best_ours = best_ours.min(time(ours));
            best_serde_json = best_serde_json.min(time(serde_json));
        }
        let ratio = best_ours.as_secs_f64() / best_serde_json.as_secs_f64();
        println!("{}: {ratio:.2} of serde_json writing a Value", message.name);
    }
}

criterion_group!(benches, encode, ratios);
criterion_main!(benches);
