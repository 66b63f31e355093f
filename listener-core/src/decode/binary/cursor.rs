use super::{BinaryError, error::Fault};

/// A place in the bytes. All reading goes through here, so that no length is trusted before it is compared with what is
/// left.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
    /// The offset of the end of `rest`.
    end: usize,
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            end: bytes.len(),
        }
    }

    #[inline]
    pub(super) const fn offset(&self) -> usize {
        self.end - self.rest.len()
    }

    pub(super) const fn left(&self) -> usize {
        self.rest.len()
    }

    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    #[inline]
    pub(super) fn next(&mut self) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    #[inline]
    pub(super) fn byte(&mut self, expected: &'static str) -> Result<u8, BinaryError> {
        match self.next() {
            Some(byte) => Ok(byte),
            None => Err(self.fault(Fault::Nothing(expected))),
        }
    }

    #[inline]
    pub(super) fn array<const N: usize>(
        &mut self,
        expected: &'static str,
    ) -> Result<[u8; N], BinaryError> {
        match self.rest.split_first_chunk() {
            Some((chunk, rest)) => {
                self.rest = rest;
                Ok(*chunk)
            }
            None => Err(self.cut(expected, N)),
        }
    }

    #[inline]
    pub(super) fn bytes(
        &mut self,
        size: usize,
        expected: &'static str,
    ) -> Result<&'a [u8], BinaryError> {
        match self.rest.split_at_checked(size) {
            Some((bytes, rest)) => {
                self.rest = rest;
                Ok(bytes)
            }
            None => Err(self.cut(expected, size)),
        }
    }

    /// Whether this name stands behind the next byte, with its size, which takes one byte.
    #[inline(always)]
    pub(super) fn sees(&self, name: &str) -> bool {
        let Some((&[_, size], rest)) = self.rest.split_first_chunk() else {
            return false;
        };
        usize::from(size) == name.len() && size < 0x80 && rest.starts_with(name.as_bytes())
    }

    /// Goes behind a record of this id with a name of this size, which was seen.
    #[inline]
    pub(super) fn pass(&mut self, id: u8, size: usize) -> bool {
        let Some((&[first, _], rest)) = self.rest.split_first_chunk() else {
            return false;
        };
        match rest.get(size..) {
            Some(rest) if first == id => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// Goes behind a string, without a look at it.
    #[inline]
    pub(super) fn skip_string(&mut self, expected: &'static str) -> Result<(), BinaryError> {
        let size = self.multi_byte("a length")?;
        self.bytes(size, expected).map(drop)
    }

    /// The bytes of a string whose size takes one byte, not checked to be UTF-8.
    #[inline]
    pub(super) fn short_string(&mut self) -> Option<&'a [u8]> {
        self.chars_8().filter(|bytes| bytes.len() < 0x80)
    }

    /// The same, where a size of one byte may be up to 255.
    #[inline]
    pub(super) fn chars_8(&mut self) -> Option<&'a [u8]> {
        let (&size, rest) = self.rest.split_first()?;
        let (bytes, rest) = rest.split_at_checked(usize::from(size))?;
        self.rest = rest;
        Some(bytes)
    }

    /// Ends this cursor after `size` bytes, and gives back what lies behind.
    pub(super) fn split_off(
        &mut self,
        size: usize,
        expected: &'static str,
    ) -> Result<&'a [u8], BinaryError> {
        let Some((kept, behind)) = self.rest.split_at_checked(size) else {
            return Err(self.cut(expected, size));
        };
        self.rest = kept;
        self.end -= behind.len();
        Ok(behind)
    }

    /// A `MultiByteInt31` ([MC-NBFX] 2.1.2). Forms with needless zeros at the end are read, as .NET does.
    #[inline]
    pub(super) fn multi_byte(&mut self, expected: &'static str) -> Result<usize, BinaryError> {
        match self.rest {
            // Nearly all are of one byte.
            [first @ 0..0x80, rest @ ..] => {
                self.rest = rest;
                Ok(usize::from(*first))
            }
            _ => self.long_multi_byte(expected),
        }
    }

    fn long_multi_byte(&mut self, expected: &'static str) -> Result<usize, BinaryError> {
        let start = self.offset();
        let mut value = 0;
        for place in 0..5 {
            let byte = self.byte(expected)?;
            // The fifth byte holds the last three of the 31 bits.
            if place == 4 && byte > 0b111 {
                break;
            }
            value |= usize::from(byte & 0x7F) << (7 * place);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(BinaryError::new(
            Fault::Length {
                expected,
                found: "one of more than 31 bits",
            },
            start,
        ))
    }

    /// A length that the record's id gives this many bytes, little-endian.
    #[inline]
    pub(super) fn length<const N: usize>(
        &mut self,
        expected: &'static str,
    ) -> Result<usize, BinaryError> {
        let start = self.offset();
        let bytes: [u8; N] = self.array(expected)?;
        let length = bytes
            .iter()
            .rev()
            .fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
        // [MC-NBFX] 2.2.3.15: the lengths of four bytes are INT32.
        match i32::try_from(length).map(usize::try_from) {
            Ok(Ok(length)) => Ok(length),
            _ => Err(BinaryError::new(
                Fault::Length {
                    expected,
                    found: "a negative one",
                },
                start,
            )),
        }
    }

    /// A length-prefixed string ([MC-NBFX] 2.1.3) of at most `most` bytes.
    #[inline]
    pub(super) fn string(
        &mut self,
        expected: &'static str,
        most: usize,
    ) -> Result<&'a str, BinaryError> {
        let size = self.multi_byte("a length")?;
        self.text(size, expected, most)
    }

    /// This many bytes of UTF-8.
    #[inline]
    pub(super) fn text(
        &mut self,
        size: usize,
        expected: &'static str,
        most: usize,
    ) -> Result<&'a str, BinaryError> {
        self.limit(size, most, "bytes of one name or text")?;
        let bytes = self.bytes(size, expected)?;
        match utf_8(bytes) {
            Some(text) => Ok(text),
            None => Err(self.not_utf_8(bytes)),
        }
    }

    #[inline]
    pub(super) fn limit(
        &self,
        found: usize,
        most: usize,
        what: &'static str,
    ) -> Result<(), BinaryError> {
        if found > most {
            Err(self.fault(Fault::Limit { what, most }))
        } else {
            Ok(())
        }
    }

    /// A fault at this place.
    #[cold]
    pub(super) const fn fault(&self, fault: Fault) -> BinaryError {
        BinaryError::new(fault, self.offset())
    }

    #[cold]
    fn cut(&self, expected: &'static str, wanted: usize) -> BinaryError {
        let left = self.left();
        BinaryError::new(
            Fault::Cut {
                expected,
                wanted,
                left,
            },
            self.end,
        )
    }

    #[cold]
    fn not_utf_8(&self, bytes: &[u8]) -> BinaryError {
        let valid = std::str::from_utf8(bytes).map_or_else(|e| e.valid_up_to(), str::len);
        let fault = Fault::Encoding {
            expected: "UTF-8",
            size: bytes.len(),
        };
        BinaryError::new(fault, self.offset() - bytes.len() + valid)
    }
}

/// Below this size the standard library is as quick.
const LONG: usize = 64;

/// Bytes as text, if they are UTF-8.
#[inline]
pub(crate) fn utf_8(bytes: &[u8]) -> Option<&str> {
    if bytes.len() < LONG {
        std::str::from_utf8(bytes).ok()
    } else {
        simdutf8::basic::from_utf8(bytes).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::binary::BinaryErrorKind;

    fn multi_byte(bytes: &[u8]) -> Result<usize, BinaryErrorKind> {
        Cursor::new(bytes)
            .multi_byte("a length")
            .map_err(|error| error.kind())
    }

    #[test]
    fn reads_integers_of_one_to_five_bytes() {
        for (bytes, value) in [
            (&b"\x00"[..], 0),
            (b"\x7f", 0x7F),
            (b"\x80\x01", 0x80),
            (b"\xff\x7f", 0x3FFF),
            (b"\x80\x80\x80\x80\x04", 1 << 30),
            (b"\xff\xff\xff\xff\x07", 0x7FFF_FFFF),
            (b"\x85\x80\x00", 5),
        ] {
            assert_eq!(multi_byte(bytes), Ok(value), "{bytes:x?}");
        }
    }

    #[test]
    fn refuses_integers_of_more_than_31_bits() {
        for bytes in [
            &b"\xff\xff\xff\xff\x08"[..],
            b"\x80\x80\x80\x80\x80\x00",
            b"\xff\xff\xff\xff\xff\xff",
        ] {
            assert_eq!(
                multi_byte(bytes),
                Err(BinaryErrorKind::Length),
                "{bytes:x?}"
            );
        }
    }

    #[test]
    fn refuses_integers_that_are_cut() {
        for bytes in [&b""[..], b"\x80", b"\xff\xff\xff\xff"] {
            assert_eq!(multi_byte(bytes), Err(BinaryErrorKind::UnexpectedEnd));
        }
    }

    #[test]
    fn points_at_the_first_byte_that_is_no_utf_8() {
        for padding in [0, 100] {
            let text = [b"a".repeat(padding), b"\xc3\xa4\xff".to_vec()].concat();
            let error = Cursor::new(&text)
                .text(text.len(), "a text", usize::MAX)
                .unwrap_err();
            assert_eq!(error.kind(), BinaryErrorKind::Encoding);
            assert_eq!(error.offset(), padding + 2);
        }
    }
}
