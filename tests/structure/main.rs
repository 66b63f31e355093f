//! Which module of `listener-core` may use which: data flows one way.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// What each module may use. A source sees no handler, a decoder no source, a handler no transport.
const MAY_USE: &[(&str, &[&str])] = &[
    ("amqp", &[]),
    // The contracts are described where the model is, for the codecs to read: see `context/wire.rs`.
    ("context", &["decode", "encode"]),
    ("decode", &["context"]),
    ("encode", &["context", "decode"]),
    ("entity", &["context", "decode"]),
    ("error", &["decode"]),
    ("properties", &["context"]),
    ("binding", &[]),
    ("outcome", &["error", "properties"]),
    ("settle", &["outcome", "binding"]),
    (
        "delivery",
        &["context", "decode", "error", "properties", "binding"],
    ),
    (
        "extract",
        &[
            "context", "decode", "entity", "error", "binding", "delivery",
        ],
    ),
    (
        "handler",
        &["error", "outcome", "binding", "delivery", "extract"],
    ),
    (
        "router",
        &[
            "decode", "error", "outcome", "binding", "delivery", "handler",
        ],
    ),
    ("layer", &["error", "outcome", "delivery"]),
    (
        "source",
        &[
            "amqp",
            "context",
            "decode",
            "encode",
            "error",
            "properties",
            "outcome",
            "settle",
            "delivery",
        ],
    ),
    (
        "host",
        &[
            "context", "decode", "error", "outcome", "settle", "delivery", "extract", "layer",
            "router", "source",
        ],
    ),
];

/// Modules that may use all others.
const FREE: &[&str] = &["lib", "testing", "__private"];

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../listener-core/src")
}

fn rust_files(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a directory of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The code without comments and without the tests beside it.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a source");
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The first segments of the paths in a use tree: `a::b` gives `a`, `{a, b::{c, d}}` gives `a` and `b`.
fn first_segments(tree: &str) -> Vec<String> {
    let ident = |text: &str| {
        text.trim()
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect::<String>()
    };
    let Some(list) = tree.strip_prefix('{') else {
        return vec![ident(tree)];
    };
    let (mut depth, mut start, mut segments) = (0, 0, Vec::new());
    for (at, character) in list.char_indices() {
        match character {
            '{' => depth += 1,
            ',' | '}' if depth == 0 => {
                segments.push(ident(&list[start..at]));
                start = at + 1;
                if character == '}' {
                    break;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    segments.retain(|segment| !segment.is_empty());
    segments
}

fn used(code: &str) -> BTreeSet<String> {
    code.match_indices("crate::")
        .flat_map(|(at, found)| first_segments(&code[at + found.len()..]))
        .collect()
}

/// The module of each name that `lib.rs` exports at the root.
fn root_names() -> BTreeMap<String, String> {
    let lib = code(&sources().join("lib.rs"));
    let mut names = BTreeMap::new();
    for export in lib.split("pub use ").skip(1) {
        let (module, tree) = export.split_once("::").expect("a path");
        names.extend(
            first_segments(tree)
                .into_iter()
                .map(|name| (name, module.to_owned())),
        );
    }
    names
}

/// Each use of one module by another, with the file that has it.
fn uses() -> Vec<(String, String, PathBuf)> {
    let (sources, roots) = (sources(), root_names());
    let mut files = Vec::new();
    rust_files(&sources, &mut files);
    let mut uses = Vec::new();
    for file in files {
        let within = file
            .strip_prefix(&sources)
            .expect("within the sources")
            .to_owned();
        if within
            .components()
            .any(|part| part.as_os_str().to_string_lossy().starts_with("tests"))
        {
            continue;
        }
        let module = within
            .components()
            .next()
            .expect("a module")
            .as_os_str()
            .to_string_lossy();
        let module = module.trim_end_matches(".rs").to_owned();
        for name in used(&code(&file)) {
            let target = roots.get(&name).unwrap_or(&name).clone();
            // What `lib.rs` itself defines belongs to nobody.
            if target != module && target != "BoxFuture" {
                uses.push((module.clone(), target, within.clone()));
            }
        }
    }
    uses
}

#[test]
fn no_module_uses_one_that_comes_after_it() {
    let uses = uses();
    assert!(
        uses.len() > 40,
        "the scan found next to nothing: {}",
        uses.len()
    );
    let forbidden: Vec<_> = uses
        .iter()
        .filter(|(module, target, _)| {
            let rule = MAY_USE.iter().find(|(name, _)| name == module);
            !FREE.contains(&module.as_str())
                && rule.is_none_or(|(_, allowed)| !allowed.contains(&target.as_str()))
        })
        .map(|(module, target, file)| format!("{module} uses {target} in {}", file.display()))
        .collect();
    assert!(forbidden.is_empty(), "{}", forbidden.join("\n"));
}

#[test]
fn the_rules_have_no_way_round() {
    // Model and codecs describe each other; everything after them is a line.
    let knot = ["context", "decode", "encode"];
    for (place, (module, allowed)) in MAY_USE.iter().enumerate() {
        for target in *allowed {
            let earlier = MAY_USE[..place].iter().any(|(name, _)| name == target);
            assert!(
                earlier || knot.contains(module),
                "{module} comes before {target}"
            );
        }
    }
    let may = |module: &str, target: &str| {
        MAY_USE
            .iter()
            .any(|(name, allowed)| *name == module && allowed.contains(&target))
    };
    for (module, target) in [
        ("source", "handler"),
        ("source", "router"),
        ("decode", "source"),
        ("handler", "source"),
    ] {
        assert!(!may(module, target), "{module} may use {target}");
    }
}

#[test]
fn every_crate_forbids_unsafe_code() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let manifest = fs::read_to_string(root.join("Cargo.toml")).expect("a manifest");
    assert!(manifest.contains("\nunsafe_code = \"forbid\"\n"));
    let members = manifest.split_once("members = [").expect("members").1;
    let members = members.split_once(']').expect("their end").0;
    let members: Vec<_> = members
        .split(',')
        .map(|name| name.trim().trim_matches('"'))
        .collect();
    assert!(members.contains(&"listener-core"), "{members:?}");
    for member in members {
        let manifest = fs::read_to_string(root.join(member).join("Cargo.toml")).expect(member);
        assert!(
            manifest.contains("\n[lints]\nworkspace = true\n"),
            "{member}"
        );
    }
}

#[test]
fn the_scan_reads_use_trees() {
    let code = "use crate::{Delivery, host::{Host, Report}, error::Error as E};\nlet x = crate::source::memory::f();";
    let names: Vec<_> = used(code).into_iter().collect();
    assert_eq!(names, ["Delivery", "error", "host", "source"]);
    assert_eq!(root_names()["Host"], "host");
}
