use std::fmt;

use super::{
    BinaryError, RecordId, Text, context::Context, cursor::Cursor, error::Fault, record::id,
};

/// The items of an array ([MC-NBFX] 2.3.3): each stands for an element of the array's name with this content.
///
/// `Debug` tells their kind and number only.
#[derive(Clone, Copy, PartialEq)]
pub struct Items<'a> {
    kind: ItemKind,
    /// Known to be well-formed, and of a size that is a multiple of the kind's.
    bytes: &'a [u8],
}

/// What the items of an array are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ItemKind {
    /// Booleans of one byte.
    Bool,
    /// Integers of two bytes.
    Int16,
    /// Integers of four bytes.
    Int32,
    /// Integers of eight bytes.
    Int64,
    /// Floating-point numbers of four bytes.
    Float,
    /// Floating-point numbers of eight bytes.
    Double,
    /// Decimals.
    Decimal,
    /// Dates.
    DateTime,
    /// Lengths of time.
    TimeSpan,
    /// Guids.
    Uuid,
}

impl ItemKind {
    /// The kind that an array names by the id of a text record that ends its element.
    const fn of(id: u8) -> Option<Self> {
        // The end belongs to the id: each item ends its element.
        Some(match id.wrapping_sub(id::WITH_END) {
            id::BOOL => Self::Bool,
            id::INT_16 => Self::Int16,
            id::INT_32 => Self::Int32,
            id::INT_64 => Self::Int64,
            id::FLOAT => Self::Float,
            id::DOUBLE => Self::Double,
            id::DECIMAL => Self::Decimal,
            id::DATE_TIME => Self::DateTime,
            id::TIME_SPAN => Self::TimeSpan,
            id::UUID => Self::Uuid,
            _ => return None,
        })
    }

    const fn id(self) -> u8 {
        match self {
            Self::Bool => id::BOOL,
            Self::Int16 => id::INT_16,
            Self::Int32 => id::INT_32,
            Self::Int64 => id::INT_64,
            Self::Float => id::FLOAT,
            Self::Double => id::DOUBLE,
            Self::Decimal => id::DECIMAL,
            Self::DateTime => id::DATE_TIME,
            Self::TimeSpan => id::TIME_SPAN,
            Self::Uuid => id::UUID,
        }
    }

    /// How many bytes one item takes.
    pub const fn size(self) -> usize {
        match self {
            Self::Bool => 1,
            Self::Int16 => 2,
            Self::Int32 | Self::Float => 4,
            Self::Int64 | Self::Double | Self::DateTime | Self::TimeSpan => 8,
            Self::Decimal | Self::Uuid => 16,
        }
    }
}

impl<'a> Items<'a> {
    /// The items of an array whose element is read.
    pub(super) fn read(
        cursor: &mut Cursor<'a>,
        context: &Context<'a>,
    ) -> Result<Self, BinaryError> {
        let at_kind = cursor.offset();
        let id = cursor.byte("the kind of an array's items")?;
        let kind = ItemKind::of(id).ok_or_else(|| {
            let expected = "a kind of items that arrays can have";
            let found = RecordId(id);
            BinaryError::new(Fault::Record { expected, found }, at_kind)
        })?;
        let at_count = cursor.offset();
        let expected = "a number of items of at least 1";
        let count = cursor.multi_byte(expected)?;
        if count == 0 {
            let found = "none";
            return Err(BinaryError::new(
                Fault::Length { expected, found },
                at_count,
            ));
        }
        cursor.limit(count, context.limits.items, "items of one array")?;
        let mut values = *cursor;
        let bytes = cursor.bytes(count.saturating_mul(kind.size()), "the items of an array")?;
        // Of these kinds, not all bytes are values.
        if matches!(
            kind,
            ItemKind::Bool | ItemKind::Decimal | ItemKind::DateTime
        ) {
            for _ in 0..count {
                Text::fixed(kind.id(), &mut values)?;
            }
        }
        Ok(Self { kind, bytes })
    }

    /// What the items are.
    pub const fn kind(&self) -> ItemKind {
        self.kind
    }

    /// How many there are: one at least.
    pub const fn len(&self) -> usize {
        self.bytes.len() / self.kind.size()
    }

    /// Never: an array without items has no record.
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The item at this index.
    pub fn get(&self, index: usize) -> Option<Text<'a>> {
        let size = self.kind.size();
        let start = index.checked_mul(size)?;
        let item = self.bytes.get(start..start.checked_add(size)?)?;
        Text::fixed(self.kind.id(), &mut Cursor::new(item)).ok()
    }

    /// All items.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Text<'a>> + use<'a> {
        let id = self.kind.id();
        self.bytes.chunks_exact(self.kind.size()).map(move |item| {
            // The items were read before, so there is no error to lose.
            Text::fixed(id, &mut Cursor::new(item)).unwrap_or(Text::Empty)
        })
    }

    /// The items as they stand in the document: little-endian, each of [`ItemKind::size`] bytes.
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }
}

impl fmt::Debug for Items<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Items({} of {:?})", self.len(), self.kind)
    }
}
