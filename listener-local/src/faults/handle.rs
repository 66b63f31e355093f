//! The handle that all share.

use super::{
    answers::Answers,
    fault::{Fault, FaultPlan},
    links::Links,
    trigger::Trigger,
    wire::{Streams, Wire},
};
use crate::amqp::types::definitions::{Error, LinkError};
use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

/// What takes locks away: the locks of this entity, or all.
type LoseLocks = Arc<dyn Fn(Option<&str>) + Send + Sync>;

/// The switches. Clones are the same switches; nothing is switched at first.
#[derive(Clone, Default)]
pub struct Faults {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// Goes up with each change of the wire: a stream that has seen it looks no further.
    epoch: AtomicU64,
    /// Whether anything waits for deliveries.
    counting: AtomicBool,
    /// Whether anything is refused.
    refusing: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) wire: Wire,
    pub(super) streams: Streams,
    pub(super) answers: Answers,
    pub(super) links: Links,
    triggers: Vec<Trigger>,
    lose_locks: Vec<LoseLocks>,
}

impl Faults {
    /// Switches of their own.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Switches a fault on. Others stay on, but one of the same kind is replaced if it lasts.
    pub fn switch(&self, plan: impl Into<FaultPlan>) {
        match Trigger::new(plan.into()) {
            Ok(trigger) => {
                self.lock().triggers.push(trigger);
                self.shared.counting.store(true, Ordering::Release);
            }
            Err(plan) => self.strike(plan.fault, plan.entity, false),
        }
    }

    /// Switches everything off. What was cut, fell silent or was refused stays so; what was stalled goes on.
    pub fn heal(&self) {
        let mut state = self.lock();
        let (cut, half_open) = (state.wire.cut, state.wire.half_open);
        state.wire = Wire {
            cut,
            half_open,
            ..Wire::default()
        };
        state.answers = Answers::default();
        state.triggers.clear();
        self.shared.counting.store(false, Ordering::Release);
        self.shared.refusing.store(false, Ordering::Release);
        self.wake(state);
    }

    /// Says how locks are taken away: `lose` gets the entity whose locks end, or `None` for all.
    ///
    /// It is called by whoever switches, and by the connection whose delivery was counted, so it must not block.
    pub fn when_locks_are_lost(&self, lose: impl Fn(Option<&str>) + Send + Sync + 'static) {
        self.lock().lose_locks.push(Arc::new(lose));
    }

    /// Counts a message that goes out; what strikes with it lets it go out first.
    pub(super) fn delivered(&self, entity: &str) {
        if !self.shared.counting.load(Ordering::Acquire) {
            return;
        }
        let mut struck = Vec::new();
        {
            let mut state = self.lock();
            for trigger in &mut state.triggers {
                struck.extend(trigger.count(entity));
            }
            state.triggers.retain(|trigger| !trigger.is_over());
            let counting = !state.triggers.is_empty();
            self.shared.counting.store(counting, Ordering::Release);
        }
        for (fault, entity) in struck {
            self.strike(fault, entity, true);
        }
    }

    fn strike(&self, fault: Fault, entity: Option<String>, gentle: bool) {
        tracing::debug!(?fault, "Switching a fault on.");
        let mut state = self.lock();
        match fault {
            Fault::Detach => {
                let links = state.links.of(entity.as_deref());
                drop(state);
                for link in links {
                    link.detach(detach_forced());
                }
            }
            Fault::LoseLocks => {
                let lose = state.lose_locks.clone();
                drop(state);
                for lose in lose {
                    lose(entity.as_deref());
                }
            }
            fault => {
                let State { wire, streams, .. } = &mut *state;
                if wire.switch(&fault, streams, gentle) {
                    self.wake(state);
                } else {
                    state.answers.switch(fault, entity);
                    self.shared.refusing.store(true, Ordering::Release);
                }
            }
        }
    }

    /// Lets all streams look at the wire.
    pub(super) fn wake(&self, state: MutexGuard<'_, State>) {
        self.shared.epoch.fetch_add(1, Ordering::AcqRel);
        let waiting = state.streams.waiting();
        drop(state);
        for waker in waiting {
            waker.wake();
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn epoch(&self) -> u64 {
        self.shared.epoch.load(Ordering::Acquire)
    }

    pub(super) fn is_refusing(&self) -> bool {
        self.shared.refusing.load(Ordering::Acquire)
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faults").finish_non_exhaustive()
    }
}

fn detach_forced() -> Error {
    let text = "the link was detached by a fault that was switched on";
    Error::new(LinkError::DetachForced, text.to_owned(), None)
}
