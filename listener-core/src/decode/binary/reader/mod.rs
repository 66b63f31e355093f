mod ahead;

use std::fmt;

use super::{
    Attribute, BinaryError, Dictionary, Element, Event, Limits, Name, Record, Records,
    error::Fault,
    namespaces::{Namespace, Namespaces},
};

/// Reads a document as elements, their attributes and their content, prefixes resolved.
///
/// `N` is what a namespace is turned into, once, where it is declared: a caller that looks for namespaces it knows may
/// compare something cheaper than their texts.
///
/// ```
/// use listener_core::decode::binary::{Event, Reader, Text};
///
/// let document = b"\x5e\x03doc\x09\x01a\x0ahttp://abc\x04\x04attr\x86\x99\x05hello";
/// let mut reader: Reader = Reader::new(document);
/// let Event::Start(doc) = reader.read()? else { panic!() };
/// assert_eq!((doc.name.local, doc.namespace), ("doc", "http://abc"));
/// assert_eq!(reader.attributes()[0].name.local, "attr");
/// assert_eq!(reader.attributes()[0].value, Text::Bool(true));
/// assert_eq!(reader.read()?, Event::Text(Text::Chars("hello")));
/// assert_eq!(reader.read()?, Event::End);
/// assert_eq!(reader.read()?, Event::Eof);
/// # Ok::<_, listener_core::decode::binary::BinaryError>(())
/// ```
#[derive(Clone)]
pub struct Reader<'a, N = &'a str> {
    records: Records<'a>,
    namespaces: Namespaces<'a, N>,
    attributes: Vec<Attribute<'a, N>>,
    offset: usize,
    rooted: bool,
    /// An array may stand at the root.
    part: bool,
}

impl<'a, N: Namespace<'a>> Reader<'a, N> {
    /// Stands before the root. It knows the static dictionary and the default limits.
    pub fn new(document: &'a [u8]) -> Self {
        Self {
            records: Records::new(document),
            namespaces: Namespaces::new(),
            attributes: Vec::new(),
            offset: 0,
            rooted: false,
            part: false,
        }
    }

    /// Reads with other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.records = self.records.with_limits(limits);
        self
    }

    /// Reads with another dictionary.
    #[must_use]
    pub fn with_dictionary(mut self, dictionary: Dictionary<'a>) -> Self {
        self.records = self.records.with_dictionary(dictionary);
        self
    }

    /// Reads a part of a document, whose root may be an array.
    #[must_use]
    pub const fn of_part(mut self) -> Self {
        self.part = true;
        self
    }

    /// Reads a part of a document, outside of which a prefix is bound.
    #[must_use]
    pub fn with_namespace(mut self, prefix: &'a str, namespace: N) -> Self {
        self.namespaces.bind(prefix, namespace);
        self
    }

    /// The prefixes that are bound where the reader stands, with their namespaces; the last one of a prefix counts.
    pub fn namespaces(&self) -> impl ExactSizeIterator<Item = (&'a str, N)> {
        self.namespaces.iter()
    }

    /// Where the reader stands: behind the event that was read last.
    pub const fn position(&self) -> usize {
        self.records.position()
    }

    /// The limits that hold.
    pub const fn limits(&self) -> &Limits {
        self.records.limits()
    }

    /// The next event. Comments are left out. After an error there is nothing more to read.
    ///
    /// # Errors
    ///
    /// If the bytes are not a document of one element, if a prefix is not declared, or if a limit is reached.
    #[inline]
    pub fn read(&mut self) -> Result<Event<'a, N>, BinaryError> {
        self.settle();
        loop {
            return match self.records.read() {
                Ok(Some(Record::Element(name))) => {
                    self.offset = self.records.offset();
                    self.rooted = true;
                    self.tag()?;
                    let namespace = self.namespace_of(name)?;
                    Ok(Event::Start(Element { name, namespace }))
                }
                Ok(Some(Record::Text(text))) => {
                    self.offset = self.records.offset();
                    Ok(Event::Text(text))
                }
                Ok(Some(Record::EndElement)) => {
                    self.offset = self.records.offset();
                    Ok(Event::End)
                }
                Ok(Some(Record::Array(name))) => {
                    self.offset = self.records.offset();
                    self.array(name)
                }
                Ok(Some(Record::Comment(_))) => continue,
                Ok(Some(Record::Attribute(_) | Record::Namespace { .. } | Record::Items(_))) => {
                    Err(self.misplaced("an element, a text, or an end"))
                }
                Ok(None) => self.end(),
                Err(error) => Err(error),
            };
        }
    }

    /// Forgets the namespaces of an element that has ended: those are in scope up to the next event.
    #[inline]
    fn settle(&mut self) {
        self.namespaces.leave(self.records.depth());
    }

    /// Reads on to behind the end of the element whose start was read last, or, inside of an element, of that element.
    ///
    /// # Errors
    ///
    /// If the records are not such as may stand there. Names, texts and prefixes are not looked at.
    pub fn skip(&mut self) -> Result<(), BinaryError> {
        self.settle();
        if self.depth() > 0 {
            self.records.skip()?;
        }
        Ok(())
    }

    /// The attributes of the element or the array that was read last.
    pub fn attributes(&self) -> &[Attribute<'a, N>] {
        &self.attributes
    }

    /// What a prefix stands for here, for names in attributes and texts; an empty one is the default namespace.
    pub fn resolve(&self, prefix: &str) -> Option<N> {
        self.namespaces.resolve(prefix)
    }

    /// Where the event that was read last begins. An end that came with a text is at that text's place.
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// How many elements are open.
    pub const fn depth(&self) -> usize {
        self.records.depth()
    }

    fn end(&mut self) -> Result<Event<'a, N>, BinaryError> {
        self.offset = self.records.offset();
        if self.rooted {
            Ok(Event::Eof)
        } else {
            Err(self.fault(Fault::Nothing("an element")))
        }
    }

    fn array(&mut self, name: Name<'a>) -> Result<Event<'a, N>, BinaryError> {
        if !self.rooted && !self.part {
            return Err(self.misplaced("an element, not an array, at the root"));
        }
        self.rooted = true;
        self.tag()?;
        let element = self.element(name)?;
        match self.records.read()? {
            Some(Record::Items(items)) => Ok(Event::Array(element, items)),
            _ => Err(self.misplaced("the items of an array")),
        }
    }

    /// Reads attributes and declarations up to the content.
    #[inline]
    pub(in crate::decode) fn tag(&mut self) -> Result<(), BinaryError> {
        self.attributes.clear();
        self.known_declarations()?;
        while self.records.at_attribute() {
            self.attribute()?;
            self.known_declarations()?;
        }
        if self.attributes.is_empty() {
            Ok(())
        } else {
            self.resolve_attributes()
        }
    }

    fn attribute(&mut self) -> Result<(), BinaryError> {
        match self.records.read()? {
            Some(Record::Namespace { prefix, uri }) => {
                let (depth, most) = (self.depth(), self.limits().namespaces);
                let offset = self.records.offset();
                self.namespaces
                    .declare(prefix, uri, depth, most)
                    .map_err(|fault| BinaryError::new(fault, offset))
            }
            Some(Record::Attribute(name)) => match self.records.read()? {
                Some(Record::Text(value)) => {
                    // The prefix may be declared after the attribute.
                    let namespace = N::of("");
                    self.attributes.push(Attribute {
                        name,
                        namespace,
                        value,
                    });
                    Ok(())
                }
                _ => Err(self.misplaced("the value of an attribute")),
            },
            _ => Err(self.misplaced("an attribute")),
        }
    }

    fn resolve_attributes(&mut self) -> Result<(), BinaryError> {
        for nth in 0..self.attributes.len() {
            let name = self.attributes[nth].name;
            if !name.prefix.is_empty() {
                self.attributes[nth].namespace = self.namespace_of(name)?;
            }
            let (before, at) = self.attributes.split_at(nth);
            let twice = before
                .iter()
                .any(|other| other.name.local == name.local && other.namespace == at[0].namespace);
            if twice {
                return Err(self.fault(Fault::Twice("attribute of an element")));
            }
        }
        Ok(())
    }

    #[inline]
    fn element(&self, name: Name<'a>) -> Result<Element<'a, N>, BinaryError> {
        let namespace = self.namespace_of(name)?;
        Ok(Element { name, namespace })
    }

    #[inline]
    fn namespace_of(&self, name: Name<'a>) -> Result<N, BinaryError> {
        match self.namespaces.resolve(name.prefix) {
            Some(namespace) => Ok(namespace),
            None => Err(self.fault(Fault::Prefix(name.prefix.len()))),
        }
    }

    #[cold]
    fn misplaced(&self, expected: &'static str) -> BinaryError {
        let found = self.records.id();
        BinaryError::new(Fault::Record { expected, found }, self.records.offset())
    }

    /// A fault of the event that was begun.
    #[cold]
    const fn fault(&self, fault: Fault) -> BinaryError {
        BinaryError::new(fault, self.offset)
    }
}

impl<N> fmt::Debug for Reader<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("records", &self.records)
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}
