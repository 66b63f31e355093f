//! What falls due on a connection, and when.

use crate::amqp::limits::Limits;
use std::time::Duration;
use tokio::time::Instant;

/// When what happened last.
#[derive(Debug)]
pub(super) struct Clock {
    start: Instant,
    pub(super) read: Instant,
    pub(super) write: Instant,
    /// Since when the stream takes nothing.
    pub(super) stuck: Option<Instant>,
    /// Since when the end is near.
    pub(super) ending: Option<Instant>,
    /// How long we may be silent.
    pub(super) keep_alive: Option<Duration>,
}

/// What the connection waits for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Waiting {
    /// The peer's open.
    Open,
    /// Frames; `reading` is whether they would be taken, `idle` whether there is nothing to write.
    Frames { reading: bool, idle: bool },
    /// The end.
    End,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// Hang up.
    HangUp,
    /// Close, since the peer was silent for too long.
    Silence,
    /// Show that we are there.
    KeepAlive,
}

impl Clock {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self {
            start: now,
            read: now,
            write: now,
            stuck: None,
            ending: None,
            keep_alive: None,
        }
    }

    fn alarms(&self, limits: &Limits, waiting: Waiting) -> [Option<(Instant, Due)>; 4] {
        let after = |since: Option<Instant>, limit, due| since.map(|since| (since + limit, due));
        let (open, silence, keep_alive) = match waiting {
            Waiting::Open => (Some(self.start), None, None),
            Waiting::Frames { reading, idle } => {
                // A peer whose frames we do not take is not silent.
                let watched = reading && !limits.idle_timeout.is_zero();
                (
                    None,
                    watched.then_some(self.read),
                    self.keep_alive.filter(|_| idle),
                )
            }
            Waiting::End => (None, None, None),
        };
        [
            after(self.stuck, limits.write_timeout, Due::HangUp),
            after(self.ending, limits.close_timeout, Due::HangUp),
            after(open, limits.open_timeout, Due::HangUp)
                .or_else(|| after(silence, limits.idle_timeout, Due::Silence)),
            keep_alive.map(|half| (self.write + half, Due::KeepAlive)),
        ]
    }

    /// When to look again.
    pub(super) fn next(&self, limits: &Limits, waiting: Waiting) -> Instant {
        let alarms = self.alarms(limits, waiting).into_iter().flatten();
        alarms
            .map(|(at, _)| at)
            .min()
            .unwrap_or_else(|| Instant::now() + limits.open_timeout)
    }

    /// What is due now, the gravest first.
    pub(super) fn due(&self, limits: &Limits, waiting: Waiting) -> Option<Due> {
        let now = Instant::now();
        self.alarms(limits, waiting)
            .into_iter()
            .flatten()
            .find(|(at, _)| *at <= now)
            .map(|(_, due)| due)
    }
}
