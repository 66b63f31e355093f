//! Passing over values: checked to be JSON, counted, not kept.

use super::JsonReader;
use crate::decode::{DecodeError, Limits};

impl JsonReader<'_> {
    /// Passes over a value.
    pub(super) fn skip_value(&mut self) -> Result<(), DecodeError> {
        match self.peek() {
            b'"' => self.skip_string(),
            b'{' => self.skip_object(),
            b'[' => self.skip_array(),
            b'n' => self.literal("null"),
            b't' => self.literal("true"),
            b'f' => self.literal("false"),
            b'-' | b'0'..=b'9' | b'I' | b'N' => self.skip_number(),
            _ => Err(self.syntax("a value")),
        }
    }

    pub(super) fn skip_object(&mut self) -> Result<(), DecodeError> {
        self.deeper()?;
        self.at += 1;
        if self.peek() == b'}' {
            self.at += 1;
            self.close_object();
            return Ok(());
        }
        loop {
            self.spend(1)?;
            if self.peek() != b'"' {
                return Err(self.syntax("the name of a member"));
            }
            let start = self.at;
            self.skip_name()?;
            let name = start + 1..self.at - 1;
            if self.peek() != b':' {
                return Err(self.syntax("`:`"));
            }
            self.at += 1;
            if let Err(error) = self.skip_value() {
                return Err(error.in_member(&self.text[name]));
            }
            match self.peek() {
                b',' => self.at += 1,
                b'}' => break,
                _ => return Err(self.syntax("`,` or `}`")),
            }
        }
        self.at += 1;
        self.close_object();
        Ok(())
    }

    pub(super) fn skip_array(&mut self) -> Result<(), DecodeError> {
        if !self.open_array()? {
            return Ok(());
        }
        let mut nth = 0;
        loop {
            self.spend(1)?;
            let start = self.at;
            if let Err(error) = self.skip_value() {
                return Err(self.in_item(error, start, nth));
            }
            nth += 1;
            if !self.next_item()? {
                return Ok(());
            }
        }
    }

    /// An error in the item that begins at `start`: by its key, if it is a pair, as it is when the pair is read.
    #[cold]
    fn in_item(&self, error: DecodeError, start: usize, nth: usize) -> DecodeError {
        let mut pair = Self::new(&self.text[start..], &Limits::default());
        if pair.eat("{\"key\":")
            && pair.peek() == b'"'
            && let Ok(key) = pair.name()
        {
            return error.in_pair(&key, nth);
        }
        error.in_item(nth)
    }

    /// Passes over the name of a member, as strictly as one that is kept.
    #[inline]
    fn skip_name(&mut self) -> Result<(), DecodeError> {
        let (start, before) = (self.at, self.lone_surrogates);
        self.skip_string()?;
        if self.lone_surrogates != before {
            self.at = start;
            self.name()?;
        }
        Ok(())
    }
}
