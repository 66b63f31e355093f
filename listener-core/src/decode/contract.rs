//! The contract layer: from XML events, of text or binary, to the model.

use std::{borrow::Cow, marker::PhantomData};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use rust_decimal::{Decimal, prelude::FromPrimitive, prelude::ToPrimitive};
use uuid::Uuid;

use super::{
    DecodeError, DecodeErrorKind, Document, Limits,
    binary::TimeSpan,
    events::{Content, Element, Event, Events, Name, Scope},
    lexical, soap,
};
use crate::context::{
    Array, ArrayKind, DateTime, Object, Primitive, RemoteExecutionContext, ServiceEndpointFault,
    Text, Value, name,
    name::{OwnedTypeName, TypeName},
    wire::{Contract, Enumeration, Reader, Shape, Slot},
};

/// Reads the value of one element: it stands behind the element's start, and a value ends with its end.
pub(crate) struct ContractReader<'a, E> {
    events: E,
    bytes: PhantomData<&'a [u8]>,
}

impl<'a, E: Events<'a>> ContractReader<'a, E> {
    /// Reads the root's start.
    pub(crate) fn new(mut events: E) -> Result<Self, DecodeError> {
        match events.next()? {
            Event::Start => Ok(Self {
                events,
                bytes: PhantomData,
            }),
            _ => Err(
                DecodeError::new(DecodeErrorKind::Syntax, "expected an element, found none")
                    .at(events.offset()),
            ),
        }
    }

    /// The element whose start was read last.
    pub(crate) fn element(&self) -> &Element<'a> {
        self.events.element()
    }

    /// Where the reader stands.
    pub(super) fn offset(&self) -> usize {
        self.events.offset()
    }

    pub(super) fn limits(&self) -> &Limits {
        self.events.limits()
    }

    /// The number of the scope in which the reader stands, which is added unless it is the last one.
    pub(super) fn scope(&self, scopes: &mut Vec<Scope>) -> u16 {
        if !scopes.last().is_some_and(|last| self.events.scope_is(last)) {
            scopes.push(self.events.scope());
        }
        // As many as there are numbers; a message with more is refused when it is looked over.
        u16::try_from(scopes.len() - 1).unwrap_or(u16::MAX)
    }

    /// Checks that nothing but the end follows.
    pub(crate) fn finish(mut self) -> Result<E, DecodeError> {
        match self.events.next()? {
            Event::Eof => Ok(self.events),
            _ => Err(self.fault(
                DecodeErrorKind::Syntax,
                "expected the end of the message, found more behind its root",
            )),
        }
    }

    pub(super) fn fault(&self, kind: DecodeErrorKind, text: impl Into<String>) -> DecodeError {
        DecodeError::new(kind, text).at(self.element().offset)
    }

    fn wrong(&self, expected: &str, found: &Content<'_>) -> DecodeError {
        let found = match found {
            Content::Text(text) => {
                return self.fault(
                    DecodeErrorKind::WrongType,
                    format!(
                        "expected {expected}, found a text of {} characters",
                        text.chars().count()
                    ),
                );
            }
            Content::Boolean(_) => "a boolean",
            Content::Integer(_) | Content::Unsigned(_) => "an integer",
            Content::Float(_) | Content::Double(_) => "a floating-point number",
            Content::Decimal(_) => "a decimal",
            Content::DateTime(_) => "a date",
            Content::Bytes(_) => "bytes",
            Content::Guid(_) => "a guid",
            Content::Duration(_) => "a duration",
        };
        self.fault(
            DecodeErrorKind::WrongType,
            format!("expected {expected}, found {found}"),
        )
    }

    /// Stands in the child of this name, if it comes next; a child of that name in another namespace is skipped. What is not
    /// seen here is seen by [`child`](Self::child).
    #[inline(always)]
    pub(super) fn member(
        &mut self,
        namespace: &'static str,
        local: &'static str,
    ) -> Result<bool, DecodeError> {
        if self.events.sees(local) {
            self.enter(namespace, local)
        } else {
            Ok(false)
        }
    }

    fn enter(&mut self, namespace: &'static str, local: &'static str) -> Result<bool, DecodeError> {
        if !self.events.enter(namespace, local)? {
            return Ok(false);
        }
        let found = self.element().name.namespace.is(namespace);
        if !found {
            self.skip()?;
        }
        Ok(found)
    }

    /// Reads the next child's start, or else the end of the open element. Text between children is white space, or an
    /// error.
    pub(super) fn child(&mut self) -> Result<bool, DecodeError> {
        if self.events.end() {
            return Ok(false);
        }
        loop {
            match self.events.next()? {
                Event::Start => return Ok(true),
                Event::End => return Ok(false),
                Event::Content(Content::Text(text)) if text.trim().is_empty() => {}
                Event::Content(content) => return Err(self.wrong("elements", &content)),
                Event::Eof => {
                    return Err(
                        self.fault(DecodeErrorKind::UnexpectedEnd, "the message ends too early")
                    );
                }
            }
        }
    }

    /// Skips the rest of the element.
    pub(super) fn skip(&mut self) -> Result<(), DecodeError> {
        self.events.skip()
    }

    /// All content of an element without children: one piece mostly, else all pieces joined as text, or as bytes.
    pub(super) fn content(&mut self) -> Result<Content<'a>, DecodeError> {
        match self.events.simple()? {
            Some(content) => Ok(content),
            None => self.pieces(),
        }
    }

    fn pieces(&mut self) -> Result<Content<'a>, DecodeError> {
        let mut whole: Option<Content<'a>> = None;
        loop {
            match self.events.next()? {
                Event::Content(piece) => {
                    whole = Some(match whole {
                        None => piece,
                        Some(Content::Bytes(mut bytes)) if matches!(piece, Content::Bytes(_)) => {
                            if let Content::Bytes(more) = piece {
                                bytes.to_mut().extend_from_slice(&more);
                            }
                            Content::Bytes(bytes)
                        }
                        Some(start) => {
                            let mut text = plain(start).into_owned();
                            text.push_str(&plain(piece));
                            Content::Text(text.into())
                        }
                    });
                }
                Event::End => return Ok(whole.unwrap_or(Content::Text(Cow::Borrowed("")))),
                Event::Start => {
                    return Err(self.fault(
                        DecodeErrorKind::WrongType,
                        "expected a simple value, found elements in it",
                    ));
                }
                Event::Eof => {
                    return Err(
                        self.fault(DecodeErrorKind::UnexpectedEnd, "the message ends too early")
                    );
                }
            }
        }
    }

    fn integer(&mut self, expected: &str) -> Result<i64, DecodeError> {
        let content = self.content()?;
        let integer = match &content {
            Content::Integer(value) => Some(*value),
            Content::Unsigned(value) => i64::try_from(*value).ok(),
            Content::Text(text) => lexical::integer(text),
            Content::Decimal(value) if value.is_integer() => value.to_i64(),
            Content::Double(value) => integral(*value),
            Content::Float(value) => integral(f64::from(*value)),
            _ => None,
        };
        integer.ok_or_else(|| self.wrong(expected, &content))
    }

    fn double(&mut self) -> Result<f64, DecodeError> {
        let content = self.content()?;
        let double = match &content {
            Content::Double(value) => Some(*value),
            Content::Float(value) => Some(f64::from(*value)),
            #[expect(
                clippy::cast_precision_loss,
                reason = "the writer made the integer from a double"
            )]
            Content::Integer(value) => Some(*value as f64),
            #[expect(clippy::cast_precision_loss, reason = "as above")]
            Content::Unsigned(value) => Some(*value as f64),
            Content::Decimal(value) => value.to_f64(),
            Content::Text(text) => lexical::double(text),
            _ => None,
        };
        double.ok_or_else(|| self.wrong("a double", &content))
    }

    fn bytes(&mut self) -> Result<Bytes, DecodeError> {
        match self.content()? {
            Content::Bytes(bytes) => Ok(Bytes::from(bytes.into_owned())),
            Content::Text(text) => {
                let compact: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
                STANDARD
                    .decode(compact)
                    .map(Bytes::from)
                    .map_err(|_| self.wrong("base64", &Content::Text(text)))
            }
            other => Err(self.wrong("bytes", &other)),
        }
    }

    /// A value whose type the element names.
    fn typed(&mut self, type_name: Name<'a>) -> Result<Value, DecodeError> {
        let primitive =
            if type_name.namespace.is(name::XSD) || type_name.namespace.is(name::SERIALIZATION) {
                self.primitive(type_name)?
            } else {
                None
            };
        if let Some(value) = primitive {
            return Ok(value);
        }
        let (namespace, local) = (type_name.namespace.uri(), type_name.local);
        if namespace == name::ARRAYS && local == "ArrayOfKeyValueOfstringstring" {
            return self.dictionary();
        }
        if let Some(value) = super::registry::read(namespace, local, self)? {
            return Ok(value);
        }
        match local.strip_prefix("ArrayOf") {
            Some(item) => self.array(type_name, item),
            None => self.tree(Some(owned(type_name))),
        }
    }

    fn primitive(&mut self, type_name: Name<'a>) -> Result<Option<Value>, DecodeError> {
        let in_xsd = type_name.namespace.is(name::XSD);
        Ok(Some(match (in_xsd, type_name.local) {
            (true, "string") => Value::String(self.text()?),
            (true, "int") => Value::Int(self.int()?),
            (true, "long") => Value::Long(self.integer("a long")?),
            (true, "boolean") => Value::Boolean(self.boolean()?),
            (true, "decimal") => Value::Decimal(self.decimal()?),
            (true, "double") => Value::Double(self.double()?),
            (true, "dateTime") => Value::DateTime(self.date_time()?),
            (true, "base64Binary") => Value::Bytes(self.bytes()?),
            (false, "guid") => Value::Guid(self.guid()?),
            (true, "anyType") => return Ok(None),
            _ => {
                let text = self.text()?;
                Value::Primitive(Box::new(Primitive {
                    type_name: owned(type_name),
                    text,
                }))
            }
        }))
    }

    /// `Dictionary<string, string>`: `Key` and `Value` in the namespace of arrays.
    fn dictionary(&mut self) -> Result<Value, DecodeError> {
        let mut pairs = Vec::new();
        while self.child()? {
            let offset = self.element().offset;
            let (mut key, mut value) = (None, None);
            while self.child()? {
                let part = self.element().name;
                if part.is(name::ARRAYS, "Key") {
                    key = Some(self.text().map_err(|e| e.in_member("Key"))?);
                } else if part.is(name::ARRAYS, "Value") {
                    value = Option::<Text>::read(self).map_err(|e| e.in_member("Value"))?;
                } else {
                    self.skip()?;
                }
            }
            let key = key.ok_or_else(|| {
                DecodeError::new(
                    DecodeErrorKind::Missing,
                    "a pair of a dictionary has no `Key`",
                )
                .at(offset)
            })?;
            pairs.push((key, value));
        }
        Ok(Value::Dictionary(pairs))
    }

    /// An array: its items are of the type that the array's name ends with.
    fn array(&mut self, type_name: Name<'a>, item: &'a str) -> Result<Value, DecodeError> {
        let namespace = type_name.namespace;
        let item_name = match (namespace.is(name::ARRAYS), item) {
            (true, "anyType") => None,
            (true, "guid" | "duration" | "char") => Some(Name {
                namespace: super::events::Namespace::known(name::SERIALIZATION),
                local: item,
            }),
            (true, _) if !item.starts_with("ArrayOf") => Some(Name {
                namespace: super::events::Namespace::known(name::XSD),
                local: item,
            }),
            _ => Some(Name {
                namespace,
                local: item,
            }),
        };
        let mut items = Vec::new();
        while self.child()? {
            let element = *self.element();
            let value = match (element.nil, element.type_name.or(item_name)) {
                (true, _) => {
                    self.skip()?;
                    Ok(Value::Null)
                }
                (false, Some(name)) => self.typed(name),
                (false, None) => self.any(),
            };
            items.push(value.map_err(|e| e.in_item(items.len()))?);
        }
        Ok(Value::Array(Box::new(Array {
            kind: ArrayKind::Named(owned(type_name)),
            items,
        })))
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

    fn pair<K: Slot, V: Slot + Default>(&mut self) -> Result<(K, V), DecodeError> {
        let item = self.element().offset;
        let (mut key, mut value) = (None::<K>, None);
        let read_key = |reader: &mut Self| K::read_key(reader).map_err(|e| e.in_member("key"));
        let read_value = |reader: &mut Self| V::read(reader).map_err(|e| e.in_member("value"));
        // They mostly come in this order.
        if self.member(name::GENERIC, "key")? {
            key = Some(read_key(self)?);
            if self.member(name::GENERIC, "value")? {
                value = Some(read_value(self)?);
            }
        }
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
                key = Some(read_key(self)?);
            } else if part.name.is(name::GENERIC, "value") {
                if value.is_some() {
                    return Err(duplicate("value"));
                }
                value = Some(read_value(self)?);
            } else {
                self.skip()?;
            }
        }
        let key = key.ok_or_else(|| {
            DecodeError::new(DecodeErrorKind::Missing, "a pair has no `key`").at(item)
        })?;
        Ok((key, value.unwrap_or_default()))
    }

    /// What no contract describes: an object by its elements' names, or its text.
    fn tree(&mut self, type_name: Option<OwnedTypeName>) -> Result<Value, DecodeError> {
        let mut members = Vec::new();
        let mut text = String::new();
        loop {
            match self.events.next()? {
                Event::Start => {
                    let local = self.element().name.local;
                    let value = self.any().map_err(|e| e.in_member(local))?;
                    members.push((local.into(), value));
                }
                Event::Content(content) => text.push_str(&plain(content)),
                Event::End => break,
                Event::Eof => {
                    return Err(
                        self.fault(DecodeErrorKind::UnexpectedEnd, "the message ends too early")
                    );
                }
            }
        }
        Ok(match type_name {
            Some(type_name) if members.is_empty() && !text.is_empty() => {
                Value::Primitive(Box::new(Primitive {
                    type_name,
                    text: text.into(),
                }))
            }
            None if members.is_empty() => Value::String(text.into()),
            type_name => Value::Object(Box::new(Object { type_name, members })),
        })
    }
}

/// Reads a whole document: a context, a fault or a text, by the name of its root.
pub(crate) fn document<'a>(events: impl Events<'a>) -> Result<Document, DecodeError> {
    let mut reader = ContractReader::new(events)?;
    let root = reader.element().name;
    let document = if root.is(name::XRM, RemoteExecutionContext::NAME.local) {
        Document::Context(RemoteExecutionContext::read(&mut reader)?)
    } else if root.is(name::XRM, ServiceEndpointFault::NAME.local) {
        Document::Fault(ServiceEndpointFault::read(&mut reader)?)
    } else if root.is(name::SERIALIZATION, "string") {
        Document::Text(if reader.null()? {
            Text::default()
        } else {
            reader.text()?
        })
    } else if soap::is_envelope(root) {
        soap::envelope(&mut reader)?
    } else {
        return Err(reader.fault(
            DecodeErrorKind::WrongType,
            "expected a `RemoteExecutionContext` in the namespace of its contract, found another root element",
        ));
    };
    reader.finish()?;
    Ok(document)
}

fn owned(name: Name<'_>) -> OwnedTypeName {
    OwnedTypeName {
        local: name.local.into(),
        namespace: name.namespace.uri().into(),
    }
}

fn integral(value: f64) -> Option<i64> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked: it is whole and within the range"
    )]
    (value.fract() == 0.0 && value.abs() < 9.2e18).then_some(value as i64)
}

impl Content<'_> {
    pub(super) fn into_text(self) -> Text {
        match plain(self) {
            Cow::Borrowed(text) => text.into(),
            Cow::Owned(text) => text.into(),
        }
    }
}

/// Content as the text it stands for.
fn plain(content: Content<'_>) -> Cow<'_, str> {
    match content {
        Content::Text(text) => text,
        Content::Boolean(value) => if value { "true" } else { "false" }.into(),
        Content::Integer(value) => value.to_string().into(),
        Content::Unsigned(value) => value.to_string().into(),
        Content::Float(value) => value.to_string().into(),
        Content::Double(value) => value.to_string().into(),
        Content::Decimal(value) => value.to_string().into(),
        Content::DateTime(value) => value.to_string().into(),
        Content::Bytes(value) => STANDARD.encode(value).into(),
        Content::Guid(value) => value.to_string().into(),
        Content::Duration(ticks) => TimeSpan(ticks).to_string().into(),
    }
}

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
            Content::Integer(0) => Some(false),
            Content::Integer(1) => Some(true),
            Content::Text(text) => lexical::boolean(text),
            _ => None,
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
        if let Some(text) = self.events.plain_text() {
            return Ok(text.into());
        }
        Ok(match self.content()? {
            Content::Text(Cow::Borrowed(text)) => text.into(),
            other => plain(other).into_owned().into(),
        })
    }

    fn guid(&mut self) -> Result<Uuid, DecodeError> {
        let content = match self.events.plain_text() {
            Some(text) => Content::Text(Cow::Borrowed(text)),
            None => self.content()?,
        };
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
            other => T::from_name(plain(other).trim()),
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
        self.member(contract.namespace, name)
    }

    fn value_object<T: Slot + Default>(&mut self) -> Result<T, DecodeError> {
        let read = |reader: &mut Self| T::read(reader).map_err(|e| e.in_member("Value"));
        let mut value = None;
        if self.member(name::XRM, "Value")? {
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
        let mut nth = 0;
        loop {
            if !self.member(namespace, local)? {
                if !self.child()? {
                    return Ok(());
                }
                if !self.element().name.is(namespace, local) {
                    self.skip()?;
                    continue;
                }
            }
            item(self).map_err(|e| e.in_item(nth))?;
            nth += 1;
        }
    }

    fn pairs<K: Slot, V: Slot + Default>(
        &mut self,
        shape: Shape,
    ) -> Result<Vec<(K, V)>, DecodeError> {
        let mut pairs = Vec::new();
        self.list(shape, |reader| {
            pairs.push(reader.pair()?);
            Ok(())
        })?;
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

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use crate::decode::{Document, Format, Limits, xml};

    fn goldens(extension: &str) -> Vec<PathBuf> {
        let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/");
        let mut files: Vec<PathBuf> = ["messages", "random"]
            .iter()
            .flat_map(|folder| fs::read_dir(format!("{fixtures}{folder}")).unwrap())
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e == extension))
            .collect();
        files.sort();
        files
    }

    #[test]
    fn every_golden_of_xml_prints_its_canonical_form_and_writes_its_own_bytes() {
        let files = goldens("xml");
        assert_eq!(files.len(), 78);
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            let document: Document = xml(text.as_bytes(), &Limits::default())
                .unwrap_or_else(|e| panic!("{}: {e}", file.display()));
            let canonical = fs::read_to_string(file.with_extension("canonical.json")).unwrap();
            pretty(
                &crate::encode::canonical(&document),
                canonical.trim_end(),
                &file,
            );
            let written = crate::encode::document(&document, Format::Xml).unwrap();
            pretty(&String::from_utf8(written).unwrap(), &text, &file);
        }
    }

    fn pretty(ours: &str, theirs: &str, file: &std::path::Path) {
        if ours != theirs {
            let at = ours
                .bytes()
                .zip(theirs.bytes())
                .position(|(a, b)| a != b)
                .unwrap_or(ours.len().min(theirs.len()));
            let cut = |s: &str| {
                String::from_utf8_lossy(
                    &s.as_bytes()[at.saturating_sub(80)..(at + 80).min(s.len())],
                )
                .into_owned()
            };
            panic!(
                "{} at {at}:\n ours   {}\n theirs {}",
                file.display(),
                cut(ours),
                cut(theirs)
            );
        }
    }
}
