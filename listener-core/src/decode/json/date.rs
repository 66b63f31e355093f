//! Dates: `/Date(ms)/` for UTC, `/Date(ms±hhmm)/` for a local date. The number is UTC in both; the offset only tells.

use crate::context::{DateTime, DateTimeKind};

/// More digits than any date between the years 1 and 9999 has.
const DIGITS: usize = 18;

/// A date that is all of `text`.
pub(crate) fn plain(text: &[u8]) -> Option<DateTime> {
    let inside = text.strip_prefix(b"/Date(")?;
    let (date, rest) = number(inside)?;
    (rest == b")/").then_some(date)
}

/// A date that `text` begins with, in quotes and with its slashes escaped, as Microsoft's serialiser writes it; and how
/// long it is.
#[inline]
pub(super) fn escaped(text: &[u8]) -> Option<(DateTime, usize)> {
    let inside = text.strip_prefix(b"\"\\/Date(")?;
    let (date, rest) = number(inside)?;
    let rest = rest.strip_prefix(b")\\/\"")?;
    Some((date, text.len() - rest.len()))
}

/// The date itself, and what follows it.
fn number(text: &[u8]) -> Option<(DateTime, &[u8])> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let negative = digits.len() < text.len();
    let mut millis = 0i64;
    let mut count = 0;
    while let Some(digit @ b'0'..=b'9') = digits.get(count) {
        if count == DIGITS {
            return None;
        }
        millis = millis * 10 + i64::from(digit - b'0');
        count += 1;
    }
    if count == 0 {
        return None;
    }
    let (kind, rest) = match &digits[count..] {
        [sign @ (b'+' | b'-'), h1, h2, m1, m2, rest @ ..]
            if [h1, h2, m1, m2].iter().all(|digit| digit.is_ascii_digit()) =>
        {
            let two = |tens: &u8, ones: &u8| i16::from(tens - b'0') * 10 + i16::from(ones - b'0');
            let minutes = two(h1, h2) * 60 + two(m1, m2);
            let offset = if *sign == b'-' { -minutes } else { minutes };
            (DateTimeKind::Local(Some(offset)), rest)
        }
        rest => (DateTimeKind::Utc, rest),
    };
    let millis = if negative { -millis } else { millis };
    Some((DateTime::from_unix_millis(millis, kind)?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(millis: i64, kind: DateTimeKind) -> Option<DateTime> {
        Some(DateTime::from_unix_millis(millis, kind).unwrap())
    }

    #[test]
    fn reads_utc_and_local_dates() {
        assert_eq!(plain(b"/Date(0)/"), date(0, DateTimeKind::Utc));
        assert_eq!(
            plain(b"/Date(-62135596800000)/"),
            date(-62_135_596_800_000, DateTimeKind::Utc)
        );
        assert_eq!(
            plain(b"/Date(1506409448000-0730)/"),
            date(1_506_409_448_000, DateTimeKind::Local(Some(-450)))
        );
        assert_eq!(
            escaped(b"\"\\/Date(1724647396000+0300)\\/\",").map(|(_, length)| length),
            Some(30)
        );
    }

    #[test]
    fn leaves_text_that_is_no_date() {
        for text in [
            "/Date()/",
            "/Date(-)/",
            "/Date(+1)/",
            "/Date(1)",
            "/Date(1)/ ",
            " /Date(1)/",
            "/date(1)/",
            "/Date(1+1)/",
            "/Date(1+00000)/",
            "/Date(1+0a00)/",
            "/Date(1.5)/",
            "Date(1)",
            "/Date(253402300800000)/",
            "/Date(-62135596800001)/",
            "/Date(9999999999999999999)/",
        ] {
            assert_eq!(plain(text.as_bytes()), None, "{text}");
        }
    }
}
