//! What is told of a run: to people, and to the gate.

use std::{
    env,
    fs::OpenOptions,
    io::{self, Write},
};

use crate::peer::Peer;

/// Whether a peer is there. If not, its checks count as skipped, and the gate does not let that pass.
pub(crate) fn is_there(peer: Peer, checks: usize) -> bool {
    if peer.is_installed() {
        return true;
    }
    // Past the test harness, which keeps what passing tests print to itself.
    let _ = writeln!(
        io::stderr(),
        "skipped {checks} checks of {peer:?}: run tests/peers/install to install it"
    );
    count("skipped", checks);
    let required = env::var_os("LISTENER_JUDGES_REQUIRED").is_some();
    assert!(
        !required,
        "{peer:?} is not installed: run tests/peers/install"
    );
    false
}

/// Adds to what the gate's last line counts.
pub(crate) fn count(what: &str, checks: usize) {
    let Some(path) = env::var_os("LISTENER_JUDGES_REPORT") else {
        return;
    };
    let file = OpenOptions::new().create(true).append(true).open(path);
    let mut file = file.expect("a report that can be written");
    writeln!(file, "{what} {checks}").expect("a report that can be written");
}
