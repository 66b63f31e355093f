use super::{BinaryError, RecordId, context::Context, cursor::Cursor, error::Fault, record::id};

/// A name as it stands in a record, its prefix not resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Name<'a> {
    /// The prefix, empty where there is none.
    pub prefix: &'a str,
    /// The name without its prefix.
    pub local: &'a str,
}

/// What a record's id says about the two parts of its name.
enum Form {
    Short,
    Prefixed,
    Letter(u8),
}

// Inlined always: the parts of a name stay in registers, where a call would pass them through memory twice (20 % of a walk).
impl<'a> Name<'a> {
    /// The name of an element record, whose id was read.
    #[inline(always)]
    pub(super) fn of_element(
        id: u8,
        cursor: &mut Cursor<'a>,
        context: &Context<'a>,
    ) -> Result<Self, BinaryError> {
        match id {
            id::SHORT_ELEMENT => Self::read(Form::Short, false, cursor, context),
            id::PREFIX_ELEMENT_A..=id::PREFIX_ELEMENT_Z => Self::read(
                Form::Letter(id - id::PREFIX_ELEMENT_A),
                false,
                cursor,
                context,
            ),
            id::ELEMENT => Self::read(Form::Prefixed, false, cursor, context),
            id::SHORT_DICTIONARY_ELEMENT => Self::read(Form::Short, true, cursor, context),
            id::DICTIONARY_ELEMENT => Self::read(Form::Prefixed, true, cursor, context),
            id::PREFIX_DICTIONARY_ELEMENT_A..=id::PREFIX_DICTIONARY_ELEMENT_Z => {
                let letter = id - id::PREFIX_DICTIONARY_ELEMENT_A;
                Self::read(Form::Letter(letter), true, cursor, context)
            }
            _ => Err(BinaryError::new(
                Fault::Record {
                    expected: "an element",
                    found: RecordId(id),
                },
                cursor.offset() - 1,
            )),
        }
    }

    /// The name of an attribute record, whose id was read.
    #[inline(always)]
    pub(super) fn of_attribute(
        id: u8,
        cursor: &mut Cursor<'a>,
        context: &Context<'a>,
    ) -> Result<Self, BinaryError> {
        match id {
            id::PREFIX_ATTRIBUTE_A..=id::PREFIX_ATTRIBUTE_Z => Self::read(
                Form::Letter(id - id::PREFIX_ATTRIBUTE_A),
                false,
                cursor,
                context,
            ),
            id::SHORT_ATTRIBUTE => Self::read(Form::Short, false, cursor, context),
            id::ATTRIBUTE => Self::read(Form::Prefixed, false, cursor, context),
            id::SHORT_DICTIONARY_ATTRIBUTE => Self::read(Form::Short, true, cursor, context),
            id::DICTIONARY_ATTRIBUTE => Self::read(Form::Prefixed, true, cursor, context),
            id::PREFIX_DICTIONARY_ATTRIBUTE_A..=id::PREFIX_DICTIONARY_ATTRIBUTE_Z => {
                let letter = id - id::PREFIX_DICTIONARY_ATTRIBUTE_A;
                Self::read(Form::Letter(letter), true, cursor, context)
            }
            _ => Err(BinaryError::new(
                Fault::Record {
                    expected: "an attribute",
                    found: RecordId(id),
                },
                cursor.offset() - 1,
            )),
        }
    }

    #[inline(always)]
    fn read(
        form: Form,
        in_dictionary: bool,
        cursor: &mut Cursor<'a>,
        context: &Context<'a>,
    ) -> Result<Self, BinaryError> {
        let prefix = match form {
            Form::Short => "",
            Form::Letter(letter) => self::letter(letter),
            Form::Prefixed => prefix(cursor, context)?,
        };
        let start = cursor.offset();
        let local = if in_dictionary {
            context.dictionary_string(cursor, "a name")?
        } else {
            cursor.string("a name", context.limits.name)?
        };
        // [MC-NBFX] 2.2.1 and 2.2.2 allow neither.
        match local {
            "" => Err(range("a name", "an empty one", start)),
            "xmlns" => Err(range("a name", "`xmlns`", start)),
            _ => Ok(Self { prefix, local }),
        }
    }
}

/// A prefix that is written out; it may be empty, since Microsoft's readers take that.
pub(super) fn prefix<'a>(
    cursor: &mut Cursor<'a>,
    context: &Context<'a>,
) -> Result<&'a str, BinaryError> {
    let start = cursor.offset();
    match cursor.string("a prefix", context.limits.name)? {
        "xmlns" => Err(range("a prefix", "`xmlns`", start)),
        prefix => Ok(prefix),
    }
}

/// The prefix that is this letter, `a` being 0.
#[inline]
pub(super) fn letter(nth: u8) -> &'static str {
    const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz";
    let nth = usize::from(nth);
    LETTERS.get(nth..=nth).unwrap_or_default()
}

/// A prefix of one letter or of none, as nearly all are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Short(u8);

impl Short {
    /// How many there are.
    pub(super) const COUNT: usize = 27;
    /// No prefix.
    pub(in crate::decode) const NONE: Self = Self(26);

    #[inline]
    pub(super) const fn of(prefix: &str) -> Option<Self> {
        match prefix.as_bytes() {
            [] => Some(Self::NONE),
            [letter] => Self::letter(*letter),
            _ => None,
        }
    }

    /// The prefix that is this lower-case letter.
    #[inline]
    pub(in crate::decode) const fn letter(letter: u8) -> Option<Self> {
        match letter {
            b'a'..=b'z' => Some(Self(letter - b'a')),
            _ => None,
        }
    }

    /// The prefix of the element whose record has this id, if that is of no dictionary.
    #[inline]
    pub(super) const fn of_element(id: u8) -> Option<Self> {
        match id {
            id::SHORT_ELEMENT => Some(Self::NONE),
            id::PREFIX_ELEMENT_A..=id::PREFIX_ELEMENT_Z => Some(Self(id - id::PREFIX_ELEMENT_A)),
            _ => None,
        }
    }

    /// The letter of the attribute whose record has this id, if that is of no dictionary.
    #[inline]
    pub(super) const fn of_attribute(id: u8) -> Option<Self> {
        match id {
            id::PREFIX_ATTRIBUTE_A..=id::PREFIX_ATTRIBUTE_Z => {
                Some(Self(id - id::PREFIX_ATTRIBUTE_A))
            }
            _ => None,
        }
    }

    #[inline]
    pub(super) fn as_str(self) -> &'static str {
        letter(self.0)
    }

    #[inline]
    pub(super) const fn nth(self) -> usize {
        self.0 as usize
    }
}

#[cold]
fn range(expected: &'static str, found: &'static str, offset: usize) -> BinaryError {
    BinaryError::new(Fault::Range { expected, found }, offset)
}
