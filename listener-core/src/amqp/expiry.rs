//! The end of a fixed signature, told while there is time to change it.

use std::{
    fmt,
    sync::atomic::{AtomicU8, Ordering},
    time::{Duration, SystemTime},
};

use time::OffsetDateTime;
use tokio::time::sleep;

use super::{Error, ErrorKind, Tokens};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// What to change, in the warnings and in the error.
const ADVICE: &str = "put a new `SharedAccessSignature` into the connection string, or `SharedAccessKeyName` and `SharedAccessKey`, \
     with which tokens are renewed";

/// Which warnings were given, however often we connected since.
#[derive(Debug, Default)]
pub(super) struct Notices(AtomicU8);

impl Notices {
    /// Whether this one is new; a later one makes those before it needless.
    fn is_new(&self, stage: u8) -> bool {
        self.0.fetch_max(stage, Ordering::AcqRel) < stage
    }
}

/// Warns if the time for it has come.
///
/// # Errors
/// If the signature has expired.
pub(super) fn check(
    tokens: &Tokens,
    resource: &str,
    expires: Option<SystemTime>,
) -> Result<(), Error> {
    let Some(expires) = expires else {
        if tokens.notices.is_new(1) {
            tracing::warn!(
                resource,
                "The fixed `SharedAccessSignature` does not say when it expires (`se`), and cannot be renewed; {ADVICE}."
            );
        }
        return Ok(());
    };
    let now = tokens.clock.now();
    let Ok(left) = expires.duration_since(now) else {
        return Err(expired(resource, expires, now));
    };
    if left.is_zero() {
        return Err(expired(resource, expires, now));
    }
    let stage = match left {
        left if left <= HOUR => 3,
        left if left <= DAY => 2,
        _ => 1,
    };
    if tokens.notices.is_new(stage) {
        tracing::warn!(
            resource,
            expires = %Moment(expires),
            left = %Span(left),
            "The fixed `SharedAccessSignature` cannot be renewed: when it expires, nothing more is sent or received; {ADVICE}."
        );
    }
    Ok(())
}

/// Waits until the signature has expired, and warns before.
pub(super) async fn expire(tokens: &Tokens, resource: &str, expires: SystemTime) -> Error {
    loop {
        // The clock is looked at anew: a machine may have slept meanwhile.
        if let Err(error) = check(tokens, resource, Some(expires)) {
            return error;
        }
        let left = expires
            .duration_since(tokens.clock.now())
            .unwrap_or_default();
        let next = [DAY, HOUR, Duration::ZERO]
            .into_iter()
            .filter_map(|before| left.checked_sub(before))
            .find(|wait| !wait.is_zero());
        sleep(next.unwrap_or_default()).await;
    }
}

fn expired(resource: &str, expires: SystemTime, now: SystemTime) -> Error {
    let since = now.duration_since(expires).unwrap_or_default();
    let doing = format!("using the token for `{resource}`");
    let detail = format!(
        "the fixed `SharedAccessSignature` expired at {}, {} ago by this machine's clock",
        Moment(expires),
        Span(since)
    );
    Error::new(ErrorKind::Unauthorized, doing)
        .with_detail(&detail)
        .with_advice(ADVICE)
}

/// In UTC, in whole seconds.
struct Moment(SystemTime);

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(since) = self.0.duration_since(SystemTime::UNIX_EPOCH) else {
            return f.write_str("a time before 1970");
        };
        let seconds = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
        let Ok(at) = OffsetDateTime::from_unix_timestamp(seconds) else {
            return f.write_str("a time after the year 9999");
        };
        let (date, time) = (at.date(), at.time());
        write!(
            f,
            "{date} {:02}:{:02}:{:02} UTC",
            time.hour(),
            time.minute(),
            time.second()
        )
    }
}

/// In its two largest units.
struct Span(Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let (days, hours) = (seconds / 86_400, seconds / 3_600 % 24);
        let (minutes, rest) = (seconds / 60 % 60, seconds % 60);
        match (days, hours, minutes) {
            (0, 0, 0) => write!(f, "{rest} s"),
            (0, 0, _) => write!(f, "{minutes} min {rest} s"),
            (0, ..) => write!(f, "{hours} h {minutes} min"),
            _ => write!(f, "{days} d {hours} h"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use tokio::time::Instant;

    use super::*;
    use crate::amqp::{Clock, Credential, SharedAccessSignature, tests::log::Log};

    /// A signature that ends at 2027-01-15 08:00:00 UTC, this long from now.
    fn ending_in(left: Duration) -> (Tokens, SystemTime) {
        let signature =
            SharedAccessSignature::new("SharedAccessSignature sr=h&sig=canary&se=1800000000&skn=k");
        let expires = signature.expires().unwrap();
        let (now, begun) = (expires - left, Instant::now());
        let tokens = Tokens::new(Credential::Signature(signature));
        (
            tokens.clock(Clock::new(move || now + begun.elapsed())),
            expires,
        )
    }

    #[tokio::test(start_paused = true)]
    async fn its_end_is_told_at_the_start_a_day_before_an_hour_before_and_when_it_has_come() {
        let (log, _guard) = Log::start();
        let (tokens, expires) = ending_in(3 * DAY);
        let start = Instant::now();
        check(&tokens, "sb://h/q", Some(expires)).unwrap();
        let first = log.take();
        assert!(first.contains("expires=2027-01-15 08:00:00 UTC"), "{first}");
        assert!(first.contains("left=3 d 0 h"), "{first}");
        let watching = tokens.clone();
        let expired = tokio::spawn(async move { expire(&watching, "sb://h/q", expires).await });
        let mut told = Vec::new();
        for hour in 0..72 {
            tokio::time::sleep_until(start + hour * HOUR + Duration::from_secs(1)).await;
            let text = log.take();
            if text.contains("cannot be renewed") {
                told.push(hour);
            }
            assert!(!text.contains("canary"), "{text}");
        }
        assert_eq!(told, [48, 71]);
        let error = expired.await.unwrap();
        assert_eq!(start.elapsed().as_secs(), 3 * 24 * 3600);
        assert_eq!(error.kind(), ErrorKind::Unauthorized);
        let text = error.to_string();
        assert!(
            text.contains("expired at 2027-01-15 08:00:00 UTC, 0 s ago"),
            "{text}"
        );
        assert!(text.contains("put a new `SharedAccessSignature`"), "{text}");
    }

    #[tokio::test(start_paused = true)]
    async fn each_warning_is_given_once_however_often_we_connect() {
        let (log, _guard) = Log::start();
        let (tokens, expires) = ending_in(2 * HOUR);
        for _ in 0..3 {
            check(&tokens.clone(), "sb://h/q", Some(expires)).unwrap();
        }
        assert_eq!(log.take().matches("cannot be renewed").count(), 1);
    }

    #[test]
    fn one_that_does_not_tell_its_end_is_warned_of_and_used() {
        let (log, _guard) = Log::start();
        let signature = SharedAccessSignature::new("SharedAccessSignature sr=h&sig=canary&skn=k");
        let tokens = Tokens::new(Credential::Signature(signature));
        check(&tokens, "sb://h/q", None).unwrap();
        assert!(log.take().contains("does not say when it expires"));
    }

    #[test]
    fn one_that_has_ended_is_not_used_and_the_error_says_since_when() {
        let ended = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let tokens = Tokens::new(Credential::Signature(SharedAccessSignature::new(
            "se=1800000000",
        )));
        let tokens = tokens.clock(Clock::new(move || ended + 26 * HOUR));
        let error = check(&tokens, "sb://h/q", Some(ended)).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("1 d 2 h ago by this machine's clock"),
            "{error}"
        );
    }

    #[test]
    fn spans_show_their_two_largest_units() {
        for (seconds, shown) in [
            (0, "0 s"),
            (59, "59 s"),
            (61, "1 min 1 s"),
            (3_660, "1 h 1 min"),
            (90_000, "1 d 1 h"),
        ] {
            assert_eq!(Span(Duration::from_secs(seconds)).to_string(), shown);
        }
    }
}
