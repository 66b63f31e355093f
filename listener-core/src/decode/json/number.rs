use super::JsonReader;
use crate::decode::DecodeError;

impl<'a> JsonReader<'a> {
    /// Reads a number: its text. `NaN`, `INF` and `-INF` stand bare.
    #[inline]
    pub(super) fn number(&mut self) -> Result<&'a str, DecodeError> {
        let start = self.at;
        self.skip_number()?;
        Ok(&self.text[start..self.at])
    }

    /// Passes over a number, or `NaN`, `INF`, `-INF`.
    #[inline]
    pub(super) fn skip_number(&mut self) -> Result<(), DecodeError> {
        let bytes = self.bytes();
        let mut at = self.at;
        if bytes.get(at) == Some(&b'-') {
            at += 1;
        }
        match bytes.get(at) {
            Some(b'0') => at += 1,
            Some(b'1'..=b'9') => at = digits(bytes, at + 1),
            _ => return self.special_number(at),
        }
        if let Some(b'.' | b'e' | b'E') = bytes.get(at) {
            at = self.fraction(at)?;
        }
        self.at = at;
        Ok(())
    }

    fn fraction(&mut self, mut at: usize) -> Result<usize, DecodeError> {
        let bytes = self.bytes();
        if bytes[at] == b'.' {
            at = self.some_digits(at + 1)?;
        }
        if let Some(b'e' | b'E') = bytes.get(at) {
            at += 1;
            if let Some(b'+' | b'-') = bytes.get(at) {
                at += 1;
            }
            at = self.some_digits(at)?;
        }
        Ok(at)
    }

    fn some_digits(&mut self, at: usize) -> Result<usize, DecodeError> {
        let end = digits(self.bytes(), at);
        if end == at {
            self.at = at;
            return Err(self.syntax("a digit of a number"));
        }
        Ok(end)
    }

    #[cold]
    fn special_number(&mut self, at: usize) -> Result<(), DecodeError> {
        let rest = &self.bytes()[at..];
        let negative = at > self.at;
        let word = match rest {
            [b'N', ..] if !negative => "NaN",
            _ => "INF",
        };
        if rest.starts_with(word.as_bytes()) {
            self.at = at + word.len();
            return Ok(());
        }
        self.at = if word.as_bytes().starts_with(rest) {
            self.text.len()
        } else {
            at
        };
        Err(self.syntax("a digit of a number"))
    }
}

#[inline]
fn digits(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b'0'..=b'9') = bytes.get(at) {
        at += 1;
    }
    at
}
