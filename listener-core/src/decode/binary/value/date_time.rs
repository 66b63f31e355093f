use std::fmt;

use super::range;
use crate::decode::binary::error::Fault;

/// A date and time of .NET, as `DateTime.ToBinary` writes it ([MC-NBFX] 2.2.3.12).
///
/// `Debug` does not tell the value; `Display` does.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DateTime {
    ticks: i64,
    kind: DateTimeKind,
}

/// What the clock of a [`DateTime`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DateTimeKind {
    /// Nobody says: the ticks are a clock reading.
    Unspecified,
    /// UTC.
    Utc,
    /// The writer's zone. The ticks are UTC; the offset is not written.
    Local,
}

const TICKS_PER_SECOND: i64 = 10_000_000;
const TICKS_PER_DAY: i64 = 86_400 * TICKS_PER_SECOND;
/// The last tick of year 9999.
const MAX_TICKS: i64 = 3_155_378_975_999_999_999;
/// Local ticks are written modulo this.
const CEILING: i64 = 1 << 62;
const TICKS_MASK: u64 = (1 << 62) - 1;
const UTC: u64 = 1 << 62;
const LOCAL: u64 = 1 << 63;

impl DateTime {
    /// A date of this kind, `ticks` of 100 ns after the start of year 1; `None` if it is not in the years 1 to 9999.
    ///
    /// A local date may lie a day outside of these years, since its clock, not its UTC, is in them.
    pub const fn from_ticks(ticks: i64, kind: DateTimeKind) -> Option<Self> {
        let over = match kind {
            DateTimeKind::Local => TICKS_PER_DAY - 1,
            DateTimeKind::Unspecified | DateTimeKind::Utc => 0,
        };
        if ticks < -over || ticks > MAX_TICKS + over {
            return None;
        }
        Some(Self { ticks, kind })
    }

    /// The ticks of 100 ns since the start of year 1: UTC if the kind is UTC or local, else a clock reading.
    pub const fn ticks(self) -> i64 {
        self.ticks
    }

    /// What clock it is.
    pub const fn kind(self) -> DateTimeKind {
        self.kind
    }

    pub(in crate::decode::binary) fn from_bits(bits: u64) -> Result<Self, Fault> {
        // As `DateTime.FromBinary` reads it: bit 63 alone makes it local.
        let kind = match (bits & LOCAL, bits & UTC) {
            (0, 0) => DateTimeKind::Unspecified,
            (0, _) => DateTimeKind::Utc,
            _ => DateTimeKind::Local,
        };
        let mut ticks = (bits & TICKS_MASK).cast_signed();
        if kind == DateTimeKind::Local && ticks > CEILING - TICKS_PER_DAY {
            ticks -= CEILING;
        }
        Self::from_ticks(ticks, kind)
            .ok_or_else(|| range("a date in the years 1 to 9999", "one outside of them"))
    }

    pub(crate) fn to_bits(self) -> u64 {
        let kind = match self.kind {
            DateTimeKind::Unspecified => 0,
            DateTimeKind::Utc => UTC,
            DateTimeKind::Local => LOCAL,
        };
        self.ticks.cast_unsigned() & TICKS_MASK | kind
    }
}

impl fmt::Display for DateTime {
    /// As in XML, but a local date ends with `Z`: it has no offset, and its ticks are UTC.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil(self.ticks.div_euclid(TICKS_PER_DAY));
        let clock = self.ticks.rem_euclid(TICKS_PER_DAY);
        let second = clock / TICKS_PER_SECOND;
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}",
            second / 3600,
            second / 60 % 60,
            second % 60
        )?;
        let fraction = clock % TICKS_PER_SECOND;
        if fraction != 0 {
            let digits = format!("{fraction:07}");
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        match self.kind {
            DateTimeKind::Unspecified => Ok(()),
            DateTimeKind::Utc | DateTimeKind::Local => f.write_str("Z"),
        }
    }
}

impl fmt::Debug for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DateTime({:?})", self.kind)
    }
}

/// Year, month and day of a day counted from the start of year 1, in the Gregorian calendar.
fn civil(day: i64) -> (i64, i64, i64) {
    // Counted from March of year 0, leap days come last, and months repeat every five with 153 days.
    let day = day + 306;
    let era = day.div_euclid(146_097);
    let of_era = day.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, of_year - (153 * from_march + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_xml_does() {
        for (ticks, kind, text) in [
            (0, DateTimeKind::Unspecified, "0001-01-01T00:00:00"),
            (MAX_TICKS, DateTimeKind::Utc, "9999-12-31T23:59:59.9999999Z"),
            (
                630_822_816_000_000_000 - 10,
                DateTimeKind::Utc,
                "1999-12-31T23:59:59.999999Z",
            ),
            (
                630_822_816_000_000_000 + 59 * TICKS_PER_DAY,
                DateTimeKind::Local,
                "2000-02-29T00:00:00Z",
            ),
            (-1, DateTimeKind::Local, "0000-12-31T23:59:59.9999999Z"),
        ] {
            let date = DateTime::from_ticks(ticks, kind).unwrap();
            assert_eq!(date.to_string(), text);
            assert_eq!(DateTime::from_bits(date.to_bits()), Ok(date));
        }
    }

    #[test]
    fn reads_a_local_date_before_year_1_as_dot_net_writes_it() {
        let bits = LOCAL | (TICKS_MASK - 1);
        assert_eq!(DateTime::from_bits(bits).unwrap().ticks(), -2);
    }

    #[test]
    fn refuses_ticks_outside_of_the_years_1_to_9999() {
        let past = MAX_TICKS.cast_unsigned() + 1;
        assert!(DateTime::from_bits(past).is_err());
        assert!(DateTime::from_bits(UTC | past).is_err());
        assert!(DateTime::from_bits(UTC | TICKS_MASK).is_err());
        assert!(DateTime::from_bits(LOCAL | past).is_ok());
        assert!(DateTime::from_bits(LOCAL | (past - 1 + TICKS_PER_DAY.cast_unsigned())).is_err());
        assert_eq!(DateTime::from_ticks(-1, DateTimeKind::Utc), None);
    }
}
