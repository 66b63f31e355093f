//! What a newcomer reads who makes a mistake: one readable error for each fault, underlined where it stands.
//!
//! The texts are those of one compiler; others word their own errors differently, and skip this. What has to compile is in
//! `macros`: without such cases here the dependencies are checked only, not built.

use std::{env, process::Command};

/// The compiler that the expected texts were written by.
const PINNED: &str = "rustc 1.95.";

fn version() -> String {
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let output = Command::new(rustc)
        .arg("--version")
        .output()
        .expect("rustc runs");
    String::from_utf8(output.stdout).expect("rustc writes UTF-8")
}

#[test]
fn each_fault_is_one_readable_error() {
    let version = version();
    if !version.starts_with(PINNED) {
        println!(
            "skipped: the expected texts are those of {PINNED}x, this is {}",
            version.trim()
        );
        return;
    }
    let cases = trybuild::TestCases::new();
    for topic in ["listener", "entity", "parameters", "choice"] {
        cases.compile_fail(format!("ui/{topic}/*.rs"));
    }
}
