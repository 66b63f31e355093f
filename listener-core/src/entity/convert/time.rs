//! Dates and times.

use std::time::{Duration, SystemTime};

use ::time::OffsetDateTime;

use super::{FromValue, out_of_range, wrong};
use crate::{
    context::{DateTime, DateTimeKind, Value},
    decode::{DecodeError, lexical},
};

impl FromValue for DateTime {
    fn from_value(value: &Value) -> Result<Self, DecodeError> {
        match value {
            Value::DateTime(date) => Ok(*date),
            Value::String(text) => lexical::date_time(text)
                .or_else(|| json_date(text))
                .ok_or_else(|| wrong("a date between the years 1 and 9999, or its text", value)),
            other => Err(wrong("a date", other)),
        }
    }
}

impl FromValue for OffsetDateTime {
    /// In UTC. A date of unspecified kind is read as if it were UTC.
    fn from_value(value: &Value) -> Result<Self, DecodeError> {
        DateTime::from_value(value).map(DateTime::to_offset_date_time)
    }
}

impl FromValue for SystemTime {
    /// A date of unspecified kind is read as if it were UTC.
    fn from_value(value: &Value) -> Result<Self, DecodeError> {
        let nanos = OffsetDateTime::from_value(value)?.unix_timestamp_nanos();
        let distance = u64::try_from(nanos.unsigned_abs() / 1_000_000_000)
            .ok()
            .zip(u32::try_from(nanos.unsigned_abs() % 1_000_000_000).ok())
            .map(|(seconds, nanos)| Duration::new(seconds, nanos));
        distance
            .and_then(|distance| {
                if nanos < 0 {
                    Self::UNIX_EPOCH.checked_sub(distance)
                } else {
                    Self::UNIX_EPOCH.checked_add(distance)
                }
            })
            .ok_or_else(|| out_of_range("a time of this system", "a date beyond its range"))
    }
}

/// `/Date(1731053106922)/` or `/Date(1724647396000+0300)/`: milliseconds since 1970 in UTC; the offset is only
/// information.
fn json_date(text: &str) -> Option<DateTime> {
    let inner = text.strip_prefix("/Date(")?.strip_suffix(")/")?;
    let sign = inner
        .char_indices()
        .skip(1)
        .find(|(_, c)| matches!(c, '+' | '-'));
    let Some((at, sign)) = sign else {
        return DateTime::from_unix_millis(inner.parse().ok()?, DateTimeKind::Utc);
    };
    let (millis, offset) = (&inner[..at], &inner[at + 1..]);
    if offset.len() != 4 || !offset.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes): (i16, i16) = (offset[..2].parse().ok()?, offset[2..].parse().ok()?);
    let offset = (hours * 60 + minutes) * if sign == '-' { -1 } else { 1 };
    DateTime::from_unix_millis(millis.parse().ok()?, DateTimeKind::Local(Some(offset)))
}
