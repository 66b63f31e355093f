//! The ratios that the goals are about, measured in turns.

use std::{
    hint::black_box,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use bytes::Bytes;
use tests::fixtures::golden;

use crate::{FILES, route_and_target, serde_borrowed, serde_skip, sonic_borrowed, whole};

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
