//! What judges tell the gate: how many of their checks ran, and how many were skipped.

use std::{
    env,
    fs::OpenOptions,
    io::{self, Write},
};

/// Adds to what the gate's last line counts: `run` or `skipped`.
pub fn count(what: &str, checks: usize) {
    let Some(path) = env::var_os("LISTENER_JUDGES_REPORT") else {
        return;
    };
    let file = OpenOptions::new().create(true).append(true).open(path);
    let mut file = file.expect("a report that can be written");
    writeln!(file, "{what} {checks}").expect("a report that can be written");
}

/// Skips the checks of a judge that is not there, with a line that says so; the gate does not let that pass.
pub fn skip(judge: &str, checks: usize) {
    // Past the test harness, which keeps what passing tests print to itself.
    let _ = writeln!(
        io::stderr(),
        "skipped {checks} checks of {judge}: run tests/peers/install to install it"
    );
    count("skipped", checks);
    let required = env::var_os("LISTENER_JUDGES_REQUIRED").is_some();
    assert!(
        !required,
        "{judge} is not installed: run tests/peers/install"
    );
}
