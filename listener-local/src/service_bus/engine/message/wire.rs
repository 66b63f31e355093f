//! As much of AMQP's type system (AMQP 1.0 part 1) as finding the edges of values takes. Nothing is allocated by a
//! size that the bytes claim, and only descriptors nest.

use std::ops::Range;

use crate::service_bus::engine::error::EngineError;

/// How deep descriptors may nest.
const MAX_DEPTH: usize = 8;

/// Where the value at `at` ends.
pub(super) fn end_of_value(bytes: &[u8], at: usize) -> Result<usize, EngineError> {
    let mut at = at;
    for _ in 0..MAX_DEPTH {
        match byte(bytes, at)? {
            0x00 => at = end_of_primitive(bytes, at + 1)?,
            _ => return end_of_primitive(bytes, at),
        }
    }
    Err(malformed(at, "descriptors of at most 8 levels"))
}

fn end_of_primitive(bytes: &[u8], at: usize) -> Result<usize, EngineError> {
    let (start, len) = match byte(bytes, at)? >> 4 {
        0x4 => (at + 1, 0),
        0x5 => (at + 1, 1),
        0x6 => (at + 1, 2),
        0x7 => (at + 1, 4),
        0x8 => (at + 1, 8),
        0x9 => (at + 1, 16),
        0xa | 0xc | 0xe => (at + 2, usize::from(byte(bytes, at + 1)?)),
        0xb | 0xd | 0xf => (at + 5, size(bytes, at + 1)?),
        _ => return Err(malformed(at, "a constructor of AMQP's primitive types")),
    };
    match start.checked_add(len) {
        Some(end) if end <= bytes.len() => Ok(end),
        _ => Err(malformed(at, "as many bytes as the value says")),
    }
}

/// The edges of each item of the list or map at `at`.
///
/// # Errors
///
/// `Malformed` when there is neither, or the items do not fill it exactly.
pub(super) fn items(bytes: &[u8], at: usize) -> Result<Vec<Range<usize>>, EngineError> {
    let (mut from, count) = match byte(bytes, at)? {
        0x45 => (at + 1, 0),
        0xc0 | 0xc1 => (at + 3, usize::from(byte(bytes, at + 2)?)),
        0xd0 | 0xd1 => (at + 9, size(bytes, at + 5)?),
        _ => return Err(malformed(at, "a list or a map")),
    };
    let end = end_of_primitive(bytes, at)?;
    let mut items = Vec::with_capacity(count.min(64));
    for _ in 0..count {
        let to = end_of_value(bytes, from)?;
        if to > end {
            break;
        }
        items.push(from..to);
        from = to;
    }
    if from == end && items.len() == count {
        Ok(items)
    } else {
        Err(malformed(from, "as many items as the list or map says"))
    }
}

/// The text of a string or symbol, `None` for another type.
pub(super) fn text(bytes: &[u8], at: usize) -> Result<Option<&str>, EngineError> {
    let start = match byte(bytes, at)? {
        0xa1 | 0xa3 => at + 2,
        0xb1 | 0xb3 => at + 5,
        _ => return Ok(None),
    };
    let end = end_of_primitive(bytes, at)?;
    std::str::from_utf8(&bytes[start..end])
        .map(Some)
        .map_err(|_| malformed(start, "text in UTF-8"))
}

/// The bytes of a binary, `None` for another type.
pub(super) fn binary(bytes: &[u8], at: usize) -> Result<Option<Range<usize>>, EngineError> {
    let start = match byte(bytes, at)? {
        0xa0 => at + 2,
        0xb0 => at + 5,
        _ => return Ok(None),
    };
    Ok(Some(start..end_of_primitive(bytes, at)?))
}

/// A whole number of any width, a timestamp or a boolean; `None` for another type.
pub(super) fn number(bytes: &[u8], at: usize) -> Result<Option<i64>, EngineError> {
    let code = byte(bytes, at)?;
    let value = &bytes[at + 1..end_of_primitive(bytes, at)?];
    let unsigned = value.iter().fold(0_u64, |sum, b| sum << 8 | u64::from(*b));
    Ok(Some(match code {
        0x41 => 1,
        0x42..=0x44 => 0,
        0x50 | 0x52 | 0x53 | 0x56 | 0x60 | 0x70 => unsigned.cast_signed(),
        0x80 => i64::try_from(unsigned).unwrap_or(i64::MAX),
        0x51 | 0x54 | 0x55 | 0x61 | 0x71 | 0x81 | 0x83 => {
            let unused = 64 - 8 * u32::try_from(value.len()).unwrap_or(8);
            unsigned.cast_signed() << unused >> unused
        }
        _ => return Ok(None),
    }))
}

/// The low byte of a section's descriptor, and where its value starts (AMQP 1.0 section 3.2).
pub(super) fn section(bytes: &[u8], at: usize) -> Result<(u8, usize), EngineError> {
    let fault = || malformed(at, "a section of a message");
    if byte(bytes, at)? != 0 {
        return Err(fault());
    }
    let value = end_of_primitive(bytes, at + 1)?;
    let code = match text(bytes, at + 1)? {
        Some(symbol) => match symbol {
            "amqp:header:list" => 0x70,
            "amqp:delivery-annotations:map" => 0x71,
            "amqp:message-annotations:map" => 0x72,
            "amqp:properties:list" => 0x73,
            "amqp:application-properties:map" => 0x74,
            "amqp:data:binary" => 0x75,
            "amqp:amqp-sequence:list" => 0x76,
            "amqp:amqp-value:*" => 0x77,
            "amqp:footer:map" => 0x78,
            _ => return Err(fault()),
        },
        None => number(bytes, at + 1)?
            .and_then(|code| u8::try_from(code).ok())
            .filter(|code| (0x70..=0x78).contains(code))
            .ok_or_else(fault)?,
    };
    Ok((code, value))
}

pub(super) fn put_text(out: &mut Vec<u8>, (short, long): (u8, u8), text: &str) {
    match u8::try_from(text.len()) {
        Ok(len) => out.extend_from_slice(&[short, len]),
        Err(_) => {
            out.push(long);
            out.extend_from_slice(&length(text.len()).to_be_bytes());
        }
    }
    out.extend_from_slice(text.as_bytes());
}

pub(super) fn put_string(out: &mut Vec<u8>, text: &str) {
    put_text(out, (0xa1, 0xb1), text);
}

pub(super) fn put_symbol(out: &mut Vec<u8>, text: &str) {
    put_text(out, (0xa3, 0xb3), text);
}

/// Writes a section whose value is a list (`0xd0`) or a map (`0xd1`) of `count` items.
pub(super) fn put_section(out: &mut Vec<u8>, section: u8, kind: u8, count: usize, items: &[u8]) {
    out.extend_from_slice(&[0x00, 0x53, section, kind]);
    out.extend_from_slice(&length(items.len() + 4).to_be_bytes());
    out.extend_from_slice(&length(count).to_be_bytes());
    out.extend_from_slice(items);
}

fn length(len: usize) -> u32 {
    u32::try_from(len)
        .expect("a message is far smaller than 4 GiB: its size is checked when it comes in")
}

pub(super) fn malformed(offset: usize, expected: &'static str) -> EngineError {
    EngineError::Malformed { offset, expected }
}

fn byte(bytes: &[u8], at: usize) -> Result<u8, EngineError> {
    bytes
        .get(at)
        .copied()
        .ok_or_else(|| malformed(at, "more bytes"))
}

fn size(bytes: &[u8], at: usize) -> Result<usize, EngineError> {
    let four = bytes.get(at..).and_then(|rest| rest.first_chunk::<4>());
    let four = four.ok_or_else(|| malformed(at, "a size of four bytes"))?;
    usize::try_from(u32::from_be_bytes(*four)).map_err(|_| malformed(at, "a size that fits"))
}
