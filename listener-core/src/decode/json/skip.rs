//! Passing over values: checked to be JSON, not kept. Nothing counts here that does not when it is read.

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

    fn skip_object(&mut self) -> Result<(), DecodeError> {
        self.deeper()?;
        self.at += 1;
        if self.peek() == b'}' {
            self.at += 1;
            self.close_object();
            return Ok(());
        }
        self.skip_member()?;
        self.skip_members()
    }

    /// Passes over what follows a member of an object, to the object's end.
    fn skip_members(&mut self) -> Result<(), DecodeError> {
        loop {
            match self.peek() {
                b',' => self.at += 1,
                b'}' => break,
                _ => return Err(self.syntax("`,` or `}`")),
            }
            self.skip_member()?;
        }
        self.at += 1;
        self.close_object();
        Ok(())
    }

    #[inline]
    fn skip_member(&mut self) -> Result<(), DecodeError> {
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
        match self.skip_value() {
            Ok(()) => Ok(()),
            Err(error) => Err(error.in_member(&self.text[name])),
        }
    }

    fn skip_array(&mut self) -> Result<(), DecodeError> {
        if !self.open_array()? {
            return Ok(());
        }
        let mut nth = 0;
        loop {
            self.spend(1)?;
            let start = self.at;
            let item = if self.eat("{\"key\":\"") {
                self.at -= 1;
                self.skip_pair()
            } else {
                self.skip_value()
            };
            if let Err(error) = item {
                return Err(self.in_item(error, start, nth));
            }
            nth += 1;
            if !self.next_item()? {
                return Ok(());
            }
        }
    }

    /// Passes over a pair, before whose key the reader stands.
    #[inline]
    fn skip_pair(&mut self) -> Result<(), DecodeError> {
        self.deeper()?;
        // It may yet turn out to be another object, whose `key` is a value like others.
        self.skip_string().map_err(|error| error.in_member("key"))?;
        if self.eat(",\"value\":") {
            self.skip_value()
                .map_err(|error| error.in_member("value"))?;
            if self.eat("}") {
                self.close_object();
                return Ok(());
            }
        }
        self.skip_members()
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
