//! The service's times beside ours.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::locks::LONGEST;
use crate::amqp::{ReceivedMessage, Value};

/// How far the two clocks may differ, with the way of a message on top.
const FAR: Duration = Duration::from_secs(60);

/// Warns once where the service's times are far from this machine's.
#[derive(Debug, Default)]
pub(super) struct Clock {
    warned: AtomicBool,
}

impl Clock {
    pub(super) fn look_at(&self, message: &ReceivedMessage, source: &str) {
        if self.warned.load(Ordering::Relaxed) {
            return;
        }
        let enqueued = time(message, "x-opt-enqueued-time");
        let locked_until = time(message, "x-opt-locked-until");
        if let Some(seconds) = off(enqueued, locked_until, now())
            && !self.warned.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(
                source,
                seconds,
                "The service's clock differs from this machine's by about so many seconds; locks are not judged by it, \
                 but times in logs and messages do not fit together. Set this machine's clock."
            );
        }
    }
}

/// By how many seconds the service's clock is ahead of ours at least, or behind it if negative, where that is much. All
/// are milliseconds since 1970. A message may have waited long, so that an early time of enqueuing says nothing.
fn off(enqueued: Option<i64>, locked_until: Option<i64>, now: i64) -> Option<i64> {
    let [far, longest] = [FAR, LONGEST].map(|length| length.as_millis() as i64);
    let ahead = enqueued
        .map(|enqueued| enqueued.saturating_sub(now))
        .max(locked_until.map(|until| until.saturating_sub(now).saturating_sub(longest)))
        .filter(|ahead| *ahead > far);
    let behind = locked_until
        .map(|until| until.saturating_sub(now))
        .filter(|behind| *behind < -far);
    Some(ahead.or(behind)? / 1000)
}

fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.ok()
        .and_then(|now| now.as_millis().try_into().ok())
        .unwrap_or_default()
}

fn time(message: &ReceivedMessage, annotation: &str) -> Option<i64> {
    match message.annotation(annotation)? {
        Value::Timestamp(time) => Some(*time),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000_000;
    const MINUTE: i64 = 60_000;

    #[test]
    fn clocks_that_agree_are_not_off_however_long_a_message_waited() {
        for enqueued in [NOW, NOW - 60 * 24 * MINUTE] {
            assert_eq!(off(Some(enqueued), Some(NOW + 5 * MINUTE), NOW), None);
        }
        assert_eq!(off(None, None, NOW), None);
    }

    #[test]
    fn a_clock_is_off_either_way() {
        let told = |shift| off(Some(NOW + shift), Some(NOW + shift + MINUTE / 2), NOW);
        assert_eq!(told(10 * MINUTE), Some(600));
        assert_eq!(told(-10 * MINUTE), Some(-570));
        assert_eq!(off(Some(NOW + 10 * MINUTE), None, NOW), Some(600));
    }

    #[test]
    fn times_beyond_all_reason_do_no_harm() {
        assert!(off(Some(i64::MAX), Some(i64::MIN), -1).is_some());
    }
}
