use std::fmt;

use super::{Items, Name, Text};

/// The first byte of a record, which tells what the record is.
///
/// It prints as [MC-NBFX] names it:
///
/// ```
/// use listener_core::decode::binary::RecordId;
///
/// assert_eq!(RecordId(0x70).to_string(), "PrefixElementS");
/// assert_eq!(RecordId(0x99).to_string(), "Chars8TextWithEndElement");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordId(pub u8);

/// The ids that stand alone, and the first ids of the families ([MC-NBFX] 2.2).
pub(crate) mod id {
    pub(crate) const END_ELEMENT: u8 = 0x01;
    pub(crate) const COMMENT: u8 = 0x02;
    pub(crate) const ARRAY: u8 = 0x03;
    pub(crate) const SHORT_ATTRIBUTE: u8 = 0x04;
    pub(crate) const ATTRIBUTE: u8 = 0x05;
    pub(crate) const SHORT_DICTIONARY_ATTRIBUTE: u8 = 0x06;
    pub(crate) const DICTIONARY_ATTRIBUTE: u8 = 0x07;
    pub(crate) const SHORT_XMLNS: u8 = 0x08;
    pub(crate) const XMLNS: u8 = 0x09;
    pub(crate) const SHORT_DICTIONARY_XMLNS: u8 = 0x0A;
    pub(crate) const DICTIONARY_XMLNS: u8 = 0x0B;
    pub(crate) const PREFIX_DICTIONARY_ATTRIBUTE_A: u8 = 0x0C;
    pub(crate) const PREFIX_DICTIONARY_ATTRIBUTE_Z: u8 = 0x25;
    pub(crate) const PREFIX_ATTRIBUTE_A: u8 = 0x26;
    pub(crate) const PREFIX_ATTRIBUTE_Z: u8 = 0x3F;
    pub(crate) const SHORT_ELEMENT: u8 = 0x40;
    pub(crate) const ELEMENT: u8 = 0x41;
    pub(crate) const SHORT_DICTIONARY_ELEMENT: u8 = 0x42;
    pub(crate) const DICTIONARY_ELEMENT: u8 = 0x43;
    pub(crate) const PREFIX_DICTIONARY_ELEMENT_A: u8 = 0x44;
    pub(crate) const PREFIX_DICTIONARY_ELEMENT_Z: u8 = 0x5D;
    pub(crate) const PREFIX_ELEMENT_A: u8 = 0x5E;
    pub(crate) const PREFIX_ELEMENT_Z: u8 = 0x77;

    /// Added to the id of a text record, it ends the element too.
    pub(crate) const WITH_END: u8 = 0x01;

    pub(crate) const ZERO: u8 = 0x80;
    pub(crate) const ONE: u8 = 0x82;
    pub(crate) const FALSE: u8 = 0x84;
    pub(crate) const TRUE: u8 = 0x86;
    pub(crate) const INT_8: u8 = 0x88;
    pub(crate) const INT_16: u8 = 0x8A;
    pub(crate) const INT_32: u8 = 0x8C;
    pub(crate) const INT_64: u8 = 0x8E;
    pub(crate) const FLOAT: u8 = 0x90;
    pub(crate) const DOUBLE: u8 = 0x92;
    pub(crate) const DECIMAL: u8 = 0x94;
    pub(crate) const DATE_TIME: u8 = 0x96;
    pub(crate) const CHARS_8: u8 = 0x98;
    pub(crate) const CHARS_16: u8 = 0x9A;
    pub(crate) const CHARS_32: u8 = 0x9C;
    pub(crate) const BYTES_8: u8 = 0x9E;
    pub(crate) const BYTES_16: u8 = 0xA0;
    pub(crate) const BYTES_32: u8 = 0xA2;
    pub(crate) const START_LIST: u8 = 0xA4;
    pub(crate) const END_LIST: u8 = 0xA6;
    pub(crate) const EMPTY: u8 = 0xA8;
    pub(crate) const DICTIONARY: u8 = 0xAA;
    pub(crate) const UNIQUE_ID: u8 = 0xAC;
    pub(crate) const TIME_SPAN: u8 = 0xAE;
    pub(crate) const UUID: u8 = 0xB0;
    pub(crate) const UINT_64: u8 = 0xB2;
    pub(crate) const BOOL: u8 = 0xB4;
    pub(crate) const UNICODE_CHARS_8: u8 = 0xB6;
    pub(crate) const UNICODE_CHARS_16: u8 = 0xB8;
    pub(crate) const UNICODE_CHARS_32: u8 = 0xBA;
    pub(crate) const QNAME_DICTIONARY: u8 = 0xBC;
    pub(crate) const LAST_TEXT: u8 = 0xBD;
}

const TEXTS: [&str; 31] = [
    "Zero",
    "One",
    "False",
    "True",
    "Int8",
    "Int16",
    "Int32",
    "Int64",
    "Float",
    "Double",
    "Decimal",
    "DateTime",
    "Chars8",
    "Chars16",
    "Chars32",
    "Bytes8",
    "Bytes16",
    "Bytes32",
    "StartList",
    "EndList",
    "Empty",
    "Dictionary",
    "UniqueId",
    "TimeSpan",
    "Uuid",
    "UInt64",
    "Bool",
    "UnicodeChars8",
    "UnicodeChars16",
    "UnicodeChars32",
    "QNameDictionary",
];

impl RecordId {
    /// Whether it is a text record: the content of an element or the value of an attribute.
    pub const fn is_text(self) -> bool {
        self.0 >= id::ZERO && !self.is_reserved()
    }

    /// Whether it ends an element: an end of its own, or a text record that is the element's last.
    pub const fn ends_element(self) -> bool {
        self.0 == id::END_ELEMENT || (self.is_text() && self.0 & id::WITH_END == id::WITH_END)
    }

    /// Whether [MC-NBFX] gives this id to no record.
    pub const fn is_reserved(self) -> bool {
        matches!(self.0, 0x00 | 0x78..=0x7F | 0xA5 | 0xA7 | 0xBE..)
    }

    const fn family(self) -> Option<(&'static str, u8)> {
        Some(match self.0 {
            first @ id::PREFIX_DICTIONARY_ATTRIBUTE_A..=id::PREFIX_DICTIONARY_ATTRIBUTE_Z => (
                "PrefixDictionaryAttribute",
                first - id::PREFIX_DICTIONARY_ATTRIBUTE_A,
            ),
            first @ id::PREFIX_ATTRIBUTE_A..=id::PREFIX_ATTRIBUTE_Z => {
                ("PrefixAttribute", first - id::PREFIX_ATTRIBUTE_A)
            }
            first @ id::PREFIX_DICTIONARY_ELEMENT_A..=id::PREFIX_DICTIONARY_ELEMENT_Z => (
                "PrefixDictionaryElement",
                first - id::PREFIX_DICTIONARY_ELEMENT_A,
            ),
            first @ id::PREFIX_ELEMENT_A..=id::PREFIX_ELEMENT_Z => {
                ("PrefixElement", first - id::PREFIX_ELEMENT_A)
            }
            _ => return None,
        })
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.0 {
            _ if self.is_reserved() => "Reserved",
            id::END_ELEMENT => "EndElement",
            id::COMMENT => "Comment",
            id::ARRAY => "Array",
            id::SHORT_ATTRIBUTE => "ShortAttribute",
            id::ATTRIBUTE => "Attribute",
            id::SHORT_DICTIONARY_ATTRIBUTE => "ShortDictionaryAttribute",
            id::DICTIONARY_ATTRIBUTE => "DictionaryAttribute",
            id::SHORT_XMLNS => "ShortXmlnsAttribute",
            id::XMLNS => "XmlnsAttribute",
            id::SHORT_DICTIONARY_XMLNS => "ShortDictionaryXmlnsAttribute",
            id::DICTIONARY_XMLNS => "DictionaryXmlnsAttribute",
            id::SHORT_ELEMENT => "ShortElement",
            id::ELEMENT => "Element",
            id::SHORT_DICTIONARY_ELEMENT => "ShortDictionaryElement",
            id::DICTIONARY_ELEMENT => "DictionaryElement",
            text => {
                if let Some((family, nth)) = self.family() {
                    return write!(f, "{family}{}", char::from(b'A' + nth));
                }
                let kind = usize::from(text.wrapping_sub(id::ZERO) >> 1);
                let end = if self.ends_element() {
                    "WithEndElement"
                } else {
                    ""
                };
                return match TEXTS.get(kind) {
                    Some(kind) => write!(f, "{kind}Text{end}"),
                    None => f.write_str("Reserved"),
                };
            }
        };
        f.write_str(name)
    }
}

/// What one record says.
///
/// `Debug` tells kinds, names and sizes, but no values: those are somebody's business data.
#[derive(Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Record<'a> {
    /// An element begins; its attributes and declarations follow, in any order.
    Element(Name<'a>),
    /// An array begins: elements of this name, which attributes and declarations may follow. Then come its [`Items`].
    Array(Name<'a>),
    /// An attribute of the open tag. Its value, a [`Text`], comes next.
    Attribute(Name<'a>),
    /// A declaration of the open tag.
    Namespace {
        /// The prefix, empty for the default namespace.
        prefix: &'a str,
        /// The namespace that the prefix stands for.
        uri: &'a str,
    },
    /// Content of an element, or the value of an attribute. Pieces that follow each other are one text.
    Text(Text<'a>),
    /// The items of an array, and its end.
    Items(Items<'a>),
    /// A comment.
    Comment(&'a str),
    /// The innermost element ends, by a record of its own or by the last bit of the text before.
    EndElement,
}

impl fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Element(name) => f.debug_tuple("Element").field(name).finish(),
            Self::Array(name) => f.debug_tuple("Array").field(name).finish(),
            Self::Attribute(name) => f.debug_tuple("Attribute").field(name).finish(),
            Self::Namespace { prefix, uri } => f
                .debug_struct("Namespace")
                .field("prefix", prefix)
                .field("uri", uri)
                .finish(),
            Self::Text(text) => f.debug_tuple("Text").field(text).finish(),
            Self::Items(items) => f.debug_tuple("Items").field(items).finish(),
            Self::Comment(comment) => write!(f, "Comment({} bytes)", comment.len()),
            Self::EndElement => f.write_str("EndElement"),
        }
    }
}
