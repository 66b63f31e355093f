//! JSON that says the same in other words: other orders, white space and escapes.

use tests::{json::Json, random::Random};

/// Writes it in the clothes that the numbers choose.
pub(crate) fn dress(json: &Json, random: &mut Random) -> String {
    let mut out = if random.one_in(2) {
        "\u{feff}".to_owned()
    } else {
        String::new()
    };
    write(json, &mut out, random);
    space(&mut out, random);
    out
}

fn write(json: &Json, out: &mut String, random: &mut Random) {
    space(out, random);
    match json {
        Json::Atom(atom) => write_atom(atom, out, random),
        Json::Array(items) => {
            out.push('[');
            for (nth, item) in items.iter().enumerate() {
                out.push_str(if nth == 0 { "" } else { "," });
                write(item, out, random);
                space(out, random);
            }
            out.push(']');
        }
        Json::Object(members) => {
            let mut order: Vec<&(String, Json)> = members.iter().collect();
            random.shuffle(&mut order);
            out.push('{');
            for (nth, (name, value)) in order.into_iter().enumerate() {
                out.push_str(if nth == 0 { "" } else { "," });
                space(out, random);
                write_atom(name, out, random);
                space(out, random);
                out.push(':');
                write(value, out, random);
                space(out, random);
            }
            out.push('}');
        }
    }
}

/// Numbers and words, `NaN` and `INF` among them, have one form only.
fn write_atom(atom: &str, out: &mut String, random: &mut Random) {
    if atom.starts_with('"') {
        let text: String = serde_json::from_str(atom).expect("the goldens hold no lone surrogates");
        escape(&text, out, random);
    } else {
        out.push_str(atom);
    }
}

fn space(out: &mut String, random: &mut Random) {
    if random.one_in(3) {
        out.push_str([" ", "\n", "\r\n\t", "  "][random.below(4)]);
    }
}

fn escape(text: &str, out: &mut String, random: &mut Random) {
    out.push('"');
    for character in text.chars() {
        let short = match character {
            '"' => Some("\\\""),
            '\\' => Some("\\\\"),
            '/' if random.one_in(2) => Some("\\/"),
            '\n' => Some("\\n"),
            '\r' => Some("\\r"),
            '\t' => Some("\\t"),
            '\u{8}' => Some("\\b"),
            '\u{c}' => Some("\\f"),
            _ => None,
        };
        match short {
            Some(short) => out.push_str(short),
            None if character < ' ' || random.one_in(10) => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    out.push_str(&if random.one_in(2) {
                        format!("\\u{unit:04x}")
                    } else {
                        format!("\\u{unit:04X}")
                    });
                }
            }
            None => out.push(character),
        }
    }
    out.push('"');
}
