//! What text XML and .NET binary XML have in common: the events that the contract layer reads.

mod content;
mod namespace;
mod scope;

pub(crate) use content::Content;
pub(crate) use namespace::{Name, Namespace};
pub(crate) use scope::Scope;

use uuid::Uuid;

use super::{DecodeError, Limits};
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
    fn enter(&mut self, name: Name<'static>) -> Result<bool, DecodeError>;

    /// The whole content of the open element and its end, if it is one piece: a short cut as well.
    fn simple(&mut self) -> Option<Result<Content<'a>, DecodeError>>;

    /// The same, if it is a plain text.
    fn plain_text(&mut self) -> Option<&'a str>;

    /// The same, if it is the plain text of a guid, for readers that need not look at it as a text first.
    fn plain_guid(&mut self) -> Option<Uuid> {
        None
    }

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
