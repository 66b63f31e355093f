//! Dates and times.

use std::time::{Duration, SystemTime};

use ::time::OffsetDateTime;

use super::{FromValue, out_of_range, wrong};
use crate::{
    context::{DateTime, Value},
    decode::{DecodeError, json_date, lexical},
};

impl FromValue for DateTime {
    fn from_value(value: &Value) -> Result<Self, DecodeError> {
        match value {
            Value::DateTime(date) => Ok(*date),
            Value::String(text) => lexical::date_time(text)
                .or_else(|| json_date(text.as_bytes()))
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
