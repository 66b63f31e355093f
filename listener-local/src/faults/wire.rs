//! What all streams share: their state, and who is to be woken when it changes.

use super::fault::Fault;
use std::{collections::HashMap, num::NonZeroU64, task::Waker, time::Duration};
use tokio::time::Instant;

/// What is wrong with the wire at this moment.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wire {
    /// Streams of a smaller number are cut.
    pub(super) cut: u64,
    /// Streams of a smaller number are half open.
    pub(super) half_open: u64,
    pub(super) stalled: Option<Instant>,
    pub(super) slow: Option<Slow>,
    /// How many bytes may still be written before all is cut.
    pub(super) bytes: Option<u64>,
    /// Whether the last change waits until what is under way is written.
    pub(super) gentle: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slow {
    pub(super) latency: Duration,
    pub(super) rate: Option<NonZeroU64>,
}

/// So much later, or as late as matters: nobody waits for years.
pub(super) fn after(time: Duration) -> Instant {
    let now = Instant::now();
    now + time.min(Duration::from_secs(365 * 24 * 3600))
}

/// The streams that live, by number.
#[derive(Debug, Default)]
pub(super) struct Streams {
    next: u64,
    /// Who waits for each to be read and to be written.
    wakers: HashMap<u64, [Option<Waker>; 2]>,
}

impl Streams {
    pub(super) fn open(&mut self) -> u64 {
        let id = self.next;
        self.next += 1;
        self.wakers.insert(id, [None, None]);
        id
    }

    pub(super) fn close(&mut self, id: u64) {
        self.wakers.remove(&id);
    }

    pub(super) fn listen(&mut self, id: u64, side: usize, waker: Waker) {
        if let Some(wakers) = self.wakers.get_mut(&id) {
            wakers[side] = Some(waker);
        }
    }

    /// All that wait, to be woken once nothing is locked.
    pub(super) fn waiting(&self) -> Vec<Waker> {
        self.wakers.values().flatten().flatten().cloned().collect()
    }
}

impl Wire {
    /// Takes up a fault of the wire; `false` if it is none.
    pub(super) fn switch(&mut self, fault: &Fault, streams: &Streams, gentle: bool) -> bool {
        match fault {
            Fault::Cut | Fault::CutAfterBytes(0) => self.cut = streams.next,
            Fault::CutAfterBytes(bytes) => self.bytes = Some(*bytes),
            Fault::HalfOpen => self.half_open = streams.next,
            Fault::Stall(time) => self.stalled = Some(after(*time)),
            Fault::Slow { latency, rate } => {
                self.slow = Some(Slow {
                    latency: *latency,
                    rate: *rate,
                });
            }
            _ => return false,
        }
        self.gentle = gentle;
        true
    }

    /// Whether nothing is wrong with this stream.
    pub(super) fn spares(&self, id: u64) -> bool {
        id >= self.cut
            && id >= self.half_open
            && self.stalled.is_none_or(|until| until <= Instant::now())
            && self.slow.is_none()
            && self.bytes.is_none()
    }
}
