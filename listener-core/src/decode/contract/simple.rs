use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use rust_decimal::prelude::ToPrimitive;

use super::ContractReader;
use crate::decode::{
    DecodeError, DecodeErrorKind,
    events::{Content, Event, Events},
    lexical,
};

/// The content of elements without children.
impl<'a, E: Events<'a>> ContractReader<'a, E> {
    /// All content of an element without children: one piece mostly, else all pieces joined as text, or as bytes.
    pub(super) fn content(&mut self) -> Result<Content<'a>, DecodeError> {
        match self.events.simple() {
            Some(content) => content,
            None => self.pieces(),
        }
    }

    #[cold]
    fn pieces(&mut self) -> Result<Content<'a>, DecodeError> {
        let mut whole: Option<Content<'a>> = None;
        loop {
            match self.events.next()? {
                Event::Content(piece) => {
                    whole = Some(match whole {
                        None => piece,
                        Some(Content::Bytes(mut bytes)) if matches!(piece, Content::Bytes(_)) => {
                            if let Content::Bytes(more) = piece {
                                bytes.to_mut().extend_from_slice(&more);
                            }
                            Content::Bytes(bytes)
                        }
                        Some(start) => {
                            let mut text = start.into_plain().into_owned();
                            text.push_str(&piece.into_plain());
                            Content::Text(text.into())
                        }
                    });
                }
                Event::End => return Ok(whole.unwrap_or(Content::Text(Cow::Borrowed("")))),
                Event::Start => {
                    return Err(self.fault(
                        DecodeErrorKind::WrongType,
                        "expected a simple value, found elements in it",
                    ));
                }
                Event::Eof => {
                    return Err(
                        self.fault(DecodeErrorKind::UnexpectedEnd, "the message ends too early")
                    );
                }
            }
        }
    }

    pub(super) fn integer(&mut self, expected: &str) -> Result<i64, DecodeError> {
        let content = self.content()?;
        let integer = match &content {
            Content::Text(text) => lexical::integer(text),
            number => whole(number),
        };
        integer.ok_or_else(|| self.wrong(expected, &content))
    }

    pub(super) fn double(&mut self) -> Result<f64, DecodeError> {
        let content = self.content()?;
        let double = match &content {
            Content::Double(value) => Some(*value),
            Content::Float(value) => Some(f64::from(*value)),
            #[expect(
                clippy::cast_precision_loss,
                reason = "the writer made the integer from a double"
            )]
            Content::Integer(value) => Some(*value as f64),
            #[expect(clippy::cast_precision_loss, reason = "as above")]
            Content::Unsigned(value) => Some(*value as f64),
            Content::Decimal(value) => value.to_f64(),
            Content::Text(text) => lexical::double(text),
            _ => None,
        };
        double.ok_or_else(|| self.wrong("a double", &content))
    }

    pub(super) fn bytes(&mut self) -> Result<Bytes, DecodeError> {
        match self.content()? {
            Content::Bytes(bytes) => Ok(Bytes::from(bytes.into_owned())),
            Content::Text(text) => {
                let compact: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
                STANDARD
                    .decode(compact)
                    .map(Bytes::from)
                    .map_err(|_| self.wrong("base64", &Content::Text(text)))
            }
            other => Err(self.wrong("bytes", &other)),
        }
    }
}

/// A number that is whole, of whatever record.
pub(super) fn whole(content: &Content<'_>) -> Option<i64> {
    match content {
        Content::Integer(value) => Some(*value),
        Content::Unsigned(value) => i64::try_from(*value).ok(),
        Content::Decimal(value) if value.is_integer() => value.to_i64(),
        Content::Double(value) => integral(*value),
        Content::Float(value) => integral(f64::from(*value)),
        _ => None,
    }
}

fn integral(value: f64) -> Option<i64> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked: it is whole and within the range"
    )]
    (value.fract() == 0.0 && value.abs() < 9.2e18).then_some(value as i64)
}
