use std::{char::REPLACEMENT_CHARACTER, fmt};

/// Well-formed UTF-16, little-endian, as it stands in the document.
///
/// `Debug` tells its size only.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Utf16<'a>(&'a [[u8; 2]]);

impl<'a> Utf16<'a> {
    /// The text, or how many bytes of it are well-formed.
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, usize> {
        let (units, odd) = bytes.as_chunks();
        let text = Self(units);
        let mut valid = 0;
        for decoded in char::decode_utf16(text.units()) {
            valid += decoded.map_err(|_| valid)?.len_utf16() * 2;
        }
        if odd.is_empty() { Ok(text) } else { Err(valid) }
    }

    /// The characters.
    pub fn chars(self) -> impl Iterator<Item = char> + use<'a> {
        char::decode_utf16(self.units()).map(|c| c.unwrap_or(REPLACEMENT_CHARACTER))
    }

    /// The UTF-16 units.
    pub fn units(self) -> impl Iterator<Item = u16> + use<'a> {
        self.0.iter().map(|unit| u16::from_le_bytes(*unit))
    }

    /// How many UTF-16 units it has.
    pub const fn len(self) -> usize {
        self.0.len()
    }

    /// Whether it has no characters.
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Utf16<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Utf16({} bytes)", 2 * self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_characters_of_one_and_two_units() {
        let text = Utf16::new(b"a\0\xac\x20\x3d\xd8\x00\xde").unwrap();
        assert_eq!(text.chars().collect::<String>(), "a€😀");
        assert_eq!(text.len(), 4);
    }

    #[test]
    fn refuses_lone_surrogates_and_half_units() {
        for (bytes, valid) in [
            (&b"a\0b"[..], 2),
            (b"a\0\x00\xd8", 2),
            (b"\x00\xd8a\0", 0),
            (b"a\0b\0\x00\xdc", 4),
            (b"\x00\xdc\x00\xd8", 0),
        ] {
            assert_eq!(Utf16::new(bytes), Err(valid), "{bytes:x?}");
        }
    }
}
