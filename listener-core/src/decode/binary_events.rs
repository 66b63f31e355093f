use std::borrow::Cow;

use rust_decimal::Decimal;
use uuid::Uuid;

use super::{
    DecodeError, DecodeErrorKind, Document, Limits,
    binary::{self, BinaryError, BinaryErrorKind, Dictionary, Items, Reader, Text, TimeSpan},
    contract,
    events::{Content, Element, Event, Events, Name, Namespace, Scope},
    json::{Index, Span},
    parts,
};
use crate::context::{DateTime, DateTimeKind, name};

/// Reads events out of .NET binary XML. The items of an array come as the elements that they stand for.
pub(super) struct BinaryEvents<'a> {
    reader: Reader<'a, Namespace<'a>>,
    array: Option<Array<'a>>,
    element: Element<'a>,
    limits: Limits,
    elements: usize,
    /// Where the bytes begin in the body.
    base: usize,
}

/// An array that is being read.
struct Array<'a> {
    items: Items<'a>,
    next: usize,
    step: Step,
}

#[derive(Clone, Copy)]
enum Step {
    Start,
    Content,
    End,
}

/// Reads a document of .NET binary XML.
pub(super) fn document(body: &[u8], limits: &Limits) -> Result<Document, DecodeError> {
    contract::document(BinaryEvents::new(body, dictionary(body), limits))
}

/// Looks over a document; `None` if it is no bare context.
pub(super) fn index(body: &[u8], limits: &Limits) -> Result<Option<Index>, DecodeError> {
    parts::index(BinaryEvents::new(body, dictionary(body), limits), body)
}

/// Stands at a part of a document that is a bare context.
pub(super) fn part<'a>(
    body: &'a [u8],
    span: Span,
    scope: &'a Scope,
    limits: &Limits,
) -> BinaryEvents<'a> {
    let mut events = BinaryEvents::new(&body[span.range()], Dictionary::None, limits);
    events.base = span.start();
    for (prefix, namespace) in scope.iter() {
        events.reader = events.reader.with_namespace(prefix, namespace);
    }
    events
}

/// A SOAP message names its envelope by the static dictionary; the body of a queue has no dictionary at all, and a
/// record of one in it is an error.
const fn dictionary(body: &[u8]) -> Dictionary<'static> {
    match body {
        [0x42..=0x5D, ..] => Dictionary::Static,
        _ => Dictionary::None,
    }
}

impl<'a> binary::Namespace<'a> for Namespace<'a> {
    fn of(uri: &'a str) -> Self {
        Self::of(uri)
    }

    #[inline]
    fn known(uri: &[u8]) -> Option<Self> {
        Self::find(uri)
    }
}

impl<'a> BinaryEvents<'a> {
    fn new(body: &'a [u8], dictionary: Dictionary<'a>, limits: &Limits) -> Self {
        let binary = binary::Limits {
            bytes: limits.bytes,
            text: limits.bytes,
            depth: limits.depth,
            items: limits.items,
            ..binary::Limits::default()
        };
        Self {
            reader: Reader::new(body)
                .with_dictionary(dictionary)
                .with_limits(binary),
            array: None,
            element: Element::NONE,
            limits: *limits,
            elements: 0,
            base: 0,
        }
    }

    #[cold]
    fn fault(&self, error: BinaryError) -> DecodeError {
        let kind = match error.kind() {
            BinaryErrorKind::UnexpectedEnd => DecodeErrorKind::UnexpectedEnd,
            BinaryErrorKind::OutOfRange => DecodeErrorKind::OutOfRange,
            BinaryErrorKind::Limit => DecodeErrorKind::Limit,
            _ => DecodeErrorKind::Syntax,
        };
        DecodeError::new(kind, error.message().to_string()).at(self.base + error.offset())
    }

    #[cold]
    fn refused(&self, what: &str) -> DecodeError {
        DecodeError::new(DecodeErrorKind::Syntax, what).at(self.base + self.reader.offset())
    }

    /// Enters an element whose tag was read.
    #[inline]
    fn start(&mut self, name: Name<'a>) -> Result<(), DecodeError> {
        self.element = Element::plain(name, self.base + self.reader.offset());
        self.count(1)?;
        self.attributes()
    }

    /// Looks for `i:nil` and `i:type` among the attributes that were read.
    #[inline]
    fn attributes(&mut self) -> Result<(), DecodeError> {
        for nth in 0..self.reader.attributes().len() {
            let attribute = self.reader.attributes()[nth];
            if !attribute.namespace.is(name::XSI) {
                continue;
            }
            match attribute.name.local {
                "nil" => self.element.nil = is_true(attribute.value),
                "type" => self.element.type_name = Some(self.type_name(attribute.value)?),
                _ => {}
            }
        }
        Ok(())
    }

    /// Reads the tag of an element with this prefix that was entered by its name: most have one attribute that means
    /// something here, and it comes first.
    fn tag(&mut self, prefix: &'a str) -> Result<(), DecodeError> {
        let instance = self.reader.letter_of(XSI).unwrap_or_default();
        let type_name = self.reader.attribute_chars(instance, "type");
        let nil = match type_name {
            Some(_) => None,
            None => self.reader.attribute_bool(instance, "nil"),
        };
        let (at_type, at_more) = (self.reader.offset(), self.reader.at_attribute());
        if at_more {
            if let Err(error) = self.reader.tag() {
                return Err(self.fault(error));
            }
            self.attributes()?;
            let twice = (self.element.nil && nil.is_some())
                || (self.element.type_name.is_some() && type_name.is_some());
            if twice {
                return Err(self.refused("an attribute of an element stands twice"));
            }
            // What the tag declares behind its name and the attribute holds for both.
            self.element.name.namespace = self.reader.resolve(prefix).unwrap_or(Namespace::NONE);
            if self.reader.resolve(instance) != Some(XSI) {
                return Ok(());
            }
        }
        if let Some(nil) = nil {
            self.element.nil = nil;
        }
        if let Some(chars) = type_name {
            self.element.type_name = Some(self.type_of(chars, at_type)?);
        }
        Ok(())
    }

    /// The name of a type that is written in characters, at this place.
    #[inline]
    fn type_of(&self, chars: &'a [u8], offset: usize) -> Result<Name<'a>, DecodeError> {
        let (prefix, known) = match chars {
            [letter @ b'a'..=b'z', b':', local @ ..] => {
                (binary::letter(*letter - b'a'), known_type(local))
            }
            local => ("", known_type(local)),
        };
        if let (Some(namespace), Some(local)) = (self.reader.resolve(prefix), known) {
            return Ok(Name { namespace, local });
        }
        match std::str::from_utf8(chars) {
            Ok(text) => self.type_name(Text::Chars(text)),
            Err(error) => Err(DecodeError::new(
                DecodeErrorKind::Syntax,
                "expected the name of a type in UTF-8",
            )
            .at(self.base + offset + error.valid_up_to())),
        }
    }

    /// The name of a type in `i:type`.
    #[inline]
    fn type_name(&self, value: Text<'a>) -> Result<Name<'a>, DecodeError> {
        let (prefix, local) = match value {
            Text::Chars(text) => {
                let text = text.trim();
                text.split_once(':').unwrap_or(("", text))
            }
            Text::QName { prefix, local } => (prefix, local),
            _ => {
                return Err(
                    self.refused("expected the name of a type in `i:type`, found another value")
                );
            }
        };
        match self.reader.resolve(prefix) {
            Some(namespace) => Ok(Name { namespace, local }),
            None => Err(self.refused("the prefix of a type in `i:type` is bound to no namespace")),
        }
    }

    #[inline]
    fn count(&mut self, elements: usize) -> Result<(), DecodeError> {
        self.elements = self.elements.saturating_add(elements);
        if self.elements <= self.limits.items {
            Ok(())
        } else {
            Err(self.too_many())
        }
    }

    #[cold]
    fn too_many(&self) -> DecodeError {
        DecodeError::new(
            DecodeErrorKind::Limit,
            format!(
                "more than {} elements; raise `Limits::items` if the sender may do that",
                self.limits.items
            ),
        )
        .at(self.base + self.reader.offset())
    }

    /// The next step through an array.
    fn item(&mut self, mut array: Array<'a>) -> Result<Event<'a>, DecodeError> {
        let event = match array.step {
            Step::Start => {
                array.step = Step::Content;
                Event::Start
            }
            Step::Content => {
                array.step = Step::End;
                // The number of items was compared with what there is.
                let item = array.items.get(array.next).unwrap_or(Text::Empty);
                Event::Content(self.content(item)?)
            }
            Step::End => {
                array.next += 1;
                array.step = Step::Start;
                Event::End
            }
        };
        if array.next < array.items.len() {
            self.array = Some(array);
        }
        Ok(event)
    }

    #[inline]
    fn content(&self, text: Text<'a>) -> Result<Content<'a>, DecodeError> {
        Ok(match text {
            Text::Chars(text) => Content::Text(Cow::Borrowed(text)),
            Text::Zero => Content::Integer(0),
            Text::One => Content::Integer(1),
            Text::Bool(value) => Content::Boolean(value),
            Text::Int(value) => Content::Integer(value),
            Text::UInt64(value) => Content::Unsigned(value),
            Text::Float(value) => Content::Float(value),
            Text::Double(value) => Content::Double(value),
            Text::Decimal(value) => Content::Decimal(decimal(value)),
            Text::DateTime(value) => match date_time(value) {
                Some(date) => Content::DateTime(date),
                None => {
                    return Err(DecodeError::new(
                        DecodeErrorKind::OutOfRange,
                        "expected a date between the years 1 and 9999",
                    )
                    .at(self.base + self.reader.offset()));
                }
            },
            Text::TimeSpan(TimeSpan(ticks)) => Content::Duration(ticks),
            Text::Uuid(value) => Content::Guid(Uuid::from_bytes_le(value.0)),
            Text::Utf16(text) => Content::Text(Cow::Owned(text.chars().collect())),
            Text::Bytes(bytes) => Content::Bytes(Cow::Borrowed(bytes)),
            Text::Empty => Content::Text(Cow::Borrowed("")),
            Text::List(_) => {
                return Err(self.refused("a list of values stands where a contract has one value"));
            }
            Text::UniqueId(_) | Text::QName { .. } => Content::Text(Cow::Owned(text.to_string())),
        })
    }
}

impl<'a> Events<'a> for BinaryEvents<'a> {
    #[inline]
    fn next(&mut self) -> Result<Event<'a>, DecodeError> {
        if let Some(array) = self.array.take() {
            return self.item(array);
        }
        let event = match self.reader.read() {
            Ok(event) => event,
            Err(error) => return Err(self.fault(error)),
        };
        match event {
            binary::Event::Start(element) => {
                self.start(name_of(&element))?;
                Ok(Event::Start)
            }
            binary::Event::Text(text) => self.content(text).map(Event::Content),
            binary::Event::End => Ok(Event::End),
            binary::Event::Eof => Ok(Event::Eof),
            binary::Event::Array(element, items) => {
                self.start(name_of(&element))?;
                self.count(items.len() - 1)?;
                self.item(Array {
                    items,
                    next: 0,
                    step: Step::Start,
                })
            }
        }
    }

    fn element(&self) -> &Element<'a> {
        &self.element
    }

    #[inline(always)]
    fn sees(&self, local: &'static str) -> bool {
        self.reader.sees(local)
    }

    #[inline]
    fn enter(&mut self, namespace: &'static str, local: &'static str) -> Result<bool, DecodeError> {
        if self.array.is_some() {
            return Ok(false);
        }
        let namespace = Namespace::known(namespace);
        let Some(prefix) = self.reader.enter(namespace, local) else {
            return Ok(false);
        };
        let name = Name { namespace, local };
        self.element = Element::plain(name, self.base + self.reader.offset());
        self.count(1)?;
        if self.reader.at_attribute() {
            self.tag(prefix)?;
        }
        Ok(true)
    }

    #[inline]
    fn simple(&mut self) -> Result<Option<Content<'a>>, DecodeError> {
        if self.array.is_some() {
            return Ok(None);
        }
        match self.reader.last_text() {
            Some(text) => self.content(text).map(Some),
            None => Ok(None),
        }
    }

    #[inline]
    fn plain_text(&mut self) -> Option<&'a str> {
        if self.array.is_some() {
            return None;
        }
        self.reader.last_chars()
    }

    #[inline]
    fn end(&mut self) -> bool {
        self.array.is_none() && self.reader.leave()
    }

    fn skip(&mut self) -> Result<(), DecodeError> {
        // The items of an array end with themselves.
        let mut inside = 1_usize;
        while self.array.is_some() {
            match self.next()? {
                Event::Start => inside += 1,
                Event::End => inside -= 1,
                _ => {}
            }
            if inside == 0 {
                return Ok(());
            }
        }
        self.reader.skip().map_err(|error| self.fault(error))
    }

    fn limits(&self) -> &Limits {
        &self.limits
    }

    fn scope(&self) -> Scope {
        Scope::of(self.reader.namespaces())
    }

    fn scope_is(&self, scope: &Scope) -> bool {
        scope.is(self.reader.namespaces())
    }

    fn offset(&self) -> usize {
        self.base + self.reader.position()
    }
}

const XSI: Namespace<'static> = Namespace::known(name::XSI);

/// The types that nearly all values have, told apart before their names are known to be UTF-8.
fn known_type(local: &[u8]) -> Option<&'static str> {
    Some(match local {
        b"string" => "string",
        b"EntityReference" => "EntityReference",
        b"OptionSetValue" => "OptionSetValue",
        b"dateTime" => "dateTime",
        b"Money" => "Money",
        b"boolean" => "boolean",
        b"int" => "int",
        b"guid" => "guid",
        b"decimal" => "decimal",
        b"double" => "double",
        b"Entity" => "Entity",
        _ => return None,
    })
}

/// Whether the value of `i:nil` says so.
fn is_true(value: Text<'_>) -> bool {
    match value {
        Text::Bool(value) => value,
        Text::One => true,
        Text::Chars(text) => matches!(text.trim(), "true" | "1"),
        _ => false,
    }
}

const fn name_of<'a>(element: &binary::Element<'a, Namespace<'a>>) -> Name<'a> {
    Name {
        namespace: element.namespace,
        local: element.name.local,
    }
}

fn decimal(value: binary::Decimal) -> Decimal {
    let mut decimal = Decimal::from_parts(
        value.lo(),
        value.mid(),
        value.hi(),
        value.is_negative(),
        value.scale().into(),
    );
    // `from_parts` drops the sign of a zero.
    decimal.set_sign_negative(value.is_negative());
    decimal
}

fn date_time(value: binary::DateTime) -> Option<DateTime> {
    let kind = match value.kind() {
        binary::DateTimeKind::Utc => DateTimeKind::Utc,
        binary::DateTimeKind::Local => DateTimeKind::Local(None),
        binary::DateTimeKind::Unspecified => DateTimeKind::Unspecified,
    };
    DateTime::from_ticks(value.ticks(), kind)
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use super::*;
    use crate::decode::Format;

    fn goldens() -> Vec<PathBuf> {
        let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/");
        let files = ["messages", "random"]
            .iter()
            .flat_map(|folder| fs::read_dir(format!("{fixtures}{folder}")).unwrap())
            .map(|entry| entry.unwrap().path());
        files
            .filter(|path| path.extension().is_some_and(|e| e == "msbin1"))
            .collect()
    }

    #[test]
    fn every_golden_prints_its_canonical_form_and_writes_its_own_bytes() {
        let files = goldens();
        assert_eq!(files.len(), 78);
        for file in files {
            let body = fs::read(&file).unwrap();
            let document = document(&body, &Limits::default())
                .unwrap_or_else(|e| panic!("{}: {e}", file.display()));
            let canonical = fs::read_to_string(file.with_extension("canonical.json")).unwrap();
            assert_eq!(
                crate::encode::canonical(&document),
                canonical.trim_end(),
                "{}",
                file.display()
            );
            let written = crate::encode::document(&document, Format::Binary).unwrap();
            assert!(written == body, "{} is written otherwise", file.display());
        }
    }

    #[test]
    fn a_golden_cut_at_any_byte_is_an_error_with_its_place() {
        for file in goldens()
            .iter()
            .filter(|file| file.ends_with("assign.msbin1") || file.ends_with("text.msbin1"))
        {
            let body = fs::read(file).unwrap();
            for end in 0..body.len() {
                let error = document(&body[..end], &Limits::default()).unwrap_err();
                assert!(
                    error.offset().is_some_and(|at| at <= end),
                    "{} cut at {end}: {error}",
                    file.display()
                );
            }
        }
    }

    #[test]
    fn soap_in_binary_is_read() {
        let read = |file: &str| {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/soap");
            document(
                &fs::read(format!("{folder}/{file}")).unwrap(),
                &Limits::default(),
            )
            .unwrap()
        };
        assert!(matches!(
            read("twoway-binary.request.body"),
            Document::Context(_)
        ));
        assert_eq!(
            read("twoway-binary.reply.body"),
            Document::Text("approved: \u{20ac} 5 & <more>".into())
        );
        assert!(matches!(
            read("twoway-binary.fault.body"),
            Document::Fault(_)
        ));
    }
}
