//! How often a message may fail.

use super::verdict::{Judged, clip};
use crate::{Delivery, Failure, Outcome, Reason, source::Capabilities};

/// Rejects what failed with what may pass, as often as is allowed; where the source counts, and can reject.
pub(super) fn limit<R>(
    (outcome, failure): Judged<R>,
    delivery: &Delivery,
    most: Option<u32>,
    able: Capabilities,
) -> Judged<R> {
    let attempt = delivery.attempt();
    let exhausted = failure.is_some_and(Failure::is_transient)
        && able.attempts
        && able.reject
        && most.is_some_and(|most| attempt >= most);
    match outcome {
        Outcome::Release {
            cause, properties, ..
        } if exhausted => {
            let rejected = Outcome::Reject {
                reason: Reason::MaxAttempts,
                description: clip(format!("failed at attempt {attempt}: {cause}").into()),
                details: properties,
            };
            (rejected, failure)
        }
        outcome => (outcome, failure),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{context::RemoteExecutionContext, decode::Message};

    fn limited(attempt: u32, failure: Failure, most: Option<u32>, able: Capabilities) -> Outcome {
        let message = Message::from_context(RemoteExecutionContext::new("Update", "account"));
        let delivery = Delivery::builder(message).attempt(attempt).build();
        let judged = (Outcome::release("busy"), Some(failure));
        limit(judged, &delivery, most, able).0
    }

    #[test]
    fn the_last_attempt_that_fails_is_rejected_with_attempt_and_cause() {
        let all = Capabilities::ALL;
        let rejected = Outcome::reject(Reason::MaxAttempts, "failed at attempt 3: busy");
        assert_eq!(limited(3, Failure::Timeout, Some(3), all), rejected);
        assert!(limited(2, Failure::Timeout, Some(3), all).is_release());
        assert!(limited(4, Failure::Panic, Some(3), all).is_reject());
    }

    #[test]
    fn what_is_no_failure_of_the_listener_is_released_however_often() {
        for failure in [Failure::Unseen, Failure::Unfinished, Failure::LockLost] {
            assert!(limited(100, failure, Some(3), Capabilities::ALL).is_release());
        }
    }

    #[test]
    fn nothing_is_rejected_where_it_is_off_or_the_source_cannot() {
        let all = Capabilities::ALL;
        for (most, able) in [
            (None, all),
            (Some(1), all.attempts(false)),
            (Some(1), all.reject(false)),
        ] {
            assert!(limited(100, Failure::Transient, most, able).is_release());
        }
    }
}
