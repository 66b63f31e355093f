//! Values out of bytes (AMQP 1.0, types, 1.6).

use std::fmt;

use bytes::Bytes;
use uuid::Uuid;

use crate::amqp::Value;

/// How deep values may nest; what services send nests six levels deep at most.
const MAX_DEPTH: usize = 32;

/// How many values one reader gives out: arrays of nulls take no bytes, and could hold four thousand million.
const MAX_VALUES: usize = 65_536;

/// Why bytes are no AMQP value. It tells places and sizes, never what was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::amqp) enum ReadError {
    /// The value goes on behind the end of what holds it.
    Truncated { at: usize },
    /// No value begins with this byte.
    Constructor { code: u8, at: usize },
    /// A list, map or array is not as long as its items.
    Size { at: usize },
    /// A text is not UTF-8, or a character none of Unicode's.
    Text { at: usize },
    /// Values nest too deep.
    Depth { at: usize },
    /// There are too many values.
    Count { at: usize },
    /// A value of another kind stands where `expected` should.
    Kind { expected: &'static str, at: usize },
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { at } => write!(f, "expected more bytes at byte {at}"),
            Self::Constructor { code, at } => {
                write!(f, "expected an AMQP type, found 0x{code:02x} at byte {at}")
            }
            Self::Size { at } => write!(f, "a size does not fit the items at byte {at}"),
            Self::Text { at } => write!(f, "expected UTF-8 at byte {at}"),
            Self::Depth { at } => write!(f, "more than {MAX_DEPTH} levels at byte {at}"),
            Self::Count { at } => write!(f, "more than {MAX_VALUES} values at byte {at}"),
            Self::Kind { expected, at } => write!(f, "expected {expected} at byte {at}"),
        }
    }
}

/// Reads values one after the other. Binaries are slices of the bytes, not copies.
#[derive(Debug)]
pub(in crate::amqp) struct Reader {
    bytes: Bytes,
    at: usize,
    values: usize,
}

impl Reader {
    pub(in crate::amqp) fn new(bytes: Bytes) -> Self {
        Self {
            bytes,
            at: 0,
            values: 0,
        }
    }

    pub(in crate::amqp) fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// Where the next value begins.
    pub(in crate::amqp) fn at(&self) -> usize {
        self.at
    }

    /// All that is left.
    pub(in crate::amqp) fn rest(self) -> Bytes {
        self.bytes.slice(self.at..)
    }

    /// The next value.
    pub(in crate::amqp) fn value(&mut self) -> Result<Value, ReadError> {
        self.read(self.bytes.len(), 0)
    }

    /// The code of a described value, whose value comes next. The symbolic descriptors that the specification allows
    /// besides the numbers are sent by no service.
    pub(in crate::amqp) fn descriptor(&mut self) -> Result<u64, ReadError> {
        let at = self.at;
        let expected = ReadError::Kind {
            expected: "a described value with a numeric descriptor",
            at,
        };
        if self.byte(self.bytes.len())? != 0 {
            return Err(expected);
        }
        match self.value()? {
            Value::Ulong(code) => Ok(code),
            _ => Err(expected),
        }
    }

    fn read(&mut self, end: usize, depth: usize) -> Result<Value, ReadError> {
        let code = self.byte(end)?;
        self.of(code, end, depth)
    }

    fn of(&mut self, code: u8, end: usize, depth: usize) -> Result<Value, ReadError> {
        let at = self.at;
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(ReadError::Count { at });
        }
        if depth > MAX_DEPTH {
            return Err(ReadError::Depth { at });
        }
        Ok(match code {
            0x00 => {
                let descriptor = self.read(end, depth + 1)?;
                let value = self.read(end, depth + 1)?;
                Value::Described(Box::new((descriptor, value)))
            }
            0x40 => Value::Null,
            0x41 => Value::Bool(true),
            0x42 => Value::Bool(false),
            0x43 => Value::Uint(0),
            0x44 => Value::Ulong(0),
            0x45 => Value::List(Vec::new()),
            0x50 => Value::Ubyte(self.byte(end)?),
            0x51 => Value::Byte(i8::from_be_bytes(self.fixed(end)?)),
            0x52 => Value::Uint(self.byte(end)?.into()),
            0x53 => Value::Ulong(self.byte(end)?.into()),
            0x54 => Value::Int(i8::from_be_bytes(self.fixed(end)?).into()),
            0x55 => Value::Long(i8::from_be_bytes(self.fixed(end)?).into()),
            0x56 => Value::Bool(self.byte(end)? != 0),
            0x60 => Value::Ushort(u16::from_be_bytes(self.fixed(end)?)),
            0x61 => Value::Short(i16::from_be_bytes(self.fixed(end)?)),
            0x70 => Value::Uint(u32::from_be_bytes(self.fixed(end)?)),
            0x71 => Value::Int(i32::from_be_bytes(self.fixed(end)?)),
            0x72 => Value::Float(f32::from_be_bytes(self.fixed(end)?)),
            0x73 => {
                let char = char::from_u32(u32::from_be_bytes(self.fixed(end)?));
                Value::Char(char.ok_or(ReadError::Text { at })?)
            }
            0x80 => Value::Ulong(u64::from_be_bytes(self.fixed(end)?)),
            0x81 => Value::Long(i64::from_be_bytes(self.fixed(end)?)),
            0x82 => Value::Double(f64::from_be_bytes(self.fixed(end)?)),
            0x83 => Value::Timestamp(i64::from_be_bytes(self.fixed(end)?)),
            0x98 => Value::Uuid(Uuid::from_bytes(self.fixed(end)?)),
            // The decimals, of 4, 8 and 16 bytes.
            0x74 => self.other(4, end)?,
            0x84 => self.other(8, end)?,
            0x94 => self.other(16, end)?,
            0xa0 | 0xb0 => Value::Binary(self.variable(code, end)?),
            0xa1 | 0xb1 => Value::String(self.text(code, end)?),
            0xa3 | 0xb3 => Value::Symbol(self.text(code, end)?),
            0xc0 | 0xd0 => {
                let (end, count) = self.compound(code, end)?;
                Value::List(self.items(end, count, depth)?)
            }
            0xc1 | 0xd1 => {
                let (end, count) = self.compound(code, end)?;
                self.map(end, count, depth)?
            }
            0xe0 | 0xf0 => {
                let (end, count) = self.compound(code, end)?;
                self.array(end, count, depth)?
            }
            code => return Err(ReadError::Constructor { code, at: at - 1 }),
        })
    }

    fn items(&mut self, end: usize, count: usize, depth: usize) -> Result<Vec<Value>, ReadError> {
        // Each item takes a byte at least.
        let mut items = Vec::with_capacity(count.min(end - self.at).min(64));
        for _ in 0..count {
            items.push(self.read(end, depth + 1)?);
        }
        self.ends(end)?;
        Ok(items)
    }

    fn map(&mut self, end: usize, count: usize, depth: usize) -> Result<Value, ReadError> {
        if !count.is_multiple_of(2) {
            return Err(ReadError::Size { at: self.at });
        }
        let mut entries = Vec::with_capacity((count / 2).min(end - self.at).min(64));
        for _ in 0..count / 2 {
            let key = self.read(end, depth + 1)?;
            entries.push((key, self.read(end, depth + 1)?));
        }
        self.ends(end)?;
        Ok(Value::Map(entries))
    }

    /// All items share the constructor in front of them, its descriptor included.
    fn array(&mut self, end: usize, count: usize, depth: usize) -> Result<Value, ReadError> {
        let mut code = self.byte(end)?;
        let mut descriptor = None;
        if code == 0 {
            descriptor = Some(self.read(end, depth + 1)?);
            code = self.byte(end)?;
        }
        let mut items = Vec::with_capacity(count.min(end - self.at).min(64));
        for _ in 0..count {
            let value = self.of(code, end, depth + 1)?;
            items.push(match &descriptor {
                Some(descriptor) => Value::Described(Box::new((descriptor.clone(), value))),
                None => value,
            });
        }
        self.ends(end)?;
        Ok(Value::Array(items))
    }

    fn ends(&self, end: usize) -> Result<(), ReadError> {
        if self.at == end {
            Ok(())
        } else {
            Err(ReadError::Size { at: self.at })
        }
    }

    fn other(&mut self, width: usize, end: usize) -> Result<Value, ReadError> {
        self.take(width, end)?;
        Ok(Value::Other)
    }

    fn text(&mut self, code: u8, end: usize) -> Result<String, ReadError> {
        let bytes = self.variable(code, end)?;
        let text = simdutf8::basic::from_utf8(&bytes).map_err(|_| ReadError::Text {
            at: self.at - bytes.len(),
        })?;
        Ok(text.to_owned())
    }

    /// The end of a list, map or array, and how many items it says that it has.
    fn compound(&mut self, code: u8, end: usize) -> Result<(usize, usize), ReadError> {
        let size = self.size(code, end)?;
        let inner = self.at.checked_add(size).filter(|inner| *inner <= end);
        let inner = inner.ok_or(ReadError::Truncated { at: self.at })?;
        Ok((inner, self.size(code, inner)?))
    }

    fn variable(&mut self, code: u8, end: usize) -> Result<Bytes, ReadError> {
        let size = self.size(code, end)?;
        let from = self.take(size, end)?;
        Ok(self.bytes.slice(from..self.at))
    }

    /// A size or count: of one byte, or of four where the code's second lowest bit of the upper half is set.
    fn size(&mut self, code: u8, end: usize) -> Result<usize, ReadError> {
        if code & 0x10 == 0 {
            return self.byte(end).map(usize::from);
        }
        let size = u32::from_be_bytes(self.fixed(end)?);
        usize::try_from(size).map_err(|_| ReadError::Truncated { at: self.at })
    }

    fn byte(&mut self, end: usize) -> Result<u8, ReadError> {
        let from = self.take(1, end)?;
        Ok(self.bytes[from])
    }

    fn fixed<const N: usize>(&mut self, end: usize) -> Result<[u8; N], ReadError> {
        let from = self.take(N, end)?;
        let bytes = &self.bytes[from..from + N];
        bytes
            .try_into()
            .map_err(|_| ReadError::Truncated { at: from })
    }

    /// Steps over bytes, and tells where they begin.
    fn take(&mut self, size: usize, end: usize) -> Result<usize, ReadError> {
        let from = self.at;
        let to = from.checked_add(size).filter(|to| *to <= end);
        self.at = to.ok_or(ReadError::Truncated { at: from })?;
        Ok(from)
    }
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;
    use fe2o3_amqp::types::primitives::Value as Wire;
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> Result<Value, ReadError> {
        Reader::new(Bytes::copy_from_slice(bytes)).value()
    }

    pub(crate) fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<u8>().prop_map(Value::Ubyte),
            any::<u16>().prop_map(Value::Ushort),
            any::<u32>().prop_map(Value::Uint),
            any::<u64>().prop_map(Value::Ulong),
            any::<i8>().prop_map(Value::Byte),
            any::<i16>().prop_map(Value::Short),
            any::<i32>().prop_map(Value::Int),
            any::<i64>().prop_map(Value::Long),
            any::<i64>().prop_map(Value::Timestamp),
            any::<char>().prop_map(Value::Char),
            any::<u128>().prop_map(|id| Value::Uuid(Uuid::from_u128(id))),
            proptest::collection::vec(any::<u8>(), 0..300)
                .prop_map(|bytes| Value::Binary(bytes.into())),
            ".{0,300}".prop_map(Value::String),
            "[a-z:-]{0,30}".prop_map(Value::Symbol),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::List),
                proptest::collection::vec((".{0,8}".prop_map(Value::String), inner.clone()), 0..6)
                    .prop_map(|mut entries| {
                        entries.sort_by_key(|(key, _)| key.as_str().map(str::to_owned));
                        entries.dedup_by_key(|(key, _)| key.as_str().map(str::to_owned));
                        Value::Map(entries)
                    }),
                (any::<u64>(), inner).prop_map(|(code, value)| Value::Described(Box::new((
                    Value::Ulong(code),
                    value
                )))),
            ]
        })
    }

    proptest! {
        #[test]
        fn reads_what_another_library_writes(value in any_value()) {
            let bytes = fe2o3_amqp_bytes(value.clone().into_wire());
            prop_assert_eq!(read(&bytes), Ok(value));
        }

        #[test]
        fn reads_what_we_write_and_so_does_another_library(value in any_value()) {
            let mut bytes = BytesMut::new();
            crate::amqp::wire::write::value(&mut bytes, &value);
            prop_assert_eq!(read(&bytes), Ok(value.clone()));
            let wire: Wire = serde_amqp::from_slice(&bytes).unwrap();
            prop_assert_eq!(Value::from_wire(wire), value);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }

        #[test]
        fn a_cut_value_is_an_error(value in any_value(), cut in 1_usize..20) {
            let mut bytes = BytesMut::new();
            crate::amqp::wire::write::value(&mut bytes, &value);
            let cut = bytes.len().saturating_sub(cut);
            prop_assert!(read(&bytes[..cut]).is_err());
        }
    }

    fn fe2o3_amqp_bytes(value: Wire) -> Vec<u8> {
        serde_amqp::to_vec(&value).unwrap()
    }

    #[test]
    fn arrays_share_a_constructor() {
        let longs = [0xe0, 0x04, 0x03, 0x55, 1, 0xff, 2];
        let items = [1, -1, 2].map(Value::Long).to_vec();
        assert_eq!(
            read(&[&longs[..1], &[5], &longs[2..]].concat()),
            Ok(Value::Array(items))
        );
        assert_eq!(read(&longs), Err(ReadError::Truncated { at: 6 }));
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = [[0xc0, 0xff, 0x01]; 40].concat();
        let deep: Vec<u8> = deep
            .chunks(3)
            .enumerate()
            .flat_map(|(level, _)| [0xc0, u8::try_from(3 * (40 - level) - 1).unwrap(), 1])
            .chain([0x40])
            .collect();
        assert!(matches!(read(&deep), Err(ReadError::Depth { .. })));
    }

    #[test]
    fn values_without_bytes_are_counted() {
        // An array of four thousand million nulls.
        let bytes = [0xf0, 0, 0, 0, 5, 0xff, 0xff, 0xff, 0xff, 0x40];
        assert!(matches!(read(&bytes), Err(ReadError::Count { .. })));
    }

    #[test]
    fn sizes_must_fit() {
        for bytes in [
            &[0xc0, 200, 1, 0x40][..],
            &[0xc0, 3, 1, 0x40, 0x40],
            &[0xc1, 2, 1, 0x40],
            &[0xd0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            &[0xa1, 4, b'a'],
            &[0xa1, 1, 0xff],
            &[0x73, 0, 0xd8, 0, 0],
            &[0x3f],
            &[],
        ] {
            assert!(read(bytes).is_err(), "{bytes:x?}");
        }
    }
}
