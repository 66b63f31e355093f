use std::fmt;

use time::{OffsetDateTime, UtcOffset};

/// A date and time as .NET keeps it: 100-nanosecond ticks, and a kind.
///
/// JSON carries whole milliseconds; XML and .NET binary carry ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTime {
    ticks: i64,
    kind: DateTimeKind,
}

/// What the clock of a [`DateTime`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DateTimeKind {
    /// UTC.
    Utc,
    /// The writer's zone; with the offset from UTC in minutes where the format carries it (.NET binary does not).
    Local(Option<i16>),
    /// No zone was said.
    Unspecified,
}

const TICKS_PER_MILLI: i64 = 10_000;
/// Ticks from the year 1 to 1970.
const EPOCH: i64 = 621_355_968_000_000_000;
/// Ticks at the end of the year 9999.
const MAX: i64 = 3_155_378_975_999_999_999;

impl DateTime {
    /// The first instant there is, midnight of the first day of the year 1: what .NET calls the default.
    pub const MIN: Self = Self {
        ticks: 0,
        kind: DateTimeKind::Unspecified,
    };

    /// From 100-nanosecond ticks since the year 1. The ticks are UTC for [`DateTimeKind::Utc`] and
    /// [`DateTimeKind::Local`], the clock reading for [`DateTimeKind::Unspecified`].
    /// `None` outside the years 1 to 9999.
    pub const fn from_ticks(ticks: i64, kind: DateTimeKind) -> Option<Self> {
        if ticks >= 0 && ticks <= MAX {
            Some(Self { ticks, kind })
        } else {
            None
        }
    }

    /// From milliseconds since 1970, UTC. `None` outside the years 1 to 9999.
    pub const fn from_unix_millis(millis: i64, kind: DateTimeKind) -> Option<Self> {
        match millis.checked_mul(TICKS_PER_MILLI) {
            Some(ticks) => match ticks.checked_add(EPOCH) {
                Some(ticks) => Self::from_ticks(ticks, kind),
                None => None,
            },
            None => None,
        }
    }

    /// The 100-nanosecond ticks since the year 1; see [`from_ticks`](Self::from_ticks).
    pub const fn ticks(self) -> i64 {
        self.ticks
    }

    /// What its clock is.
    pub const fn kind(self) -> DateTimeKind {
        self.kind
    }

    /// Milliseconds since 1970, cut towards 1970 as Microsoft's serialiser does. A date of unspecified kind is read as
    /// if it were UTC.
    pub const fn unix_millis(self) -> i64 {
        (self.ticks - EPOCH) / TICKS_PER_MILLI
    }

    /// The same instant as a UTC date of the `time` crate. A date of unspecified kind is read as if it were UTC.
    pub fn to_offset_date_time(self) -> OffsetDateTime {
        let nanos = i128::from(self.ticks - EPOCH) * 100;
        OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// The UTC clock reading moved by the local offset, as UTC: what the writer's clock showed, taken for UTC.
    ///
    /// `OperationCreatedOn` of asynchronous messages needs this: see
    /// [`RemoteExecutionContext::operation_created_on_utc`](super::RemoteExecutionContext::operation_created_on_utc).
    #[must_use]
    pub fn clock_as_utc(self) -> Self {
        match self.kind {
            DateTimeKind::Local(Some(offset)) => {
                let ticks = self.ticks + i64::from(offset) * 60 * 1000 * TICKS_PER_MILLI;
                Self::from_ticks(ticks, DateTimeKind::Utc).unwrap_or(self)
            }
            _ => self,
        }
    }
}

impl Default for DateTime {
    fn default() -> Self {
        Self::MIN
    }
}

impl From<OffsetDateTime> for DateTime {
    /// As UTC, cut to ticks; the years before 1 become the year 1, those after 9999 its end.
    fn from(date: OffsetDateTime) -> Self {
        let ticks = date.unix_timestamp_nanos() / 100 + i128::from(EPOCH);
        Self {
            ticks: i64::try_from(ticks).unwrap_or(MAX).clamp(0, MAX),
            kind: DateTimeKind::Utc,
        }
    }
}

impl From<std::time::SystemTime> for DateTime {
    fn from(time: std::time::SystemTime) -> Self {
        OffsetDateTime::from(time).into()
    }
}

impl fmt::Display for DateTime {
    /// ISO 8601 as Microsoft's XML serialiser writes it: `2024-11-08T08:05:06.922Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let offset = match self.kind {
            DateTimeKind::Local(offset) => offset.unwrap_or(0),
            DateTimeKind::Utc | DateTimeKind::Unspecified => 0,
        };
        let clock = self.to_offset_date_time();
        let clock = UtcOffset::from_whole_seconds(i32::from(offset) * 60)
            .ok()
            .and_then(|offset| clock.checked_to_offset(offset))
            .unwrap_or(clock);
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            clock.year(),
            u8::from(clock.month()),
            clock.day(),
            clock.hour(),
            clock.minute(),
            clock.second()
        )?;
        let fraction = self.ticks % 10_000_000;
        if fraction != 0 {
            let digits = format!("{fraction:07}");
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        match self.kind {
            DateTimeKind::Utc => f.write_str("Z"),
            DateTimeKind::Local(_) => {
                write!(
                    f,
                    "{}{:02}:{:02}",
                    if offset < 0 { '-' } else { '+' },
                    offset.abs() / 60,
                    offset.abs() % 60
                )
            }
            DateTimeKind::Unspecified => Ok(()),
        }
    }
}

impl serde::Serialize for DateTime {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_microsofts_xml_does() {
        let utc = DateTime::from_unix_millis(1_731_053_106_922, DateTimeKind::Utc).unwrap();
        assert_eq!(utc.to_string(), "2024-11-08T08:05:06.922Z");
        let local =
            DateTime::from_unix_millis(1_506_409_448_000, DateTimeKind::Local(Some(-420))).unwrap();
        assert_eq!(local.to_string(), "2017-09-26T00:04:08-07:00");
        assert_eq!(local.clock_as_utc().to_string(), "2017-09-26T00:04:08Z");
        assert_eq!(DateTime::MIN.to_string(), "0001-01-01T00:00:00");
    }

    #[test]
    fn refuses_years_that_dot_net_does_not_have() {
        assert_eq!(
            DateTime::from_unix_millis(i64::MAX, DateTimeKind::Utc),
            None
        );
        assert_eq!(DateTime::from_ticks(-1, DateTimeKind::Utc), None);
        assert!(DateTime::from_ticks(MAX, DateTimeKind::Utc).is_some());
    }
}
