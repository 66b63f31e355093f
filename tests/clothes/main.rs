//! The same message in other legal clothes decodes equally: what proxies, tools and people make of a message.

mod json;

use std::{fs, path::PathBuf};

use listener_core::{
    decode::{self, DecodeOptions, Document},
    encode,
};
use tests::{json::Json, random::Random, xml};

/// The goldens with this extension, with their canonical print.
fn goldens(extension: &str) -> Vec<(PathBuf, Vec<u8>, String)> {
    let mut files: Vec<PathBuf> = ["messages", "random"]
        .iter()
        .flat_map(|folder| {
            let folder = format!("{}/fixtures/{folder}", env!("CARGO_MANIFEST_DIR"));
            fs::read_dir(folder).expect("the fixtures are there")
        })
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .collect();
    files.sort();
    assert_eq!(files.len(), if extension == "json" { 156 } else { 78 });
    files
        .into_iter()
        .filter(|path| !path.to_string_lossy().ends_with(".canonical.json"))
        .map(|path| {
            let body = fs::read(&path).expect("a readable file");
            let canonical = fs::read_to_string(path.with_extension("canonical.json"))
                .expect("its canonical print");
            (path, body, canonical.trim_end().to_owned())
        })
        .collect()
}

fn document(body: &[u8], content_type: &str, what: &str) -> Document {
    decode::decode(body, Some(content_type), &DecodeOptions::default())
        .unwrap_or_else(|error| panic!("{what}: {error}\n{}", String::from_utf8_lossy(body)))
        .document
}

/// A context that holds a NaN does not equal itself; its canonical print is compared all the same.
fn same(other: &Document, plain: &Document) -> bool {
    other == plain || *plain != plain.clone()
}

#[test]
fn xml_in_other_clothes_decodes_equally() {
    for (path, body, canonical) in goldens("xml") {
        let text = String::from_utf8(body).expect("the goldens are UTF-8");
        // The long ones say nothing more and take long.
        if text.len() > 100_000 {
            continue;
        }
        let plain = document(text.as_bytes(), "application/xml", "as it is");
        let tree = xml::Tree::parse(&text);
        for seed in 1..=12 {
            let what = format!("{} in clothes {seed}", path.display());
            let dressed = tree.dress(&mut Random::new(seed));
            let other = document(dressed.as_bytes(), "application/xml", &what);
            assert!(same(&other, &plain), "{what} is another context\n{dressed}");
            assert_eq!(encode::canonical(&other), canonical, "{what}");
            let wide: Vec<u8> = dressed.encode_utf16().flat_map(u16::to_be_bytes).collect();
            let body = [&[0xFE, 0xFF], &wide[..]].concat();
            let other = document(&body, "application/xml", &what);
            assert!(same(&other, &plain), "{what} in UTF-16");
        }
    }
}

#[test]
fn json_in_other_clothes_decodes_equally() {
    for (path, body, canonical) in goldens("json") {
        let text = String::from_utf8(body).expect("the goldens are UTF-8");
        if text.len() > 100_000 {
            continue;
        }
        let plain = document(text.as_bytes(), "application/json", "as it is");
        let json = Json::parse(&text);
        for seed in 1..=12 {
            let what = format!("{} in clothes {seed}", path.display());
            let dressed = json::dress(&json, &mut Random::new(seed));
            let other = document(dressed.as_bytes(), "application/json", &what);
            assert!(same(&other, &plain), "{what} is another context\n{dressed}");
            assert_eq!(encode::canonical(&other), canonical, "{what}");
        }
    }
}
