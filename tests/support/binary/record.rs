//! Single records ([MC-NBFX] 2.2), appended to bytes.

use crate::random::Random;

/// The ids of records that have no dictionary.
#[expect(missing_docs, reason = "they are named as in [MC-NBFX]")]
pub mod id {
    pub const END_ELEMENT: u8 = 0x01;
    pub const COMMENT: u8 = 0x02;
    pub const ARRAY: u8 = 0x03;
    pub const SHORT_ATTRIBUTE: u8 = 0x04;
    pub const ATTRIBUTE: u8 = 0x05;
    pub const SHORT_XMLNS: u8 = 0x08;
    pub const XMLNS: u8 = 0x09;
    pub const PREFIX_ATTRIBUTE_A: u8 = 0x26;
    pub const SHORT_ELEMENT: u8 = 0x40;
    pub const ELEMENT: u8 = 0x41;
    pub const PREFIX_ELEMENT_A: u8 = 0x5E;
    pub const ZERO: u8 = 0x80;
    pub const ONE: u8 = 0x82;
    pub const FALSE: u8 = 0x84;
    pub const TRUE: u8 = 0x86;
    pub const INT_8: u8 = 0x88;
    pub const INT_16: u8 = 0x8A;
    pub const INT_32: u8 = 0x8C;
    pub const INT_64: u8 = 0x8E;
    pub const FLOAT: u8 = 0x90;
    pub const DOUBLE: u8 = 0x92;
    pub const DECIMAL: u8 = 0x94;
    pub const DATE_TIME: u8 = 0x96;
    pub const CHARS_8: u8 = 0x98;
    pub const CHARS_16: u8 = 0x9A;
    pub const CHARS_32: u8 = 0x9C;
    pub const BYTES_8: u8 = 0x9E;
    pub const BYTES_16: u8 = 0xA0;
    pub const BYTES_32: u8 = 0xA2;
    pub const EMPTY: u8 = 0xA8;
    pub const TIME_SPAN: u8 = 0xAE;
    pub const UUID: u8 = 0xB0;
    pub const UINT_64: u8 = 0xB2;
    pub const BOOL: u8 = 0xB4;
    pub const UNICODE_CHARS_8: u8 = 0xB6;
    pub const UNICODE_CHARS_16: u8 = 0xB8;
    pub const UNICODE_CHARS_32: u8 = 0xBA;
}

/// Added to the id of a text record, it ends the element too.
const WITH_END: u8 = 1;

/// A text record that is not written yet.
#[derive(Clone, Debug)]
pub struct Text {
    id: u8,
    rest: Vec<u8>,
}

impl Text {
    /// A record of this id, and what follows the id.
    pub const fn new(id: u8, rest: Vec<u8>) -> Self {
        Self { id, rest }
    }

    /// Characters in UTF-8 with a length of one byte, as most of Microsoft's are.
    pub fn chars(text: &str) -> Self {
        let size = u8::try_from(text.len()).expect("a text for one byte of length");
        Self::new(id::CHARS_8, [&[size], text.as_bytes()].concat())
    }

    /// Characters in any record that can hold them.
    pub fn any_chars(text: &str, random: &mut Random) -> Self {
        if text.is_empty() && random.one_in(2) {
            return Self::new(id::EMPTY, Vec::new());
        }
        let (ids, bytes) = if random.one_in(2) {
            let ids = [id::CHARS_8, id::CHARS_16, id::CHARS_32];
            (ids, text.as_bytes().to_vec())
        } else {
            let units = text.encode_utf16().flat_map(u16::to_le_bytes);
            let ids = [
                id::UNICODE_CHARS_8,
                id::UNICODE_CHARS_16,
                id::UNICODE_CHARS_32,
            ];
            (ids, units.collect())
        };
        Self::sized(ids, &bytes, random)
    }

    /// Bytes in any record that can hold them.
    pub fn any_bytes(bytes: &[u8], random: &mut Random) -> Self {
        Self::sized([id::BYTES_8, id::BYTES_16, id::BYTES_32], bytes, random)
    }

    /// A record with a length of one, two or four bytes, little-endian.
    fn sized(ids: [u8; 3], bytes: &[u8], random: &mut Random) -> Self {
        let size = u32::try_from(bytes.len()).expect("a text of a test");
        let narrowest = match size {
            0..=0xFF => 0,
            0x100..=0xFFFF => 1,
            _ => 2,
        };
        let width = narrowest + random.below(3 - narrowest);
        let length = &size.to_le_bytes()[..1 << width];
        Self::new(ids[width], [length, bytes].concat())
    }

    /// Appends it, as the last of its element or not.
    pub fn write(&self, ends: bool, out: &mut Vec<u8>) {
        out.push(self.id + if ends { WITH_END } else { 0 });
        out.extend_from_slice(&self.rest);
    }
}

/// Appends a `MultiByteInt31` ([MC-NBFX] 2.1.2).
pub fn number(mut number: usize, out: &mut Vec<u8>) {
    while number > 0x7F {
        out.push(0x80 | u8::try_from(number & 0x7F).expect("seven bits"));
        number >>= 7;
    }
    out.push(u8::try_from(number).expect("seven bits"));
}

/// Appends a string with its length in front.
pub fn string(text: &str, out: &mut Vec<u8>) {
    number(text.len(), out);
    out.extend_from_slice(text.as_bytes());
}

/// Appends the start of an element.
pub fn element(prefix: &str, local: &str, random: &mut Random, out: &mut Vec<u8>) {
    let ids = [id::SHORT_ELEMENT, id::ELEMENT, id::PREFIX_ELEMENT_A];
    name(ids, prefix, local, random, out);
}

/// Appends an attribute and its value.
pub fn attribute(prefix: &str, local: &str, value: &Text, random: &mut Random, out: &mut Vec<u8>) {
    let ids = [id::SHORT_ATTRIBUTE, id::ATTRIBUTE, id::PREFIX_ATTRIBUTE_A];
    name(ids, prefix, local, random, out);
    value.write(false, out);
}

/// Appends a declaration.
pub fn namespace(prefix: &str, uri: &str, random: &mut Random, out: &mut Vec<u8>) {
    if prefix.is_empty() && !random.one_in(4) {
        out.push(id::SHORT_XMLNS);
    } else {
        out.push(id::XMLNS);
        string(prefix, out);
    }
    string(uri, out);
}

/// Appends a name, with the id for no prefix, for a prefix that is written out, or for one of a letter from `a` on.
fn name(ids: [u8; 3], prefix: &str, local: &str, random: &mut Random, out: &mut Vec<u8>) {
    let [short, long, letters] = ids;
    match prefix.as_bytes() {
        // Microsoft's readers take an empty prefix that is written out.
        [] if !random.one_in(4) => out.push(short),
        [letter @ b'a'..=b'z'] if !random.one_in(4) => out.push(letters + (letter - b'a')),
        _ => {
            out.push(long);
            string(prefix, out);
        }
    }
    string(local, out);
}

/// Appends an array, whose element and declarations were written: the end of its element and its items, all of the size
/// that their kind has.
pub fn items(kind: u8, items: &[Vec<u8>], out: &mut Vec<u8>) {
    out.extend([id::END_ELEMENT, kind + WITH_END]);
    number(items.len(), out);
    out.extend(items.concat());
}

/// Appends a comment.
pub fn comment(text: &str, out: &mut Vec<u8>) {
    out.push(id::COMMENT);
    string(text, out);
}
