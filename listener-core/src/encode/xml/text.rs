use std::fmt::Write as _;

use base64::{Engine, engine::general_purpose::STANDARD};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::sink::{Prefix, Sink};
use crate::{
    context::{Array, DateTime, DateTimeKind},
    encode::{
        EncodeError,
        number::{Double, Exact},
    },
};

const TICKS_PER_MINUTE: i64 = 60 * 10_000_000;
/// XML Schema has offsets of up to 14 hours; JSON can carry more.
const MOST_HOURS: u16 = 14;

/// Writes text XML as Microsoft's serialiser does: one line, no declaration, empty elements closed at once.
pub(crate) struct TextSink<'a> {
    out: &'a mut String,
    /// Where the qualified names of the open elements stand in `out`.
    open: Vec<(usize, usize)>,
    /// Whether the last start tag still lacks its `>`.
    in_tag: bool,
}

impl<'a> TextSink<'a> {
    pub(crate) const fn new(out: &'a mut String) -> Self {
        Self {
            out,
            open: Vec::new(),
            in_tag: false,
        }
    }

    fn close_tag(&mut self) {
        if std::mem::take(&mut self.in_tag) {
            self.out.push('>');
        }
    }

    fn display(&mut self, value: impl std::fmt::Display) {
        self.close_tag();
        // Writing into a String does not fail.
        let _ = write!(self.out, "{value}");
    }

    fn prefix(&mut self, prefix: Prefix) {
        match prefix {
            Prefix::Default => {}
            Prefix::Letter(letter) => self.out.push(char::from(letter)),
            Prefix::Deep(depth, nth) => {
                let _ = write!(self.out, "d{depth}p{nth}");
            }
        }
    }

    fn qualified(&mut self, prefix: Prefix, local: &str) {
        self.prefix(prefix);
        if prefix != Prefix::Default {
            self.out.push(':');
        }
        self.out.push_str(local);
    }
}

impl Sink for TextSink<'_> {
    fn start(&mut self, prefix: Prefix, name: &str) {
        self.close_tag();
        self.out.push('<');
        let begin = self.out.len();
        self.qualified(prefix, name);
        self.open.push((begin, self.out.len()));
        self.in_tag = true;
    }

    fn type_attribute(&mut self, prefix: Prefix, local: &str) {
        self.out.push_str(" i:type=\"");
        self.qualified(prefix, local);
        self.out.push('"');
    }

    fn nil(&mut self) {
        self.out.push_str(" i:nil=\"true\"");
    }

    fn declare(&mut self, prefix: Prefix, namespace: &str) {
        self.out.push_str(" xmlns");
        if prefix != Prefix::Default {
            self.out.push(':');
            self.prefix(prefix);
        }
        self.out.push_str("=\"");
        escape(self.out, namespace);
        self.out.push('"');
    }

    fn end(&mut self) {
        let Some((begin, end)) = self.open.pop() else {
            return;
        };
        if std::mem::take(&mut self.in_tag) {
            self.out.push_str("/>");
        } else {
            self.out.push_str("</");
            self.out.extend_from_within(begin..end);
            self.out.push('>');
        }
    }

    fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.close_tag();
            escape(self.out, text);
        }
    }

    fn boolean(&mut self, value: bool) {
        self.display(value);
    }

    fn integer(&mut self, value: i64) {
        self.display(value);
    }

    fn decimal(&mut self, value: &Decimal) {
        self.display(Exact(value));
    }

    fn double(&mut self, value: f64) {
        self.display(Double(value));
    }

    fn date_time(&mut self, value: &DateTime) -> Result<(), EncodeError> {
        if let DateTimeKind::Local(Some(offset)) = value.kind() {
            let clock = value.ticks() + i64::from(offset) * TICKS_PER_MINUTE;
            let in_years = DateTime::from_ticks(clock, DateTimeKind::Unspecified).is_some();
            if offset.unsigned_abs() / 60 > MOST_HOURS || !in_years {
                return Err(EncodeError::new(
                    "expected a local date with an offset of at most 14 hours and a clock between the years 1 and 9999, \
                     which XML has a form for, found another",
                ));
            }
        }
        self.display(value);
        Ok(())
    }

    fn guid(&mut self, value: Uuid) {
        self.close_tag();
        let mut buffer = uuid::Uuid::encode_buffer();
        self.out
            .push_str(value.hyphenated().encode_lower(&mut buffer));
    }

    fn bytes(&mut self, value: &[u8]) {
        if !value.is_empty() {
            self.close_tag();
            STANDARD.encode_string(value, self.out);
        }
    }

    fn names<'n>(&mut self, names: impl Iterator<Item = &'n str>) {
        for (nth, name) in names.enumerate() {
            self.close_tag();
            if nth > 0 {
                self.out.push(' ');
            }
            escape(self.out, name);
        }
    }

    fn array(&mut self, _: Prefix, _: &str, _: &Array) -> bool {
        false
    }
}

/// Escapes text as Microsoft's writer does: every `>`, and references even to characters that XML does not have, which
/// its reader takes.
fn escape(out: &mut String, text: &str) {
    let mut done = 0;
    for (at, byte) in text.bytes().enumerate() {
        // U+FFFE and U+FFFF are EF BF BE and EF BF BF.
        let (escaped, length) = match byte {
            b'&' => ("&amp;", 1),
            b'<' => ("&lt;", 1),
            b'>' => ("&gt;", 1),
            b'\t' | b'\n' => continue,
            0..=0x1F => ("", 1),
            0xEF => match text.as_bytes().get(at + 1..at + 3) {
                Some([0xBF, 0xBE]) => ("&#xFFFE;", 3),
                Some([0xBF, 0xBF]) => ("&#xFFFF;", 3),
                _ => continue,
            },
            _ => continue,
        };
        out.push_str(&text[done..at]);
        if escaped.is_empty() {
            let _ = write!(out, "&#x{byte:X};");
        } else {
            out.push_str(escaped);
        }
        done = at + length;
    }
    out.push_str(&text[done..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_microsofts_writer_escapes_and_no_more() {
        let mut out = String::new();
        escape(
            &mut out,
            "a&<>\"'\t\n\r\u{1}\u{1f}\0é\u{fffe}x\u{ffff}\u{fffd}😀]]>",
        );
        assert_eq!(
            out,
            "a&amp;&lt;&gt;\"'\t\n&#xD;&#x1;&#x1F;&#x0;é&#xFFFE;x&#xFFFF;\u{fffd}😀]]&gt;"
        );
    }

    #[test]
    fn a_local_date_is_refused_that_nobody_could_read_back() {
        let date = |millis, offset| {
            let kind = DateTimeKind::Local(Some(offset));
            let date = DateTime::from_unix_millis(millis, kind).unwrap();
            let mut out = String::new();
            let written = TextSink::new(&mut out).date_time(&date);
            written.map(|()| out)
        };
        assert_eq!(date(0, 840).unwrap(), "1970-01-01T14:00:00+14:00");
        assert!(date(0, 900).is_err());
        let first_of_the_year_1 = -62_135_596_800_000;
        assert!(date(first_of_the_year_1, 60).is_ok());
        let error = date(first_of_the_year_1, -60).unwrap_err();
        assert!(error.to_string().contains("between the years 1 and 9999"));
    }
}
