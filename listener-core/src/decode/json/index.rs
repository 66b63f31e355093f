//! The shallow pass: over the whole body once, keeping where its parts are.

use std::borrow::Cow;

use super::{JsonReader, any::TypeOf, document::Root};
use crate::{
    context::{
        Entity, RemoteExecutionContext, Text,
        wire::{Contract, Reader, Slot},
    },
    decode::{
        DecodeError, DecodeErrorKind, Limits,
        index::{Index, Pair, RowIndex, Span},
    },
};

/// Looks over a whole body.
pub(in crate::decode) fn index(text: &str, limits: &Limits) -> Result<Index, DecodeError> {
    let mut reader = JsonReader::new(text, limits);
    if let Root::Fault = reader.root()? {
        return Err(reader.error(
            DecodeErrorKind::WrongType,
            "expected an execution context, found a `ServiceEndpointFault`",
        ));
    }
    let mut index = Index::default();
    reader.context(&mut index)?;
    reader.end()?;
    index.lone_surrogates = reader.lone_surrogates;
    Ok(index)
}

/// Looks over the row at that place in the body; `None` if it is null.
pub(in crate::decode) fn row_at(
    body: &[u8],
    span: Span,
    limits: &Limits,
) -> Result<Option<RowIndex>, DecodeError> {
    let mut reader = part(body, span, limits)?;
    if reader.null()? {
        return Ok(None);
    }
    reader.row(0).map(Some)
}

/// Reads the value at that place in the body.
pub(in crate::decode) fn read_part<T: Slot>(
    body: &[u8],
    span: Span,
    limits: &Limits,
) -> Result<T, DecodeError> {
    T::read(&mut part(body, span, limits)?)
}

fn part<'a>(body: &'a [u8], span: Span, limits: &Limits) -> Result<JsonReader<'a>, DecodeError> {
    // Safe code has no way to say that this was checked before, and a part is short.
    let text = super::utf8(&body[span.range()])?;
    Ok(JsonReader::part(text, span.start(), limits))
}

/// Whether this is the pair's key.
#[inline]
pub(in crate::decode) fn has_key(pair: &Pair, body: &[u8], key: &str) -> bool {
    if pair.escaped {
        return self::key(pair, body).is_ok_and(|text| &*text == key);
    }
    let range = pair.key.range();
    range.len() == key.len() && body.get(range) == Some(key.as_bytes())
}

/// The pair's key.
fn key(pair: &Pair, body: &[u8]) -> Result<Text, DecodeError> {
    let quoted = pair.key.start() - 1..pair.key.range().end + 1;
    let base = quoted.start;
    JsonReader::part(super::utf8(&body[quoted])?, base, &Limits::default()).key()
}

/// How far the members of an object are read.
#[derive(Default)]
struct Progress {
    expected: usize,
    unknown: usize,
    typed: bool,
}

impl JsonReader<'_> {
    fn context(&mut self, index: &mut Index) -> Result<(), DecodeError> {
        const MEMBERS: &[&str] = RemoteExecutionContext::MEMBERS;
        let mut progress = Progress {
            typed: self.open_object()?,
            ..Progress::default()
        };
        while let Some(nth) = self.member(MEMBERS, &index.members, &mut progress)? {
            let start = self.at;
            self.context_member(nth, index)
                .map_err(|error| error.in_member(MEMBERS[nth]))?;
            index.members[nth] = self.span(start);
        }
        Ok(())
    }

    fn context_member(&mut self, nth: usize, index: &mut Index) -> Result<(), DecodeError> {
        match nth {
            Index::INPUTS => self.index_pairs(&mut index.inputs, Some(&mut index.target)),
            Index::OUTPUTS => self.index_pairs(&mut index.outputs, None),
            Index::SHARED => self.index_pairs(&mut index.shared, None),
            Index::PRE_IMAGES => self.images(&mut index.pre_images),
            Index::POST_IMAGES => self.images(&mut index.post_images),
            Index::MESSAGE_NAME => self.keep(&mut index.message_name),
            Index::PRIMARY_ENTITY_NAME => self.keep(&mut index.primary_entity_name),
            Index::PRIMARY_ENTITY_ID => self.keep(&mut index.primary_entity_id),
            Index::STAGE => self.keep(&mut index.stage),
            Index::MODE => self.keep(&mut index.mode),
            _ => self.skip_value(),
        }
    }

    /// Looks over images, whose names somebody is sure to ask for.
    fn images(&mut self, images: &mut Vec<(Text, Pair)>) -> Result<(), DecodeError> {
        let mut pairs = Vec::new();
        self.index_pairs(&mut pairs, None)?;
        for pair in pairs {
            images.push((key(&pair, self.bytes())?, pair));
        }
        Ok(())
    }

    /// Reads a value that may be null.
    fn keep<T: Slot + Default>(&mut self, place: &mut T) -> Result<(), DecodeError> {
        *place = Option::<T>::read(self)?.unwrap_or_default();
        Ok(())
    }

    /// Looks over a row, which begins at `start` and may be open already.
    fn row(&mut self, start: usize) -> Result<RowIndex, DecodeError> {
        const MEMBERS: &[&str] = Entity::MEMBERS;
        let mut row = RowIndex::default();
        let mut progress = Progress {
            typed: self.open_object()?,
            ..Progress::default()
        };
        while let Some(nth) = self.member(MEMBERS, &row.members, &mut progress)? {
            let start = self.at;
            let result = if nth == RowIndex::ATTRIBUTES {
                self.index_pairs(&mut row.attributes, None)
            } else {
                self.skip_value()
            };
            result.map_err(|error| error.in_member(MEMBERS[nth]))?;
            row.members[nth] = self.span(start);
        }
        row.whole = self.span(start);
        Ok(row)
    }

    /// Looks over the value of the input parameter `Target`.
    fn target(&mut self) -> Result<Option<RowIndex>, DecodeError> {
        if self.peek() == b'{' {
            let start = self.at;
            if let TypeOf::Entity = self.type_of()? {
                return self.row(start).map(Some);
            }
            (self.at, self.opened) = (start, false);
        }
        self.skip_value()?;
        Ok(None)
    }

    /// The number of the next member that the contract has, before whose value the reader then stands; those that it
    /// does not have are passed over.
    fn member(
        &mut self,
        members: &[&str],
        seen: &[Span],
        progress: &mut Progress,
    ) -> Result<Option<usize>, DecodeError> {
        if let Some(nth) = self.guess_member(&members[progress.expected..]) {
            let nth = progress.expected + nth;
            progress.expected = nth + 1;
            self.spend(1)?;
            self.peek();
            if seen[nth].is_empty() {
                return Ok(Some(nth));
            }
            return Err(self.duplicate(self.at).in_member(members[nth]));
        }
        loop {
            let start = self.at;
            let Some(name) = self.next_name()? else {
                return Ok(None);
            };
            self.spend(1)?;
            match members.iter().position(|member| *member == name) {
                Some(nth) if seen[nth].is_empty() => {
                    progress.expected = nth + 1;
                    self.peek();
                    return Ok(Some(nth));
                }
                Some(_) => return Err(self.duplicate(start).in_member(&name)),
                None if name == "__type" => self.type_again(&mut progress.typed, start)?,
                None => self.pass_unknown(&name, &mut progress.unknown)?,
            }
        }
    }

    /// The first of these members that comes next.
    #[inline]
    fn guess_member(&mut self, members: &[&str]) -> Option<usize> {
        let [separator, b'"', rest @ ..] = self.bytes().get(self.at..)? else {
            return None;
        };
        if *separator != self.separator {
            return None;
        }
        let nth = members.iter().position(|member| {
            rest.strip_prefix(member.as_bytes())
                .is_some_and(|rest| rest.starts_with(b"\":"))
        })?;
        self.at += members[nth].len() + 4;
        self.separator = b',';
        Some(nth)
    }

    fn span(&self, start: usize) -> Span {
        Span::new(self.base + start, self.base + self.at)
    }

    /// Looks over a list of pairs. In the one that may have a `target`, that is looked over too.
    fn index_pairs(
        &mut self,
        pairs: &mut Vec<Pair>,
        mut target: Option<&mut Option<RowIndex>>,
    ) -> Result<(), DecodeError> {
        if self.null()? || !self.open_array()? {
            return Ok(());
        }
        loop {
            self.spend(1)?;
            let pair = self
                .index_pair(target.as_deref_mut())
                .map_err(|error| error.in_pair_or_item(pairs.len()))?;
            pairs.push(pair);
            if !self.next_item()? {
                return Ok(());
            }
        }
    }

    #[inline]
    fn index_pair(&mut self, target: Option<&mut Option<RowIndex>>) -> Result<Pair, DecodeError> {
        let start = self.at;
        if !self.eat("{\"key\":\"") {
            self.open_object()?;
            return self.rest_of_index_pair(None, Span::default(), target, start);
        }
        self.at -= 1;
        self.deeper()?;
        let key = self.raw_key()?;
        self.separator = b',';
        if !self.eat(",\"value\":") {
            return self.rest_of_index_pair(Some(key), Span::default(), target, start);
        }
        let value = self.pair_value(key, target)?;
        if !self.eat("}") {
            return self.rest_of_index_pair(Some(key), value, None, start);
        }
        self.depth += 1;
        Ok(Pair { value, ..key })
    }

    /// Passes over the key of a pair.
    #[inline]
    fn raw_key(&mut self) -> Result<Pair, DecodeError> {
        if self.peek() != b'"' {
            return Err(self.wrong("a string").in_member("key"));
        }
        let start = self.at + 1;
        let plain = match self.name().map_err(|error| error.in_member("key"))? {
            Cow::Borrowed(_) => true,
            Cow::Owned(_) => false,
        };
        Ok(Pair {
            key: Span::new(self.base + start, self.base + self.at - 1),
            escaped: !plain,
            scope: 0,
            value: Span::default(),
        })
    }

    /// Passes over the value of the pair with this key.
    #[inline]
    fn pair_value(
        &mut self,
        key: Pair,
        target: Option<&mut Option<RowIndex>>,
    ) -> Result<Span, DecodeError> {
        self.peek();
        let start = self.at;
        let result = match target {
            Some(target) if self.is_target(key) => self.target().map(|row| *target = row),
            _ => self.skip_value(),
        };
        match result {
            Ok(()) => Ok(self.span(start)),
            Err(error) => Err(self.in_raw_key(error, key)),
        }
    }

    fn is_target(&self, key: Pair) -> bool {
        debug_assert_eq!(self.base, 0, "only a whole body has parameters");
        has_key(&key, self.bytes(), "Target")
    }

    #[cold]
    fn in_raw_key(&self, error: DecodeError, key: Pair) -> DecodeError {
        let quoted = key.key.start() - self.base - 1..key.key.range().end - self.base + 1;
        match JsonReader::new(&self.text[quoted], &Limits::default()).name() {
            Ok(key) => error.in_key(&key),
            Err(_) => error.in_member("value"),
        }
    }

    #[inline(never)]
    fn rest_of_index_pair(
        &mut self,
        mut key: Option<Pair>,
        mut value: Span,
        mut target: Option<&mut Option<RowIndex>>,
        start: usize,
    ) -> Result<Pair, DecodeError> {
        let (mut unknown, mut typed) = (0, false);
        loop {
            let member = self.at;
            let Some(name) = self.next_name()? else { break };
            match (&*name, key) {
                ("key", Some(_)) => return Err(self.duplicate(member).in_member("key")),
                ("key", None) => key = Some(self.raw_key()?),
                ("value", _) if !value.is_empty() => {
                    return Err(self.duplicate(member).in_member("value"));
                }
                ("value", Some(key)) => value = self.pair_value(key, target.take())?,
                ("value", None) => {
                    self.peek();
                    let start = self.at;
                    self.skip_value()
                        .map_err(|error| error.in_member("value"))?;
                    value = self.span(start);
                }
                ("__type", _) => self.type_again(&mut typed, member)?,
                _ => self.pass_unknown(&name, &mut unknown)?,
            }
        }
        let Some(key) = key else {
            return Err(self.no_key(start));
        };
        // A value that came before its key, or none at all.
        if let Some(target) = target
            && self.is_target(key)
        {
            *target = None;
            if !value.is_empty() {
                let end = std::mem::replace(&mut self.at, value.start());
                let (items, lone) = (self.items, self.lone_surrogates);
                *target = self.target().map_err(|error| error.in_key("Target"))?;
                (self.at, self.items, self.lone_surrogates) = (end, items, lone);
            }
        }
        Ok(Pair { value, ..key })
    }
}
