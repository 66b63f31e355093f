use std::borrow::Cow;

use rust_decimal::Decimal;
use uuid::Uuid;

use super::BinaryEvents;
use crate::{
    context::{DateTime, DateTimeKind},
    decode::{
        DecodeError, DecodeErrorKind,
        binary::{self, Text, TimeSpan},
        events::Content,
    },
};

impl<'a> BinaryEvents<'a> {
    // Inlined always: what was just read is not moved once more.
    #[inline(always)]
    pub(super) fn content(&self, text: Text<'a>) -> Result<Content<'a>, DecodeError> {
        Ok(match text {
            Text::Chars(text) => Content::Text(Cow::Borrowed(text)),
            Text::Zero => Content::Integer(0),
            Text::One => Content::Integer(1),
            Text::Bool(value) => Content::Boolean(value),
            Text::Int(value) => Content::Integer(value),
            Text::UInt64(value) => Content::Unsigned(value),
            Text::Float(value) => Content::Float(value),
            Text::Double(value) => Content::Double(value),
            Text::Decimal(value) => Content::Decimal(decimal(value)),
            Text::DateTime(value) => match date_time(value) {
                Some(date) => Content::DateTime(date),
                None => {
                    return Err(DecodeError::new(
                        DecodeErrorKind::OutOfRange,
                        "expected a date between the years 1 and 9999",
                    )
                    .at(self.base + self.reader.offset()));
                }
            },
            Text::TimeSpan(TimeSpan(ticks)) => Content::Duration(ticks),
            Text::Uuid(value) => Content::Guid(Uuid::from_bytes_le(value.0)),
            Text::Utf16(text) => Content::Text(Cow::Owned(text.chars().collect())),
            Text::Bytes(bytes) => Content::Bytes(Cow::Borrowed(bytes)),
            Text::Empty => Content::Text(Cow::Borrowed("")),
            Text::List(_) => {
                return Err(self.refused("a list of values stands where a contract has one value"));
            }
            Text::UniqueId(_) | Text::QName { .. } => Content::Text(Cow::Owned(text.to_string())),
        })
    }
}

fn decimal(value: binary::Decimal) -> Decimal {
    let mut decimal = Decimal::from_parts(
        value.lo(),
        value.mid(),
        value.hi(),
        value.is_negative(),
        value.scale().into(),
    );
    // `from_parts` drops the sign of a zero.
    decimal.set_sign_negative(value.is_negative());
    decimal
}

fn date_time(value: binary::DateTime) -> Option<DateTime> {
    let kind = match value.kind() {
        binary::DateTimeKind::Utc => DateTimeKind::Utc,
        binary::DateTimeKind::Local => DateTimeKind::Local(None),
        binary::DateTimeKind::Unspecified => DateTimeKind::Unspecified,
    };
    DateTime::from_ticks(value.ticks(), kind)
}
