//! .NET binary XML, as the events that the contract layer reads.

mod content;
mod tag;
#[cfg(test)]
mod tests;

use uuid::Uuid;

use super::{
    DecodeError, DecodeErrorKind, Document, Limits,
    binary::{self, BinaryError, BinaryErrorKind, Dictionary, Items, Reader, Text},
    contract,
    events::{Content, Element, Event, Events, Name, Namespace, Scope},
    index::{Index, Span},
};

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
    contract::index(BinaryEvents::new(body, dictionary(body), limits), body)
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
    events.reader = events.reader.of_part();
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
    fn known(uri: &[u8]) -> Option<&'a Self> {
        Self::find(uri)
    }
}

impl<'a> BinaryEvents<'a> {
    fn new(body: &'a [u8], dictionary: Dictionary<'a>, limits: &Limits) -> Self {
        let binary = binary::Limits {
            bytes: limits.bytes,
            // A name of an unknown member may be as long as XML and JSON let it be.
            name: limits.bytes,
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

    #[inline]
    fn count(&mut self, elements: usize) -> Result<(), DecodeError> {
        if elements > self.limits.items - self.elements {
            return Err(self.too_many());
        }
        self.elements += elements;
        Ok(())
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

    // Inlined always: where the name is known to the compiler, this is a few comparisons and stores.
    #[inline(always)]
    fn enter(&mut self, name: Name<'static>) -> Result<bool, DecodeError> {
        if self.array.is_some() {
            return Ok(false);
        }
        let Some(prefix) = self.reader.enter(name.namespace, name.local) else {
            return Ok(false);
        };
        self.element = Element::plain(name, self.base + self.reader.offset());
        self.count(1)?;
        if self.reader.at_attribute() {
            self.tag(prefix)?;
        }
        Ok(true)
    }

    #[inline]
    fn simple(&mut self) -> Option<Result<Content<'a>, DecodeError>> {
        if self.array.is_some() {
            return None;
        }
        let text = self.reader.last_text()?;
        Some(self.content(text))
    }

    #[inline]
    fn plain_text(&mut self) -> Option<&'a str> {
        if self.array.is_some() {
            return None;
        }
        self.reader.last_chars(binary::utf_8)
    }

    #[inline]
    fn plain_guid(&mut self) -> Option<Uuid> {
        if self.array.is_some() {
            return None;
        }
        let guid = |chars| Uuid::try_parse_ascii(chars).ok();
        self.reader.last_chars(guid)
    }

    #[inline(always)]
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

const fn name_of<'a>(element: &binary::Element<'a, Namespace<'a>>) -> Name<'a> {
    Name {
        namespace: element.namespace,
        local: element.name.local,
    }
}
