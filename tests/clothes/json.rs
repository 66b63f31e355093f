use tests::random::Random;

/// A JSON document that keeps the text of its numbers and the order and duplicates of its members.
pub(crate) enum Tree {
    /// A number, a literal, or one of the bare words for numbers that are none.
    Word(String),
    Text(String),
    List(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

impl Tree {
    pub(crate) fn parse(text: &str) -> Self {
        let mut rest = text;
        let tree = Self::value(&mut rest);
        assert_eq!(rest, "");
        tree
    }

    fn value(rest: &mut &str) -> Self {
        match rest.as_bytes()[0] {
            b'"' => Self::Text(string(rest)),
            b'[' => {
                let mut items = Vec::new();
                *rest = &rest[1..];
                while !take(rest, "]") {
                    items.push(Self::value(rest));
                    take(rest, ",");
                }
                Self::List(items)
            }
            b'{' => {
                let mut members = Vec::new();
                *rest = &rest[1..];
                while !take(rest, "}") {
                    let name = string(rest);
                    assert!(take(rest, ":"));
                    members.push((name, Self::value(rest)));
                    take(rest, ",");
                }
                Self::Object(members)
            }
            _ => {
                let end = rest.find([',', '}', ']']).unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                *rest = after;
                Self::Word(word.to_owned())
            }
        }
    }

    pub(crate) fn dress(&self, random: &mut Random) -> String {
        let mut out = if random.one_in(2) {
            "\u{feff}".to_owned()
        } else {
            String::new()
        };
        self.write(&mut out, random);
        space(&mut out, random);
        out
    }

    fn write(&self, out: &mut String, random: &mut Random) {
        space(out, random);
        match self {
            Self::Word(word) => out.push_str(word),
            Self::Text(text) => escape(text, out, random),
            Self::List(items) => {
                out.push('[');
                for (nth, item) in items.iter().enumerate() {
                    out.push_str(if nth == 0 { "" } else { "," });
                    item.write(out, random);
                    space(out, random);
                }
                out.push(']');
            }
            Self::Object(members) => {
                let mut order: Vec<&(String, Self)> = members.iter().collect();
                random.shuffle(&mut order);
                out.push('{');
                for (nth, (name, value)) in order.into_iter().enumerate() {
                    out.push_str(if nth == 0 { "" } else { "," });
                    space(out, random);
                    escape(name, out, random);
                    space(out, random);
                    out.push(':');
                    value.write(out, random);
                    space(out, random);
                }
                out.push('}');
            }
        }
    }
}

fn take(rest: &mut &str, token: &str) -> bool {
    rest.strip_prefix(token)
        .map(|after| *rest = after)
        .is_some()
}

fn string(rest: &mut &str) -> String {
    let bytes = rest.as_bytes();
    assert_eq!(bytes[0], b'"');
    let mut end = 1;
    while bytes[end] != b'"' {
        end += if bytes[end] == b'\\' { 2 } else { 1 };
    }
    let (raw, after) = rest.split_at(end + 1);
    *rest = after;
    serde_json::from_str(raw).expect("the goldens hold no lone surrogates")
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
