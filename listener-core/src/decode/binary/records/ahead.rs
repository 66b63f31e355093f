use super::{Records, State};
use crate::decode::binary::{BinaryError, RecordId, Text, cursor::Cursor, name::Short, record::id};

/// What most texts are.
const CHARS_8_END: u8 = id::CHARS_8 | id::WITH_END;

/// Whether a record of this id is a text that ends the open element.
#[inline]
const fn ends_with_text(id: u8) -> bool {
    id & id::WITH_END != 0 && id >= id::ZERO
}

/// What is quicker for callers who know what mostly comes next. Each of these does what reading record by record would do,
/// or nothing.
impl<'a> Records<'a> {
    /// Whether the next record seems to have this name: a look at the bytes, and no promise.
    #[inline(always)]
    pub(in crate::decode::binary) fn sees(&self, local: &str) -> bool {
        self.cursor.sees(local)
    }

    /// Goes behind the end of the open element. Names and texts that are passed over need not be UTF-8.
    pub(in crate::decode::binary) fn skip(&mut self) -> Result<(), BinaryError> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            self.pass()?;
        }
        Ok(())
    }

    /// Goes behind the next record: quickly, if it is one of those that most are.
    #[inline]
    fn pass(&mut self) -> Result<(), BinaryError> {
        let mut cursor = self.cursor;
        let id = cursor.next();
        let content = self.state.is_content();
        match id {
            Some(id::SHORT_ELEMENT | id::PREFIX_ELEMENT_A..=id::PREFIX_ELEMENT_Z)
                if content && self.depth < self.context.limits.depth =>
            {
                cursor.skip_string("a name")?;
                self.state = State::Tag;
                self.depth += 1;
                self.attributes = 0;
            }
            Some(id::PREFIX_ATTRIBUTE_A..=id::PREFIX_ATTRIBUTE_Z) if self.state == State::Tag => {
                cursor.skip_string("a name")?;
                self.state = State::Value;
            }
            Some(id::XMLNS) if self.state == State::Tag => {
                cursor.skip_string("a prefix")?;
                cursor.skip_string("a namespace")?;
            }
            Some(id::CHARS_8) if self.state == State::Value => {
                let size = cursor.length::<1>("a length")?;
                cursor.bytes(size, "a text")?;
                self.state = State::Tag;
            }
            Some(id @ (id::CHARS_8 | CHARS_8_END)) if content => {
                let size = cursor.length::<1>("a length")?;
                cursor.bytes(size, "a text")?;
                self.state = State::Content;
                self.depth -= usize::from(id == CHARS_8_END);
            }
            _ => return self.read().map(drop),
        }
        self.cursor = cursor;
        Ok(())
    }

    /// The id of the next record, if there is one.
    #[inline]
    pub(in crate::decode::binary) fn next_id(&self) -> Option<u8> {
        self.cursor.peek()
    }

    /// Enters the element whose record has this id, which is of no dictionary, and a name of this size, which was seen, if
    /// that may stand here. If not, nothing is read. It is what [`read`](Self::read) does, for callers who know what mostly
    /// comes.
    #[inline(always)]
    pub(in crate::decode::binary) fn enter(&mut self, id: u8, size: usize) -> bool {
        let inside = self.state.is_content() && self.depth > 0;
        if !inside || self.depth >= self.context.limits.depth {
            return false;
        }
        let offset = self.cursor.offset();
        if !self.cursor.pass(id, size) {
            return false;
        }
        (self.id, self.offset) = (RecordId(id), offset);
        self.state = State::Tag;
        self.depth += 1;
        self.attributes = 0;
        true
    }

    /// The value of the attribute whose record has this id and this name, if that comes next in a tag and its value is short
    /// characters; those are not checked to be UTF-8.
    #[inline]
    pub(in crate::decode::binary) fn attribute_chars(
        &mut self,
        id: u8,
        local: &str,
    ) -> Option<&'a [u8]> {
        if !self.may_have_attribute() {
            return None;
        }
        let mut cursor = self.cursor;
        if !cursor.sees(local)
            || !cursor.pass(id, local.len())
            || cursor.next() != Some(id::CHARS_8)
        {
            return None;
        }
        let chars = cursor.short_string()?;
        self.took_attribute(id, cursor);
        Some(chars)
    }

    /// The same, where the value is true or false.
    #[inline]
    pub(in crate::decode::binary) fn attribute_bool(
        &mut self,
        id: u8,
        local: &str,
    ) -> Option<bool> {
        if !self.may_have_attribute() {
            return None;
        }
        let mut cursor = self.cursor;
        if !cursor.sees(local) || !cursor.pass(id, local.len()) {
            return None;
        }
        let value = match cursor.next() {
            Some(id::TRUE) => true,
            Some(id::FALSE) => false,
            _ => return None,
        };
        self.took_attribute(id, cursor);
        Some(value)
    }

    /// A declaration of a letter in the open tag, if that comes next and `known` knows its namespace.
    #[inline]
    pub(in crate::decode::binary) fn known_declaration<T>(
        &mut self,
        known: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Option<(Short, T)> {
        let (letter, uri, cursor) = self.declaration()?;
        let namespace = known(uri)?;
        self.took_attribute(id::XMLNS, cursor);
        Some((letter, namespace))
    }

    /// The namespace of this letter, if `known` knows it, and its declaration stands before a text that ends the element.
    #[inline]
    pub(in crate::decode::binary) fn brief_declaration<T>(
        &mut self,
        letter: Short,
        known: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Option<T> {
        let (declared, uri, cursor) = self.declaration()?;
        if declared != letter || !ends_with_text(cursor.peek()?) {
            return None;
        }
        let namespace = known(uri)?;
        self.took_attribute(id::XMLNS, cursor);
        Some(namespace)
    }

    /// The letter and the namespace of a declaration, and what follows it, if it comes next in a tag.
    #[inline]
    fn declaration(&self) -> Option<(Short, &'a [u8], Cursor<'a>)> {
        if !self.may_have_attribute() {
            return None;
        }
        let mut cursor = self.cursor;
        if cursor.next() != Some(id::XMLNS) {
            return None;
        }
        let [letter] = cursor.short_string()? else {
            return None;
        };
        let uri = cursor.short_string()?;
        Some((Short::letter(*letter)?, uri, cursor))
    }

    /// The one text that is all that is left of the open element, and the element's end, if one record holds both.
    #[inline(always)]
    pub(in crate::decode::binary) fn last_text(&mut self) -> Option<Text<'a>> {
        let id = self.cursor.peek()?;
        if !ends_with_text(id) || !self.may_end() {
            return None;
        }
        let mut cursor = self.cursor;
        cursor.next();
        // What is no text is a fault for `read`.
        let text = Text::single(id, &mut cursor, &self.context).ok()?;
        self.took_end(id, cursor);
        Some(text)
    }

    /// What `value` makes of that text, if it is characters whose size takes one byte, as most are. Nothing is read if it
    /// makes nothing of them. They are not checked to be UTF-8.
    #[inline]
    pub(in crate::decode::binary) fn last_chars<T>(
        &mut self,
        value: impl FnOnce(&'a [u8]) -> Option<T>,
    ) -> Option<T> {
        let mut cursor = self.cursor;
        let here = cursor.next() == Some(CHARS_8_END);
        if !here || !self.may_end() {
            return None;
        }
        let chars = cursor.chars_8()?;
        if chars.len() > self.context.limits.text {
            return None;
        }
        let value = value(chars)?;
        self.took_end(CHARS_8_END, cursor);
        Some(value)
    }

    /// The end of the open element, if its record comes next.
    #[inline(always)]
    pub(in crate::decode::binary) fn leave(&mut self) -> bool {
        let mut cursor = self.cursor;
        let here = cursor.next() == Some(id::END_ELEMENT) && self.may_end();
        if here {
            self.took_end(id::END_ELEMENT, cursor);
        }
        here
    }

    /// Whether the open element may end here.
    #[inline]
    fn may_end(&self) -> bool {
        self.state.is_content() && self.depth > 0
    }

    /// A record of this id, which ended at `cursor`, ended the open element.
    #[inline]
    fn took_end(&mut self, id: u8, cursor: Cursor<'a>) {
        (self.id, self.offset) = (RecordId(id), self.cursor.offset());
        self.cursor = cursor;
        self.state = State::Content;
        self.depth -= 1;
    }

    /// Whether the open tag may have another attribute or declaration.
    #[inline]
    fn may_have_attribute(&self) -> bool {
        self.state == State::Tag && self.attributes < self.context.limits.attributes
    }

    /// A record of this id, which ended at `cursor` with its value, was an attribute or a declaration.
    #[inline]
    fn took_attribute(&mut self, id: u8, cursor: Cursor<'a>) {
        (self.id, self.offset) = (RecordId(id), self.cursor.offset());
        self.cursor = cursor;
        self.attributes += 1;
    }
}
