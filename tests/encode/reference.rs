//! The canonical print again, out of the text of JSON alone: a second implementation, to judge the first one by.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// Prints a message in JSON in the canonical form, those members included that no contract has.
pub(crate) fn canonical(json: &str) -> String {
    let json = strict(json.trim_start_matches('\u{feff}'));
    let mut out = String::new();
    print(
        serde_json::from_str(&json).expect("a message in JSON"),
        &mut out,
    );
    out
}

/// The message with the bare `NaN`, `INF` and `-INF` as objects, since they are not JSON.
fn strict(json: &str) -> String {
    let mut out = String::new();
    let mut in_string = false;
    let mut rest = json;
    while let Some(character) = rest.chars().next() {
        let bare = ["NaN", "INF", "-INF"]
            .into_iter()
            .find(|bare| rest.starts_with(bare));
        let taken = match (in_string, character, bare) {
            (true, '\\', _) => 2,
            (false, _, Some(bare)) => {
                out.push_str(&format!(r#"{{"bare":"{bare}"}}"#));
                rest = &rest[bare.len()..];
                continue;
            }
            (_, '"', _) => {
                in_string = !in_string;
                1
            }
            _ => character.len_utf8(),
        };
        out.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    out
}

fn print(raw: &RawValue, out: &mut String) {
    let text = raw.get();
    match text.as_bytes()[0] {
        b'{' => {
            let mut members: BTreeMap<String, &RawValue> =
                serde_json::from_str(text).expect("an object");
            if let Some(bare) = members.get("bare") {
                return out.push_str(bare.get());
            }
            let type_name = members.remove("__type").map(string);
            out.push('{');
            let mut separator = "";
            if let Some(local) = type_name.as_deref().and_then(|name| name.split(':').next())
                && !local.starts_with("KeyValuePairOf")
            {
                out.push_str(&format!("\"__type\":{}", quoted(local)));
                separator = ",";
            }
            for (name, value) in members {
                out.push_str(&format!("{separator}{}:", quoted(&name)));
                separator = ",";
                print(value, out);
            }
            out.push('}');
        }
        b'[' => {
            let items: Vec<&RawValue> = serde_json::from_str(text).expect("an array");
            out.push('[');
            for (nth, item) in items.into_iter().enumerate() {
                if nth > 0 {
                    out.push(',');
                }
                print(item, out);
            }
            out.push(']');
        }
        b'"' => {
            let text = string(raw);
            out.push_str(&quoted(&date(&text).unwrap_or(text)));
        }
        b'n' | b't' | b'f' => out.push_str(text),
        _ => out.push_str(&format!("\"{text}\"")),
    }
}

fn string(raw: &RawValue) -> String {
    serde_json::from_str(raw.get()).expect("a string")
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a string is JSON")
}

/// `/Date(n)/` and `/Date(n±hhmm)/` of the years 1 to 9999.
fn date(text: &str) -> Option<String> {
    let inside = text.strip_prefix("/Date(")?.strip_suffix(")/")?;
    let offset = inside
        .rfind(['+', '-'])
        .filter(|&at| at > 0)
        .unwrap_or(inside.len());
    let offset_digits = inside[offset..].get(1..).unwrap_or("0000");
    (offset_digits.len() == 4 && offset_digits.bytes().all(|byte| byte.is_ascii_digit()))
        .then_some(())?;
    let millis = inside[..offset]
        .parse::<i64>()
        .ok()?
        .checked_add(62_135_596_800_000)?;
    (0..315_537_897_600_000).contains(&millis).then_some(())?;
    let (mut day, time) = (millis / 86_400_000, millis % 86_400_000);
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = |year: i64| if is_leap(year) { 366 } else { 365 };
    let mut year = 1;
    while day >= days(year) {
        day -= days(year);
        year += 1;
    }
    let february = if is_leap(year) { 29 } else { 28 };
    let mut month = 0;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        month += 1;
        if day < length {
            break;
        }
        day -= length;
    }
    let (hour, minute, second) = (time / 3_600_000, time / 60_000 % 60, time / 1000 % 60);
    Some(format!(
        "{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z",
        day + 1,
        time % 1000
    ))
}

#[test]
fn prints_every_golden_as_it_is_expected() {
    for golden in tests::fixtures::goldens("json") {
        let json = String::from_utf8(golden.bytes.clone()).expect("UTF-8");
        assert_eq!(
            canonical(&json),
            golden.beside("canonical.json").trim_end(),
            "{}",
            golden.name
        );
    }
}
