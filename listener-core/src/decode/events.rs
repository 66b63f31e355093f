//! What text XML and .NET binary XML have in common: the events that the contract layer reads.

use std::borrow::Cow;

use rust_decimal::Decimal;
use uuid::Uuid;

use super::{DecodeError, Limits};
use crate::context::{DateTime, Text, name};

/// A namespace: one that the contracts use, told apart by a number, or another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Namespace<'a> {
    Known(&'static str),
    Other(&'a str),
}

impl<'a> Namespace<'a> {
    pub(crate) const NONE: Self = Self::Other("");

    const KNOWN: [&'static str; 9] = [
        name::XRM,
        name::GENERIC,
        name::XSD,
        name::XSI,
        name::ARRAYS,
        name::SERIALIZATION,
        name::XRM_7_1,
        name::XRM_9_0,
        name::CRM,
    ];

    pub(crate) fn of(uri: &'a str) -> Self {
        Self::KNOWN
            .iter()
            .find(|known| **known == uri)
            .map_or(Self::Other(uri), |known| Self::Known(known))
    }

    pub(crate) const fn uri(self) -> &'a str {
        match self {
            Self::Known(uri) => uri,
            Self::Other(uri) => uri,
        }
    }

    /// Whether it is this one of the known namespaces.
    pub(crate) fn is(self, known: &'static str) -> bool {
        match self {
            // The same constant mostly is the same string in memory.
            Self::Known(uri) => std::ptr::eq(uri, known) || uri == known,
            Self::Other(_) => false,
        }
    }
}

/// A qualified name, resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Name<'a> {
    pub(crate) namespace: Namespace<'a>,
    pub(crate) local: &'a str,
}

impl Name<'_> {
    pub(crate) fn is(&self, namespace: &'static str, local: &str) -> bool {
        self.local == local && self.namespace.is(namespace)
    }
}

/// The prefixes that are bound at a place, with their namespaces: what reading a part of a document later needs to know.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Scope(Vec<(Text, Bound)>);

#[derive(Clone, Debug, PartialEq)]
enum Bound {
    Known(&'static str),
    Other(Text),
}

impl Scope {
    pub(crate) fn of<'a>(bound: impl Iterator<Item = (&'a str, Namespace<'a>)>) -> Self {
        let kept = |namespace| match namespace {
            Namespace::Known(uri) => Bound::Known(uri),
            Namespace::Other(uri) => Bound::Other(uri.into()),
        };
        Self(
            bound
                .map(|(prefix, namespace)| (prefix.into(), kept(namespace)))
                .collect(),
        )
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (&str, Namespace<'_>)> {
        self.0.iter().map(|(prefix, bound)| {
            let namespace = match bound {
                Bound::Known(uri) => Namespace::Known(uri),
                Bound::Other(uri) => Namespace::Other(uri),
            };
            (prefix.as_str(), namespace)
        })
    }

    /// Whether it is the same.
    pub(crate) fn is<'a>(
        &self,
        bound: impl ExactSizeIterator<Item = (&'a str, Namespace<'a>)>,
    ) -> bool {
        self.0.len() == bound.len()
            && self
                .iter()
                .zip(bound)
                .all(|(ours, theirs)| ours.0 == theirs.0 && ours.1.uri() == theirs.1.uri())
    }
}

/// The start of an element, with the two attributes that mean something here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    pub(crate) name: Name<'a>,
    /// `i:nil`.
    pub(crate) nil: bool,
    /// `i:type`.
    pub(crate) type_name: Option<Name<'a>>,
    /// Where its tag or record begins.
    pub(crate) offset: usize,
}

#[derive(Debug)]
pub(crate) enum Event<'a> {
    Start(Element<'a>),
    Content(Content<'a>),
    End,
    /// After the root's end.
    Eof,
}

/// The content of an element: text in XML, often typed in binary.
#[derive(Clone, Debug)]
pub(crate) enum Content<'a> {
    Text(Cow<'a, str>),
    Boolean(bool),
    Integer(i64),
    Unsigned(u64),
    Float(f32),
    Double(f64),
    Decimal(Decimal),
    DateTime(DateTime),
    Bytes(Cow<'a, [u8]>),
    Guid(Uuid),
    /// 100-nanosecond ticks.
    Duration(i64),
}

/// A reader of elements, attributes resolved. It bounds depth and counts by the limits it was given.
pub(crate) trait Events<'a> {
    fn next(&mut self) -> Result<Event<'a>, DecodeError>;

    /// The start of the element that is expected next, if it is that one and a plain one: a short cut that a format may
    /// leave out.
    fn member(&mut self, _namespace: &'static str, _local: &str) -> Option<Element<'a>> {
        None
    }

    /// The whole content of the open element and its end, if it is plain text: a short cut as well.
    fn plain_text(&mut self) -> Option<&'a str> {
        None
    }

    fn limits(&self) -> &Limits;

    /// What is in scope where the reader stands.
    fn scope(&self) -> Scope;

    /// Whether that is what is in scope.
    fn scope_is(&self, scope: &Scope) -> bool;

    /// Where the reader stands, in bytes.
    fn offset(&self) -> usize;
}
