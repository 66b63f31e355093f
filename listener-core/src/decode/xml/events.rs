mod reference;
mod skip;

use std::{borrow::Cow, mem};

use super::{
    scopes::Scopes,
    tokens::{Token, Tokens},
};
use crate::{
    context::name,
    decode::{
        DecodeError, DecodeErrorKind, Limits,
        events::{Content, Element, Event, Events, Name, Namespace, Scope},
    },
};

/// The most attributes of one element, and the most namespaces in scope at once.
const ATTRIBUTES: usize = 256;

/// Reads events out of text XML: resolves names, unescapes texts, bounds depth and count.
pub(crate) struct XmlEvents<'a> {
    tokens: Tokens<'a>,
    scopes: Scopes<'a>,
    /// An empty element was given out as a start; its end comes next.
    end_next: bool,
    elements: usize,
    element: Element<'a>,
    limits: Limits,
    /// Added to all offsets: where the text begins in the body.
    base: usize,
}

/// The attributes that may be `i:nil` and `i:type`: which of them are shows when all namespaces of the tag are declared.
#[derive(Default)]
struct Marks<'a> {
    found: [(&'a str, &'a str); 4],
    count: usize,
}

impl<'a> XmlEvents<'a> {
    pub(crate) const fn new(text: &'a str, limits: &Limits) -> Self {
        Self {
            tokens: Tokens::new(text),
            scopes: Scopes::new(),
            end_next: false,
            elements: 0,
            element: Element::NONE,
            limits: *limits,
            base: 0,
        }
    }

    /// Reads the part of a document that begins at `base`, where `scope` is in scope.
    pub(crate) fn part(text: &'a str, base: usize, scope: &'a Scope, limits: &Limits) -> Self {
        let mut events = Self {
            base,
            ..Self::new(text, limits)
        };
        for (prefix, namespace) in scope.iter() {
            events.scopes.bind(prefix, namespace, 0);
        }
        events
    }

    /// A fault of the text, placed in the body.
    #[cold]
    fn moved(&self, error: DecodeError) -> DecodeError {
        error.moved(|offset| self.base + offset)
    }

    #[inline]
    fn start(
        &mut self,
        qualified: &'a str,
        attributes: &'a str,
        offset: usize,
    ) -> Result<Event<'a>, DecodeError> {
        self.count(offset)?;
        let marks = if attributes.is_empty() {
            Marks::default()
        } else {
            self.attributes::<true>(attributes, offset)?
        };
        let mut element = Element::plain(self.resolve(qualified, offset)?, offset);
        for (key, value) in &marks.found[..marks.count] {
            let key = self.resolve(key, offset)?;
            if key.is(name::XSI, "nil") {
                element.nil = matches!(value.trim(), "true" | "1");
            } else if key.is(name::XSI, "type") {
                element.type_name = Some(self.resolve(value.trim(), offset)?);
            }
        }
        self.element = element;
        Ok(Event::Start)
    }

    /// Counts the element whose start tag was read against the limits.
    #[inline]
    fn count(&mut self, offset: usize) -> Result<(), DecodeError> {
        self.elements += 1;
        if self.elements > self.limits.items {
            let most = self.limits.items;
            return Err(limit(
                format!(
                    "more than {most} elements; raise `Limits::items` if the sender may do that"
                ),
                offset,
            ));
        }
        if self.depth() > self.limits.depth {
            let most = self.limits.depth;
            return Err(limit(
                format!(
                    "elements nest deeper than {most}; raise `Limits::depth` if the sender may do that"
                ),
                offset,
            ));
        }
        Ok(())
    }

    fn depth(&self) -> usize {
        self.tokens.depth() + usize::from(self.end_next)
    }

    /// Declares the namespaces of a tag, if its content is read, and finds what may be `i:nil` and `i:type`.
    fn attributes<const READ: bool>(
        &mut self,
        raw: &'a str,
        offset: usize,
    ) -> Result<Marks<'a>, DecodeError> {
        let fault = |text: &str| DecodeError::new(DecodeErrorKind::Syntax, text).at(offset);
        let mut marks = Marks::default();
        let mut seen: [&str; 8] = [""; 8];
        let mut count = 0;
        let mut rest = raw.trim_ascii();
        while !rest.is_empty() {
            let mut odd = false;
            let (key, after) =
                split(rest, b'=').ok_or_else(|| fault("expected an attribute with a value"))?;
            let key = key.trim_ascii_end();
            let after = after.trim_ascii_start();
            let quote = match after.as_bytes().first() {
                Some(quote @ (b'"' | b'\'')) => *quote,
                _ => return Err(fault("expected the value of an attribute in quotes")),
            };
            let (value, after) = split(&after[1..], quote)
                .ok_or_else(|| fault("the value of an attribute has no end"))?;
            if after
                .as_bytes()
                .first()
                .is_some_and(|b| !b.is_ascii_whitespace())
            {
                return Err(fault("expected space between two attributes"));
            }
            rest = after.trim_ascii_start();
            if key.is_empty()
                || key
                    .bytes()
                    .any(|b| b.is_ascii_whitespace() || b == b'<' || b == b'&')
            {
                return Err(fault("expected the name of an attribute"));
            }
            if value
                .bytes()
                .fold(false, |odd, b| odd | (b == b'<') | (b == b'&'))
            {
                if value.contains('<') {
                    return Err(fault("`<` stands in the value of an attribute"));
                }
                odd = true;
            }
            if count == ATTRIBUTES {
                return Err(fault("more attributes on one element than anybody needs"));
            }
            if seen[..count.min(seen.len())].contains(&key) {
                return Err(fault("an attribute stands twice"));
            }
            if let Some(place) = seen.get_mut(count) {
                *place = key;
            }
            count += 1;
            if let Some(prefix) = key.strip_prefix("xmlns") {
                let prefix = match prefix.strip_prefix(':') {
                    Some(prefix) => prefix,
                    None if prefix.is_empty() => prefix,
                    None => continue,
                };
                if odd {
                    return Err(fault("expected a namespace without references"));
                }
                if self.scopes.len() >= ATTRIBUTES {
                    return Err(fault("more namespaces in scope than anybody needs"));
                }
                if READ {
                    self.scopes.bind(prefix, Namespace::of(value), self.depth());
                }
            } else if key.ends_with(":nil") || key.ends_with(":type") {
                *marks.found.get_mut(marks.count).ok_or_else(|| {
                    fault(
                        "more attributes called `nil` or `type` on one element than anybody needs",
                    )
                })? = (key, value);
                marks.count += 1;
            }
        }
        Ok(marks)
    }

    #[inline]
    fn resolve(&self, qualified: &'a str, offset: usize) -> Result<Name<'a>, DecodeError> {
        let colon = qualified.bytes().position(|b| b == b':');
        let (prefix, local) = match colon {
            Some(at) => (&qualified[..at], &qualified[at + 1..]),
            None => ("", qualified),
        };
        match self.scopes.resolve(prefix) {
            Some(namespace) => Ok(Name { namespace, local }),
            None => Err(DecodeError::new(
                DecodeErrorKind::Syntax,
                format!(
                    "a prefix of {} characters is bound to no namespace",
                    prefix.chars().count()
                ),
            )
            .at(offset)),
        }
    }

    /// Text between tags: line ends become LF, raw controls are no XML.
    #[inline]
    fn text(&self, raw: &'a str) -> Result<Content<'a>, DecodeError> {
        // Without an early end the loop is quick.
        if raw.bytes().fold(false, |odd, b| odd | (b < b' ')) {
            self.odd_text(raw)
        } else {
            Ok(Content::Text(Cow::Borrowed(raw)))
        }
    }

    #[cold]
    fn outside(&self) -> DecodeError {
        DecodeError::new(
            DecodeErrorKind::Syntax,
            "text stands outside of the root element",
        )
        .at(self.offset())
    }

    #[cold]
    fn odd_text(&self, raw: &'a str) -> Result<Content<'a>, DecodeError> {
        if raw
            .bytes()
            .any(|b| b < b' ' && !matches!(b, b'\t' | b'\n' | b'\r'))
        {
            return Err(DecodeError::new(
                DecodeErrorKind::Syntax,
                "a control character stands in the text; XML writes those as character references",
            )
            .at(self.offset()));
        }
        Ok(Content::Text(if raw.contains('\r') {
            Cow::Owned(raw.replace("\r\n", "\n").replace('\r', "\n"))
        } else {
            Cow::Borrowed(raw)
        }))
    }
}

impl<'a> Events<'a> for XmlEvents<'a> {
    #[inline]
    fn next(&mut self) -> Result<Event<'a>, DecodeError> {
        if self.end_next {
            self.end_next = false;
            self.scopes.leave(self.tokens.depth());
            return Ok(Event::End);
        }
        loop {
            let token = self.tokens.next();
            return match token.map_err(|error| self.moved(error))? {
                Token::Start {
                    name,
                    attributes,
                    empty,
                    offset,
                } => {
                    self.end_next = empty;
                    self.start(name, attributes, self.base + offset)
                }
                Token::End => {
                    self.scopes.leave(self.tokens.depth());
                    Ok(Event::End)
                }
                Token::Text(text) if self.tokens.depth() == 0 => {
                    if text.trim_ascii().is_empty() {
                        continue;
                    }
                    Err(self.outside())
                }
                Token::Text(text) | Token::CData(text) => self.text(text).map(Event::Content),
                Token::Reference(_) if self.tokens.depth() == 0 => Err(self.outside()),
                Token::Reference(reference) => {
                    let text = self.reference(reference)?;
                    Ok(Event::Content(Content::Text(text)))
                }
                Token::Eof => Ok(Event::Eof),
            };
        }
    }

    fn element(&self) -> &Element<'a> {
        &self.element
    }

    #[inline(always)]
    fn sees(&self, local: &'static str) -> bool {
        self.tokens.sees(local)
    }

    #[inline]
    fn enter(&mut self, name: Name<'static>) -> Result<bool, DecodeError> {
        let namespace = self.scopes.resolve(self.tokens.letter());
        if self.end_next || namespace != Some(name.namespace) {
            return Ok(false);
        }
        // The limits are checked here as for any other element.
        if self.elements >= self.limits.items || self.depth() >= self.limits.depth {
            return Ok(false);
        }
        let offset = self.offset();
        self.tokens.enter(name.local);
        self.elements += 1;
        self.element = Element::plain(name, offset);
        Ok(true)
    }

    #[inline]
    fn simple(&mut self) -> Option<Result<Content<'a>, DecodeError>> {
        self.plain_text()
            .map(|text| Ok(Content::Text(Cow::Borrowed(text))))
    }

    #[inline]
    fn plain_text(&mut self) -> Option<&'a str> {
        if self.end_next {
            return None;
        }
        let text = self.tokens.plain_text()?;
        self.scopes.leave(self.tokens.depth());
        Some(text)
    }

    #[inline]
    fn end(&mut self) -> bool {
        if mem::take(&mut self.end_next) || self.tokens.plain_end() {
            self.scopes.leave(self.tokens.depth());
            return true;
        }
        false
    }

    fn skip(&mut self) -> Result<(), DecodeError> {
        if !mem::take(&mut self.end_next) {
            self.pass_over()?;
        }
        self.scopes.leave(self.tokens.depth());
        Ok(())
    }

    fn limits(&self) -> &Limits {
        &self.limits
    }

    fn scope(&self) -> Scope {
        Scope::of(self.scopes.iter())
    }

    fn scope_is(&self, scope: &Scope) -> bool {
        scope.is(self.scopes.iter())
    }

    fn offset(&self) -> usize {
        self.base + self.tokens.position()
    }
}

#[cold]
fn limit(text: String, offset: usize) -> DecodeError {
    DecodeError::new(DecodeErrorKind::Limit, text).at(offset)
}

#[inline]
fn split(text: &str, at: u8) -> Option<(&str, &str)> {
    let at = memchr::memchr(at, text.as_bytes())?;
    Some((&text[..at], &text[at + 1..]))
}
