//! How long the locks of sessions last.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crate::amqp::ReceivedMessage;

/// What is assumed until the service's times tell less.
const ASSUMED: Duration = Duration::from_secs(30);

/// The shortest lock that Service Bus has.
const SHORTEST: Duration = Duration::from_secs(5);

/// How long a session's lock lasts. The service tells when it ends, by its own clock, and not when it began; a message
/// that was in the session by then tells the most that it can be. One that came later tells too little, which does no harm
/// but for some more renewals; less than any lock has is not believed.
pub(super) struct Length {
    set: Option<Duration>,
    told: Mutex<Duration>,
}

impl Length {
    pub(super) fn new(set: Option<Duration>) -> Self {
        Self {
            set,
            told: Mutex::new(ASSUMED),
        }
    }

    pub(super) fn get(&self) -> Duration {
        let told = *self.told.lock().unwrap_or_else(PoisonError::into_inner);
        self.set.unwrap_or(told)
    }

    pub(super) fn learn(&self, message: &ReceivedMessage) {
        self.learn_at_most(message.lock_at_most());
    }

    fn learn_at_most(&self, at_most: Option<Duration>) {
        if let Some(at_most) = at_most.filter(|length| *length >= SHORTEST) {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            *told = at_most.min(*told);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_services_times_can_only_shorten_what_is_assumed_and_never_below_any_lock() {
        let length = Length::new(None);
        let learn = |seconds| {
            length.learn_at_most(Some(Duration::from_secs(seconds)));
            length.get().as_secs()
        };
        assert_eq!([60, 20, 25, 4].map(learn), [30, 20, 20, 20]);
        let set = Length::new(Some(Duration::from_secs(60)));
        set.learn_at_most(Some(Duration::from_secs(10)));
        assert_eq!(set.get().as_secs(), 60);
    }
}
