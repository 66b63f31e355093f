use std::{fs, path::PathBuf};

use super::*;
use crate::decode::Format;

fn goldens() -> Vec<PathBuf> {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/");
    let files = ["messages", "random"]
        .iter()
        .flat_map(|folder| fs::read_dir(format!("{fixtures}{folder}")).unwrap())
        .map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|e| e == "msbin1"))
        .collect()
}

#[test]
fn every_golden_prints_its_canonical_form_and_writes_its_own_bytes() {
    let files = goldens();
    assert_eq!(files.len(), 78);
    for file in files {
        let body = fs::read(&file).unwrap();
        let document = document(&body, &Limits::default())
            .unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let canonical = fs::read_to_string(file.with_extension("canonical.json")).unwrap();
        assert_eq!(
            crate::encode::canonical(&document),
            canonical.trim_end(),
            "{}",
            file.display()
        );
        let written = crate::encode::document(&document, Format::Binary).unwrap();
        assert!(written == body, "{} is written otherwise", file.display());
    }
}

#[test]
fn a_golden_cut_at_any_byte_is_an_error_with_its_place() {
    for file in goldens()
        .iter()
        .filter(|file| file.ends_with("assign.msbin1") || file.ends_with("text.msbin1"))
    {
        let body = fs::read(file).unwrap();
        for end in 0..body.len() {
            let error = document(&body[..end], &Limits::default()).unwrap_err();
            assert!(
                error.offset().is_some_and(|at| at <= end),
                "{} cut at {end}: {error}",
                file.display()
            );
        }
    }
}

#[test]
fn soap_in_binary_is_read() {
    let read = |file: &str| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/soap");
        document(
            &fs::read(format!("{folder}/{file}")).unwrap(),
            &Limits::default(),
        )
        .unwrap()
    };
    assert!(matches!(
        read("twoway-binary.request.body"),
        Document::Context(_)
    ));
    assert_eq!(
        read("twoway-binary.reply.body"),
        Document::Text("approved: \u{20ac} 5 & <more>".into())
    );
    assert!(matches!(
        read("twoway-binary.fault.body"),
        Document::Fault(_)
    ));
}
