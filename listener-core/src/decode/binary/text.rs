use std::fmt;

use super::{
    BinaryError, DateTime, Decimal, Guid, List, RecordId, TimeSpan, Utf16, context::Context,
    cursor::Cursor, error::Fault, name::letter, record::id,
};

/// The value of a text record.
///
/// `Display` writes it as it would stand in text XML, unescaped. `Debug` tells its kind and size only: the value is
/// somebody's business data.
#[derive(Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Text<'a> {
    /// `0`: a number, a boolean or a string of that character.
    Zero,
    /// `1`: a number, a boolean or a string of that character.
    One,
    /// A boolean.
    Bool(bool),
    /// An integer of 8 to 64 bits.
    Int(i64),
    /// An unsigned integer.
    UInt64(u64),
    /// A floating-point number of 32 bits.
    Float(f32),
    /// A floating-point number of 64 bits.
    Double(f64),
    /// A decimal.
    Decimal(Decimal),
    /// A date and time.
    DateTime(DateTime),
    /// A length of time.
    TimeSpan(TimeSpan),
    /// A guid.
    Uuid(Guid),
    /// A guid that stands for `urn:uuid:` and itself.
    UniqueId(Guid),
    /// Characters, in UTF-8 or out of a dictionary.
    Chars(&'a str),
    /// Characters in UTF-16.
    Utf16(Utf16<'a>),
    /// Bytes, which stand for their base64.
    Bytes(&'a [u8]),
    /// No characters.
    Empty,
    /// A qualified name.
    QName {
        /// A single lower-case letter.
        prefix: &'a str,
        /// The name, out of a dictionary.
        local: &'a str,
    },
    /// Values with a space between each two.
    List(List<'a>),
}

impl<'a> Text<'a> {
    /// The value of a text record of this id, which was read.
    #[inline]
    pub(super) fn read(
        id: u8,
        cursor: &mut Cursor<'a>,
        context: &Context<'a>,
    ) -> Result<Self, BinaryError> {
        if id == id::START_LIST {
            List::read(cursor, context).map(Self::List)
        } else {
            Self::single(id, cursor, context)
        }
    }

    /// The same for all records but lists.
    #[inline]
    pub(super) fn single(
        id: u8,
        cursor: &mut Cursor<'a>,
        context: &Context<'a>,
    ) -> Result<Self, BinaryError> {
        let most = context.limits.text;
        Ok(match id & !id::WITH_END {
            id::CHARS_8 => {
                let size = cursor.length::<1>("a length")?;
                Self::Chars(cursor.text(size, "a text", most)?)
            }
            id::ZERO => Self::Zero,
            id::ONE => Self::One,
            id::FALSE => Self::Bool(false),
            id::TRUE => Self::Bool(true),
            id::CHARS_16 => {
                let size = cursor.length::<2>("a length")?;
                Self::Chars(cursor.text(size, "a text", most)?)
            }
            id::CHARS_32 => {
                let size = cursor.length::<4>("a length")?;
                Self::Chars(cursor.text(size, "a text", most)?)
            }
            id::BYTES_8 => Self::bytes::<1>(cursor, most)?,
            id::BYTES_16 => Self::bytes::<2>(cursor, most)?,
            id::BYTES_32 => Self::bytes::<4>(cursor, most)?,
            id::UNICODE_CHARS_8 => Self::utf_16::<1>(cursor, most)?,
            id::UNICODE_CHARS_16 => Self::utf_16::<2>(cursor, most)?,
            id::UNICODE_CHARS_32 => Self::utf_16::<4>(cursor, most)?,
            id::EMPTY => Self::Empty,
            id::DICTIONARY => Self::Chars(context.dictionary_string(cursor, "a text")?),
            id::QNAME_DICTIONARY => Self::qualified(cursor, context)?,
            _ => return Self::fixed(id, cursor),
        })
    }

    /// The values of one size, which arrays are made of too.
    #[inline]
    pub(super) fn fixed(id: u8, cursor: &mut Cursor<'a>) -> Result<Self, BinaryError> {
        let start = cursor.offset();
        let at_start = |fault| BinaryError::new(fault, start);
        Ok(match id & !id::WITH_END {
            id::INT_8 => Self::Int(i8::from_le_bytes(cursor.array("an integer")?).into()),
            id::INT_16 => Self::Int(i16::from_le_bytes(cursor.array("an integer")?).into()),
            id::INT_32 => Self::Int(i32::from_le_bytes(cursor.array("an integer")?).into()),
            id::INT_64 => Self::Int(i64::from_le_bytes(cursor.array("an integer")?)),
            id::UINT_64 => Self::UInt64(u64::from_le_bytes(cursor.array("an integer")?)),
            id::FLOAT => Self::Float(f32::from_le_bytes(cursor.array("a float")?)),
            id::DOUBLE => Self::Double(f64::from_le_bytes(cursor.array("a double")?)),
            id::DECIMAL => {
                Self::Decimal(Decimal::from_bytes(cursor.array("a decimal")?).map_err(at_start)?)
            }
            id::DATE_TIME => {
                let bits = u64::from_le_bytes(cursor.array("a date")?);
                Self::DateTime(DateTime::from_bits(bits).map_err(at_start)?)
            }
            id::TIME_SPAN => {
                Self::TimeSpan(TimeSpan(i64::from_le_bytes(cursor.array("a time span")?)))
            }
            id::UUID => Self::Uuid(Guid(cursor.array("a guid")?)),
            id::UNIQUE_ID => Self::UniqueId(Guid(cursor.array("a guid")?)),
            id::BOOL => match cursor.byte("a boolean")? {
                0 => Self::Bool(false),
                1 => Self::Bool(true),
                _ => {
                    return Err(at_start(Fault::Range {
                        expected: "a boolean of 00 or 01",
                        found: "another byte",
                    }));
                }
            },
            _ => {
                let fault = Fault::Record {
                    expected: "a text",
                    found: RecordId(id),
                };
                return Err(BinaryError::new(fault, start - 1));
            }
        })
    }

    fn bytes<const N: usize>(cursor: &mut Cursor<'a>, most: usize) -> Result<Self, BinaryError> {
        let size = cursor.length::<N>("a length")?;
        cursor.limit(size, most, "bytes of one name or text")?;
        cursor.bytes(size, "bytes").map(Self::Bytes)
    }

    fn utf_16<const N: usize>(cursor: &mut Cursor<'a>, most: usize) -> Result<Self, BinaryError> {
        let size = cursor.length::<N>("a length")?;
        cursor.limit(size, most, "bytes of one name or text")?;
        let start = cursor.offset();
        let bytes = cursor.bytes(size, "a text")?;
        Utf16::new(bytes).map(Self::Utf16).map_err(|valid| {
            let expected = "UTF-16";
            BinaryError::new(Fault::Encoding { expected, size }, start + valid)
        })
    }

    fn qualified(cursor: &mut Cursor<'a>, context: &Context<'a>) -> Result<Self, BinaryError> {
        let start = cursor.offset();
        let prefix = letter(cursor.byte("a prefix")?);
        if prefix.is_empty() {
            let fault = Fault::Range {
                expected: "a prefix of 00 to 19, for `a` to `z`",
                found: "a byte above",
            };
            return Err(BinaryError::new(fault, start));
        }
        let local = context.dictionary_string(cursor, "a qualified name")?;
        Ok(Self::QName { prefix, local })
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zero => f.write_str("Zero"),
            Self::One => f.write_str("One"),
            Self::Bool(_) => f.write_str("Bool"),
            Self::Int(_) => f.write_str("Int"),
            Self::UInt64(_) => f.write_str("UInt64"),
            Self::Float(_) => f.write_str("Float"),
            Self::Double(_) => f.write_str("Double"),
            Self::Decimal(decimal) => decimal.fmt(f),
            Self::DateTime(date) => date.fmt(f),
            Self::TimeSpan(span) => span.fmt(f),
            Self::Uuid(_) => f.write_str("Uuid"),
            Self::UniqueId(_) => f.write_str("UniqueId"),
            Self::Chars(chars) => write!(f, "Chars({} bytes)", chars.len()),
            Self::Utf16(text) => text.fmt(f),
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
            Self::Empty => f.write_str("Empty"),
            Self::QName { .. } => f.write_str("QName"),
            Self::List(list) => list.fmt(f),
        }
    }
}
