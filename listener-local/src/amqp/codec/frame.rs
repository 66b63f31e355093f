//! From a buffer of bytes to frames (AMQP 1.0, 2.3).

use super::{
    hot, keys,
    scan::{self, ScanError},
};
use bytes::{Buf, Bytes, BytesMut};
use fe2o3_amqp_types::performatives::Performative;
use std::fmt;

/// Size, data offset, type and channel.
const FRAME_HEADER: usize = 8;

/// One frame as it came in.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) channel: u16,
    pub(crate) body: Body,
}

/// What a frame carries.
#[derive(Debug)]
pub(crate) enum Body {
    /// Nothing: the frame only keeps the connection alive (AMQP 1.0, 2.4.5).
    Empty,
    /// A performative, and what follows it (a message, behind a transfer).
    Performative(Box<Performative>, Bytes),
    /// A frame of the security layer, not yet decoded.
    Sasl(Bytes),
}

/// Why bytes are no frame; each of these ends the connection, since the stream has lost its step or cannot be read.
#[derive(Debug)]
pub(crate) enum FrameError {
    /// A frame is smaller than its own header.
    Short { size: usize },
    /// A frame is larger than what was agreed.
    Long { size: usize, limit: usize },
    /// The body begins inside of the header or behind the end.
    DataOffset { offset: u8, size: usize },
    /// The frame belongs to another layer than the one that is spoken.
    Kind { expected: u8, found: u8 },
    /// The body is no well-formed value.
    Malformed(ScanError),
    /// The body is a value, but no performative.
    Performative(String),
}

impl FrameError {
    /// Whether the frame could be cut out of the stream, and only its body is wrong.
    pub(crate) fn is_body(&self) -> bool {
        matches!(self, Self::Malformed(_) | Self::Performative(_))
    }
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short { size } => write!(
                f,
                "expected a frame of at least {FRAME_HEADER} bytes, but its size says {size}"
            ),
            Self::Long { size, limit } => write!(
                f,
                "expected a frame of at most {limit} bytes, but its size says {size}"
            ),
            Self::DataOffset { offset, size } => {
                write!(
                    f,
                    "expected the body inside of the frame of {size} bytes, but its data offset is {offset} words"
                )
            }
            Self::Kind { expected, found } => write!(
                f,
                "expected a frame of type {expected}, but type {found} was found"
            ),
            Self::Malformed(error) => write!(f, "the frame's body is malformed: {error}"),
            Self::Performative(what) => write!(f, "the frame's body is no performative: {what}"),
        }
    }
}

impl std::error::Error for FrameError {}

/// Cuts frames out of a buffer.
#[derive(Debug)]
pub(crate) struct FrameDecoder {
    limit: usize,
    kind: u8,
}

impl FrameDecoder {
    /// A decoder for the security layer's frames, which hold 512 bytes at most (AMQP 1.0, 5.3.1).
    ///
    /// SAS keys in a PLAIN response go beyond that, so the limit here is wider.
    pub(crate) const fn sasl() -> Self {
        Self {
            limit: 4096,
            kind: 1,
        }
    }

    /// A decoder for AMQP's own frames of at most `limit` bytes.
    pub(crate) const fn amqp(limit: usize) -> Self {
        Self { limit, kind: 0 }
    }

    /// Takes the next frame, if the whole of it is there.
    ///
    /// # Errors
    ///
    /// If the stream holds no frame; it cannot be read any further then, except if [`FrameError::is_body`].
    pub(crate) fn decode(&mut self, buffer: &mut BytesMut) -> Result<Option<Frame>, FrameError> {
        let Some(head) = buffer.first_chunk::<FRAME_HEADER>() else {
            return Ok(None);
        };
        let size = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let (offset, kind, channel) = (head[4], head[5], u16::from_be_bytes([head[6], head[7]]));
        if size < FRAME_HEADER {
            return Err(FrameError::Short { size });
        }
        if size > self.limit {
            return Err(FrameError::Long {
                size,
                limit: self.limit,
            });
        }
        if kind != self.kind {
            return Err(FrameError::Kind {
                expected: self.kind,
                found: kind,
            });
        }
        let start = usize::from(offset) * 4;
        if start < FRAME_HEADER || start > size {
            return Err(FrameError::DataOffset { offset, size });
        }
        if buffer.len() < size {
            return Ok(None);
        }
        let mut frame = buffer.split_to(size).freeze();
        frame.advance(start);
        let body = if kind == 1 {
            Body::Sasl(frame)
        } else {
            decode_body(frame)?
        };
        Ok(Some(Frame { channel, body }))
    }
}

fn decode_body(mut frame: Bytes) -> Result<Body, FrameError> {
    if frame.is_empty() {
        return Ok(Body::Empty);
    }
    if let Some((performative, length)) = hot::decode(&frame) {
        frame.advance(length);
        return Ok(Body::Performative(Box::new(performative), frame));
    }
    let length = scan::value_length(&frame).map_err(FrameError::Malformed)?;
    let mut performative = frame.split_to(length).to_vec();
    keys::make_symbols(&mut performative);
    let performative = serde_amqp::from_slice(&performative)
        .map_err(|error| FrameError::Performative(kind_of(&error)))?;
    Ok(Body::Performative(Box::new(performative), frame))
}

/// What went wrong, without the values that the message of `serde_amqp` may quote.
fn kind_of(error: &serde_amqp::Error) -> String {
    let text = format!("{error:?}");
    text.split(['(', '{', ' ', '"'])
        .next()
        .unwrap_or_default()
        .to_owned()
}
