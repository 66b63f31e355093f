//! The checks that the sources of a peer hold: the same whether the peer is installed or not.

use std::{fs, path::Path};

use crate::peer::Peer;

/// One check of one peer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Check {
    pub(crate) feature: String,
    pub(crate) name: String,
}

/// All checks of a peer, in the order of their files.
pub(crate) fn checks(peer: Peer) -> Vec<Check> {
    let folder = peer.sources().join("checks");
    let entries = fs::read_dir(&folder).expect("the folder of the checks");
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("an entry of the folder").path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    files.iter().flat_map(|file| of(peer, file)).collect()
}

/// The names alone.
pub(crate) fn names(checks: &[Check]) -> Vec<&str> {
    checks.iter().map(|check| check.name.as_str()).collect()
}

fn of(peer: Peer, file: &Path) -> Vec<Check> {
    let source = fs::read_to_string(file).expect("a source in UTF-8");
    let (opens, names) = match peer {
        Peer::Python => ("\n@check(", "\ndef "),
        Peer::JavaScript => ("\ncheck(", "async function "),
    };
    source
        .split(opens)
        .skip(1)
        .map(|rest| Check {
            feature: between(rest, "\"", "\""),
            name: between(rest, names, "("),
        })
        .collect()
}

fn between(text: &str, open: &str, close: &str) -> String {
    let found = text
        .split_once(open)
        .and_then(|(_, rest)| rest.split_once(close));
    let (found, _) = found.expect("a feature and a name for each check");
    found.to_owned()
}
