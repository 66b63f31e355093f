use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::time::Instant;

/// A moment in milliseconds since the Unix epoch, in UTC: what AMQP calls a timestamp (AMQP 1.0 section 1.6.17).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The latest moment there is.
    pub const MAX: Self = Self(i64::MAX);

    /// A moment by its milliseconds since the Unix epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// The milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// The moment `duration` later, or the latest there is.
    pub(super) fn after(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(millis))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms", self.0)
    }
}

/// Tokio's monotonic clock, tied once to the wall clock: a change of the wall clock ends no lock, and tests can pause.
#[derive(Debug)]
pub(super) struct Clock {
    started: Instant,
    wall: Timestamp,
}

impl Clock {
    pub(super) fn start() -> Self {
        let wall = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            started: Instant::now(),
            wall: Timestamp(0).after(wall),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.wall.after(self.started.elapsed())
    }

    /// The first instant at which [`now`](Self::now) gives `at` or later.
    pub(super) fn instant(&self, at: Timestamp) -> Option<Instant> {
        let millis = u64::try_from(at.0.saturating_sub(self.wall.0)).unwrap_or(0);
        self.started.checked_add(Duration::from_millis(millis))
    }
}
