use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use tokio::{sync::Notify, time::Instant};

use super::{MemoryMessage, MemoryOptions, Parked, Settled};
use crate::{Delivery, Error, LockKeeper, Outcome, Result, Settler, source::Received};

/// What the queue's two ends share.
pub(super) struct Shared<R> {
    options: MemoryOptions,
    state: Mutex<State<R>>,
    /// For the source: there is something to do.
    pub(super) changed: Notify,
    /// For whoever watches: something was settled.
    pub(super) settled: Notify,
}

/// Messages by their sequence numbers, which never change: what is released goes back to its place.
pub(super) struct State<R> {
    next: u64,
    waiting: BTreeMap<u64, Stored>,
    in_flight: BTreeMap<u64, InFlight>,
    pub(super) deferred: BTreeMap<u64, MemoryMessage>,
    pub(super) parked: Vec<Parked>,
    pub(super) settled: VecDeque<Settled<R>>,
    pub(super) refused: u64,
    pub(super) closed: bool,
}

struct Stored {
    message: MemoryMessage,
    deliveries: u32,
    enqueued_at: SystemTime,
    not_before: Instant,
}

struct InFlight {
    stored: Stored,
    keeper: LockKeeper,
}

impl<R: Send + 'static> Shared<R> {
    pub(super) fn new(options: MemoryOptions) -> Self {
        let state = State {
            next: 1,
            waiting: BTreeMap::new(),
            in_flight: BTreeMap::new(),
            deferred: BTreeMap::new(),
            parked: Vec::new(),
            settled: VecDeque::new(),
            refused: 0,
            closed: false,
        };
        Self {
            options,
            state: Mutex::new(state),
            changed: Notify::new(),
            settled: Notify::new(),
        }
    }

    pub(super) fn options(&self) -> &MemoryOptions {
        &self.options
    }

    /// The state as it is now: what ran out in the meantime is back in the queue.
    pub(super) fn state(&self) -> MutexGuard<'_, State<R>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.expire(Instant::now());
        state
    }

    pub(super) fn send(&self, message: MemoryMessage) -> u64 {
        let mut state = self.state();
        let sequence = state.next;
        state.next += 1;
        let stored = Stored {
            message,
            deliveries: 0,
            enqueued_at: SystemTime::now(),
            not_before: Instant::now(),
        };
        state.waiting.insert(sequence, stored);
        drop(state);
        self.changed.notify_one();
        sequence
    }

    /// The first message that is due, as a delivery.
    pub(super) fn receive(self: &Arc<Self>) -> Option<Received<R>> {
        let now = Instant::now();
        let mut state = self.state();
        let sequence = *state
            .waiting
            .iter()
            .find(|(_, stored)| stored.not_before <= now)?
            .0;
        let mut stored = state.waiting.remove(&sequence)?;
        stored.deliveries += 1;
        let attempt = stored.deliveries;
        let keeper = match self
            .options
            .lock_duration
            .filter(|_| self.options.capabilities.locks)
        {
            Some(duration) => LockKeeper::renewable(now + duration, {
                let shared = Arc::downgrade(self);
                move || {
                    std::future::ready(match shared.upgrade() {
                        Some(shared) => shared.renew(sequence, attempt, duration),
                        None => Err(Error::permanent("the queue is gone")),
                    })
                }
            }),
            None => LockKeeper::new(None),
        };
        let delivery = Delivery::builder(stored.message.message())
            .claims(stored.message.claims.clone())
            .properties(stored.message.properties.clone())
            .size_exceeded(stored.message.size_exceeded)
            .attempt(attempt)
            .enqueued_at(stored.enqueued_at)
            .lock(keeper.lock())
            .source(&*self.options.name)
            .build();
        if self.options.capabilities.release {
            state
                .in_flight
                .insert(sequence, InFlight { stored, keeper });
        }
        let shared = self.clone();
        Some((
            delivery,
            Settler::new(move |outcome| shared.settle(sequence, attempt, outcome)),
        ))
    }

    fn renew(&self, sequence: u64, attempt: u32, duration: Duration) -> Result<Instant> {
        let mut state = self.state();
        match state.in_flight.get_mut(&sequence) {
            Some(in_flight) if in_flight.stored.deliveries == attempt => {
                let deadline = Instant::now() + duration;
                in_flight.keeper.extend(deadline);
                Ok(deadline)
            }
            _ => Err(Error::permanent("the lock is lost")),
        }
    }

    fn settle(&self, sequence: u64, attempt: u32, outcome: Outcome<R>) {
        let mut state = self.state();
        let ours = state
            .in_flight
            .get(&sequence)
            .is_some_and(|in_flight| in_flight.stored.deliveries == attempt);
        let refused = self.options.capabilities.release && !ours;
        if refused {
            state.refused += 1;
        } else {
            let stored = state
                .in_flight
                .remove(&sequence)
                .map(|in_flight| in_flight.stored);
            state.place(&self.options, sequence, stored, &outcome);
        }
        state.settled.push_back(Settled {
            sequence,
            attempt,
            outcome,
            refused,
        });
        drop(state);
        self.changed.notify_one();
        self.settled.notify_one();
    }

    /// Takes the lock of a message away, as a broker does that fails over.
    pub(super) fn lose_lock(&self, sequence: u64) -> bool {
        let mut state = self.state();
        let Some(in_flight) = state.in_flight.remove(&sequence) else {
            return false;
        };
        in_flight.keeper.lose();
        state.waiting.insert(sequence, in_flight.stored);
        drop(state);
        self.changed.notify_one();
        true
    }
}

impl<R> State<R> {
    /// Puts a settled message where it belongs.
    fn place(
        &mut self,
        options: &MemoryOptions,
        sequence: u64,
        stored: Option<Stored>,
        outcome: &Outcome<R>,
    ) {
        match outcome {
            Outcome::Accept(_) => {}
            Outcome::Release { after, .. } => {
                let Some(mut stored) = stored else { return };
                if options
                    .max_attempts
                    .is_some_and(|max| stored.deliveries >= max)
                {
                    let description =
                        format!("delivered {} times and never accepted", stored.deliveries);
                    self.parked.push(Parked {
                        sequence,
                        reason: "MaxDeliveryCountExceeded".into(),
                        description,
                    });
                } else {
                    stored.not_before = Instant::now() + after.unwrap_or_default();
                    self.waiting.insert(sequence, stored);
                }
            }
            Outcome::Reject {
                reason,
                description,
                ..
            } => {
                if options.capabilities.reject {
                    self.parked.push(Parked {
                        sequence,
                        reason: reason.to_string(),
                        description: description.clone().into_owned(),
                    });
                }
            }
            Outcome::Defer { .. } => {
                if let Some(stored) = stored {
                    self.deferred.insert(sequence, stored.message);
                }
            }
        }
    }

    fn expire(&mut self, now: Instant) {
        let ended = |in_flight: &InFlight| {
            in_flight
                .keeper
                .lock()
                .deadline()
                .is_some_and(|deadline| deadline <= now)
        };
        let lost: Vec<u64> = self
            .in_flight
            .iter()
            .filter(|(_, it)| ended(it))
            .map(|(sequence, _)| *sequence)
            .collect();
        for sequence in lost {
            if let Some(InFlight { stored, keeper }) = self.in_flight.remove(&sequence) {
                keeper.lose();
                self.waiting.insert(sequence, stored);
            }
        }
    }

    /// Whether nothing will ever come again.
    pub(super) fn is_over(&self) -> bool {
        self.closed && self.waiting.is_empty() && self.in_flight.is_empty()
    }

    /// When something falls due by itself: a delay or a lock ends.
    pub(super) fn next_due(&self) -> Option<Instant> {
        let delays = self.waiting.values().map(|stored| stored.not_before);
        let locks = self
            .in_flight
            .values()
            .filter_map(|in_flight| in_flight.keeper.lock().deadline());
        delays.chain(locks).min()
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.len()
    }
}
