//! The text forms of simple values in XML, as Microsoft's reader takes them.

use rust_decimal::Decimal;

use crate::context::{DateTime, DateTimeKind};

/// Days before the month, in a year that is no leap year.
const DAYS: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
const TICKS_PER_SECOND: i64 = 10_000_000;

pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text.trim() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// An integer: `+05` and `-007` are such.
pub(crate) fn integer(text: &str) -> Option<i64> {
    text.trim().parse().ok()
}

pub(crate) fn double(text: &str) -> Option<f64> {
    match text.trim() {
        "INF" => Some(f64::INFINITY),
        "-INF" => Some(f64::NEG_INFINITY),
        "NaN" => Some(f64::NAN),
        text if text
            .bytes()
            .all(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')) =>
        {
            text.parse().ok()
        }
        _ => None,
    }
}

/// A decimal, exact, with its scale and the sign of a zero; `None` if .NET's decimal cannot hold it.
pub(crate) fn decimal(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let digits = text.strip_prefix('+').unwrap_or(text);
    if digits.is_empty()
        || !digits
            .bytes()
            .all(|b| matches!(b, b'0'..=b'9' | b'.' | b'-'))
    {
        return None;
    }
    let mut decimal = Decimal::from_str_exact(digits).ok()?;
    if decimal.is_zero() && digits.starts_with('-') {
        decimal.set_sign_negative(true);
    }
    Some(decimal)
}

/// A date: `2024-11-08T08:05:06.922Z`, `…-07:00`, or without a zone; a fraction has up to seven digits, and more are cut.
pub(crate) fn date_time(text: &str) -> Option<DateTime> {
    let bytes = text.trim().as_bytes();
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = bytes.get(from..to)?;
        digits
            .iter()
            .all(u8::is_ascii_digit)
            .then(|| digits.iter().fold(0, |n, d| n * 10 + i64::from(d - b'0')))
    };
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if separators
        .iter()
        .any(|(at, byte)| bytes.get(*at) != Some(byte))
    {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let month_index = usize::try_from(month - 1).ok()?;
    let before = *DAYS.get(month_index)? + i64::from(leap && month > 2);
    let length = DAYS.get(month_index + 1).copied().unwrap_or(365) - DAYS[month_index]
        + i64::from(leap && month == 2);
    if year < 1 || !(1..=length).contains(&day) || hour > 24 || minute > 59 || second > 59 {
        return None;
    }
    // 24:00:00 is the end of the day.
    if hour == 24 && (minute, second) != (0, 0) {
        return None;
    }
    let years = year - 1;
    let days = years * 365 + years / 4 - years / 100 + years / 400 + before + day - 1;
    let mut ticks = (days * 86_400 + hour * 3600 + minute * 60 + second) * TICKS_PER_SECOND;
    let mut at = 19;
    if bytes.get(at) == Some(&b'.') {
        let digits = bytes[at + 1..]
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count();
        if digits == 0 {
            return None;
        }
        ticks += (0..7).fold(0, |n, place| {
            n * 10
                + if place < digits {
                    i64::from(bytes[at + 1 + place] - b'0')
                } else {
                    0
                }
        });
        at += 1 + digits;
    }
    match &bytes[at..] {
        [] => DateTime::from_ticks(ticks, DateTimeKind::Unspecified),
        [b'Z'] => DateTime::from_ticks(ticks, DateTimeKind::Utc),
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let (hours, minutes) = (number(at + 1, at + 3)?, number(at + 4, at + 6)?);
            if hours > 14 || minutes > 59 {
                return None;
            }
            let offset = (hours * 60 + minutes) * if *sign == b'-' { -1 } else { 1 };
            let kind = DateTimeKind::Local(i16::try_from(offset).ok());
            DateTime::from_ticks(ticks - offset * 60 * TICKS_PER_SECOND, kind)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_read_back_as_they_print() {
        for text in [
            "2024-11-08T08:05:06Z",
            "2024-02-29T23:59:59.9999999Z",
            "2017-09-26T00:04:08-07:00",
            "0001-01-01T00:00:00",
            "9999-12-31T23:59:59.999Z",
            "1960-02-03T04:05:06.1234567Z",
        ] {
            assert_eq!(date_time(text).unwrap().to_string(), text);
        }
        assert_eq!(
            date_time(" 2024-11-08T08:05:06.500000000Z ")
                .unwrap()
                .to_string(),
            "2024-11-08T08:05:06.5Z"
        );
    }

    #[test]
    fn days_that_no_calendar_has_are_refused() {
        for text in [
            "2023-02-29T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-00-01T00:00:00Z",
            "0000-01-01T00:00:00Z",
        ] {
            assert_eq!(date_time(text), None, "{text}");
        }
        for text in [
            "2024-11-08",
            "2024-11-08T08:05:06.Z",
            "2024-11-08T08:05:06+15:00",
            "2024-11-08T25:05:06",
            "",
        ] {
            assert_eq!(date_time(text), None, "{text}");
        }
    }

    #[test]
    fn decimals_keep_scale_and_the_sign_of_a_zero() {
        assert_eq!(decimal("1.0000000000").unwrap().to_string(), "1.0000000000");
        assert!(decimal("-0.00").unwrap().is_sign_negative());
        assert_eq!(decimal("+5").unwrap().to_string(), "5");
        for text in ["1e5", "", "--1", "79228162514264337593543950336", "1_0"] {
            assert_eq!(decimal(text), None, "{text}");
        }
    }

    #[test]
    fn simple_values_take_white_space_and_signs() {
        assert_eq!(boolean(" 1 "), Some(true));
        assert_eq!(boolean("TRUE"), None);
        assert_eq!(integer(" +05\n"), Some(5));
        assert_eq!(integer("-007"), Some(-7));
        assert_eq!(double("-INF"), Some(f64::NEG_INFINITY));
        assert_eq!(double("infinity"), None);
    }
}
