//! The ratios that the goals are about, measured in turns.

use std::{
    hint::black_box,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use bytes::Bytes;
use listener_core::decode::binary::Records;
use tests::fixtures::{golden, goldens};

use crate::{
    FILES, route_and_target, route_and_target_as, serde_borrowed, serde_skip, sonic_borrowed,
    whole, whole_as,
};

const ROUNDS: usize = 41;
const ROUND: Duration = Duration::from_millis(4);

/// Prints them, and both of ours in units of Python's `json.loads` where there is a Python.
pub fn print() {
    println!("\nmedian of {ROUNDS} rounds in turns");
    for file in FILES {
        let body = Bytes::from(golden(file, "json"));
        let ways: [&dyn Fn(); 5] = [
            &|| drop(black_box(whole(&body))),
            &|| drop(black_box(serde_borrowed(&body))),
            &|| drop(black_box(route_and_target(&body))),
            &|| drop(black_box(serde_skip(&body))),
            &|| drop(black_box(sonic_borrowed(&body))),
        ];
        let [whole, borrowed, target, skip, sonic] = in_turns(ways);
        println!(
            "{file:9}  context {:>9.2?} = {:.2} of serde_json borrowed {:.2?}, {:.2} of sonic-rs borrowed {:.2?}",
            whole,
            ratio(whole, borrowed),
            borrowed,
            ratio(whole, sonic),
            sonic
        );
        println!(
            "{:9}  route and target {:>9.2?} = {:.2} of serde_json RawValue {:.2?}",
            "",
            target,
            ratio(target, skip),
            skip
        );
        match json_loads(file) {
            Some(loads) => println!(
                "{:9}  in units of json.loads {:.2?}: context {:.3}, route and target {:.3}",
                "",
                loads,
                ratio(whole, loads),
                ratio(target, loads)
            ),
            None => println!("{:9}  no python3 here, so no json.loads", ""),
        }
    }
}

/// Prints what XML and .NET binary take, against the bare walk of their events or records.
pub fn print_formats() {
    println!("\nXML and .NET binary, median of {ROUNDS} rounds in turns");
    for file in FILES {
        let [json, xml, binary] =
            ["json", "xml", "msbin1"].map(|extension| Bytes::from(golden(file, extension)));
        let ways: [&dyn Fn(); 7] = [
            &|| drop(black_box(whole(&json))),
            &|| drop(black_box(whole_as(&xml, "application/xml"))),
            &|| drop(black_box(whole_as(&binary, "application/msbin1"))),
            &|| {
                black_box(walk_xml(&xml));
            },
            &|| {
                black_box(walk_records(&binary));
            },
            &|| drop(black_box(route_and_target_as(&xml, "application/xml"))),
            &|| {
                drop(black_box(route_and_target_as(
                    &binary,
                    "application/msbin1",
                )))
            },
        ];
        let [
            json,
            xml_time,
            binary_time,
            xml_walk,
            walk,
            xml_target,
            binary_target,
        ] = in_turns(ways);
        println!(
            "{file:9}  XML ({} bytes) {xml_time:.2?} = {:.2} of a quick-xml walk {xml_walk:.2?}, route and target {xml_target:.2?}",
            xml.len(),
            ratio(xml_time, xml_walk),
        );
        println!(
            "{:9}  binary ({} bytes) {binary_time:.2?} = {:.2} of a record walk {walk:.2?}, {:.2} of JSON {json:.2?}, route and target {binary_target:.2?}",
            "",
            binary.len(),
            ratio(binary_time, walk),
            ratio(binary_time, json),
        );
        if let Some(loads) = json_loads(file) {
            println!(
                "{:9}  in units of json.loads {loads:.2?}: XML {:.3}, binary {:.3}, JSON {:.3}",
                "",
                ratio(xml_time, loads),
                ratio(binary_time, loads),
                ratio(json, loads)
            );
        }
    }
    let small = ["json", "xml", "msbin1"].map(|extension| {
        let mut bodies = goldens(extension);
        bodies.retain(|golden| golden.name.bytes().all(|b| b.is_ascii_digit()));
        bodies
            .into_iter()
            .map(|golden| Bytes::from(golden.bytes))
            .collect::<Vec<_>>()
    });
    let batch = |bodies: &[Bytes], content_type: &str| {
        for _ in 0..1000 / bodies.len() {
            for body in bodies {
                drop(black_box(whole_as(body, content_type)));
            }
        }
    };
    let ways: [&dyn Fn(); 3] = [
        &|| batch(&small[0], "application/json"),
        &|| batch(&small[1], "application/xml"),
        &|| batch(&small[2], "application/msbin1"),
    ];
    let [json, xml, binary] = in_turns(ways);
    println!(
        "a batch of 1,000 small messages: JSON {json:.2?}, XML {xml:.2?}, binary {binary:.2?}"
    );
}

fn walk_xml(body: &[u8]) -> usize {
    let mut reader = quick_xml::Reader::from_reader(body);
    let mut events = 0;
    while !matches!(
        reader.read_event().expect("a golden"),
        quick_xml::events::Event::Eof
    ) {
        events += 1;
    }
    events
}

fn walk_records(body: &[u8]) -> usize {
    let mut records = Records::new(body);
    let mut count = 0;
    while let Some(record) = records.read().expect("a golden") {
        black_box(record);
        count += 1;
    }
    count
}

fn ratio(a: Duration, b: Duration) -> f64 {
    a.as_secs_f64() / b.as_secs_f64()
}

fn in_turns<const N: usize>(ways: [&dyn Fn(); N]) -> [Duration; N] {
    let calls = ways.map(|way| {
        let (begin, mut calls) = (Instant::now(), 0u32);
        while begin.elapsed() < ROUND {
            way();
            calls += 1;
        }
        calls
    });
    let mut rounds = ways.map(|_| Vec::with_capacity(ROUNDS));
    for _ in 0..ROUNDS {
        for (nth, way) in ways.iter().enumerate() {
            let begin = Instant::now();
            for _ in 0..calls[nth] {
                way();
            }
            rounds[nth].push(begin.elapsed() / calls[nth]);
        }
    }
    rounds.map(|mut times| {
        times.sort_unstable();
        times[ROUNDS / 2]
    })
}

/// The seconds of one `json.loads` of the file, by `json_loads.py`.
fn json_loads(file: &str) -> Option<Duration> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new("python3")
        .arg(here.join("benches/json_loads.py"))
        .arg(here.join(format!("fixtures/messages/{file}.json")))
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let seconds: f64 = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_secs_f64(seconds))
}
