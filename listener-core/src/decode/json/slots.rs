//! The JSON reader as the contracts see it.

use rust_decimal::Decimal;
use uuid::Uuid;

use super::{JsonReader, date};
use crate::{
    context::{
        DateTime, Text, Value,
        name::TypeName,
        wire::{Contract, Enumeration, Reader, Shape, Slot},
    },
    decode::{DecodeError, DecodeErrorKind},
};

impl Reader for JsonReader<'_> {
    #[inline]
    fn null(&mut self) -> Result<bool, DecodeError> {
        if self.peek() != b'n' {
            return Ok(false);
        }
        self.literal("null")?;
        Ok(true)
    }

    fn boolean(&mut self) -> Result<bool, DecodeError> {
        match self.peek() {
            b't' => self.literal("true").map(|()| true),
            b'f' => self.literal("false").map(|()| false),
            _ => Err(self.wrong("a boolean")),
        }
    }

    fn int(&mut self) -> Result<i32, DecodeError> {
        let (start, text) = self.declared_number("an int")?;
        text.parse().map_err(|_| {
            let (kind, text) = if text
                .trim_start_matches('-')
                .bytes()
                .all(|b| b.is_ascii_digit())
            {
                (
                    DecodeErrorKind::OutOfRange,
                    "expected an int, found a number beyond 32 bits",
                )
            } else {
                (
                    DecodeErrorKind::WrongType,
                    "expected an int, found a number that is not written as one",
                )
            };
            DecodeError::new(kind, text).at(self.base + start)
        })
    }

    fn decimal(&mut self) -> Result<Decimal, DecodeError> {
        let (start, text) = self.declared_number("a decimal")?;
        let decimal = if text.contains(['e', 'E']) {
            Decimal::from_scientific(text)
        } else {
            text.parse()
        };
        decimal.map_err(|_| {
            let (kind, text) = if text.contains('N') {
                (
                    DecodeErrorKind::WrongType,
                    "expected a decimal, found a number that is not finite",
                )
            } else {
                (
                    DecodeErrorKind::OutOfRange,
                    "expected a decimal, found a number beyond 28 digits",
                )
            };
            DecodeError::new(kind, text).at(self.base + start)
        })
    }

    fn text(&mut self) -> Result<Text, DecodeError> {
        if self.peek() != b'"' {
            return Err(self.wrong("a string"));
        }
        Ok(match self.string()? {
            Some(plain) => plain.into(),
            None => self.scratch.as_str().into(),
        })
    }

    fn key(&mut self) -> Result<Text, DecodeError> {
        if self.peek() != b'"' {
            return Err(self.wrong("a string"));
        }
        Ok(self.name()?.as_ref().into())
    }

    fn guid(&mut self) -> Result<Uuid, DecodeError> {
        let start = self.at;
        if let Some(rest) = self.bytes().get(self.at..self.at + 38)
            && rest[0] == b'"'
            && rest[37] == b'"'
            && let Ok(guid) = Uuid::try_parse_ascii(&rest[1..37])
        {
            self.at += 38;
            return Ok(guid);
        }
        self.any_guid(start)
    }

    fn date_time(&mut self) -> Result<DateTime, DecodeError> {
        if let Some((date, length)) = self.bytes().get(self.at..).and_then(date::escaped) {
            self.at += length;
            return Ok(date);
        }
        let start = self.at;
        if self.peek() != b'"' {
            return Err(self.wrong("a date such as `\\/Date(0)\\/`"));
        }
        let text = self.string()?.unwrap_or(&self.scratch);
        date::plain(text.as_bytes()).ok_or_else(|| {
            let text = format!(
                "expected a date such as `\\/Date(0)\\/` of the years 1 to 9999, found a string of {} bytes",
                text.len()
            );
            DecodeError::new(DecodeErrorKind::WrongType, text).at(self.base + start)
        })
    }

    fn enumeration<E: Enumeration>(&mut self) -> Result<E, DecodeError> {
        if self.opened {
            return Err(self.error(
                DecodeErrorKind::WrongType,
                "expected the number of an enumeration, found an object of its name",
            ));
        }
        self.int().map(E::from_number)
    }

    fn object<C: Contract>(&mut self) -> Result<C, DecodeError> {
        self.contract()
    }

    fn value_object<T: Slot + Default>(&mut self) -> Result<T, DecodeError> {
        self.value_contract()
    }

    fn list(
        &mut self,
        _: Shape,
        mut item: impl FnMut(&mut Self) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        if !self.open_array()? {
            return Ok(());
        }
        let mut nth = 0;
        loop {
            self.spend(1)?;
            item(self).map_err(|error| error.in_item(nth))?;
            nth += 1;
            if !self.next_item()? {
                return Ok(());
            }
        }
    }

    fn pairs<K: Slot, V: Slot + Default>(&mut self, _: Shape) -> Result<Vec<(K, V)>, DecodeError> {
        let mut pairs = Vec::new();
        if !self.open_array()? {
            return Ok(pairs);
        }
        loop {
            self.spend(1)?;
            let pair = self
                .pair()
                .map_err(|error| error.in_pair_or_item(pairs.len()))?;
            pairs.push(pair);
            if !self.next_item()? {
                return Ok(pairs);
            }
        }
    }

    #[inline]
    fn next_member_is(
        &mut self,
        _: TypeName,
        _: &'static str,
        quoted: &'static str,
    ) -> Result<bool, DecodeError> {
        Ok(self.passes(quoted))
    }

    fn any(&mut self) -> Result<Value, DecodeError> {
        self.object_slot()
    }
}

impl<'a> JsonReader<'a> {
    /// Passes the member's name, `"Name":`, if it comes next.
    #[inline]
    pub(super) fn passes(&mut self, quoted: &str) -> bool {
        let bytes = self.bytes();
        let start = self.at + 1;
        let end = start + quoted.len();
        if bytes.get(start..end) == Some(quoted.as_bytes()) && bytes[self.at] == self.separator {
            self.at = end;
            self.separator = b',';
            true
        } else {
            false
        }
    }

    /// A number in a slot of that declared type, and where it begins.
    fn declared_number(&mut self, expected: &str) -> Result<(usize, &'a str), DecodeError> {
        match self.peek() {
            b'-' | b'0'..=b'9' | b'I' | b'N' => Ok((self.at, self.number()?)),
            _ => Err(self.wrong(expected)),
        }
    }

    #[cold]
    fn any_guid(&mut self, start: usize) -> Result<Uuid, DecodeError> {
        if self.peek() != b'"' {
            return Err(self.wrong("a guid"));
        }
        let text = self.string()?.unwrap_or(&self.scratch);
        let inside = match text.as_bytes() {
            [b'(', inside @ .., b')'] => inside,
            other => other,
        };
        let urn = inside.starts_with(b"urn:");
        Uuid::try_parse_ascii(inside)
            .ok()
            .filter(|_| !urn)
            .ok_or_else(|| {
                let text = format!("expected a guid, found a string of {} bytes", text.len());
                DecodeError::new(DecodeErrorKind::WrongType, text).at(self.base + start)
            })
    }
}
