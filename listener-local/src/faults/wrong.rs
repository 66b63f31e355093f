//! What is wrong with one stream, and when it may go on.

use super::wire::{Slow, Wire, after};
use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::{Instant, Sleep, sleep_until};

/// With a rate, as much is written at a time as goes in this part of a second.
const PARTS: u64 = 20;
/// The longest that one write holds the next ones up.
const LONGEST: Duration = Duration::from_secs(3600);

pub(super) struct Wrong {
    pub(super) wire: Wire,
    /// When a slow stream writes again.
    free: Instant,
    sleep: Pin<Box<Sleep>>,
}

impl Wrong {
    pub(super) fn new(wire: Wire) -> Self {
        let now = Instant::now();
        Self {
            wire,
            free: now,
            sleep: Box::pin(sleep_until(now)),
        }
    }

    /// Takes the time that so many bytes need.
    pub(super) fn wrote(&mut self, bytes: usize) {
        let Some(rate) = self.wire.slow.and_then(|slow| slow.rate) else {
            return;
        };
        let nanos = u128::from(bytes as u64) * 1_000_000_000 / u128::from(rate.get());
        let time = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        self.free = self.free.max(Instant::now()) + time.min(LONGEST);
    }

    pub(super) fn wait_for_the_stall(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(until) = self.wire.stalled {
            ready!(self.wait(cx, until));
            self.wire.stalled = None;
        }
        Poll::Ready(())
    }

    pub(super) fn wait_for_the_turn(
        &mut self,
        cx: &mut Context<'_>,
        slow: Slow,
        burst: bool,
    ) -> Poll<()> {
        if burst {
            self.free = self.free.max(after(slow.latency));
        }
        let free = self.free;
        self.wait(cx, free)
    }

    fn wait(&mut self, cx: &mut Context<'_>, until: Instant) -> Poll<()> {
        if Instant::now() >= until {
            return Poll::Ready(());
        }
        if self.sleep.deadline() != until {
            self.sleep.as_mut().reset(until);
        }
        self.sleep.as_mut().poll(cx)
    }
}

impl Slow {
    /// How much may be written at a time.
    pub(super) fn most(self) -> usize {
        let part = self.rate.map(|rate| (rate.get() / PARTS).max(1));
        part.and_then(|part| usize::try_from(part).ok())
            .unwrap_or(usize::MAX)
    }
}
