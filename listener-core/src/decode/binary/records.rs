use std::fmt;

use super::{
    BinaryError, Dictionary, Items, Limits, Name, Record, RecordId, Text, context::Context,
    cursor::Cursor, error::Fault, name, record::id, state::State,
};

/// What most texts are.
const CHARS_8_END: u8 = id::CHARS_8 | id::WITH_END;

/// Reads the records of a document one after the other, as they stand, and checks that each may stand there.
///
/// Prefixes are not resolved; [`Reader`](super::Reader) does that. A document may be a fragment here, as the grammar of
/// [MC-NBFX] has it: no element, or an array, at its root. After an error there is nothing more to read.
///
/// ```
/// use listener_core::decode::binary::{Name, Record, RecordId, Records, Text};
///
/// let mut records = Records::new(b"\x40\x03doc\x99\x05hello");
/// let name = Name { prefix: "", local: "doc" };
/// assert_eq!(records.read()?, Some(Record::Element(name)));
/// assert_eq!(records.read()?, Some(Record::Text(Text::Chars("hello"))));
/// assert_eq!((records.offset(), records.id()), (5, RecordId(0x99)));
/// assert_eq!(records.read()?, Some(Record::EndElement));
/// assert_eq!(records.read()?, None);
/// # Ok::<_, listener_core::decode::binary::BinaryError>(())
/// ```
#[derive(Clone)]
pub struct Records<'a> {
    cursor: Cursor<'a>,
    context: Context<'a>,
    state: State,
    depth: usize,
    /// An element or an array was at the root.
    rooted: bool,
    /// Attributes and declarations of the open tag.
    attributes: usize,
    id: RecordId,
    offset: usize,
}

impl<'a> Records<'a> {
    /// Stands before the first record of a document. It knows the static dictionary and the default limits.
    pub fn new(document: &'a [u8]) -> Self {
        Self {
            cursor: Cursor::new(document),
            context: Context {
                limits: Limits::default(),
                dictionary: Dictionary::default(),
            },
            state: State::Start,
            depth: 0,
            rooted: false,
            attributes: 0,
            id: RecordId(0),
            offset: 0,
        }
    }

    /// Reads with other limits.
    #[must_use]
    pub const fn with_limits(mut self, limits: Limits) -> Self {
        self.context.limits = limits;
        self
    }

    /// Reads with another dictionary.
    #[must_use]
    pub const fn with_dictionary(mut self, dictionary: Dictionary<'a>) -> Self {
        self.context.dictionary = dictionary;
        self
    }

    /// The same, of a document that ends here.
    #[cfg(test)]
    pub(super) fn cut_at(&self, end: usize) -> Self {
        let mut records = self.clone();
        let left = end - records.position();
        records.cursor.split_off(left, "a document").unwrap();
        records
    }

    /// The limits that hold.
    pub const fn limits(&self) -> &Limits {
        &self.context.limits
    }

    /// Where the record that was read last begins. An end that came with a text is at that text's place.
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// The id of the record that was read last. An end that came with a text has that text's id, and the [`Items`] of an
    /// array have the id that tells their kind.
    pub const fn id(&self) -> RecordId {
        self.id
    }

    /// Where the next record begins.
    pub const fn position(&self) -> usize {
        self.cursor.offset()
    }

    /// How many elements are open.
    pub const fn depth(&self) -> usize {
        self.depth
    }

    /// Whether an attribute or a declaration of the open tag comes next.
    #[inline]
    pub fn at_attribute(&self) -> bool {
        self.state.is_tag()
            && matches!(
                self.cursor.peek(),
                Some(id::SHORT_ATTRIBUTE..=id::PREFIX_ATTRIBUTE_Z)
            )
    }

    /// The next record; none at the end of the document.
    ///
    /// # Errors
    ///
    /// If the bytes are not a record that may stand here, if they end inside of an element, or if a limit is reached.
    // Inlined always: a caller matches on the record at once, so that it need not be put together in memory first (20 % of
    // a walk).
    #[inline(always)]
    pub fn read(&mut self) -> Result<Option<Record<'a>>, BinaryError> {
        if let State::Start | State::Ending = self.state {
            if self.state == State::Ending {
                self.state = State::Content;
                self.depth -= 1;
                return Ok(Some(Record::EndElement));
            }
            let most = self.context.limits.bytes;
            self.cursor
                .limit(self.cursor.left(), most, "bytes of a document")?;
            self.state = State::Content;
        }
        self.offset = self.cursor.offset();
        let Some(id) = self.cursor.next() else {
            return self.end();
        };
        self.id = RecordId(id);
        match id {
            id::SHORT_ELEMENT..=id::PREFIX_ELEMENT_Z => self.element(id),
            id::ZERO..=id::LAST_TEXT => self.text(id),
            id::END_ELEMENT => self.end_element(),
            id::SHORT_XMLNS..=id::DICTIONARY_XMLNS => self.namespace(id),
            id::SHORT_ATTRIBUTE..=id::PREFIX_ATTRIBUTE_Z => self.attribute(id),
            id::ARRAY => self.array(),
            id::COMMENT => self.comment(),
            _ => Err(self.misplaced()),
        }
    }

    /// Whether the next record seems to have this name: a look at the bytes, and no promise.
    #[inline(always)]
    pub(super) fn sees(&self, local: &str) -> bool {
        self.cursor.sees(local)
    }

    /// Goes behind the end of the open element. Names and texts that are passed over need not be UTF-8.
    pub(super) fn skip(&mut self) -> Result<(), BinaryError> {
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

    /// The id and the prefix of the next record, if it is an element of no dictionary with a letter or no prefix.
    #[inline]
    pub(super) fn short_prefix(&self) -> Option<(u8, &'static str)> {
        match self.cursor.peek()? {
            id @ id::SHORT_ELEMENT => Some((id, "")),
            id @ id::PREFIX_ELEMENT_A..=id::PREFIX_ELEMENT_Z => {
                Some((id, name::letter(id - id::PREFIX_ELEMENT_A)))
            }
            _ => None,
        }
    }

    /// Enters the element whose record has this id, which is of no dictionary, and a name of this size, which was seen, if
    /// that may stand here. If not, nothing is read. It is what [`read`](Self::read) does, for callers who know what mostly
    /// comes.
    #[inline]
    pub(super) fn enter(&mut self, id: u8, size: usize) -> bool {
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
    pub(super) fn attribute_chars(&mut self, id: u8, local: &str) -> Option<&'a [u8]> {
        if self.state != State::Tag || self.attributes >= self.context.limits.attributes {
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
        (self.id, self.offset) = (RecordId(id), self.cursor.offset());
        self.cursor = cursor;
        self.attributes += 1;
        Some(chars)
    }

    /// The same, where the value is true or false.
    #[inline]
    pub(super) fn attribute_bool(&mut self, id: u8, local: &str) -> Option<bool> {
        if self.state != State::Tag || self.attributes >= self.context.limits.attributes {
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
        (self.id, self.offset) = (RecordId(id), self.cursor.offset());
        self.cursor = cursor;
        self.attributes += 1;
        Some(value)
    }

    /// A declaration of a letter in the open tag, if that comes next and `known` knows its namespace.
    #[inline]
    pub(super) fn known_declaration<T>(
        &mut self,
        known: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Option<(&'a str, T)> {
        if self.state != State::Tag || self.attributes >= self.context.limits.attributes {
            return None;
        }
        let mut cursor = self.cursor;
        if cursor.next() != Some(id::XMLNS) {
            return None;
        }
        let [letter @ b'a'..=b'z'] = cursor.short_string()? else {
            return None;
        };
        let namespace = known(cursor.short_string()?)?;
        (self.id, self.offset) = (RecordId(id::XMLNS), self.cursor.offset());
        self.cursor = cursor;
        self.attributes += 1;
        Some((name::letter(letter - b'a'), namespace))
    }

    /// The one text that is all that is left of the open element, and the element's end, if one record holds both.
    #[inline]
    pub(super) fn last_text(&mut self) -> Option<Text<'a>> {
        let id = self.cursor.peek()?;
        let ends = id & id::WITH_END != 0 && id >= id::ZERO;
        if !ends || !self.state.is_content() || self.depth == 0 {
            return None;
        }
        let mut cursor = self.cursor;
        cursor.next();
        // What is no text is a fault for `read`.
        let text = Text::single(id, &mut cursor, &self.context).ok()?;
        (self.id, self.offset) = (RecordId(id), self.cursor.offset());
        self.cursor = cursor;
        self.state = State::Content;
        self.depth -= 1;
        Some(text)
    }

    /// The same, if the text is characters whose size takes one byte: most are.
    #[inline]
    pub(super) fn last_chars(&mut self) -> Option<&'a str> {
        let mut cursor = self.cursor;
        let here = cursor.next() == Some(CHARS_8_END);
        if !here || !self.state.is_content() || self.depth == 0 {
            return None;
        }
        let size = cursor.next()?.into();
        // What is no text is a fault for `read`.
        let most = self.context.limits.text;
        let text = cursor.text(size, "a text", most).ok()?;
        (self.id, self.offset) = (RecordId(CHARS_8_END), self.cursor.offset());
        self.cursor = cursor;
        self.state = State::Content;
        self.depth -= 1;
        Some(text)
    }

    /// The end of the open element, if its record comes next.
    #[inline]
    pub(super) fn leave(&mut self) -> bool {
        let here = self.cursor.peek() == Some(id::END_ELEMENT);
        if !here || !self.state.is_content() || self.depth == 0 {
            return false;
        }
        (self.id, self.offset) = (RecordId(id::END_ELEMENT), self.cursor.offset());
        self.cursor.next();
        self.state = State::Content;
        self.depth -= 1;
        true
    }

    #[inline]
    fn element(&mut self, id: u8) -> Result<Option<Record<'a>>, BinaryError> {
        self.open()?;
        self.state = State::Tag;
        let name = Name::of_element(id, &mut self.cursor, &self.context)?;
        Ok(Some(Record::Element(name)))
    }

    fn array(&mut self) -> Result<Option<Record<'a>>, BinaryError> {
        self.open()?;
        self.state = State::ArrayTag;
        let id = self.cursor.byte("the element of an array")?;
        let name = Name::of_element(id, &mut self.cursor, &self.context)?;
        Ok(Some(Record::Array(name)))
    }

    /// Enters an element, if one may stand here.
    #[inline]
    fn open(&mut self) -> Result<(), BinaryError> {
        if !self.state.is_content() {
            return Err(self.misplaced());
        }
        if self.depth == 0 && self.rooted {
            return Err(self.trailing());
        }
        if self.depth >= self.context.limits.depth {
            let most = self.context.limits.depth;
            let what = "elements inside of each other";
            return Err(self.fault(Fault::Limit { what, most }));
        }
        self.rooted = true;
        self.depth += 1;
        self.attributes = 0;
        Ok(())
    }

    fn end_element(&mut self) -> Result<Option<Record<'a>>, BinaryError> {
        match self.state {
            State::Content | State::Tag if self.depth > 0 => {
                self.state = State::Content;
                self.depth -= 1;
                Ok(Some(Record::EndElement))
            }
            State::ArrayTag => {
                self.state = State::Content;
                self.depth -= 1;
                self.offset = self.cursor.offset();
                self.id = RecordId(self.cursor.peek().unwrap_or_default());
                let items = Items::read(&mut self.cursor, &self.context)?;
                Ok(Some(Record::Items(items)))
            }
            _ => Err(self.misplaced()),
        }
    }

    #[inline]
    fn attribute(&mut self, id: u8) -> Result<Option<Record<'a>>, BinaryError> {
        self.state = match self.state {
            State::Tag => State::Value,
            State::ArrayTag => State::ArrayValue,
            _ => return Err(self.misplaced()),
        };
        self.count_attribute()?;
        let name = Name::of_attribute(id, &mut self.cursor, &self.context)?;
        Ok(Some(Record::Attribute(name)))
    }

    #[inline]
    fn namespace(&mut self, id: u8) -> Result<Option<Record<'a>>, BinaryError> {
        if !self.state.is_tag() {
            return Err(self.misplaced());
        }
        self.count_attribute()?;
        let prefix = match id {
            id::XMLNS | id::DICTIONARY_XMLNS => name::prefix(&mut self.cursor, &self.context)?,
            _ => "",
        };
        let uri = match id {
            id::SHORT_XMLNS | id::XMLNS => {
                let most = self.context.limits.name;
                self.cursor.string("a namespace", most)?
            }
            _ => {
                let cursor = &mut self.cursor;
                self.context.dictionary_string(cursor, "a namespace")?
            }
        };
        Ok(Some(Record::Namespace { prefix, uri }))
    }

    #[inline]
    fn count_attribute(&mut self) -> Result<(), BinaryError> {
        self.attributes += 1;
        let most = self.context.limits.attributes;
        if self.attributes > most {
            let what = "attributes and declarations of one element";
            return Err(self.fault(Fault::Limit { what, most }));
        }
        Ok(())
    }

    #[inline]
    fn text(&mut self, id: u8) -> Result<Option<Record<'a>>, BinaryError> {
        let ends = id & id::WITH_END == id::WITH_END;
        self.state = match self.state {
            State::Content | State::Tag if self.depth > 0 => {
                if ends {
                    State::Ending
                } else {
                    State::Content
                }
            }
            State::Value if !ends => State::Tag,
            State::ArrayValue if !ends => State::ArrayTag,
            _ => return Err(self.misplaced()),
        };
        let text = Text::read(id, &mut self.cursor, &self.context)?;
        Ok(Some(Record::Text(text)))
    }

    fn comment(&mut self) -> Result<Option<Record<'a>>, BinaryError> {
        if !self.state.is_content() {
            return Err(self.misplaced());
        }
        self.state = State::Content;
        let most = self.context.limits.text;
        let comment = self.cursor.string("a comment", most)?;
        Ok(Some(Record::Comment(comment)))
    }

    #[cold]
    fn end(&self) -> Result<Option<Record<'a>>, BinaryError> {
        if self.depth == 0 {
            Ok(None)
        } else {
            Err(self.fault(Fault::Nothing(self.state.expected(self.depth))))
        }
    }

    /// The record that was begun cannot stand here.
    #[cold]
    fn misplaced(&self) -> BinaryError {
        if self.depth == 0 && self.rooted {
            return self.trailing();
        }
        let expected = self.state.expected(self.depth);
        let found = self.id;
        self.fault(Fault::Record { expected, found })
    }

    #[cold]
    fn trailing(&self) -> BinaryError {
        self.fault(Fault::Trailing(self.cursor.left() + 1))
    }

    /// A fault of the record that was begun.
    #[cold]
    const fn fault(&self, fault: Fault) -> BinaryError {
        BinaryError::new(fault, self.offset)
    }
}

impl fmt::Debug for Records<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records")
            .field("position", &self.position())
            .field("depth", &self.depth)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
