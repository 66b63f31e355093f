//! How fast the formats are written: JSON against serde_json writing the same message out of a `serde_json::Value`, XML and
//! .NET binary against our JSON.
//!
//! Prints bytes a second of each and, once at the end, the ratios.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use listener_core::{
    context::RemoteExecutionContext,
    decode::{DecodeOptions, Document, Format, decode},
    encode,
};
use tests::fixtures::golden;

const MESSAGES: [&str; 3] = ["size-5k", "size-45k", "size-190k"];

struct Message {
    name: &'static str,
    context: RemoteExecutionContext,
    /// Out of XML, which names the types that XML and .NET binary name.
    document: Document,
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
        let xml = golden(name, "xml");
        let decoded = decode(&xml, Some("application/xml"), &DecodeOptions::default());
        let document = decoded.expect("a golden").document;
        let value = serde_json::from_slice(&json).expect("JSON");
        Message {
            name,
            context,
            document,
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

fn xml(message: &Message, out: &mut Vec<u8>) {
    format(message, Format::Xml, out);
}

fn binary(message: &Message, out: &mut Vec<u8>) {
    format(message, Format::Binary, out);
}

fn format(message: &Message, format: Format, out: &mut Vec<u8>) {
    out.clear();
    encode::document_into(black_box(&message.document), format, out).expect("a golden");
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
        group.bench_function("xml", |bencher| bencher.iter(|| xml(&message, &mut out)));
        group.bench_function("binary", |bencher| {
            bencher.iter(|| binary(&message, &mut out));
        });
        group.bench_function("serde_json_value", |bencher| {
            bencher.iter(|| serde_json(&message, &mut out));
        });
        group.finish();
    }
}

/// All in turns, so that a busy machine slows all of them down; the best of many rounds.
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
        let ways = [ours, xml, binary, serde_json];
        let mut best = [Duration::MAX; 4];
        for _ in 0..30 {
            for (best, way) in best.iter_mut().zip(ways) {
                *best = time(way).min(*best);
            }
        }
        let [json, xml, binary, serde_json] =
            best.map(|best| best.as_secs_f64() * 1e6 / rounds as f64);
        println!(
            "{}: JSON {json:.1} µs, {:.2} of serde_json writing a Value; XML {xml:.1} µs, {:.2} of JSON; binary {binary:.1} µs, {:.2} of JSON",
            message.name,
            json / serde_json,
            xml / json,
            binary / json,
        );
    }
}

criterion_group!(benches, encode, ratios);
criterion_main!(benches);
