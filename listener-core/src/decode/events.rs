//! What text XML and .NET binary XML have in common: the events that the contract layer reads.

use std::borrow::Cow;

use rust_decimal::Decimal;
use uuid::Uuid;

use super::{DecodeError, Limits};
use crate::context::{DateTime, Text, name};

/// A namespace: one that the contracts use, told apart by a number, or another.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Namespace<'a> {
    Known { uri: &'static str, mark: u8 },
    Other(&'a str),
}

impl PartialEq for Namespace<'_> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Known { mark, .. }, Self::Known { mark: other, .. }) => mark == other,
            (Self::Other(uri), Self::Other(other)) => uri == other,
            _ => false,
        }
    }
}

impl Eq for Namespace<'_> {}

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
        Self::find(uri.as_bytes()).unwrap_or(Self::Other(uri))
    }

    /// The namespace, if it is one of the contracts'.
    #[inline]
    pub(crate) fn find(uri: &[u8]) -> Option<Self> {
        let mut known = Self::KNOWN.iter();
        known
            .find(|known| known.as_bytes() == uri)
            .map(|known| Self::known(known))
    }

    /// One of the contracts' namespaces.
    #[inline]
    pub(crate) const fn known(uri: &'static str) -> Self {
        Self::Known {
            uri,
            mark: mark(uri),
        }
    }

    pub(crate) const fn uri(self) -> &'a str {
        match self {
            Self::Known { uri, .. } => uri,
            Self::Other(uri) => uri,
        }
    }

    /// Whether it is this one of the known namespaces.
    #[inline]
    pub(crate) const fn is(self, known: &'static str) -> bool {
        match self {
            Self::Known { mark: own, .. } => own == mark(known),
            Self::Other(_) => false,
        }
    }
}

/// What tells the known namespaces apart without a look at all of their bytes: the size, and the two bytes in which those
/// of one size differ.
#[inline]
const fn mark(known: &'static str) -> u8 {
    let (bytes, size) = (known.as_bytes(), known.len());
    let version = bytes[size - "7.1/Contracts".len()];
    let product = bytes[size - "xrm/2011/Contracts".len()];
    #[expect(
        clippy::cast_possible_truncation,
        reason = "whether they differ is checked below"
    )]
    let size = size as u8;
    size.wrapping_mul(5) ^ version ^ product.wrapping_mul(3)
}

const _: () = {
    let known = Namespace::KNOWN;
    let mut nth = 0;
    while nth < known.len() {
        let mut other = 0;
        while other < nth {
            let differ = mark(known[nth]) != mark(known[other]);
            assert!(differ, "two namespaces have one mark");
            other += 1;
        }
        nth += 1;
    }
};

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
            Namespace::Known { uri, .. } => Bound::Known(uri),
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
                Bound::Known(uri) => Namespace::known(uri),
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

impl<'a> Element<'a> {
    /// What stands before the first element.
    pub(crate) const NONE: Self = Self::plain(
        Name {
            namespace: Namespace::NONE,
            local: "",
        },
        0,
    );

    pub(crate) const fn plain(name: Name<'a>, offset: usize) -> Self {
        Self {
            name,
            nil: false,
            type_name: None,
            offset,
        }
    }
}

#[derive(Debug)]
pub(crate) enum Event<'a> {
    /// An element begins: [`Events::element`].
    Start,
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

    /// The element whose start was read last. It is kept here, since it is large and read in place.
    fn element(&self) -> &Element<'a>;

    /// Whether the start of an element of this name seems to come next: a look at the bytes that is quick where the name is
    /// known to the compiler, and no promise.
    fn sees(&self, local: &'static str) -> bool;

    /// Reads the start of the element of this name, which was seen, if it is of this namespace: a short cut, which may not be
    /// taken. The element may be of another namespace all the same, which it declares itself.
    fn enter(&mut self, namespace: &'static str, local: &'static str) -> Result<bool, DecodeError>;

    /// The whole content of the open element and its end, if it is one piece: a short cut as well.
    fn simple(&mut self) -> Result<Option<Content<'a>>, DecodeError>;

    /// The same, if it is a plain text.
    fn plain_text(&mut self) -> Option<&'a str>;

    /// The end of the open element, if it comes next: another short cut.
    fn end(&mut self) -> bool;

    /// Goes behind the end of the open element. What is passed over is checked as far as that needs.
    fn skip(&mut self) -> Result<(), DecodeError>;

    fn limits(&self) -> &Limits;

    /// What is in scope where the reader stands.
    fn scope(&self) -> Scope;

    /// Whether that is what is in scope.
    fn scope_is(&self, scope: &Scope) -> bool;

    /// Where the reader stands, in bytes.
    fn offset(&self) -> usize;
}
