use std::fmt::{self, Write};

use super::{Dictionary, Items, Limits, Name, Record, RecordId, Records, Text};

/// Prints the records of a document for people who debug it: offset, id, name by depth, and what each record says.
///
/// It prints values, which are somebody's business data: it is for a terminal, not for a log. Long values are clipped,
/// and control characters are escaped. Where the document is malformed, the print ends with the error.
///
/// ```
/// use listener_core::decode::binary::Dump;
///
/// let dump = Dump::new(b"\x40\x03doc\x04\x01a\x82\x99\x05hello").to_string();
/// let lines: Vec<_> = dump.lines().collect();
/// assert_eq!(
///     lines,
///     [
///         "      0  40  ShortElement doc",
///         "      5  04    ShortAttribute a",
///         "      8  82      OneText 1",
///         "      9  99    Chars8TextWithEndElement \"hello\" (5 bytes)",
///     ]
/// );
/// ```
#[derive(Clone, Debug)]
pub struct Dump<'a> {
    records: Records<'a>,
}

/// How many characters of a text, bytes of bytes, or items of an array are printed.
const CLIP: usize = 64;

impl<'a> Dump<'a> {
    /// Prints a document. It knows the static dictionary and the default limits.
    pub fn new(document: &'a [u8]) -> Self {
        Self {
            records: Records::new(document),
        }
    }

    /// Prints with other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.records = self.records.with_limits(limits);
        self
    }

    /// Prints with another dictionary.
    #[must_use]
    pub fn with_dictionary(mut self, dictionary: Dictionary<'a>) -> Self {
        self.records = self.records.with_dictionary(dictionary);
        self
    }
}

impl fmt::Display for Dump<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut records = self.records.clone();
        let mut in_attribute = false;
        loop {
            let depth = records.depth() + usize::from(in_attribute);
            let record = match records.read() {
                Ok(Some(record)) => record,
                Ok(None) => return Ok(()),
                Err(error) => return writeln!(f, "{:>7}  !!  {error}", error.offset()),
            };
            in_attribute = matches!(record, Record::Attribute(_));
            let (offset, id) = (records.offset(), records.id());
            match record {
                // An end that came with a text has no record of its own.
                Record::EndElement if id.is_text() => {}
                Record::EndElement => line(f, offset, id, depth - 1, &"")?,
                Record::Text(Text::List(list)) => {
                    line(f, offset, id, depth, &"")?;
                    for (offset, id, item) in list.items() {
                        line(f, offset, id, depth + 1, &Value(item))?;
                    }
                    let end = records.position() - 1;
                    line(f, end, RecordId(super::id::END_LIST), depth, &"")?;
                }
                record => line(f, offset, id, depth, &Value(record))?,
            }
        }
    }
}

fn line(
    f: &mut fmt::Formatter<'_>,
    offset: usize,
    id: RecordId,
    depth: usize,
    value: &dyn fmt::Display,
) -> fmt::Result {
    let indent = 2 * depth;
    writeln!(f, "{offset:>7}  {:02X}  {:indent$}{id}{value}", id.0, "")
}

/// What stands behind the record's name.
struct Value<T>(T);

impl fmt::Display for Value<Record<'_>> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Record::Element(name) | Record::Attribute(name) | Record::Array(name) => {
                Value(name).fmt(f)
            }
            Record::Namespace { prefix, uri } => {
                f.write_str(if prefix.is_empty() {
                    " xmlns"
                } else {
                    " xmlns:"
                })?;
                write!(f, "{}=", prefix.escape_debug())?;
                quoted(f, uri.chars())
            }
            Record::Text(text) => Value(text).fmt(f),
            Record::Items(items) => Value(items).fmt(f),
            Record::Comment(comment) => {
                f.write_char(' ')?;
                quoted(f, comment.chars())?;
                write!(f, " ({} bytes)", comment.len())
            }
            Record::EndElement => Ok(()),
        }
    }
}

impl fmt::Display for Value<Name<'_>> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Name { prefix, local } = self.0;
        let colon = if prefix.is_empty() { "" } else { ":" };
        write!(
            f,
            " {}{colon}{}",
            prefix.escape_debug(),
            local.escape_debug()
        )
    }
}

impl fmt::Display for Value<Items<'_>> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, size) = (self.0.len(), self.0.as_bytes().len());
        write!(f, " {count} items ({size} bytes):")?;
        let mut items = self.0.iter();
        for item in items.by_ref().take(CLIP) {
            write!(f, " {item}")?;
        }
        f.write_str(if items.len() > 0 { " …" } else { "" })
    }
}

impl fmt::Display for Value<Text<'_>> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Text::Empty => Ok(()),
            Text::Chars(chars) => {
                f.write_char(' ')?;
                quoted(f, chars.chars())?;
                write!(f, " ({} bytes)", chars.len())
            }
            Text::Utf16(text) => {
                f.write_char(' ')?;
                quoted(f, text.chars())?;
                write!(f, " ({} bytes)", 2 * text.len())
            }
            Text::Bytes(bytes) => {
                for byte in bytes.iter().take(CLIP) {
                    write!(f, " {byte:02x}")?;
                }
                let more = if bytes.len() > CLIP { " …" } else { "" };
                write!(f, "{more} ({} bytes)", bytes.len())
            }
            Text::DateTime(date) => write!(f, " {date} ({:?})", date.kind()),
            Text::QName { prefix, local } => write!(f, " {prefix}:{}", local.escape_debug()),
            text => write!(f, " {text}"),
        }
    }
}

fn quoted(f: &mut fmt::Formatter<'_>, mut chars: impl Iterator<Item = char>) -> fmt::Result {
    f.write_char('"')?;
    for c in chars.by_ref().take(CLIP) {
        write!(f, "{}", c.escape_debug())?;
    }
    f.write_str(if chars.next().is_some() {
        "…\""
    } else {
        "\""
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(document: &[u8]) -> Vec<String> {
        let dump = Dump::new(document).to_string();
        dump.lines().map(str::to_owned).collect()
    }

    #[test]
    fn prints_each_record_by_its_depth() {
        let document =
            b"\x40\x01a\x0b\x01s\x04\x02\x01c\x56\x0e\x04\x01b\xa4\x82\x86\xa6\x9f\x02\x00\xff\
            \x03\x40\x01d\x08\x01u\x01\x8b\x02\x05\x00\xff\xff\x97\x01\0\0\0\0\0\0\x40";
        let expected = [
            "      0  40  ShortElement a",
            "      3  0B    DictionaryXmlnsAttribute xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"",
            "      7  02    Comment \"c\" (1 bytes)",
            "     10  56    PrefixDictionaryElementS s:Body",
            "     12  04      ShortAttribute b",
            "     15  A4        StartListText",
            "     16  82          OneText 1",
            "     17  86          TrueText true",
            "     18  A6        EndListText",
            "     19  9F      Bytes8TextWithEndElement 00 ff (2 bytes)",
            "     23  03    Array d",
            "     27  08      ShortXmlnsAttribute xmlns=\"u\"",
            "     31  8B      Int16TextWithEndElement 2 items (4 bytes): 5 -1",
            "     37  97    DateTimeTextWithEndElement 0001-01-01T00:00:00.0000001Z (Utc)",
        ];
        assert_eq!(lines(document), expected);
    }

    #[test]
    fn ends_with_the_fault() {
        assert_eq!(
            lines(b"\x40\x01a\x99\x09cut"),
            [
                "      0  40  ShortElement a",
                "      8  !!  expected a text of 9 bytes, found 3 before the end of the bytes, at byte 8",
            ]
        );
    }

    #[test]
    fn clips_what_is_long_and_escapes_what_a_terminal_would_obey() {
        let document = [
            b"\x40\x02\x1bb\x98\x80".as_slice(),
            &b"\x1bx".repeat(64),
            b"\x01",
        ]
        .concat();
        let lines = lines(&document);
        assert_eq!(lines[0], "      0  40  ShortElement \\u{1b}b");
        let clipped = "\\u{1b}x".repeat(32);
        assert_eq!(
            lines[1],
            format!("      4  98    Chars8Text \"{clipped}…\" (128 bytes)")
        );
        assert_eq!(lines[2], "    134  01  EndElement");
    }
}
