//! `Display`: values as people write them, on one line.

use std::fmt::{self, Write};

use super::{View, Viewed};
use crate::{
    context::{Entity, EntityReference, Number, OptionSetValue, Text, UnknownEnum, Value},
    encode::Double,
};

/// The most bytes that are printed.
const BYTES: usize = 16;

impl fmt::Display for Value {
    /// The value itself on one line, for people who ask for it; nothing that logs by itself does.
    ///
    /// A row prints as its table and id only: [`pretty`](Self::pretty) prints what is inside.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String(text) => f.write_str(text),
            other => inline(other.view(), f),
        }
    }
}

impl fmt::Display for OptionSetValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for UnknownEnum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Name(name) => name.fmt(f),
        }
    }
}

impl fmt::Display for EntityReference {
    /// Table and id, as in `account(53c52f26-a89d-ef11-8a69-000d3a30b0c1)`; never the row's name.
    ///
    /// Of a row that is named by an alternate key the key's columns are told: `account(accountnumber)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.key_attributes.value();
        f.write_str(self.logical_name())?;
        match keys {
            Some(keys) if self.id().is_nil() && !keys.is_empty() => {
                let names: Vec<&str> = keys.keys().map(Text::as_str).collect();
                write!(f, "({})", names.join(", "))
            }
            _ => write!(f, "({})", self.id()),
        }
    }
}

impl fmt::Display for Entity {
    /// One line for people and logs: table, id and the columns' names, never a value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.attributes().keys().map(Text::as_str).collect();
        write!(f, "{}({})", self.logical_name(), self.id())?;
        match names.len() {
            0 => f.write_str(" without columns"),
            _ => write!(f, " with {}", names.join(", ")),
        }
    }
}

/// A view on one line.
pub(super) fn inline(view: View<'_>, f: &mut impl Write) -> fmt::Result {
    match view {
        View::Null => f.write_str("null"),
        View::Boolean(value) => write!(f, "{value}"),
        View::Int(value) | View::OptionSetValue(value) => write!(f, "{value}"),
        View::Long(value) => write!(f, "{value}"),
        View::Decimal(value) | View::Money(value) => write!(f, "{value}"),
        View::Double(value) => write!(f, "{}", Double(value)),
        View::Number(text) => f.write_str(text),
        View::Text(text) => quote(text, f),
        View::Guid(value) => write!(f, "{value}"),
        View::DateTime(value) => write!(f, "{value}"),
        View::Bytes(bytes) => {
            write!(f, "{} bytes", bytes.len())?;
            for byte in bytes.iter().take(BYTES) {
                write!(f, " {byte:02x}")?;
            }
            f.write_str(if bytes.len() > BYTES { " …" } else { "" })
        }
        View::Primitive(primitive) => escape(&primitive.text, f),
        View::Enumeration(value) => match (value.names(), value.number()) {
            (names, Some(number)) if names.is_empty() => write!(f, "{number}"),
            (names, _) => escape(&names, f),
        },
        View::Array(array) => sequence(array.items.iter().map(Viewed::view), f),
        View::List(list) => sequence(list.iter(), f),
        View::Pairs(pairs) => {
            f.write_str("{")?;
            for (nth, (key, value)) in pairs.iter().enumerate() {
                f.write_str(if nth > 0 { ", " } else { "" })?;
                label(key, f)?;
                f.write_str(": ")?;
                inline(value, f)?;
            }
            f.write_str("}")
        }
        View::Object(object) => {
            f.write_str("{")?;
            for (nth, (name, value)) in object.members.iter().enumerate() {
                f.write_str(if nth > 0 { ", " } else { "" })?;
                escape(name, f)?;
                f.write_str(": ")?;
                inline(value.view(), f)?;
            }
            f.write_str("}")
        }
        View::Contract(contract) => {
            if let Some(row) = view.downcast::<Entity>() {
                escape(row.logical_name(), f)?;
                return write!(f, "({})", row.id());
            }
            if let Some(reference) = view.downcast::<EntityReference>() {
                return named(reference, f);
            }
            let (mut result, mut first) = (f.write_str("{"), true);
            contract.each(&mut |name, view| {
                if result.is_ok() && !matches!(view, View::Null) {
                    let comma = if first { "" } else { ", " };
                    first = false;
                    result = f
                        .write_str(comma)
                        .and_then(|()| escape(name.name(), f))
                        .and_then(|()| f.write_str(": "))
                        .and_then(|()| inline(view, f));
                }
            });
            result.and_then(|()| f.write_str("}"))
        }
    }
}

/// A lookup with its name, where it has one.
pub(super) fn named(reference: &EntityReference, f: &mut impl Write) -> fmt::Result {
    escape(&reference.to_string(), f)?;
    match reference.name() {
        Some(name) => {
            f.write_str(" ")?;
            quote(name, f)
        }
        None => Ok(()),
    }
}

fn sequence<'a>(items: impl Iterator<Item = View<'a>>, f: &mut impl Write) -> fmt::Result {
    f.write_str("[")?;
    for (nth, item) in items.enumerate() {
        f.write_str(if nth > 0 { ", " } else { "" })?;
        inline(item, f)?;
    }
    f.write_str("]")
}

/// The key of a pair.
pub(super) fn label(key: View<'_>, f: &mut impl Write) -> fmt::Result {
    match key {
        View::Text(name) => escape(name, f),
        other => inline(other, f),
    }
}

/// A text in quotes.
pub(super) fn quote(text: &str, f: &mut impl Write) -> fmt::Result {
    f.write_str("\"")?;
    escape(text, f)?;
    f.write_str("\"")
}

/// A text without what a terminal would obey, or what would hide or turn around what follows.
pub(super) fn escape(text: &str, f: &mut impl Write) -> fmt::Result {
    for c in text.chars() {
        match c {
            '"' | '\\' | '\n' | '\r' | '\t' => write!(f, "{}", c.escape_default())?,
            '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}' => {
                write!(f, "{}", c.escape_unicode())?;
            }
            c if c.is_control() => write!(f, "{}", c.escape_unicode())?,
            c => f.write_char(c)?,
        }
    }
    Ok(())
}
