use std::borrow::Cow;

use super::JsonReader;
use crate::decode::{DecodeError, DecodeErrorKind};

const ONES: u64 = 0x0101_0101_0101_0101;
/// The namespace of most contracts, as Microsoft's serialiser writes it in JSON, from its first backslash to the quote.
const XRM_TAIL: &[u8] = b"\\/\\/schemas.microsoft.com\\/xrm\\/2011\\/Contracts\"";
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Where the next quote, backslash or control character is: eight bytes at a time.
#[inline]
pub(super) fn special(bytes: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*chunk);
        // A byte is zero in these where it is a quote, a backslash.
        let quote = word ^ (ONES * b'"' as u64);
        let backslash = word ^ (ONES * b'\\' as u64);
        // The borrow of a subtraction reaches higher bytes only, and the lowest hit is the one that counts.
        let hits = ((quote.wrapping_sub(ONES) & !quote)
            | (backslash.wrapping_sub(ONES) & !backslash)
            | (word.wrapping_sub(ONES * 0x20) & !word))
            & HIGH;
        if hits != 0 {
            return at + (hits.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while let Some(&byte) = bytes.get(at) {
        if matches!(byte, b'"' | b'\\' | 0..0x20) {
            return at;
        }
        at += 1;
    }
    at
}

/// What an escape stands for.
enum Escape {
    Char(char),
    /// Half of a surrogate pair without the other.
    Lone,
}

impl<'a> JsonReader<'a> {
    /// Reads a string, before whose quote the reader stands: its text, or `None` if it is in `scratch`.
    #[inline]
    pub(super) fn string(&mut self) -> Result<Option<&'a str>, DecodeError> {
        let start = self.at + 1;
        let stop = special(self.bytes(), start);
        if self.bytes().get(stop) == Some(&b'"') {
            self.at = stop + 1;
            return Ok(Some(&self.text[start..stop]));
        }
        self.escaped_string(start, stop)?;
        Ok(None)
    }

    #[inline(never)]
    fn escaped_string(&mut self, mut start: usize, mut stop: usize) -> Result<(), DecodeError> {
        let opening = self.at;
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        loop {
            scratch.push_str(&self.text[start..stop]);
            self.at = stop;
            match self.bytes().get(stop) {
                Some(b'"') => break,
                Some(b'\\') => match self.escape()? {
                    Escape::Char(c) => scratch.push(c),
                    Escape::Lone => {
                        self.lone_surrogates += 1;
                        scratch.push(char::REPLACEMENT_CHARACTER);
                    }
                },
                _ => return Err(self.bad_string(opening)),
            }
            start = self.at;
            stop = special(self.bytes(), start);
        }
        self.at += 1;
        self.scratch = scratch;
        Ok(())
    }

    /// A control character in a string, or its end missing.
    #[cold]
    fn bad_string(&mut self, opening: usize) -> DecodeError {
        if self.at < self.text.len() {
            return self.error(
                DecodeErrorKind::Syntax,
                "expected a control character in a string to be escaped, found it as it is",
            );
        }
        let length = self.at - opening - 1;
        self.error(
            DecodeErrorKind::UnexpectedEnd,
            format!(
                "expected the end of a string, found the end of the body after {length} bytes of it"
            ),
        )
    }

    /// Reads an escape, before whose backslash the reader stands.
    fn escape(&mut self) -> Result<Escape, DecodeError> {
        let char = match self.bytes().get(self.at + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => return Err(self.bad_escape(2)),
        };
        self.at += 2;
        Ok(Escape::Char(char))
    }

    fn unicode_escape(&mut self) -> Result<Escape, DecodeError> {
        let Some(unit) = self.unit(self.at) else {
            return Err(self.bad_escape(6));
        };
        if let 0xD800..0xDC00 = unit
            && self.bytes().get(self.at + 6..self.at + 8) == Some(b"\\u")
        {
            let Some(low) = self.unit(self.at + 6) else {
                self.at += 6;
                return Err(self.bad_escape(6));
            };
            if let 0xDC00..0xE000 = low {
                self.at += 12;
                let code = 0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                return Ok(char::from_u32(code).map_or(Escape::Lone, Escape::Char));
            }
        }
        self.at += 6;
        Ok(char::from_u32(unit).map_or(Escape::Lone, Escape::Char))
    }

    /// The code unit of the `\u` escape at `at`.
    fn unit(&self, at: usize) -> Option<u32> {
        let digits = self.bytes().get(at + 2..at + 6)?;
        digits.iter().try_fold(0, |unit, &digit| {
            char::from(digit)
                .to_digit(16)
                .map(|digit| unit << 4 | digit)
        })
    }

    #[cold]
    fn bad_escape(&mut self, length: usize) -> DecodeError {
        if self.text.len() - self.at < length {
            self.at = self.text.len();
            return self.error(
                DecodeErrorKind::UnexpectedEnd,
                "expected the rest of an escape in a string, found the end of the body",
            );
        }
        self.error(
            DecodeErrorKind::Syntax,
            "expected an escape of JSON in a string, found a backslash before something else",
        )
    }

    /// Reads the name of a member or the key of a pair, in which there is no place for a lone surrogate.
    #[inline]
    pub(super) fn name(&mut self) -> Result<Cow<'a, str>, DecodeError> {
        let start = self.at;
        let before = self.lone_surrogates;
        match self.string()? {
            Some(plain) => Ok(Cow::Borrowed(plain)),
            None if self.lone_surrogates != before => {
                self.at = start;
                Err(self.error(
                    DecodeErrorKind::Syntax,
                    "expected text as a name, found half of a surrogate pair in it",
                ))
            }
            None => Ok(Cow::Owned(self.scratch.clone())),
        }
    }

    /// Passes over a string, before whose quote the reader stands.
    #[inline]
    pub(super) fn skip_string(&mut self) -> Result<(), DecodeError> {
        let stop = special(self.bytes(), self.at + 1);
        if self.bytes().get(stop) == Some(&b'"') {
            self.at = stop + 1;
            return Ok(());
        }
        self.skip_escaped_string(stop)
    }

    #[inline(never)]
    fn skip_escaped_string(&mut self, mut stop: usize) -> Result<(), DecodeError> {
        // Most strings with escapes are the names of types.
        let rest = &self.bytes()[stop..];
        if rest.starts_with(XRM_TAIL) {
            self.at = stop + XRM_TAIL.len();
            return Ok(());
        }
        let opening = self.at;
        loop {
            self.at = stop;
            match self.bytes().get(stop) {
                Some(b'"') => break,
                Some(b'\\') => match self.bytes().get(stop + 1) {
                    Some(b'/' | b'"' | b'\\') => self.at += 2,
                    _ => {
                        if let Escape::Lone = self.escape()? {
                            self.lone_surrogates += 1;
                        }
                    }
                },
                _ => return Err(self.bad_string(opening)),
            }
            stop = special(self.bytes(), self.at);
        }
        self.at += 1;
        Ok(())
    }

    /// Moves behind `literal`, which must come next.
    #[inline]
    pub(super) fn literal(&mut self, literal: &'static str) -> Result<(), DecodeError> {
        if self.eat(literal) {
            return Ok(());
        }
        Err(self.bad_literal(literal))
    }

    #[cold]
    fn bad_literal(&mut self, literal: &'static str) -> DecodeError {
        let rest = &self.bytes()[self.at..];
        if literal.as_bytes().starts_with(rest) {
            self.at = self.text.len();
            return self.syntax("the rest of a value");
        }
        self.syntax("a value")
    }
}
