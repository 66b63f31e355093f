mod ahead;

use std::fmt;

use super::{
    BinaryError, Dictionary, Items, Limits, Name, Record, RecordId, Text, context::Context,
    cursor::Cursor, error::Fault, name, record::id, state::State,
};

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
