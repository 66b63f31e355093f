use std::time::Duration;

use ring::rand::{SecureRandom, SystemRandom};

use crate::amqp::Error;

/// The longest first pause: when a service restarts, not all of its clients come back in the same moment.
const FIRST: Duration = Duration::from_millis(250);

/// The longest pause.
const LONGEST: Duration = Duration::from_secs(60);

/// Pauses between attempts: each up to twice as long as the one before, and each shortened by chance.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    attempts: u32,
}

impl Backoff {
    /// The pause before the next attempt, where the last one ended so.
    pub(crate) fn next(&mut self, error: &Error) -> Duration {
        // A busy service says how long it wants to be left alone.
        self.pause().max(error.retry_after().unwrap_or_default())
    }

    /// The pause before the next attempt.
    pub(crate) fn pause(&mut self) -> Duration {
        let longest = FIRST
            .saturating_mul(2_u32.saturating_pow(self.attempts))
            .min(LONGEST);
        self.attempts = self.attempts.saturating_add(1);
        shortened_by_chance(longest)
    }

    pub(super) fn attempts(&self) -> u32 {
        self.attempts
    }

    pub(crate) fn reset(&mut self) {
        self.attempts = 0;
    }
}

/// Half of a pause at least, and all of it at most.
pub(crate) fn shortened_by_chance(pause: Duration) -> Duration {
    pause / 2 + (pause / 2).mul_f64(chance())
}

/// A number from 0 to 1.
fn chance() -> f64 {
    let mut bytes = [0; 4];
    // Without random numbers the pauses are still pauses.
    if SystemRandom::new().fill(&mut bytes).is_err() {
        return 1.0;
    }
    f64::from(u32::from_be_bytes(bytes)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amqp::ErrorKind;

    #[test]
    fn pauses_grow_to_a_minute_and_differ() {
        let lost = Error::new(ErrorKind::ConnectionLost, "");
        let mut backoff = Backoff::default();
        let pauses: Vec<_> = (0..40).map(|_| backoff.next(&lost)).collect();
        assert!(pauses[0] <= FIRST && pauses[0] >= FIRST / 2, "{pauses:?}");
        let last = &pauses[10..];
        assert!(
            last.iter()
                .all(|pause| (LONGEST / 2..=LONGEST).contains(pause)),
            "{last:?}"
        );
        assert!(last.windows(2).any(|pair| pair[0] != pair[1]));
        backoff.reset();
        assert!(backoff.next(&lost) <= FIRST);
    }

    #[test]
    fn a_busy_service_is_left_alone_for_ten_seconds() {
        let busy = Error::new(ErrorKind::ServerBusy, "");
        assert!(Backoff::default().next(&busy) >= Duration::from_secs(10));
    }
}
