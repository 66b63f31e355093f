use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep};

use super::{SendError, Sender};
use crate::amqp::{Backoff, SendingLink, SteadySender, Unsent};

/// The attempts of one call, which end together.
pub(super) struct Attempts<'a> {
    link: &'a SteadySender,
    deadline: Instant,
    backoff: Backoff,
    at_least_once: bool,
    /// Whether an attempt before this one may have succeeded.
    unknown: bool,
}

impl Sender {
    pub(super) fn attempts(&self) -> Attempts<'_> {
        // Bounded, so that a deadline can be told.
        let timeout = self.options.timeout.min(Duration::from_secs(24 * 3600));
        Attempts {
            link: &self.link,
            deadline: Instant::now() + timeout,
            backoff: Backoff::default(),
            at_least_once: self.options.at_least_once,
            unknown: false,
        }
    }
}

impl Attempts<'_> {
    pub(super) fn never_twice(mut self) -> Self {
        self.at_least_once = false;
        self
    }

    pub(super) fn at_least_once(mut self) -> Self {
        self.at_least_once = true;
        self
    }

    /// A link to try on.
    pub(super) async fn link(&self) -> Result<Arc<SendingLink>, SendError> {
        let link = self.link.link(self.deadline).await;
        link.map_err(|error| SendError::new(error, self.unknown, 0))
    }

    /// How long this one may take.
    pub(super) fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Waits for the next one, if there is to be one.
    pub(super) async fn again(&mut self, unsent: Unsent, taken: usize) -> Result<(), SendError> {
        let Unsent { error, unknown } = unsent;
        self.unknown |= unknown;
        let may = error.is_transient() && (self.at_least_once || !unknown);
        let pause = self.backoff.next(&error);
        if !may || self.left() <= pause {
            return Err(SendError::new(error, self.unknown, taken));
        }
        tracing::debug!(%error, ?pause, "Not sent; trying again.");
        sleep(pause).await;
        Ok(())
    }
}
