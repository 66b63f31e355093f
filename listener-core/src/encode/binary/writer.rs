use super::{ArrayItem, WriteError, array, buffer::Buffer, text};
use crate::decode::binary::{Text, id};

/// Writes a document of .NET binary XML.
///
/// The events come in the order of the document: the start of an element, its attributes and declarations, its content,
/// its end. A fault in that order is told at the end, by [`finish`](Self::finish).
///
/// ```
/// use listener_core::{decode::binary::Text, encode::binary::Writer};
///
/// let mut out = Vec::new();
/// let mut writer = Writer::new(&mut out);
/// writer.start_element("", "doc");
/// writer.attribute("i", "nil", Text::Bool(true));
/// writer.namespace("i", "http://www.w3.org/2001/XMLSchema-instance");
/// writer.end_element();
/// writer.finish()?;
/// assert_eq!(out[..11], *b"\x40\x03doc\x2e\x03nil\x86");
/// # Ok::<_, listener_core::encode::binary::WriteError>(())
/// ```
#[derive(Debug)]
pub struct Writer<'o> {
    buffer: Buffer<'o>,
    depth: usize,
    /// The start of an element came last, or an attribute or a declaration of it.
    in_tag: bool,
    rooted: bool,
    fault: Option<WriteError>,
}

/// The first id of a family of records by their prefix: none, any, or a letter.
struct Family {
    short: u8,
    prefixed: u8,
    letter_a: u8,
}

const ELEMENT: Family = Family {
    short: id::SHORT_ELEMENT,
    prefixed: id::ELEMENT,
    letter_a: id::PREFIX_ELEMENT_A,
};
const ATTRIBUTE: Family = Family {
    short: id::SHORT_ATTRIBUTE,
    prefixed: id::ATTRIBUTE,
    letter_a: id::PREFIX_ATTRIBUTE_A,
};

impl<'o> Writer<'o> {
    /// Writes behind what `out` holds already.
    pub const fn new(out: &'o mut Vec<u8>) -> Self {
        Self {
            buffer: Buffer::new(out),
            depth: 0,
            in_tag: false,
            rooted: false,
            fault: None,
        }
    }

    /// The start of an element; an empty prefix is none.
    pub fn start_element(&mut self, prefix: &str, name: &str) {
        if self.depth == 0 && self.rooted {
            self.fail(WriteError::Misplaced);
        }
        self.rooted = true;
        self.depth += 1;
        self.in_tag = true;
        self.qualified(&ELEMENT, prefix, name);
    }

    /// An attribute of the element that was started last.
    pub fn attribute(&mut self, prefix: &str, name: &str, value: Text<'_>) {
        self.expect(self.in_tag);
        self.qualified(&ATTRIBUTE, prefix, name);
        // The value is one record, and bytes may take two. The others have no record of their own.
        let chars;
        let value = match value {
            Text::Bytes(_) | Text::Utf16(_) | Text::QName { .. } | Text::List(_) => {
                chars = value.to_string();
                Text::Chars(&chars)
            }
            value => value,
        };
        let written = match value {
            Text::Empty | Text::Chars("") => {
                self.buffer.text(1, &[id::EMPTY]);
                true
            }
            value => text::write(&mut self.buffer, value),
        };
        self.buffer.close_attribute();
        if !written {
            self.fail(WriteError::TooLong);
        }
    }

    /// A declaration of the element that was started last; an empty prefix declares the default namespace.
    pub fn namespace(&mut self, prefix: &str, uri: &str) {
        self.expect(self.in_tag);
        if prefix.is_empty() {
            self.buffer.record(id::SHORT_XMLNS);
        } else {
            self.buffer.record(id::XMLNS);
            self.name(prefix);
        }
        self.name(uri);
    }

    /// A piece of content.
    ///
    /// It is written as Microsoft's writer would: a number in the shortest record that holds it, an empty text not at all,
    /// and what that writer has no record for (UTF-16 that it would write as UTF-8, qualified names, lists) as characters.
    pub fn text(&mut self, value: Text<'_>) {
        self.expect(self.depth > 0);
        self.in_tag = false;
        if !text::write(&mut self.buffer, value) {
            self.fail(WriteError::TooLong);
        }
    }

    /// An element of this name for each item, in one record. Without items it writes nothing.
    pub fn array<T: ArrayItem>(
        &mut self,
        prefix: &str,
        name: &str,
        items: impl ExactSizeIterator<Item = T>,
    ) {
        self.expect(self.depth > 0);
        self.in_tag = false;
        match i32::try_from(items.len()) {
            Ok(0) => {}
            Ok(count) => {
                self.buffer.record(id::ARRAY);
                self.qualified(&ELEMENT, prefix, name);
                self.buffer.record(id::END_ELEMENT);
                array::write(&mut self.buffer, count, items);
            }
            Err(_) => self.fail(WriteError::TooLong),
        }
    }

    /// The end of the innermost element.
    pub fn end_element(&mut self) {
        self.in_tag = false;
        match self.depth.checked_sub(1) {
            Some(depth) => {
                self.depth = depth;
                self.buffer.end_element();
            }
            None => self.fail(WriteError::Misplaced),
        }
    }

    /// The end of the document.
    ///
    /// # Errors
    ///
    /// If what was written is no document. What stands in the output then is of no use.
    pub fn finish(self) -> Result<(), WriteError> {
        match self.fault {
            Some(fault) => Err(fault),
            None if self.depth > 0 || !self.rooted => Err(WriteError::Unfinished),
            None => Ok(()),
        }
    }

    fn qualified(&mut self, family: &Family, prefix: &str, name: &str) {
        match prefix.as_bytes() {
            [] => self.buffer.record(family.short),
            [letter @ b'a'..=b'z'] => self.buffer.record(family.letter_a + letter - b'a'),
            _ => {
                self.buffer.record(family.prefixed);
                self.name(prefix);
            }
        }
        self.name(name);
    }

    fn name(&mut self, name: &str) {
        match i32::try_from(name.len()) {
            Ok(size) => self.buffer.name(name, size),
            Err(_) => self.fail(WriteError::TooLong),
        }
    }

    const fn expect(&mut self, may: bool) {
        if !may {
            self.fail(WriteError::Misplaced);
        }
    }

    /// The first fault counts.
    #[cold]
    const fn fail(&mut self, fault: WriteError) {
        if self.fault.is_none() {
            self.fault = Some(fault);
        }
    }
}
