use std::time::SystemTime;

use tokio::time::Instant;

/// What time it is, by one look at the system's clock and tokio's from then on: it never goes back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    begun: SystemTime,
    since: Instant,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self {
            begun: SystemTime::now(),
            since: Instant::now(),
        }
    }

    pub(super) fn now(&self) -> SystemTime {
        self.begun + self.since.elapsed()
    }
}
