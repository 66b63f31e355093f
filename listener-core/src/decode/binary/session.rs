use std::fmt;

use super::{BinaryError, Limits, cursor::Cursor, error::Fault};

/// The strings that one direction of a session has sent so far ([MC-NBFSE] 2.1).
///
/// Each message of a session begins with a table of new strings, before its document.
///
/// ```
/// use listener_core::decode::binary::{Dictionary, Limits, Reader, StringTable};
///
/// // A table of 4 bytes with the string `doc`, and a document that is an element of that name.
/// let message = b"\x04\x03doc\x42\x01\x01";
/// let mut strings = StringTable::default();
/// let document = strings.read(message, &Limits::default())?;
/// assert_eq!(document, b"\x42\x01\x01");
/// assert_eq!(strings.get(1), Some("doc"));
///
/// let reader: Reader = Reader::new(document).with_dictionary(Dictionary::Session(&strings));
/// # Ok::<_, listener_core::decode::binary::BinaryError>(())
/// ```
#[derive(Clone, Default)]
pub struct StringTable {
    text: String,
    /// Where each string ends in `text`.
    ends: Vec<usize>,
    /// How many bytes all tables took as they were sent.
    size: usize,
}

impl StringTable {
    /// Takes in the table at the start of a message, and gives back the document behind it.
    ///
    /// # Errors
    ///
    /// If the table is malformed, or all tables of the session together are larger than [`Limits::strings`]. The table is
    /// as it was before; the session is of no use any more.
    pub fn read<'b>(
        &mut self,
        message: &'b [u8],
        limits: &Limits,
    ) -> Result<&'b [u8], BinaryError> {
        let (size, text, ends) = (self.size, self.text.len(), self.ends.len());
        let read = self.extend(message, limits);
        if read.is_err() {
            self.size = size;
            self.text.truncate(text);
            self.ends.truncate(ends);
        }
        read
    }

    fn extend<'b>(&mut self, message: &'b [u8], limits: &Limits) -> Result<&'b [u8], BinaryError> {
        let mut cursor = Cursor::new(message);
        let size = cursor.multi_byte("the size of a string table")?;
        let left = limits.strings.saturating_sub(self.size);
        if size > left {
            let what = "bytes in the string tables of a session";
            let most = limits.strings;
            return Err(cursor.fault(Fault::Limit { what, most }));
        }
        self.size += size;
        let mut table = cursor;
        let document = table.split_off(size, "a string table")?;
        while table.left() > 0 {
            self.text
                .push_str(table.string("a string of a string table", limits.name)?);
            self.ends.push(self.text.len());
        }
        Ok(document)
    }

    /// The string with this number: 1, 3, 5 and so on over the whole session.
    pub fn get(&self, id: u32) -> Option<&str> {
        if id.is_multiple_of(2) {
            return None;
        }
        let nth = id as usize / 2;
        let end = *self.ends.get(nth)?;
        let start = match nth.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.text.get(start..end)
    }

    /// How many strings there are.
    pub const fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no string yet.
    pub const fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

impl fmt::Debug for StringTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "StringTable({} strings, {} bytes)",
            self.ends.len(),
            self.text.len()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::binary::BinaryErrorKind;

    fn limits() -> Limits {
        Limits::default()
    }

    #[test]
    fn counts_on_over_the_messages_of_a_session() {
        let mut table = StringTable::default();
        assert_eq!(table.read(b"\x05\x01a\x02bc-", &limits()), Ok(&b"-"[..]));
        assert_eq!(table.read(b"\x00--", &limits()), Ok(&b"--"[..]));
        assert_eq!(table.read(b"\x03\x00\x01d", &limits()), Ok(&b""[..]));
        let strings: Vec<_> = (0..10).map(|id| table.get(id)).collect();
        let expected = [
            None,
            Some("a"),
            None,
            Some("bc"),
            None,
            Some(""),
            None,
            Some("d"),
            None,
            None,
        ];
        assert_eq!(strings, expected);
    }

    #[test]
    fn stays_as_it_was_when_a_table_is_malformed() {
        let mut table = StringTable::default();
        table.read(b"\x02\x01a", &limits()).unwrap();
        for (message, kind) in [
            (&b""[..], BinaryErrorKind::UnexpectedEnd),
            (b"\x05\x01b", BinaryErrorKind::UnexpectedEnd),
            (b"\x04\x01b\x05abcde", BinaryErrorKind::UnexpectedEnd),
            (b"\x04\x01b\x01\xff", BinaryErrorKind::Encoding),
            (b"\xff\xff\xff\xff\x07", BinaryErrorKind::Limit),
            (b"\xff\xff\xff\xff\x08", BinaryErrorKind::Length),
        ] {
            assert_eq!(table.read(message, &limits()).unwrap_err().kind(), kind);
            assert_eq!((table.len(), table.size, &*table.text), (1, 2, "a"));
        }
    }

    #[test]
    fn bounds_all_tables_of_a_session_together() {
        let mut limits = limits();
        limits.strings = 5;
        let mut table = StringTable::default();
        table.read(b"\x03\x02ab", &limits).unwrap();
        let error = table.read(b"\x03\x02cd", &limits).unwrap_err();
        assert_eq!(error.kind(), BinaryErrorKind::Limit);
        table.read(b"\x02\x01c", &limits).unwrap();
    }
}
