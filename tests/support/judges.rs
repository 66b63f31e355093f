//! Where the judges that are not ours are installed, and what is told of their runs: to people, and to the gate.

use std::{
    env,
    fs::OpenOptions,
    io::{self, Write},
    path::{Path, PathBuf},
    process::Command,
};

/// The folder into which `tests/peers/install` has put what a language needs, as in `python`.
pub fn home(language: &str) -> PathBuf {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/judges");
    let judges = env::var_os("LISTENER_JUDGES").map_or_else(default, PathBuf::from);
    judges.join(language)
}

/// Runs a script in `tests/peers/javascript`, as in `judge.js`, on Node.
pub fn node(script: &str) -> Command {
    let mut command = Command::new("node");
    // The sources are linked into the folder where the packages are, for that is where Node looks for them.
    command.args(["--preserve-symlinks", "--preserve-symlinks-main"]);
    command.arg(home("javascript").join(script));
    command
}

/// Runs a script in `tests/peers/python`, as in `judge.py`.
pub fn python(script: &str) -> Command {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/python");
    let mut command = Command::new("python3");
    command.arg("-B").arg(sources.join(script));
    command.env("PYTHONPATH", home("python"));
    command
}

/// Counts the checks of a judge that is not installed as skipped, and says so.
///
/// # Panics
/// Where no judge may be missing, as in the gate.
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

/// Adds to what the gate's last line counts.
///
/// # Panics
/// If the report cannot be written.
pub fn count(what: &str, checks: usize) {
    let Some(path) = env::var_os("LISTENER_JUDGES_REPORT") else {
        return;
    };
    let file = OpenOptions::new().create(true).append(true).open(path);
    let mut file = file.expect("a report that can be written");
    writeln!(file, "{what} {checks}").expect("a report that can be written");
}
