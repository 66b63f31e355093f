use std::{error::Error, fmt, time::Duration};

const SECONDS_OF_DAY: u64 = 86_400;

/// The duration that an ISO 8601 text tells: `PT1M`, `P1DT12H`, `PT0.5S`.
///
/// A year has 365 days and a month 30, as .NET reads them.
///
/// ```
/// use std::time::Duration;
/// use listener_local::service_bus::config::parse_duration;
///
/// assert_eq!(parse_duration("P1DT1M"), Ok(Duration::from_secs(86_460)));
/// assert!(parse_duration("1 minute").is_err());
/// ```
///
/// # Errors
///
/// If the text is no such duration, or tells of more seconds than fit 64 bits.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let rest = text.strip_prefix('P').ok_or(DurationError)?;
    let (date, time) = match rest.split_once('T') {
        Some((date, time)) if !time.is_empty() => (date, time),
        Some(_) => return Err(DurationError),
        None if rest.is_empty() => return Err(DurationError),
        None => (rest, ""),
    };
    let date = sum(
        date,
        &[
            ('Y', 365 * SECONDS_OF_DAY),
            ('M', 30 * SECONDS_OF_DAY),
            ('D', SECONDS_OF_DAY),
        ],
    )?;
    let time = sum(time, &[('H', 3_600), ('M', 60), ('S', 1)])?;
    date.checked_add(time).ok_or(DurationError)
}

/// The parts of `text`: digits with one of the units behind them, which come in their order. Seconds may have a
/// fraction.
fn sum(text: &str, units: &[(char, u64)]) -> Result<Duration, DurationError> {
    let mut total = Duration::ZERO;
    let (mut rest, mut units) = (text, units.iter());
    while !rest.is_empty() {
        let end = rest
            .find(|next: char| !next.is_ascii_digit() && next != '.')
            .ok_or(DurationError)?;
        let (number, tail) = rest.split_at(end);
        let (unit, seconds) = units
            .find(|(unit, _)| tail.starts_with(*unit))
            .ok_or(DurationError)?;
        let (whole, fraction) = match number.split_once('.') {
            Some((whole, fraction)) if *unit == 'S' => (whole, fraction_of_second(fraction)?),
            Some(_) => return Err(DurationError),
            None => (number, Duration::ZERO),
        };
        let whole: u64 = whole.parse().map_err(|_| DurationError)?;
        let part = Duration::from_secs(whole.checked_mul(*seconds).ok_or(DurationError)?);
        total = total
            .checked_add(part)
            .and_then(|sum| sum.checked_add(fraction))
            .ok_or(DurationError)?;
        rest = &tail[1..];
    }
    Ok(total)
}

fn fraction_of_second(digits: &str) -> Result<Duration, DurationError> {
    if digits.is_empty() || digits.len() > 9 {
        return Err(DurationError);
    }
    let nanoseconds: u32 = format!("{digits:0<9}").parse().map_err(|_| DurationError)?;
    Ok(Duration::from_nanos(nanoseconds.into()))
}

/// A text that is no ISO 8601 duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DurationError;

impl fmt::Display for DurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected an ISO 8601 duration such as `PT1M` or `P1DT12H`")
    }
}

impl Error for DurationError {}

/// A duration as ISO 8601 tells it, in messages: `PT5M`, `P7D`.
pub(super) fn display_duration(duration: Duration) -> String {
    match duration.as_secs() {
        seconds if seconds > 0 && seconds.is_multiple_of(SECONDS_OF_DAY) => {
            format!("P{}D", seconds / SECONDS_OF_DAY)
        }
        seconds if seconds > 0 && seconds.is_multiple_of(60) => format!("PT{}M", seconds / 60),
        _ => format!("PT{}S", duration.as_secs_f64()),
    }
}
