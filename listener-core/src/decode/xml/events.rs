use std::borrow::Cow;

use quick_xml::{
    Reader,
    events::{BytesStart, Event as Xml},
};

use super::scopes::Scopes;
use crate::{
    context::name,
    decode::{
        DecodeError, DecodeErrorKind, Limits,
        events::{Content, Element, Event, Events, Name, Namespace},
    },
};

/// The most attributes of one element, and the most namespaces in scope at once.
const ATTRIBUTES: usize = 256;

/// Reads events out of text XML by quick-xml's plain reader; namespaces are resolved here, since its own resolver
/// costs more than all the rest.
pub(crate) struct XmlEvents<'a> {
    text: &'a str,
    reader: Reader<&'a [u8]>,
    scopes: Scopes<'a>,
    depth: usize,
    /// An empty element was given out as a start; its end comes next.
    end_next: bool,
    elements: usize,
    limits: Limits,
    /// Added to all offsets: where `text` begins in the body.
    base: usize,
}

impl<'a> XmlEvents<'a> {
    pub(crate) fn new(text: &'a str, limits: &Limits) -> Self {
        Self::at(text, 0, Scopes::new(), limits)
    }

    /// Reads a part of a document: `text` begins at `base`, where `scopes` holds.
    pub(crate) fn at(text: &'a str, base: usize, scopes: Scopes<'a>, limits: &Limits) -> Self {
        let mut reader = Reader::from_str(text);
        reader.config_mut().check_end_names = true;
        Self {
            text,
            reader,
            scopes,
            depth: 0,
            end_next: false,
            elements: 0,
            limits: *limits,
            base,
        }
    }

    /// What is bound where the reader stands.
    pub(crate) const fn scopes(&self) -> &Scopes<'a> {
        &self.scopes
    }

    fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    fn fault(&self, kind: DecodeErrorKind, text: impl Into<String>) -> DecodeError {
        DecodeError::new(kind, text).at(self.offset())
    }

    /// A start tag that quick-xml has just read; `close` is the length of what stands after its attributes.
    fn start(&mut self, tag: &BytesStart<'_>, close: usize) -> Result<Element<'a>, DecodeError> {
        let end = self.position() - close;
        let begin = end - tag.len();
        let tag_text = &self.text[begin..end];
        let offset = self.base + begin - 1;
        self.elements += 1;
        if self.elements > self.limits.items {
            return Err(DecodeError::new(
                DecodeErrorKind::Limit,
                format!(
                    "more than {} elements; raise `Limits::items` if the sender may do that",
                    self.limits.items
                ),
            )
            .at(offset));
        }
        self.depth += 1;
        if self.depth > self.limits.depth {
            return Err(DecodeError::new(
                DecodeErrorKind::Limit,
                format!("elements nest deeper than {}", self.limits.depth),
            )
            .at(offset));
        }
        let qualified = &tag_text[..tag.name().as_ref().len()];
        let mut nil = None;
        let mut type_name = None;
        if tag_text.len() > qualified.len() {
            (nil, type_name) = self.attributes(tag, offset)?;
        }
        let name = self.resolve(qualified, offset)?;
        let nil = nil.is_some_and(|text| matches!(text.trim(), "true" | "1"));
        let type_name = match &type_name {
            Some(Cow::Borrowed(text)) => Some(self.resolve(text.trim(), offset)?),
            Some(Cow::Owned(_)) => {
                return Err(DecodeError::new(
                    DecodeErrorKind::Syntax,
                    "expected the name of a type in `i:type`, found character references",
                )
                .at(offset));
            }
            None => None,
        };
        Ok(Element {
            name,
            nil,
            type_name,
            offset,
        })
    }

    /// Declares the namespaces of a tag and gives its `i:nil` and `i:type`.
    #[expect(clippy::type_complexity, reason = "two optional texts")]
    fn attributes(
        &mut self,
        tag: &BytesStart<'_>,
        offset: usize,
    ) -> Result<(Option<Cow<'a, str>>, Option<Cow<'a, str>>), DecodeError> {
        let raw = tag.attributes_raw();
        // The reader lends the tag for the length of this call only, so its parts are found again in the text.
        let begin = offset - self.base + 1 + (tag.len() - raw.len());
        let raw = &self.text[begin..begin + raw.len()];
        let mut qualified: [(&str, Cow<'a, str>); 4] = Default::default();
        let mut candidates = 0;
        let fault = |text: String| DecodeError::new(DecodeErrorKind::Syntax, text).at(offset);
        for (nth, attribute) in quick_xml::events::attributes::Attributes::new(raw, 0).enumerate() {
            let attribute =
                attribute.map_err(|e| fault(format!("malformed attribute: {}", reason(&e))))?;
            if nth >= ATTRIBUTES {
                return Err(fault(format!(
                    "more than {ATTRIBUTES} attributes on one element"
                )));
            }
            let key = attribute.key.0;
            let value = match attribute.value {
                Cow::Borrowed(value) if !value.contains(['&', '\t', '\n', '\r']) => {
                    Cow::Borrowed(value)
                }
                value => Cow::Owned(unescape(&value).map_err(fault)?),
            };
            if key == "xmlns" || key.starts_with("xmlns:") {
                let prefix = key.get(6..).unwrap_or("");
                let Cow::Borrowed(uri) = value else {
                    return Err(fault(
                        "expected a namespace without character references".to_owned(),
                    ));
                };
                if self.scopes.len() >= ATTRIBUTES {
                    return Err(fault(format!("more than {ATTRIBUTES} namespaces in scope")));
                }
                self.scopes.bind(prefix, Namespace::of(uri), self.depth);
            } else if candidates < qualified.len()
                && key
                    .split_once(':')
                    .is_some_and(|(_, local)| matches!(local, "nil" | "type"))
            {
                qualified[candidates] = (key, value);
                candidates += 1;
            }
        }
        let (mut nil, mut type_name) = (None, None);
        for (key, value) in qualified.into_iter().take(candidates) {
            let name = self.resolve(key, offset)?;
            if name.is(name::XSI, "nil") {
                nil = Some(value);
            } else if name.is(name::XSI, "type") {
                type_name = Some(value);
            }
        }
        Ok((nil, type_name))
    }

    fn resolve(&self, qualified: &'a str, offset: usize) -> Result<Name<'a>, DecodeError> {
        let (prefix, local) = qualified.split_once(':').unwrap_or(("", qualified));
        let namespace = self.scopes.resolve(prefix).ok_or_else(|| {
            DecodeError::new(
                DecodeErrorKind::Syntax,
                format!(
                    "a prefix of {} characters is bound to no namespace",
                    prefix.chars().count()
                ),
            )
            .at(offset)
        })?;
        Ok(Name { namespace, local })
    }

    /// Text between tags: line ends become LF, raw controls are no XML.
    fn text(&self, raw: Cow<'a, str>) -> Result<Content<'a>, DecodeError> {
        if raw
            .bytes()
            .any(|b| b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r'))
        {
            return Err(self.fault(
                DecodeErrorKind::Syntax,
                "a control character stands in the text; XML writes those as character references",
            ));
        }
        Ok(Content::Text(if raw.contains('\r') {
            Cow::Owned(raw.replace("\r\n", "\n").replace('\r', "\n"))
        } else {
            raw
        }))
    }
}

impl<'a> Events<'a> for XmlEvents<'a> {
    fn next(&mut self) -> Result<Event<'a>, DecodeError> {
        if self.end_next {
            self.end_next = false;
            self.depth -= 1;
            self.scopes.leave(self.depth);
            return Ok(Event::End);
        }
        loop {
            let before = self.position();
            let event = self.reader.read_event().map_err(|e| {
                let at = usize::try_from(self.reader.error_position()).unwrap_or(usize::MAX);
                let kind = if matches!(e, quick_xml::Error::Syntax(_))
                    && self.position() >= self.text.len()
                {
                    DecodeErrorKind::UnexpectedEnd
                } else {
                    DecodeErrorKind::Syntax
                };
                DecodeError::new(kind, format!("not well-formed XML: {}", reason(&e)))
                    .at(self.base + at.max(before))
            })?;
            return match event {
                Xml::Start(tag) => self.start(&tag, 1).map(Event::Start),
                Xml::Empty(tag) => {
                    self.end_next = true;
                    self.start(&tag, 2).map(Event::Start)
                }
                Xml::End(_) => {
                    self.depth -= 1;
                    self.scopes.leave(self.depth);
                    Ok(Event::End)
                }
                Xml::Text(text) => {
                    let text = text.into_inner();
                    if self.depth == 0 && text.trim_start_matches('\u{feff}').trim().is_empty() {
                        continue;
                    }
                    self.text(text).map(Event::Content)
                }
                Xml::CData(text) => self.text(text.into_inner()).map(Event::Content),
                Xml::GeneralRef(reference) => reference_text(&reference)
                    .map(|text| Event::Content(Content::Text(text)))
                    .ok_or_else(|| {
                        self.fault(
                            DecodeErrorKind::Syntax,
                            "expected a character reference or one of the five entities of XML; others are refused",
                        )
                    }),
                Xml::DocType(_) => Err(self.fault(
                    DecodeErrorKind::Syntax,
                    "a document type declaration is refused: it can make a small message large",
                )),
                Xml::Comment(_) | Xml::PI(_) | Xml::Decl(_) => continue,
                Xml::Eof if self.depth > 0 => Err(self.fault(
                    DecodeErrorKind::UnexpectedEnd,
                    format!("the message ends inside of {} open elements: it was cut", self.depth),
                )),
                Xml::Eof => Ok(Event::Eof),
            };
        }
    }

    fn offset(&self) -> usize {
        self.base + self.position()
    }
}

/// quick-xml's own words quote names and texts of the message, so only the kind of its error is told.
fn reason(error: &impl std::fmt::Debug) -> String {
    let text = format!("{error:?}");
    let kind = text
        .split(|c: char| !c.is_alphanumeric() && c != '(')
        .next()
        .unwrap_or_default();
    kind.replace('(', ", ")
}

/// A character reference to any code unit, or one of the five entities. Microsoft's writer makes references to
/// characters that XML does not have, such as `&#x1;`, and its reader takes them; a lone surrogate becomes U+FFFD.
fn reference_text(reference: &str) -> Option<Cow<'static, str>> {
    Some(match reference {
        "amp" => Cow::Borrowed("&"),
        "lt" => Cow::Borrowed("<"),
        "gt" => Cow::Borrowed(">"),
        "quot" => Cow::Borrowed("\""),
        "apos" => Cow::Borrowed("'"),
        _ => {
            let number = reference.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hex) if hex.bytes().all(|b| b.is_ascii_hexdigit()) => {
                    u32::from_str_radix(hex, 16).ok()?
                }
                None if number.bytes().all(|b| b.is_ascii_digit()) => number.parse().ok()?,
                _ => return None,
            };
            let character = match code {
                0xD800..=0xDFFF => char::REPLACEMENT_CHARACTER,
                code => char::from_u32(code)?,
            };
            Cow::Owned(character.to_string())
        }
    })
}

fn unescape(value: &str) -> Result<String, String> {
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find(['&', '\t', '\n', '\r']) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(reference) = rest.strip_prefix('&') {
            let (reference, after) = reference.split_once(';').ok_or("a reference has no end")?;
            text.push_str(&reference_text(reference).ok_or("a reference names nothing")?);
            rest = after;
        } else {
            text.push(' ');
            rest = &rest[1..];
        }
    }
    text.push_str(rest);
    Ok(text)
}
