use super::{Items, Name, Text};

/// A step through a document.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event<'a, N = &'a str> {
    /// An element begins; [`Reader::attributes`](super::Reader::attributes) are its attributes.
    Start(Element<'a, N>),
    /// As many elements as there are items, all of this name and with these attributes, each with one item as its
    /// content. No end follows.
    Array(Element<'a, N>, Items<'a>),
    /// A piece of content; those that follow each other are one text.
    Text(Text<'a>),
    /// The innermost element ends.
    End,
    /// The document ends.
    Eof,
}

/// The name of an element.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Element<'a, N = &'a str> {
    /// The name as it is written.
    pub name: Name<'a>,
    /// The namespace that its prefix, or the default, stands for.
    pub namespace: N,
}

/// An attribute of an element.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attribute<'a, N = &'a str> {
    /// The name as it is written.
    pub name: Name<'a>,
    /// The namespace that its prefix stands for; none without a prefix.
    pub namespace: N,
    /// The value.
    pub value: Text<'a>,
}
