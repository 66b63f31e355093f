use rust_decimal::{Decimal, prelude::FromPrimitive};
use uuid::Uuid;

use super::{ContractReader, simple::whole};
use crate::{
    context::{
        DateTime, Text, Value, name,
        name::TypeName,
        wire::{Contract, Enumeration, Reader, Shape, Slot},
    },
    decode::{
        DecodeError, DecodeErrorKind,
        events::{Content, Events, Name},
        lexical,
    },
};

impl<'a, E: Events<'a>> Reader for ContractReader<'a, E> {
    fn null(&mut self) -> Result<bool, DecodeError> {
        let null = self.element().nil;
        if null {
            self.skip()?;
        }
        Ok(null)
    }

    fn boolean(&mut self) -> Result<bool, DecodeError> {
        let content = self.content()?;
        let boolean = match &content {
            Content::Boolean(value) => Some(*value),
            Content::Text(text) => lexical::boolean(text),
            number => match whole(number) {
                Some(0) => Some(false),
                Some(1) => Some(true),
                _ => None,
            },
        };
        boolean.ok_or_else(|| self.wrong("a boolean", &content))
    }

    fn int(&mut self) -> Result<i32, DecodeError> {
        let integer = self.integer("an int")?;
        i32::try_from(integer).map_err(|_| {
            self.fault(
                DecodeErrorKind::OutOfRange,
                "expected an int, found a number beyond 32 bits",
            )
        })
    }

    fn decimal(&mut self) -> Result<Decimal, DecodeError> {
        let content = self.content()?;
        let decimal = match &content {
            Content::Decimal(value) => Some(*value),
            Content::Integer(value) => Some(Decimal::from(*value)),
            Content::Unsigned(value) => Some(Decimal::from(*value)),
            Content::Double(value) => Decimal::from_f64(*value),
            Content::Float(value) => Decimal::from_f32(*value),
            Content::Text(text) => lexical::decimal(text),
            _ => None,
        };
        decimal.ok_or_else(|| self.wrong("a decimal of up to 28 digits", &content))
    }

    fn text(&mut self) -> Result<Text, DecodeError> {
        match self.events.plain_text() {
            Some(text) => Ok(text.into()),
            None => self.other_text(),
        }
    }

    fn guid(&mut self) -> Result<Uuid, DecodeError> {
        if let Some(guid) = self.events.plain_guid() {
            return Ok(guid);
        }
        let content = self.content()?;
        let guid = match &content {
            Content::Guid(value) => Some(*value),
            Content::Text(text) => Uuid::try_parse(text.trim()).ok(),
            _ => None,
        };
        guid.ok_or_else(|| self.wrong("a guid", &content))
    }

    fn date_time(&mut self) -> Result<DateTime, DecodeError> {
        let content = self.content()?;
        let date = match &content {
            Content::DateTime(value) => Some(*value),
            Content::Text(text) => lexical::date_time(text),
            _ => None,
        };
        date.ok_or_else(|| self.wrong("a date between the years 1 and 9999", &content))
    }

    fn enumeration<T: Enumeration>(&mut self) -> Result<T, DecodeError> {
        // Names stand in XML and binary; a number, which some tool may have written, is taken as well.
        Ok(match self.content()? {
            Content::Integer(number) => T::from_number(i32::try_from(number).map_err(|_| {
                self.fault(
                    DecodeErrorKind::OutOfRange,
                    "expected the name of an enumeration, found a number beyond 32 bits",
                )
            })?),
            other => T::from_name(other.into_plain().trim()),
        })
    }

    fn object<C: Contract>(&mut self) -> Result<C, DecodeError> {
        let mut value = C::default();
        // Members come in the contract's order, unless somebody wrote the message again.
        value.read_in_order(self)?;
        while self.child()? {
            let child = self.element().name;
            if !child.namespace.is(C::NAME.namespace) {
                // A member of the same name in another namespace is another member, and nobody's business.
                self.skip()?;
                continue;
            }
            let local = child.local;
            let Some(index) = C::MEMBERS.iter().position(|member| *member == local) else {
                self.other(&mut value)?;
                continue;
            };
            if !value.is_absent(index) {
                return Err(self
                    .fault(DecodeErrorKind::Duplicate, "the member stands twice")
                    .in_member(local));
            }
            value
                .read_member(index, self)
                .map_err(|e| e.in_member(local))?;
        }
        Ok(value)
    }

    #[inline(always)]
    fn next_member_is(
        &mut self,
        contract: TypeName,
        name: &'static str,
        _quoted: &'static str,
    ) -> Result<bool, DecodeError> {
        self.far_member(contract.namespace, name)
    }

    fn value_object<T: Slot + Default>(&mut self) -> Result<T, DecodeError> {
        let read = |reader: &mut Self| T::read(reader).map_err(|e| e.in_member("Value"));
        let mut value = None;
        if self.far_member(name::XRM, "Value")? {
            value = Some(read(self)?);
        }
        while self.child()? {
            if !self.element().name.is(name::XRM, "Value") {
                self.skip()?;
                continue;
            }
            if value.is_some() {
                return Err(self
                    .fault(DecodeErrorKind::Duplicate, "the member stands twice")
                    .in_member("Value"));
            }
            value = Some(read(self)?);
        }
        Ok(value.unwrap_or_default())
    }

    // Inlined always, as pairs are: the name of the items is known where a list is read.
    #[inline(always)]
    fn list(
        &mut self,
        shape: Shape,
        mut item: impl FnMut(&mut Self) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        let (namespace, local) = match shape {
            Shape::List { item, .. } => (item.namespace, item.local),
            Shape::Pairs { namespace, item } => (namespace, item),
            Shape::Scalar | Shape::Contract(_) => unreachable!("a list has the shape of one"),
        };
        let name = Name::known(namespace, local);
        let mut nth = 0;
        loop {
            if !self.member(name)? {
                if !self.child()? {
                    return Ok(());
                }
                if self.element().name != name {
                    self.skip()?;
                    continue;
                }
            }
            item(self).map_err(|e| match shape {
                Shape::Pairs { .. } => e.in_pair_or_item(nth),
                _ => e.in_item(nth),
            })?;
            nth += 1;
        }
    }

    #[inline(always)]
    fn pairs<K: Slot, V: Slot + Default>(
        &mut self,
        shape: Shape,
    ) -> Result<Vec<(K, V)>, DecodeError> {
        let mut pairs = Vec::new();
        self.list(shape, |reader| reader.pair(&mut pairs))?;
        Ok(pairs)
    }

    fn any(&mut self) -> Result<Value, DecodeError> {
        if self.null()? {
            return Ok(Value::Null);
        }
        match self.element().type_name {
            Some(type_name) => self.typed(type_name),
            None => self.tree(None),
        }
    }
}

impl<'a, E: Events<'a>> ContractReader<'a, E> {
    #[cold]
    fn other_text(&mut self) -> Result<Text, DecodeError> {
        self.content().map(Content::into_text)
    }

    /// A member that the contract does not have.
    fn other<C: Contract>(&mut self, value: &mut C) -> Result<(), DecodeError> {
        let name: Text = self.element().name.local.into();
        let most = self.events.limits().unknown_members;
        if value.others().len() >= most {
            return Err(self.fault(
                DecodeErrorKind::Limit,
                format!("more than {most} members that the type does not have; see `Limits::unknown_members`"),
            ));
        }
        let other = self.any().map_err(|e| e.in_member(&name))?;
        value.push_other(name, other);
        Ok(())
    }

    /// Reads a pair. It mostly has its key first, then its value, and nothing else.
    // It is pushed at once: each move of what was just read waits until that is in memory.
    #[inline(always)]
    fn pair<K: Slot, V: Slot + Default>(
        &mut self,
        pairs: &mut Vec<(K, V)>,
    ) -> Result<(), DecodeError> {
        let item = self.element().offset;
        if !self.member(const { Name::known(name::GENERIC, "key") })? {
            return self.rest_of_pair(item, pairs, None, None);
        }
        let key = K::read_key(self).map_err(|e| e.in_member("key"))?;
        if !self.member(const { Name::known(name::GENERIC, "value") })? {
            return self.rest_of_pair(item, pairs, Some(key), None);
        }
        match V::read(self) {
            Ok(value) => pairs.push((key, value)),
            Err(error) => return Err(in_value(error, Some(&key))),
        }
        if self.events.end() {
            return Ok(());
        }
        let (key, value) = pairs.pop().unzip();
        self.rest_of_pair(item, pairs, key, value)
    }

    #[cold]
    fn rest_of_pair<K: Slot, V: Slot + Default>(
        &mut self,
        item: usize,
        pairs: &mut Vec<(K, V)>,
        mut key: Option<K>,
        mut value: Option<V>,
    ) -> Result<(), DecodeError> {
        while self.child()? {
            let part = *self.element();
            let duplicate = |name| {
                DecodeError::new(DecodeErrorKind::Duplicate, "the member stands twice")
                    .at(part.offset)
                    .in_member(name)
            };
            if part.name.is(name::GENERIC, "key") {
                if key.is_some() {
                    return Err(duplicate("key"));
                }
                key = Some(K::read_key(self).map_err(|e| e.in_member("key"))?);
            } else if part.name.is(name::GENERIC, "value") {
                if value.is_some() {
                    return Err(duplicate("value"));
                }
                value = Some(V::read(self).map_err(|e| in_value(e, key.as_ref()))?);
            } else {
                self.skip()?;
            }
        }
        let key = key.ok_or_else(|| {
            DecodeError::new(DecodeErrorKind::Missing, "a pair has no `key`").at(item)
        })?;
        pairs.push((key, value.unwrap_or_default()));
        Ok(())
    }
}

/// A fault in the value of a pair is named by the pair's key, where that is known.
#[cold]
fn in_value<K: Slot>(error: DecodeError, key: Option<&K>) -> DecodeError {
    match key.and_then(K::as_key) {
        Some(key) => error.in_key(key),
        None => error.in_member("value"),
    }
}
