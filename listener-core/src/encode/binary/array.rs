use super::{
    buffer::Buffer,
    text::{double_bytes, float_bytes},
};
use crate::decode::binary::{DateTime, Decimal, Guid, TimeSpan, id};

/// What an array can have as items: all of one size, without a shorter form for some.
pub trait ArrayItem: sealed::Item {}

impl<T: sealed::Item> ArrayItem for T {}

pub(super) mod sealed {
    /// How an item stands in an array.
    pub trait Item {
        /// The text record that one item alone would be.
        const ID: u8;
        /// Whether Microsoft's writer takes each item through its buffer.
        const BUFFERED: bool = false;
        /// The bytes of an item.
        type Bytes: AsRef<[u8]>;
        /// The item's bytes.
        fn bytes(self) -> Self::Bytes;
    }
}

macro_rules! items {
    ($($type:ty: $id:ident, $size:literal, |$value:ident| $bytes:expr $(, buffered = $buffered:literal)?;)*) => { $(
        impl sealed::Item for $type {
            const ID: u8 = id::$id;
            $(const BUFFERED: bool = $buffered;)?
            type Bytes = [u8; $size];

            fn bytes(self) -> Self::Bytes {
                let $value = self;
                $bytes
            }
        }
    )* };
}

items! {
    bool: BOOL, 1, |value| [u8::from(value)];
    i16: INT_16, 2, |value| value.to_le_bytes();
    i32: INT_32, 4, |value| value.to_le_bytes();
    i64: INT_64, 8, |value| value.to_le_bytes();
    f32: FLOAT, 4, |value| float_bytes(value);
    f64: DOUBLE, 8, |value| double_bytes(value);
    Decimal: DECIMAL, 16, |value| value.to_bytes();
    DateTime: DATE_TIME, 8, |value| value.to_bits().to_le_bytes(), buffered = true;
    TimeSpan: TIME_SPAN, 8, |value| value.0.to_le_bytes();
    Guid: UUID, 16, |value| value.0;
}

/// Kind, count and items, behind the element of the array.
pub(super) fn write<T: ArrayItem>(
    buffer: &mut Buffer<'_>,
    count: i32,
    items: impl Iterator<Item = T>,
) {
    buffer.record(T::ID | id::WITH_END);
    buffer.multi_byte(count);
    if T::BUFFERED {
        for item in items {
            let bytes = item.bytes();
            buffer.reserve(bytes.as_ref().len());
            buffer.put(bytes.as_ref());
        }
    } else {
        let out = buffer.past();
        for item in items {
            out.extend_from_slice(item.bytes().as_ref());
        }
    }
}
