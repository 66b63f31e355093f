use crate::decode::binary::id;

/// The size of the output buffer of Microsoft's writer.
const SIZE: usize = 512;
/// The most UTF-16 units of a text or name that are put into the buffer at once.
const UTF_8_UNITS: usize = 170;
const UTF_16_UNITS: usize = 256;

/// Keeps the books of Microsoft's output buffer, which decide how an element ends.
///
/// Its writer ends an element by the low bit of the last text record, but only as long as that record is still in the
/// buffer; else by a record of its own. So where the buffer was emptied shows in the bytes, and is repeated here, though
/// all bytes go straight to `out`.
#[derive(Debug)]
pub(super) struct Buffer<'o> {
    out: &'o mut Vec<u8>,
    /// How many bytes the buffer holds.
    fill: usize,
    /// Where in `out` the last text record is, if an end may be put into it.
    last: Option<usize>,
}

impl<'o> Buffer<'o> {
    pub(super) const fn new(out: &'o mut Vec<u8>) -> Self {
        Self {
            out,
            fill: 0,
            last: None,
        }
    }

    /// How many bytes the buffer holds, and whether an element could end with the last text.
    #[cfg(test)]
    pub(super) const fn state(&self) -> (usize, bool) {
        (self.fill, self.last.is_some())
    }

    /// Makes room for this many bytes, by emptying the buffer if it has to be.
    #[inline]
    pub(super) fn reserve(&mut self, size: usize) {
        if self.fill + size > SIZE {
            self.flush();
        }
    }

    #[inline]
    pub(super) fn put(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
        self.fill += bytes.len();
    }

    fn flush(&mut self) {
        self.fill = 0;
        self.last = None;
    }

    /// What Microsoft's writer gives to its stream without the buffer.
    pub(super) fn past(&mut self) -> &mut Vec<u8> {
        self.flush();
        self.out
    }

    /// The content of a bytes record. What is as large as the buffer or larger does not go through it.
    pub(super) fn long(&mut self, bytes: &[u8]) {
        if bytes.len() < SIZE {
            self.reserve(bytes.len());
            self.put(bytes);
        } else {
            self.past().extend_from_slice(bytes);
        }
    }

    /// The id of a record that is no text.
    #[inline]
    pub(super) fn record(&mut self, id: u8) {
        self.reserve(1);
        self.put(&[id]);
        self.last = None;
    }

    /// The start of a text record, whose element may end with it.
    #[inline]
    pub(super) fn text(&mut self, reserve: usize, bytes: &[u8]) {
        self.reserve(reserve);
        self.last = Some(self.out.len());
        self.put(bytes);
    }

    /// The text before was the value of an attribute: no element ends with it.
    pub(super) const fn close_attribute(&mut self) {
        self.last = None;
    }

    #[inline]
    pub(super) fn end_element(&mut self) {
        match self.last.take().and_then(|last| self.out.get_mut(last)) {
            Some(text) => *text |= id::WITH_END,
            None => self.record(id::END_ELEMENT),
        }
    }

    /// A length or a count ([MC-NBFX] 2.1.2).
    pub(super) fn multi_byte(&mut self, value: i32) {
        let mut rest = value;
        let mut bytes = [0; 5];
        let mut len = 0;
        for byte in &mut bytes {
            len += 1;
            *byte = (rest & 0x7F) as u8;
            rest >>= 7;
            if rest == 0 {
                break;
            }
            *byte |= 0x80;
        }
        self.reserve(bytes.len());
        self.put(&bytes[..len]);
    }

    /// A name, a prefix or a namespace, of a size that fits its length.
    #[inline]
    pub(super) fn name(&mut self, name: &str, size: i32) {
        let units = units(name);
        match u8::try_from(size) {
            Ok(size) if units < 128 / 3 => {
                self.reserve(1 + 3 * units);
                self.put(&[size]);
                self.put(name.as_bytes());
            }
            _ => {
                self.multi_byte(size);
                self.chunks(name);
            }
        }
    }

    /// UTF-8 in pieces as Microsoft's writer puts them into the buffer: it makes room for three bytes a unit, whatever
    /// they come to.
    pub(super) fn chunks(&mut self, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            let (chunk, units, after) = split(rest, UTF_8_UNITS);
            self.reserve(3 * units);
            self.put(chunk.as_bytes());
            rest = after;
        }
    }

    /// The same in UTF-16.
    pub(super) fn chunks_utf_16(&mut self, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            let (chunk, units, after) = split(rest, UTF_16_UNITS);
            self.reserve(2 * units);
            for unit in chunk.encode_utf16() {
                self.put(&unit.to_le_bytes());
            }
            rest = after;
        }
    }
}

/// How many UTF-16 units a text has: one a character, and one more for those of four bytes.
#[inline]
pub(super) fn units(text: &str) -> usize {
    text.bytes()
        .map(|byte| usize::from(byte & 0xC0 != 0x80) + usize::from(byte >= 0xF0))
        .sum()
}

/// The characters at the start that have at most so many UTF-16 units, their number, and the rest.
fn split(text: &str, most: usize) -> (&str, usize, &str) {
    if let Some((chunk, rest)) = text.split_at_checked(most)
        && chunk.is_ascii()
    {
        return (chunk, most, rest);
    }
    let mut units = 0;
    for (at, c) in text.char_indices() {
        if units + c.len_utf16() > most {
            let (chunk, rest) = text.split_at(at);
            return (chunk, units, rest);
        }
        units += c.len_utf16();
    }
    (text, units, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_utf_16_units() {
        for text in ["", "a", "ä", "€", "😀", "aä€😀z"] {
            assert_eq!(units(text), text.encode_utf16().count(), "{text}");
        }
    }

    #[test]
    fn splits_no_surrogate_pair() {
        for (text, chunk, units) in [
            ("abcd".to_owned(), "abc", 3),
            ("abc".to_owned(), "abc", 3),
            ("ab😀".to_owned(), "ab", 2),
            ("a😀b".to_owned(), "a😀", 3),
            ("äöüß".to_owned(), "äöü", 3),
            ("ab".to_owned(), "ab", 2),
        ] {
            let (found, found_units, rest) = split(&text, 3);
            assert_eq!((found, found_units), (chunk, units));
            assert_eq!(format!("{found}{rest}"), text);
        }
    }

    #[test]
    fn writes_counts_in_one_to_five_bytes() {
        for (value, expected) in [
            (0, &b"\0"[..]),
            (0x7F, b"\x7f"),
            (0x80, b"\x80\x01"),
            (1 << 28, b"\x80\x80\x80\x80\x01"),
            (i32::MAX, b"\xff\xff\xff\xff\x07"),
        ] {
            let mut out = Vec::new();
            Buffer::new(&mut out).multi_byte(value);
            assert_eq!(out, expected);
        }
    }

    #[test]
    fn ends_an_element_apart_once_the_buffer_was_emptied() {
        let mut out = Vec::new();
        let mut buffer = Buffer::new(&mut out);
        buffer.put(&[0; 500]);
        buffer.text(2, &[0x98, 0]);
        buffer.reserve(11);
        buffer.end_element();
        assert_eq!(out[500..], [0x98, 0, 1]);
    }
}
