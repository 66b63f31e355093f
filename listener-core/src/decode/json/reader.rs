use std::borrow::Cow;

use crate::{
    context::wire::{Contract, Reader as _, Slot},
    decode::{DecodeError, DecodeErrorKind, Limits},
};

/// Stands before a value, or behind one.
pub(in crate::decode) struct JsonReader<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    /// Where in the body `text` begins.
    pub(super) base: usize,
    /// What stands before the next member of the innermost object: `{` before the first one, `,` before the others.
    pub(super) separator: u8,
    /// `__type` of the object that is read next is read already.
    pub(super) opened: bool,
    /// How many levels deeper it may get.
    pub(super) depth: usize,
    /// How many values more there may be.
    pub(super) items: usize,
    /// How many bytes more may be looked at ahead of their turn, to find a `__type` that does not come first.
    pub(super) ahead: usize,
    pub(super) unknown_members: usize,
    /// Unpaired surrogates that became U+FFFD.
    pub(super) lone_surrogates: usize,
    /// The text of the last string that had escapes.
    pub(super) scratch: String,
}

/// How often a body's length may be looked at ahead: a `__type` that comes last costs that of its object.
const AHEAD: usize = 16;

impl<'a> JsonReader<'a> {
    pub(in crate::decode) fn new(text: &'a str, limits: &Limits) -> Self {
        Self {
            text,
            at: 0,
            base: 0,
            separator: b',',
            opened: false,
            depth: limits.depth,
            items: limits.items,
            ahead: text.len().saturating_mul(AHEAD),
            unknown_members: limits.unknown_members,
            lone_surrogates: 0,
            scratch: String::new(),
        }
    }

    /// Reads a part of a body that begins at `base`.
    pub(in crate::decode) fn part(text: &'a str, base: usize, limits: &Limits) -> Self {
        Self {
            base,
            ..Self::new(text, limits)
        }
    }

    #[inline]
    pub(super) fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    /// The byte that comes next, white space apart; 0 at the end.
    #[inline]
    pub(super) fn peek(&mut self) -> u8 {
        match self.bytes().get(self.at) {
            Some(&byte) if byte > b' ' => byte,
            _ => self.skip_space(),
        }
    }

    #[cold]
    #[inline(never)]
    fn skip_space(&mut self) -> u8 {
        while let Some(&byte) = self.bytes().get(self.at) {
            if !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                return byte;
            }
            self.at += 1;
        }
        0
    }

    /// Moves behind `literal`, if that is what comes next.
    #[inline]
    pub(super) fn eat(&mut self, literal: &str) -> bool {
        let end = self.at + literal.len();
        let found = self.bytes().get(self.at..end) == Some(literal.as_bytes());
        if found {
            self.at = end;
        }
        found
    }

    /// Counts values against the limit.
    #[inline]
    pub(super) fn spend(&mut self, values: usize) -> Result<(), DecodeError> {
        match self.items.checked_sub(values) {
            Some(rest) => {
                self.items = rest;
                Ok(())
            }
            None => Err(self.limit(
                "more values than `Limits::items` allows; raise it if the sender may do that",
            )),
        }
    }

    /// Enters an object or array.
    #[inline]
    pub(super) fn deeper(&mut self) -> Result<(), DecodeError> {
        match self.depth.checked_sub(1) {
            Some(rest) => {
                self.depth = rest;
                Ok(())
            }
            None => Err(self.limit(
                "objects and arrays nest deeper than `Limits::depth` allows; raise it if the sender may do that",
            )),
        }
    }

    /// Leaves an object: whatever comes next in the one around it has a comma before it.
    #[inline]
    pub(super) fn close_object(&mut self) {
        self.depth += 1;
        self.separator = b',';
    }

    /// Enters an object, which may be open already; gives whether its `__type` was read.
    #[inline]
    pub(super) fn open_object(&mut self) -> Result<bool, DecodeError> {
        self.deeper()?;
        if std::mem::take(&mut self.opened) {
            return Ok(true);
        }
        if self.peek() != b'{' {
            return Err(self.wrong("an object"));
        }
        self.separator = b'{';
        Ok(false)
    }

    /// The next member's name, before whose value the reader then stands; `None` at the object's end.
    pub(super) fn next_name(&mut self) -> Result<Option<Cow<'a, str>>, DecodeError> {
        if self.separator == b'{' {
            // Only here is it sure that a `{` comes next.
            self.at += 1;
            if self.peek() == b'}' {
                self.at += 1;
                self.close_object();
                return Ok(None);
            }
        } else {
            match self.peek() {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    self.close_object();
                    return Ok(None);
                }
                _ => return Err(self.syntax("`,` or `}`")),
            }
        }
        self.separator = b',';
        if self.peek() != b'"' {
            return Err(self.syntax("the name of a member"));
        }
        let name = self.name()?;
        if self.peek() != b':' {
            return Err(self.syntax("`:`"));
        }
        self.at += 1;
        Ok(Some(name))
    }

    /// Whether another item comes, before which the reader then stands.
    #[inline]
    pub(super) fn next_item(&mut self) -> Result<bool, DecodeError> {
        match self.peek() {
            b',' => {
                self.at += 1;
                Ok(true)
            }
            b']' => {
                self.at += 1;
                self.depth += 1;
                Ok(false)
            }
            _ => Err(self.syntax("`,` or `]`")),
        }
    }

    /// Enters an array; gives whether it has items.
    #[inline]
    pub(super) fn open_array(&mut self) -> Result<bool, DecodeError> {
        if std::mem::take(&mut self.opened) {
            return Err(self.error(
                DecodeErrorKind::WrongType,
                "expected an array, found an object of the name of a collection",
            ));
        }
        if self.peek() != b'[' {
            return Err(self.wrong("an array"));
        }
        self.deeper()?;
        self.at += 1;
        if self.peek() == b']' {
            self.at += 1;
            self.depth += 1;
            return Ok(false);
        }
        Ok(true)
    }

    /// Reads an object of a contract.
    pub(super) fn contract<C: Contract>(&mut self) -> Result<C, DecodeError> {
        let typed = self.open_object()?;
        // It takes the room of all its members, whichever of them come.
        self.spend(C::MEMBERS.len())?;
        let mut object = C::default();
        object.read_in_order(self)?;
        if self.separator == b',' && self.eat("}") {
            self.close_object();
        } else {
            self.out_of_order(&mut object, typed)?;
        }
        Ok(object)
    }

    /// Reads the members that were not guessed.
    #[inline(never)]
    fn out_of_order<C: Contract>(
        &mut self,
        object: &mut C,
        mut typed: bool,
    ) -> Result<(), DecodeError> {
        let mut expected = 0;
        let mut unknown = 0;
        loop {
            let start = self.at;
            let Some(name) = self.next_name()? else {
                return Ok(());
            };
            let members = C::MEMBERS;
            let index = (expected..members.len())
                .chain(0..expected)
                .find(|&index| members[index] == name);
            if let Some(index) = index {
                if !object.is_absent(index) {
                    return Err(self.duplicate(start).in_member(&name));
                }
                object
                    .read_member(index, self)
                    .map_err(|error| error.in_member(&name))?;
                expected = index + 1;
            } else if name == "__type" {
                self.type_again(&mut typed, start)?;
            } else {
                unknown += 1;
                if unknown > self.unknown_members {
                    return Err(self.limit(
                        "more members that the type does not have than `Limits::unknown_members` allows",
                    ));
                }
                self.spend(1)?;
                let value = self.any().map_err(|error| error.in_member(&name))?;
                object.push_other(name.as_ref().into(), value);
            }
            object.read_in_order(self)?;
        }
    }

    /// Passes a `__type`, which means something in slots of type `object` only, and there was read before.
    pub(super) fn type_again(&mut self, typed: &mut bool, start: usize) -> Result<(), DecodeError> {
        if std::mem::replace(typed, true) {
            return Err(self.duplicate(start).in_member("__type"));
        }
        if self.peek() != b'"' {
            return Err(self.wrong("the name of a type").in_member("__type"));
        }
        self.skip_string()
            .map_err(|error| error.in_member("__type"))
    }

    /// Reads a contract whose one member is `Value`. It has no room for others: they are passed over.
    pub(super) fn value_contract<T: Slot + Default>(&mut self) -> Result<T, DecodeError> {
        let mut typed = self.open_object()?;
        self.spend(1)?;
        let inside = |error: DecodeError| error.in_member("Value");
        let mut value = None;
        if self.passes("\"Value\":") {
            value = Some(T::read(self).map_err(inside)?);
            if self.eat("}") {
                self.close_object();
                return Ok(value.unwrap_or_default());
            }
        }
        let mut unknown = 0;
        loop {
            let start = self.at;
            let Some(name) = self.next_name()? else {
                return Ok(value.unwrap_or_default());
            };
            match &*name {
                "Value" if value.is_some() => return Err(inside(self.duplicate(start))),
                "Value" => value = Some(T::read(self).map_err(inside)?),
                "__type" => self.type_again(&mut typed, start)?,
                _ => self.pass_unknown(&name, &mut unknown)?,
            }
        }
    }

    /// Passes over a member for which there is no room.
    pub(super) fn pass_unknown(
        &mut self,
        name: &str,
        unknown: &mut usize,
    ) -> Result<(), DecodeError> {
        *unknown += 1;
        if *unknown > self.unknown_members {
            return Err(self.limit(
                "more members that the type does not have than `Limits::unknown_members` allows",
            ));
        }
        self.skip_value().map_err(|error| error.in_member(name))
    }

    /// Reads one pair.
    #[inline]
    pub(super) fn pair<K: Slot, V: Slot + Default>(&mut self) -> Result<(K, V), DecodeError> {
        let start = self.at;
        if !self.eat("{\"key\":") {
            return self.any_pair(None, start);
        }
        self.deeper()?;
        let key = K::read_key(self).map_err(|error| error.in_member("key"))?;
        if !self.eat(",\"value\":") {
            self.separator = b',';
            return self.any_pair(Some(key), start);
        }
        let value = match V::read(self) {
            Ok(value) => value,
            Err(error) => {
                return Err(match key.as_key() {
                    Some(key) => error.in_key(key),
                    None => error.in_member("value"),
                });
            }
        };
        if !self.eat("}") {
            self.separator = b',';
            return self.rest_of_pair(false, Some(key), Some(value), start);
        }
        self.depth += 1;
        Ok((key, value))
    }

    #[cold]
    fn any_pair<K: Slot, V: Slot + Default>(
        &mut self,
        key: Option<K>,
        start: usize,
    ) -> Result<(K, V), DecodeError> {
        let typed = if key.is_none() {
            self.open_object()?
        } else {
            false
        };
        self.rest_of_pair(typed, key, None, start)
    }

    /// Reads the members of a pair in whatever order they come.
    #[inline(never)]
    pub(super) fn rest_of_pair<K: Slot, V: Slot + Default>(
        &mut self,
        mut typed: bool,
        mut key: Option<K>,
        mut value: Option<V>,
        start: usize,
    ) -> Result<(K, V), DecodeError> {
        let mut unknown = 0;
        loop {
            let member = self.at;
            let Some(name) = self.next_name()? else { break };
            match &*name {
                "key" if key.is_some() => return Err(self.duplicate(member).in_member("key")),
                "value" if value.is_some() => {
                    return Err(self.duplicate(member).in_member("value"));
                }
                "key" => key = Some(K::read_key(self).map_err(|error| error.in_member("key"))?),
                "value" => {
                    value =
                        Some(V::read(self).map_err(
                            |error| match key.as_ref().and_then(K::as_key) {
                                Some(key) => error.in_key(key),
                                None => error.in_member("value"),
                            },
                        )?);
                }
                "__type" => self.type_again(&mut typed, member)?,
                _ => self.pass_unknown(&name, &mut unknown)?,
            }
        }
        let Some(key) = key else {
            return Err(self.no_key(start));
        };
        Ok((key, value.unwrap_or_default()))
    }

    /// The object that begins at `start` is no pair.
    #[cold]
    pub(super) fn no_key(&self, start: usize) -> DecodeError {
        DecodeError::new(
            DecodeErrorKind::WrongType,
            "expected a pair, found an object without `key`",
        )
        .at(self.base + start)
    }

    /// Refuses whatever follows the document.
    pub(in crate::decode) fn end(&mut self) -> Result<(), DecodeError> {
        if self.peek() == 0 && self.at == self.text.len() {
            Ok(())
        } else {
            Err(self.syntax("the end of the body"))
        }
    }

    #[cold]
    pub(super) fn error(&self, kind: DecodeErrorKind, text: impl Into<String>) -> DecodeError {
        DecodeError::new(kind, text).at(self.base + self.at)
    }

    #[cold]
    pub(super) fn limit(&self, text: &str) -> DecodeError {
        self.error(DecodeErrorKind::Limit, text)
    }

    /// A member that begins at `start` and stands twice.
    #[cold]
    pub(super) fn duplicate(&self, start: usize) -> DecodeError {
        DecodeError::new(
            DecodeErrorKind::Duplicate,
            "expected each member once, found one twice",
        )
        .at(self.base + start)
    }

    /// What comes next is not JSON.
    #[cold]
    #[inline(never)]
    pub(super) fn syntax(&mut self, expected: &str) -> DecodeError {
        self.peek();
        let kind = if self.at >= self.text.len() {
            DecodeErrorKind::UnexpectedEnd
        } else {
            DecodeErrorKind::Syntax
        };
        self.error(kind, format!("expected {expected}, found {}", self.found()))
    }

    /// What comes next is a value of another kind, or no value at all.
    #[cold]
    #[inline(never)]
    pub(super) fn wrong(&mut self, expected: &str) -> DecodeError {
        let kind = match self.peek() {
            b'"' | b'{' | b'[' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n' | b'I' | b'N' => {
                DecodeErrorKind::WrongType
            }
            _ => return self.syntax(expected),
        };
        self.error(kind, format!("expected {expected}, found {}", self.found()))
    }

    /// The kind and size of what comes next, never its value.
    fn found(&self) -> Cow<'static, str> {
        let rest = &self.bytes()[self.at.min(self.text.len())..];
        match rest {
            [] => "the end of the body".into(),
            [b'"', ..] => {
                let mut end = 1;
                while end < rest.len() && rest[end] != b'"' {
                    end += if rest[end] == b'\\' { 2 } else { 1 };
                }
                let length = end.min(rest.len()) - 1;
                format!("a string of {length} bytes").into()
            }
            [b'{', ..] => "an object".into(),
            [b'[', ..] => "an array".into(),
            [b'}', ..] => "`}`".into(),
            [b']', ..] => "`]`".into(),
            [b',', ..] => "`,`".into(),
            [b':', ..] => "`:`".into(),
            [b't', ..] if rest.starts_with(b"true") => "a boolean".into(),
            [b'f', ..] if rest.starts_with(b"false") => "a boolean".into(),
            [b'n', ..] if rest.starts_with(b"null") => "null".into(),
            [b'-' | b'0'..=b'9', ..] => {
                let length = rest
                    .iter()
                    .take_while(|byte| {
                        matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
                    })
                    .count();
                format!("a number of {length} characters").into()
            }
            [b'I', ..] if rest.starts_with(b"INF") => "a number".into(),
            [b'N', ..] if rest.starts_with(b"NaN") => "a number".into(),
            _ => "a character that cannot stand there".into(),
        }
    }
}
