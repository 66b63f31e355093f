//! The same message in other legal clothes decodes equally: what proxies, tools and people make of a message.

mod json;

use std::{collections::BTreeSet, fs, path::PathBuf};

use listener_core::{
    decode::{
        self, DecodeOptions, Document,
        binary::{Dictionary, Dump, RecordId, Records},
    },
    encode,
};
use tests::{binary, json::Json, random::Random, xml};

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
        .unwrap_or_else(|error| match content_type {
            "application/msbin1" => panic!("{what}: {error}\n{}", Dump::new(body)),
            _ => panic!("{what}: {error}\n{}", String::from_utf8_lossy(body)),
        })
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

#[test]
fn binary_in_other_clothes_decodes_equally() {
    for (path, body, canonical) in goldens("msbin1") {
        if body.len() > 100_000 {
            continue;
        }
        let plain = document(&body, "application/msbin1", "as it is");
        let tree = binary::Tree::parse(&body);
        for seed in 1..=24 {
            let what = format!("{} in clothes {seed}", path.display());
            let dressed = tree.dress(&mut Random::new(seed));
            let other = document(&dressed, "application/msbin1", &what);
            assert_eq!(encode::canonical(&other), canonical, "{what}");
            assert!(same(&other, &plain), "{what} is another context");
        }
    }
}

/// Without this, a dresser that does nothing would pass.
#[test]
fn the_clothes_of_binary_are_of_all_records_without_a_dictionary() {
    let mut seen = BTreeSet::new();
    for (_, body, _) in goldens("msbin1") {
        if body.len() > 20_000 {
            continue;
        }
        let tree = binary::Tree::parse(&body);
        for seed in 1..=24 {
            let dressed = tree.dress(&mut Random::new(seed));
            let mut records = Records::new(&dressed).with_dictionary(Dictionary::None);
            while records.read().expect("legal records").is_some() {
                seen.insert(records.id());
            }
        }
    }
    let of_names = [
        0x01..=0x02,
        0x04..=0x05,
        0x08..=0x09,
        0x26..=0x41,
        0x5E..=0x77,
    ];
    // No lists, dictionary strings, ids with `urn:uuid:`; a span of time in attributes only.
    let of_values = [0x80..=0xA3, 0xA8..=0xA9, 0xAE..=0xAE, 0xB0..=0xBB];
    for id in of_names.into_iter().chain(of_values).flatten() {
        assert!(seen.contains(&RecordId(id)), "{id:02x}");
    }
}
