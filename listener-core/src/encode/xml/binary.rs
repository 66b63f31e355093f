use rust_decimal::Decimal;
use uuid::Uuid;

use super::sink::{Prefix, Sink};
use crate::{
    context::{Array, DateTime, DateTimeKind, Value},
    decode::binary::{self, Text},
    encode::{EncodeError, binary::Writer},
};

/// Writes the records of .NET binary XML.
pub(crate) struct BinarySink<'a> {
    writer: Writer<'a>,
}

impl<'a> BinarySink<'a> {
    pub(crate) const fn new(out: &'a mut Vec<u8>) -> Self {
        Self {
            writer: Writer::new(out),
        }
    }
}

/// A prefix as text.
struct Spelled([u8; 16], usize);

impl Spelled {
    fn of(prefix: Prefix) -> Self {
        use std::io::Write;

        let mut text = [0; 16];
        let length = match prefix {
            Prefix::Default => 0,
            Prefix::Letter(letter) => {
                text[0] = letter;
                1
            }
            Prefix::Deep(depth, nth) => {
                let mut rest = &mut text[..];
                // `d65535p65535` fits.
                let _ = write!(rest, "d{depth}p{nth}");
                16 - rest.len()
            }
        };
        Self(text, length)
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0[..self.1]).unwrap_or_default()
    }
}

impl Sink for BinarySink<'_> {
    fn start(&mut self, prefix: Prefix, name: &str) {
        self.writer
            .start_element(Spelled::of(prefix).as_str(), name);
    }

    fn type_attribute(&mut self, prefix: Prefix, local: &str) {
        let prefix = Spelled::of(prefix);
        if prefix.1 == 0 {
            self.writer.attribute("i", "type", Text::Chars(local));
        } else {
            let name = format!("{}:{local}", prefix.as_str());
            self.writer.attribute("i", "type", Text::Chars(&name));
        }
    }

    fn nil(&mut self) {
        self.writer.attribute("i", "nil", Text::Bool(true));
    }

    fn declare(&mut self, prefix: Prefix, namespace: &str) {
        self.writer
            .namespace(Spelled::of(prefix).as_str(), namespace);
    }

    fn end(&mut self) {
        self.writer.end_element();
    }

    fn text(&mut self, text: &str) {
        self.writer.text(Text::Chars(text));
    }

    fn boolean(&mut self, value: bool) {
        self.writer.text(Text::Bool(value));
    }

    fn integer(&mut self, value: i64) {
        self.writer.text(Text::Int(value));
    }

    fn decimal(&mut self, value: &Decimal) {
        self.writer.text(Text::Decimal(decimal(value)));
    }

    fn double(&mut self, value: f64) {
        self.writer.text(Text::Double(value));
    }

    fn date_time(&mut self, value: &DateTime) -> Result<(), EncodeError> {
        self.writer.text(Text::DateTime(date_time(value)));
        Ok(())
    }

    fn guid(&mut self, value: Uuid) {
        let mut buffer = Uuid::encode_buffer();
        self.writer
            .text(Text::Chars(value.hyphenated().encode_lower(&mut buffer)));
    }

    fn bytes(&mut self, value: &[u8]) {
        self.writer.text(Text::Bytes(value));
    }

    fn names<'n>(&mut self, names: impl Iterator<Item = &'n str>) {
        for (nth, name) in names.enumerate() {
            if nth > 0 {
                self.writer.text(Text::Chars(" "));
            }
            self.writer.text(Text::Chars(name));
        }
    }

    fn array(&mut self, prefix: Prefix, name: &str, array: &Array) -> bool {
        let prefix = Spelled::of(prefix);
        let prefix = prefix.as_str();
        macro_rules! items {
            ($variant:ident, |$value:ident| $item:expr) => {{
                let items: Option<Vec<_>> = array
                    .items
                    .iter()
                    .map(|item| match item {
                        Value::$variant($value) => Some($item),
                        _ => None,
                    })
                    .collect();
                match items {
                    Some(items) => self.writer.array(prefix, name, items.into_iter()),
                    None => return false,
                }
            }};
        }
        match (name, array.items.first()) {
            ("int", Some(Value::Int(_))) => items!(Int, |v| *v),
            ("long", Some(Value::Long(_))) => items!(Long, |v| *v),
            ("double", Some(Value::Double(_))) => items!(Double, |v| *v),
            ("decimal", Some(Value::Decimal(_))) => items!(Decimal, |v| decimal(v)),
            ("dateTime", Some(Value::DateTime(_))) => items!(DateTime, |v| date_time(v)),
            ("boolean", Some(Value::Boolean(_))) => items!(Boolean, |v| *v),
            _ => return false,
        }
        true
    }
}

fn decimal(value: &Decimal) -> binary::Decimal {
    let scale = u8::try_from(value.scale()).unwrap_or(u8::MAX);
    let parts = binary::Decimal::from_parts(
        value.mantissa().unsigned_abs(),
        scale,
        value.is_sign_negative(),
    );
    // Both are .NET's decimal: 96 bits, and a scale of up to 28.
    parts.unwrap_or_else(|| unreachable!("a decimal of 96 bits and a scale of up to 28"))
}

fn date_time(value: &DateTime) -> binary::DateTime {
    let kind = match value.kind() {
        DateTimeKind::Utc => binary::DateTimeKind::Utc,
        DateTimeKind::Local(_) => binary::DateTimeKind::Local,
        DateTimeKind::Unspecified => binary::DateTimeKind::Unspecified,
    };
    // Both hold the years 1 to 9999.
    binary::DateTime::from_ticks(value.ticks(), kind)
        .unwrap_or_else(|| unreachable!("a date in the years 1 to 9999"))
}
