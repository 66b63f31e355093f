use std::marker::PhantomData;

use crate::decode::{
    DecodeError, DecodeErrorKind, Limits,
    events::{Content, Element, Event, Events, Name, Scope},
};

/// Reads the value of one element: it stands behind the element's start, and a value ends with its end.
pub(crate) struct ContractReader<'a, E> {
    pub(super) events: E,
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

    pub(super) fn wrong(&self, expected: &str, found: &Content<'_>) -> DecodeError {
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
    pub(super) fn member(&mut self, name: Name<'static>) -> Result<bool, DecodeError> {
        if self.events.sees(name.local) {
            self.enter(name)
        } else {
            Ok(false)
        }
    }

    /// The same, but only the look for the name is where it is called: contracts have many members.
    #[inline(always)]
    pub(super) fn far_member(
        &mut self,
        namespace: &'static str,
        local: &'static str,
    ) -> Result<bool, DecodeError> {
        if self.events.sees(local) {
            self.enter_far(namespace, local)
        } else {
            Ok(false)
        }
    }

    #[inline(never)]
    fn enter_far(
        &mut self,
        namespace: &'static str,
        local: &'static str,
    ) -> Result<bool, DecodeError> {
        self.enter(Name::known(namespace, local))
    }

    /// Enters the child of this name, which was seen.
    #[inline(always)]
    fn enter(&mut self, name: Name<'static>) -> Result<bool, DecodeError> {
        if !self.events.enter(name)? {
            return Ok(false);
        }
        let found = self.element().name.namespace == name.namespace;
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
}
