use super::buffer::{Buffer, units};
use crate::decode::binary::{Text, id};

/// The most UTF-16 units of a text that is put into the buffer in one piece: 255 bytes, three a unit.
const SHORT: usize = 85;

/// Writes the records that Microsoft's writer makes of this content; false if it is too long for any.
pub(super) fn write(buffer: &mut Buffer<'_>, text: Text<'_>) -> bool {
    match text {
        Text::Zero => buffer.text(1, &[id::ZERO]),
        Text::One => buffer.text(1, &[id::ONE]),
        Text::Bool(false) => buffer.text(1, &[id::FALSE]),
        Text::Bool(true) => buffer.text(1, &[id::TRUE]),
        Text::Int(value) => integer(buffer, value),
        Text::UInt64(value) => match i64::try_from(value) {
            Ok(value) => integer(buffer, value),
            Err(_) => fixed(buffer, id::UINT_64, value.to_le_bytes()),
        },
        Text::Float(value) => float(buffer, value),
        Text::Double(value) => double(buffer, value),
        Text::Decimal(value) => fixed(buffer, id::DECIMAL, value.to_bytes()),
        Text::DateTime(value) => fixed(buffer, id::DATE_TIME, value.to_bits().to_le_bytes()),
        Text::TimeSpan(value) => fixed(buffer, id::TIME_SPAN, value.0.to_le_bytes()),
        Text::Uuid(value) => fixed(buffer, id::UUID, value.0),
        Text::UniqueId(value) => fixed(buffer, id::UNIQUE_ID, value.0),
        Text::Chars(value) => return chars(buffer, value),
        Text::Bytes(value) => return bytes(buffer, value),
        Text::Empty => {}
        Text::Utf16(_) | Text::QName { .. } | Text::List(_) => {
            return chars(buffer, &text.to_string());
        }
    }
    true
}

fn fixed<const N: usize>(buffer: &mut Buffer<'_>, id: u8, value: [u8; N]) {
    buffer.text(1 + N, &[id]);
    buffer.put(&value);
}

fn integer(buffer: &mut Buffer<'_>, value: i64) {
    if value == 0 {
        buffer.text(1, &[id::ZERO]);
    } else if value == 1 {
        buffer.text(1, &[id::ONE]);
    } else if let Ok(value) = i8::try_from(value) {
        fixed(buffer, id::INT_8, value.to_le_bytes());
    } else if let Ok(value) = i16::try_from(value) {
        fixed(buffer, id::INT_16, value.to_le_bytes());
    } else if let Ok(value) = i32::try_from(value) {
        fixed(buffer, id::INT_32, value.to_le_bytes());
    } else {
        fixed(buffer, id::INT_64, value.to_le_bytes());
    }
}

/// A float that is whole goes as an integer, which loses the sign of a zero, as it does in .NET.
fn float(buffer: &mut Buffer<'_>, value: f32) {
    const MIN: f32 = i64::MIN as f32;
    if value.fract() == 0.0 && (MIN..-MIN).contains(&value) {
        integer(buffer, value as i64);
    } else {
        fixed(buffer, id::FLOAT, float_bytes(value));
    }
}

fn double(buffer: &mut Buffer<'_>, value: f64) {
    let single = value as f32;
    if value.is_finite() && single.is_finite() && f64::from(single) == value {
        float(buffer, single);
    } else {
        fixed(buffer, id::DOUBLE, double_bytes(value));
    }
}

/// .NET's NaN is negative.
pub(super) fn float_bytes(value: f32) -> [u8; 4] {
    let value = if value.is_nan() {
        -f32::NAN.abs()
    } else {
        value
    };
    value.to_le_bytes()
}

pub(super) fn double_bytes(value: f64) -> [u8; 8] {
    let value = if value.is_nan() {
        -f64::NAN.abs()
    } else {
        value
    };
    value.to_le_bytes()
}

/// One record, however long: UTF-16 where UTF-8 would be longer.
fn chars(buffer: &mut Buffer<'_>, text: &str) -> bool {
    match text {
        "" => return true,
        "0" => buffer.text(1, &[id::ZERO]),
        "1" => buffer.text(1, &[id::ONE]),
        _ => {
            let units = units(text);
            let utf_16 = text.len() / 2 > units;
            let head = if utf_16 {
                Head::of(id::UNICODE_CHARS_8, 2 * units)
            } else {
                Head::of(id::CHARS_8, text.len())
            };
            let Some(head) = head else { return false };
            let short = units <= SHORT;
            let reserve = if short { 2 + 3 * units } else { Head::RESERVE };
            buffer.text(reserve, head.bytes());
            match (short, utf_16) {
                (true, false) => buffer.put(text.as_bytes()),
                (true, true) => text
                    .encode_utf16()
                    .for_each(|unit| buffer.put(&unit.to_le_bytes())),
                (false, false) => buffer.chunks(text),
                (false, true) => buffer.chunks_utf_16(text),
            }
        }
    }
    true
}

/// Whole groups of three bytes, which base64 makes four characters of, then the rest.
fn bytes(buffer: &mut Buffer<'_>, bytes: &[u8]) -> bool {
    let (groups, rest) = bytes.split_at(bytes.len() - bytes.len() % 3);
    for part in [groups, rest] {
        if part.is_empty() {
            continue;
        }
        let Some(head) = Head::of(id::BYTES_8, part.len()) else {
            return false;
        };
        buffer.text(Head::RESERVE, head.bytes());
        buffer.long(part);
    }
    true
}

/// The id and the length of a record that has one.
struct Head {
    bytes: [u8; 5],
    len: usize,
}

impl Head {
    /// What Microsoft's writer makes room for, whatever the length takes.
    const RESERVE: usize = 5;

    /// The record of this family, whose ids follow each other by the size of their lengths; none if it is too long.
    fn of(family: u8, length: usize) -> Option<Self> {
        let length = i32::try_from(length).ok()?;
        let (id, len) = match length {
            0..0x100 => (family, 2),
            0x100..0x1_0000 => (family + 2, 3),
            _ => (family + 4, 5),
        };
        let [a, b, c, d] = length.to_le_bytes();
        let bytes = [id, a, b, c, d];
        Some(Self { bytes, len })
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}
