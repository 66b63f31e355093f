//! Where frames begin and end in a stream (AMQP 1.0, transport, 2.2 and 2.3).

use std::fmt;

use bytes::{Bytes, BytesMut};

/// Size, data offset, type and channel.
pub(in crate::amqp) const HEADER: usize = 8;

/// A frame that says nothing but that its sender lives (transport, 2.4.5).
pub(in crate::amqp) const EMPTY: [u8; HEADER] = [0, 0, 0, 8, 2, 0, 0, 0];

/// One frame, cut out of a stream.
#[derive(Debug)]
pub(in crate::amqp) struct Frame {
    /// The performative and what follows it; empty in a frame that only keeps the connection alive.
    pub(in crate::amqp) body: Bytes,
}

/// Why a stream has lost its step. Nothing behind that place can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::amqp) enum FrameError {
    Size { size: usize, most: usize },
    DataOffset { words: u8, size: usize },
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Size { size, most } => {
                write!(
                    f,
                    "expected a frame of {HEADER} to {most} bytes, found one of {size}"
                )
            }
            Self::DataOffset { words, size } => {
                write!(
                    f,
                    "expected a body inside of a frame of {size} bytes, found its offset to be {words} words"
                )
            }
        }
    }
}

/// The size of the first unit of a stream, once it is there whole: a protocol header (transport, 2.2) or a frame.
pub(in crate::amqp) fn first_unit(bytes: &[u8], most: usize) -> Result<Option<usize>, FrameError> {
    let Some(head) = bytes.first_chunk::<4>() else {
        return Ok(None);
    };
    // As a size this would be a gigabyte.
    let size = if head == b"AMQP" {
        HEADER
    } else {
        let size = u32::from_be_bytes(*head) as usize;
        if !(HEADER..=most).contains(&size) {
            return Err(FrameError::Size { size, most });
        }
        size
    };
    Ok((bytes.len() >= size).then_some(size))
}

impl Frame {
    /// The channel and the code of the performative of a unit that is an AMQP frame; the code is `None` in an empty one.
    pub(in crate::amqp) fn peek(unit: &[u8]) -> Option<(u16, Option<u8>)> {
        let [b0, _, _, _, words, kind, high, low, ..] = *unit else {
            return None;
        };
        if b0 == b'A' || kind != 0 {
            return None;
        }
        let channel = u16::from_be_bytes([high, low]);
        let code = match unit.get(usize::from(words) * 4..) {
            Some([0, 0x53, code, ..]) => Some(*code),
            Some([0, 0x80, 0, 0, 0, 0, 0, 0, 0, code, ..]) => Some(*code),
            _ => None,
        };
        Some((channel, code))
    }

    /// Takes a unit that is an AMQP frame apart.
    pub(in crate::amqp) fn of(unit: BytesMut) -> Result<Self, FrameError> {
        let (words, size) = (unit[4], unit.len());
        let body = usize::from(words) * 4;
        if body < HEADER || body > size {
            return Err(FrameError::DataOffset { words, size });
        }
        let body = unit.freeze().slice(body..);
        Ok(Self { body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_protocol_headers_and_frames() {
        assert_eq!(first_unit(b"AMQ", 512), Ok(None));
        assert_eq!(first_unit(b"AMQP\x03\x01\x00", 512), Ok(None));
        assert_eq!(first_unit(b"AMQP\x03\x01\x00\x00\0\0", 512), Ok(Some(8)));
        assert_eq!(first_unit(&EMPTY, 512), Ok(Some(8)));
        for size in [0_u32, 7, 513, u32::MAX] {
            assert!(first_unit(&size.to_be_bytes(), 512).is_err(), "{size}");
        }
    }

    #[test]
    fn peeks_at_channel_and_code() {
        let mut bytes = BytesMut::new();
        super::super::frame(&mut bytes, 300, 0x11, &[]);
        assert_eq!(Frame::peek(&bytes), Some((300, Some(0x11))));
        assert_eq!(Frame::peek(&EMPTY), Some((0, None)));
        assert_eq!(Frame::peek(b"AMQP\0\x01\0\0"), None);
        assert_eq!(Frame::peek(&[0, 0, 0, 8, 2, 1, 0, 0]), None);
    }

    #[test]
    fn a_body_lies_inside_of_its_frame() {
        for words in [0, 1, 3, 255] {
            let unit = BytesMut::from(&[0, 0, 0, 8, words, 0, 0, 0][..]);
            assert!(Frame::of(unit).is_err(), "{words}");
        }
    }
}
