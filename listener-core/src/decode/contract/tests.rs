use std::{fs, path::PathBuf};

use crate::decode::{Document, Format, Limits, xml};

fn goldens(extension: &str) -> Vec<PathBuf> {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/");
    let mut files: Vec<PathBuf> = ["messages", "random"]
        .iter()
        .flat_map(|folder| fs::read_dir(format!("{fixtures}{folder}")).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .collect();
    files.sort();
    files
}

#[test]
fn every_golden_of_xml_prints_its_canonical_form_and_writes_its_own_bytes() {
    let files = goldens("xml");
    assert_eq!(files.len(), 78);
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let document: Document = xml(text.as_bytes(), &Limits::default())
            .unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let canonical = fs::read_to_string(file.with_extension("canonical.json")).unwrap();
        pretty(
            &crate::encode::canonical(&document),
            canonical.trim_end(),
            &file,
        );
        let written = crate::encode::document(&document, Format::Xml).unwrap();
        pretty(&String::from_utf8(written).unwrap(), &text, &file);
    }
}

fn pretty(ours: &str, theirs: &str, file: &std::path::Path) {
    if ours != theirs {
        let at = ours
            .bytes()
            .zip(theirs.bytes())
            .position(|(a, b)| a != b)
            .unwrap_or(ours.len().min(theirs.len()));
        let cut = |s: &str| {
            String::from_utf8_lossy(&s.as_bytes()[at.saturating_sub(80)..(at + 80).min(s.len())])
                .into_owned()
        };
        panic!(
            "{} at {at}:\n ours   {}\n theirs {}",
            file.display(),
            cut(ours),
            cut(theirs)
        );
    }
}
