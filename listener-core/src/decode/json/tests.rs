use proptest::prelude::*;
use serde::de::IgnoredAny;

use super::JsonReader;
use crate::decode::Limits;

/// Whether the reader passes over all of the text.
fn ours(text: &str) -> bool {
    // Deeper than serde_json goes, so that the text decides.
    let limits = Limits {
        depth: 1000,
        ..Limits::default()
    };
    let mut reader = JsonReader::new(text, &limits);
    reader.skip_value().and_then(|()| reader.end()).is_ok()
}

fn serdes(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

/// Both agree, but for numbers that are not finite and lone surrogates in names.
fn agree(text: &str) {
    let (ours, serdes) = (ours(text), serdes(text));
    if ours != serdes {
        let extension = if ours {
            text.contains("NaN") || text.contains("INF")
        } else {
            text.contains("\\u")
        };
        assert!(extension, "ours {ours}, serde_json {serdes}: {text}");
    }
}

fn golden(name: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/messages/");
    std::fs::read_to_string(format!("{folder}{name}.json")).unwrap()
}

#[test]
fn takes_what_json_is_and_nothing_else() {
    for text in [
        "0",
        "-0",
        "10",
        "1.50",
        "1e5",
        "1E-05",
        "-1.0e+0",
        "\"\"",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"",
        "[]",
        "[ ]",
        "{}",
        "{ }",
        "[1 , 2]",
        "{\"a\" : 1 , \"b\":[]}",
        "true",
        "false",
        "null",
        " 1 ",
        "[{\"key\":\"a\",\"value\":1}]",
        "[{\"key\":\"a\",\"value\":1 }]",
        "[{\"key\":\"a\" ,\"value\":1,\"x\":2}]",
        "\"http:\\/\\/schemas.microsoft.com\\/xrm\\/2011\\/Contracts\"",
        "\"\u{7f}\u{85}\"",
    ] {
        assert!(ours(text) && serdes(text), "{text}");
    }
    for text in [
        "",
        " ",
        "01",
        "-",
        "+1",
        "1.",
        ".5",
        "1e",
        "1e+",
        "0x1",
        "\"",
        "\"\\",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\u{1}\"",
        "[",
        "]",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "{1:1}",
        "{\"a\" 1}",
        "tru",
        "nul",
        "True",
        "1 2",
        "[]]",
        "{}}",
        "[}",
        "{]",
        "\u{a0}1",
        "\u{feff}1",
        "[{\"key\":\"a\",\"value\":}]",
        "[{\"key\":\"a\",\"value\":1]",
        "[{\"key\":\"a\",\"value\":1,}]",
        "[{\"key\":\"a\"\"value\":1}]",
        "\"http:\\/\\/schemas.microsoft.com\\/xrm\\/2011\\/Contracts",
    ] {
        assert!(!ours(text) && !serdes(text), "{text}");
    }
    for text in ["NaN", "INF", "-INF", "[INF,-INF]"] {
        assert!(ours(text), "{text}");
    }
    for text in ["-NaN", "Infinity", "nan", "IN", "INFx", "{\"\\ud800\":1}"] {
        assert!(!ours(text), "{text}");
    }
}

#[test]
fn goldens_with_any_byte_replaced_are_taken_as_serde_takes_them() {
    for name in [
        "update-images",
        "local-dates",
        "retrievemultiple-byattribute",
    ] {
        let golden = golden(name);
        agree(&golden);
        for at in 0..golden.len() {
            for byte in *b"\"\\{}[],:0-.e \0t" {
                let mut bytes = golden.clone().into_bytes();
                bytes[at] = byte;
                if let Ok(text) = String::from_utf8(bytes) {
                    agree(&text);
                }
            }
        }
    }
}

/// Pieces that make JSON, or nearly.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "\\u",
        "d800",
        "dc00",
        "\\/",
        "0",
        "1",
        "-",
        ".",
        "e",
        "E+",
        "true",
        "false",
        "null",
        "INF",
        "NaN",
        " ",
        "\n",
        "\t",
        "key",
        "value",
        "\"key\":",
        ",\"value\":",
        "{\"key\":\"a\",\"value\":",
        "\"__type\":\"",
        "{\"__type\":\"Entity:http:\\/\\/schemas.microsoft.com\\/xrm\\/2011\\/Contracts\"",
        "é",
        "\u{1}",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn takes_pieces_as_serde_does(text in pieces()) {
        agree(&text);
    }
}
