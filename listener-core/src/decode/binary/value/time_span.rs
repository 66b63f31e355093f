use std::fmt;

/// A length of time, in ticks of 100 ns ([MC-NBFX] 2.2.3.23).
///
/// `Debug` does not tell the value; `Display` does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeSpan(pub i64);

const TICKS_PER_SECOND: u64 = 10_000_000;

impl fmt::Display for TimeSpan {
    /// As an `xs:duration`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 0 {
            f.write_str("-")?;
        }
        f.write_str("P")?;
        let ticks = self.0.unsigned_abs();
        let (seconds, fraction) = (ticks / TICKS_PER_SECOND, ticks % TICKS_PER_SECOND);
        let (days, clock) = (seconds / 86_400, seconds % 86_400);
        if days > 0 {
            write!(f, "{days}D")?;
        }
        if (clock, fraction) == (0, 0) {
            return if days > 0 { Ok(()) } else { f.write_str("T0S") };
        }
        f.write_str("T")?;
        for (count, unit) in [(clock / 3600, 'H'), (clock / 60 % 60, 'M')] {
            if count > 0 {
                write!(f, "{count}{unit}")?;
            }
        }
        match (clock % 60, fraction) {
            (0, 0) => Ok(()),
            (seconds, 0) => write!(f, "{seconds}S"),
            (seconds, fraction) => {
                let digits = format!("{fraction:07}");
                write!(f, "{seconds}.{}S", digits.trim_end_matches('0'))
            }
        }
    }
}

impl fmt::Debug for TimeSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TimeSpan")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_a_duration() {
        for (ticks, text) in [
            (0, "PT0S"),
            (900_000_000, "PT1M30S"),
            (-3_440_000_000, "-PT5M44S"),
            (864_000_000_000, "P1D"),
            (864_000_000_001, "P1DT0.0000001S"),
            (36_000_000_000 + 15_000_000, "PT1H1.5S"),
            (i64::MIN, "-P10675199DT2H48M5.4775808S"),
        ] {
            assert_eq!(TimeSpan(ticks).to_string(), text);
        }
    }
}
