//! The shallow pass over XML events: over the whole body once, keeping where its parts are.

use std::borrow::Cow;

use super::ContractReader;
use crate::{
    context::{
        Entity, RemoteExecutionContext, Text, name,
        wire::{Contract, Reader, Slot},
    },
    decode::{
        DecodeError, DecodeErrorKind,
        events::{Content, Events, Scope},
        index::{Index, Pair, RowIndex, Span},
    },
};

/// Looks over a whole body, out of which the events come; `None` if its root is no context.
pub(in crate::decode) fn index<'a>(
    events: impl Events<'a>,
    body: &[u8],
) -> Result<Option<Index>, DecodeError> {
    let mut parts = Parts {
        reader: ContractReader::new(events)?,
        body,
        unknown: 0,
    };
    if !parts
        .reader
        .element()
        .name
        .is(name::XRM, RemoteExecutionContext::NAME.local)
    {
        return Ok(None);
    }
    let mut index = Index::default();
    parts.context(&mut index)?;
    parts.reader.finish()?;
    Ok(Some(index))
}

/// Looks over a row, which the events are of; `None` if it is null.
pub(in crate::decode) fn row_at<'a>(
    events: impl Events<'a>,
    body: &[u8],
) -> Result<Option<RowIndex>, DecodeError> {
    let mut parts = Parts {
        reader: ContractReader::new(events)?,
        body,
        unknown: 0,
    };
    if parts.reader.null()? {
        return Ok(None);
    }
    parts.row().map(Some)
}

struct Parts<'a, 'b, E> {
    reader: ContractReader<'a, E>,
    body: &'b [u8],
    unknown: usize,
}

impl<'a, E: Events<'a>> Parts<'a, '_, E> {
    fn context(&mut self, index: &mut Index) -> Result<(), DecodeError> {
        self.reader.scope(&mut index.scopes);
        let mut members = index.members;
        self.members::<RemoteExecutionContext>(&mut members, |parts, nth| match nth {
            Index::INPUTS => parts.pairs(
                &mut index.inputs,
                &mut index.scopes,
                Some(&mut index.target),
            ),
            Index::OUTPUTS => parts.pairs(&mut index.outputs, &mut index.scopes, None),
            Index::SHARED => parts.pairs(&mut index.shared, &mut index.scopes, None),
            Index::PRE_IMAGES => parts.images(&mut index.pre_images, &mut index.scopes),
            Index::POST_IMAGES => parts.images(&mut index.post_images, &mut index.scopes),
            Index::MESSAGE_NAME => parts.keep(&mut index.message_name),
            Index::PRIMARY_ENTITY_NAME => parts.keep(&mut index.primary_entity_name),
            Index::PRIMARY_ENTITY_ID => parts.keep(&mut index.primary_entity_id),
            Index::STAGE => parts.keep(&mut index.stage),
            Index::MODE => parts.keep(&mut index.mode),
            _ => parts.reader.skip(),
        })?;
        index.members = members;
        Ok(())
    }

    /// Goes over the members of a contract, calling `member` at those that it has.
    fn members<C: Contract>(
        &mut self,
        spans: &mut [Span],
        mut member: impl FnMut(&mut Self, usize) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        let mut expected = 0;
        loop {
            // Members mostly come in the contract's order.
            let predicted = match C::MEMBERS.get(expected) {
                Some(local) => self.reader.far_member(C::NAME.namespace, local)?,
                None => false,
            };
            if !predicted && !self.reader.child()? {
                return Ok(());
            }
            let child = *self.reader.element();
            if !child.name.namespace.is(C::NAME.namespace) {
                self.reader.skip()?;
                continue;
            }
            let local = child.name.local;
            let mut all = (expected..C::MEMBERS.len()).chain(0..expected);
            let Some(nth) = all.find(|&nth| C::MEMBERS[nth] == local) else {
                self.unknown += 1;
                if self.unknown > self.reader.limits().unknown_members {
                    return Err(self.reader.fault(
                        DecodeErrorKind::Limit,
                        "more members that their types do not have than `Limits::unknown_members` allows",
                    ));
                }
                self.reader.skip().map_err(|error| error.in_member(local))?;
                continue;
            };
            let inside = |error: DecodeError| error.in_member(local);
            if !spans[nth].is_empty() {
                return Err(inside(
                    self.reader
                        .fault(DecodeErrorKind::Duplicate, "the member stands twice"),
                ));
            }
            member(self, nth).map_err(inside)?;
            spans[nth] = Span::new(child.offset, self.reader.offset());
            expected = nth + 1;
        }
    }

    /// Reads a value that may be null.
    fn keep<T: Slot + Default>(&mut self, place: &mut T) -> Result<(), DecodeError> {
        *place = Option::<T>::read(&mut self.reader)?.unwrap_or_default();
        Ok(())
    }

    fn pairs(
        &mut self,
        pairs: &mut Vec<Pair>,
        scopes: &mut Vec<Scope>,
        mut target: Option<&mut Option<RowIndex>>,
    ) -> Result<(), DecodeError> {
        self.each_pair("KeyValuePairOfstringanyType", scopes, |parts, scopes| {
            let (pair, _) = parts.pair(scopes, target.as_deref_mut())?;
            pairs.push(pair);
            Ok(())
        })
    }

    fn images(
        &mut self,
        images: &mut Vec<(Text, Pair)>,
        scopes: &mut Vec<Scope>,
    ) -> Result<(), DecodeError> {
        self.each_pair(
            "KeyValuePairOfstringEntitygUGIFE1S",
            scopes,
            |parts, scopes| {
                let (pair, key) = parts.pair(scopes, None)?;
                images.push((key, pair));
                Ok(())
            },
        )
    }

    /// Goes over the pairs, which are elements of this name; others are nobody's business.
    fn each_pair(
        &mut self,
        pair_name: &'static str,
        scopes: &mut Vec<Scope>,
        mut pair: impl FnMut(&mut Self, &mut Vec<Scope>) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        if self.reader.null()? {
            return Ok(());
        }
        let mut nth = 0;
        loop {
            if !self.reader.far_member(name::XRM, pair_name)? {
                if !self.reader.child()? {
                    return Ok(());
                }
                if !self.reader.element().name.is(name::XRM, pair_name) {
                    self.reader.skip()?;
                    continue;
                }
            }
            pair(self, scopes).map_err(|error| error.in_pair_or_item(nth))?;
            nth += 1;
        }
    }

    /// Looks over a pair; in the one that is the Target, at the row too.
    fn pair(
        &mut self,
        scopes: &mut Vec<Scope>,
        target: Option<&mut Option<RowIndex>>,
    ) -> Result<(Pair, Text), DecodeError> {
        let mut row = None;
        let item = self.reader.element().offset;
        let scope = self.reader.scope(scopes);
        if scope == u16::MAX {
            return Err(self.reader.fault(
                DecodeErrorKind::Limit,
                "expected the same namespaces for most pairs, found 65,535 different sets",
            ));
        }
        let mut pair = Pair {
            key: Span::default(),
            escaped: false,
            scope,
            value: Span::default(),
        };
        let mut key: Option<Text> = None;
        loop {
            let next = if key.is_none() { "key" } else { "value" };
            if !self.reader.far_member(name::GENERIC, next)? && !self.reader.child()? {
                break;
            }
            let part = *self.reader.element();
            let whole = |reader: &ContractReader<'a, E>| Span::new(part.offset, reader.offset());
            let duplicate = || {
                DecodeError::new(DecodeErrorKind::Duplicate, "the member stands twice")
                    .at(part.offset)
            };
            if part.name.is(name::GENERIC, "key") {
                if key.is_some() {
                    return Err(duplicate().in_member("key"));
                }
                let content = self
                    .reader
                    .content()
                    .map_err(|error| error.in_member("key"))?;
                let place = match &content {
                    Content::Text(Cow::Borrowed(text)) => place(self.body, text),
                    _ => None,
                };
                pair.escaped = place.is_none();
                pair.key = place.unwrap_or_else(|| whole(&self.reader));
                key = Some(content.into_text());
            } else if part.name.is(name::GENERIC, "value") {
                if !pair.value.is_empty() {
                    return Err(duplicate().in_member("value"));
                }
                let is_row = part
                    .type_name
                    .is_some_and(|name| name.is(name::XRM, Entity::NAME.local));
                // A value before its key may be the Target as well.
                let may_be_target =
                    target.is_some() && key.as_ref().is_none_or(|key| key == "Target");
                let result = if is_row && may_be_target {
                    self.row().map(|index| row = Some(index))
                } else {
                    self.reader.skip()
                };
                result.map_err(|error| match &key {
                    Some(key) => error.in_key(key),
                    None => error.in_member("value"),
                })?;
                pair.value = whole(&self.reader);
            } else {
                self.reader.skip()?;
            }
        }
        let key = key.ok_or_else(|| {
            DecodeError::new(DecodeErrorKind::Missing, "a pair has no `key`").at(item)
        })?;
        if let Some(target) = target
            && key == "Target"
        {
            *target = row;
        }
        Ok((pair, key))
    }

    /// Looks over the row in whose element the reader stands.
    fn row(&mut self) -> Result<RowIndex, DecodeError> {
        let start = self.reader.element().offset;
        let mut row = RowIndex::default();
        self.reader.scope(&mut row.scopes);
        let mut members = row.members;
        self.members::<Entity>(&mut members, |parts, nth| {
            if nth == RowIndex::ATTRIBUTES {
                parts.pairs(&mut row.attributes, &mut row.scopes, None)
            } else {
                parts.reader.skip()
            }
        })?;
        row.members = members;
        row.whole = Span::new(start, self.reader.offset());
        Ok(row)
    }
}

/// Where in the body a text stands that was borrowed from it.
fn place(body: &[u8], text: &str) -> Option<Span> {
    let start = (text.as_ptr() as usize).checked_sub(body.as_ptr() as usize)?;
    let end = start.checked_add(text.len())?;
    (!text.is_empty() && end <= body.len()).then(|| Span::new(start, end))
}
