//! JSON as a tree of its own text, for making other messages out of the goldens.

use std::fmt;

/// A value. Strings and numbers are kept as they are written, quotes and escapes included.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// A string, number, boolean or null.
    Atom(String),
    /// An array.
    Array(Vec<Json>),
    /// An object: names with their quotes.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads a text that is known to be well-formed.
    pub fn parse(text: &str) -> Self {
        let mut rest = text.trim();
        let json = value(&mut rest);
        assert!(rest.trim().is_empty(), "something follows the value");
        json
    }

    /// The same with the members of each object in reverse order, `__type` and the keys of pairs among them.
    #[must_use]
    pub fn reversed(&self) -> Self {
        match self {
            Self::Atom(atom) => Self::Atom(atom.clone()),
            Self::Array(items) => Self::Array(items.iter().map(Self::reversed).collect()),
            Self::Object(members) => Self::Object(
                members
                    .iter()
                    .rev()
                    .map(|(name, value)| (name.clone(), value.reversed()))
                    .collect(),
            ),
        }
    }

    /// The text with white space wherever it may stand.
    pub fn spaced(&self) -> String {
        let mut out = String::from("\r\n ");
        self.space(&mut out);
        out.push_str("\n\t");
        out
    }

    fn space(&self, out: &mut String) {
        match self {
            Self::Atom(atom) => out.push_str(atom),
            Self::Array(items) => {
                out.push_str("[ ");
                for (nth, item) in items.iter().enumerate() {
                    out.push_str(if nth == 0 { "\t" } else { " ,\n" });
                    item.space(out);
                }
                out.push_str(" ]");
            }
            Self::Object(members) => {
                out.push_str("{ ");
                for (nth, (name, value)) in members.iter().enumerate() {
                    out.push_str(if nth == 0 { "\n" } else { "\r, " });
                    out.push_str(name);
                    out.push_str(" :\t");
                    value.space(out);
                }
                out.push_str("\n}");
            }
        }
    }

    /// Calls `change` at each value, the innermost first.
    pub fn each(&mut self, change: &mut impl FnMut(&mut Self)) {
        match self {
            Self::Atom(_) => {}
            Self::Array(items) => items.iter_mut().for_each(|item| item.each(change)),
            Self::Object(members) => members.iter_mut().for_each(|(_, value)| value.each(change)),
        }
        change(self);
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Atom(atom) => f.write_str(atom),
            Self::Array(items) => {
                f.write_str("[")?;
                for (nth, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if nth == 0 { "" } else { "," })?;
                }
                f.write_str("]")
            }
            Self::Object(members) => {
                f.write_str("{")?;
                for (nth, (name, value)) in members.iter().enumerate() {
                    write!(f, "{}{name}:{value}", if nth == 0 { "" } else { "," })?;
                }
                f.write_str("}")
            }
        }
    }
}

fn value(rest: &mut &str) -> Json {
    match rest.as_bytes()[0] {
        b'[' => Json::Array(list(rest, ']', value)),
        b'{' => Json::Object(list(rest, '}', |rest| {
            let name = atom(rest);
            *rest = rest.strip_prefix(':').expect("a colon").trim_start();
            (name, value(rest))
        })),
        _ => Json::Atom(atom(rest)),
    }
}

/// What stands between brackets, before the first of which the text begins.
fn list<T>(rest: &mut &str, close: char, mut item: impl FnMut(&mut &str) -> T) -> Vec<T> {
    let mut items = Vec::new();
    *rest = rest[1..].trim_start();
    loop {
        if let Some(after) = rest.strip_prefix(close) {
            *rest = after.trim_start();
            return items;
        }
        if !items.is_empty() {
            *rest = rest.strip_prefix(',').expect("a comma").trim_start();
        }
        items.push(item(rest));
    }
}

fn atom(rest: &mut &str) -> String {
    let bytes = rest.as_bytes();
    let mut end = 1;
    if bytes[0] == b'"' {
        while bytes[end] != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        end += 1;
    } else {
        while end < bytes.len()
            && !matches!(
                bytes[end],
                b',' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t'
            )
        {
            end += 1;
        }
    }
    let (atom, after) = rest.split_at(end);
    *rest = after.trim_start();
    atom.to_owned()
}
