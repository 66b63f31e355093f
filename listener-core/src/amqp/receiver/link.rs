//! One session with one receiving link on it, as a state machine: frames in, frames out (AMQP 1.0, transport, 2.5 to 2.7).
//!
//! The task of the connection calls it with what comes in; receivers and deliveries call it from wherever they are. It
//! never waits, and holds its lock for a few moves only.

use std::{
    fmt, mem,
    sync::{Mutex, MutexGuard, PoisonError},
    task::Waker,
};

use bytes::BytesMut;
use tokio::sync::{Notify, oneshot};

use super::{
    Answer, Settlement,
    partial::Raw,
    settle::Outgoing,
    setup::Setup,
    state::{Phase, State, Waiting},
};
use crate::amqp::{
    Error, ErrorKind, Value,
    wire::{Performative, ReadError},
};

/// A session with one receiving link.
pub(in crate::amqp) struct Link {
    setup: Setup,
    state: Mutex<State>,
    /// Something arrived.
    arrival: Notify,
    /// The link is attached, drained or ended.
    change: Notify,
    waker: Waker,
}

/// Whether the peer may still say something on the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::amqp) enum Next {
    Stays,
    Gone,
}

impl Link {
    pub(in crate::amqp) fn new(setup: Setup, waker: Waker) -> Self {
        Self {
            setup,
            state: Mutex::new(State::new()),
            arrival: Notify::new(),
            change: Notify::new(),
            waker,
        }
    }

    pub(super) fn setup(&self) -> &Setup {
        &self.setup
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the connection's task calls.
impl Link {
    /// Begins the session on this channel.
    pub(in crate::amqp) fn begin(&self, channel: u16, max_frame: usize, out: &mut BytesMut) {
        self.lock().begin(channel, max_frame, out);
    }

    /// Takes what the peer said on the session, and writes what is to be answered at once.
    pub(in crate::amqp) fn on(
        &self,
        performative: Result<Performative, ReadError>,
        out: &mut BytesMut,
    ) -> Next {
        let mut state = self.lock();
        state.on(performative, &self.setup, out);
        self.told_all(state)
    }

    /// Wakes whoever waits for what may have changed.
    fn told_all(&self, state: MutexGuard<'_, State>) -> Next {
        let (arrived, phase) = (!state.arrived.is_empty(), state.phase);
        drop(state);
        if arrived || phase > Phase::Attached {
            self.arrival.notify_waiters();
        }
        if phase >= Phase::Attached {
            self.change.notify_waiters();
        }
        if phase == Phase::Ended {
            Next::Gone
        } else {
            Next::Stays
        }
    }

    /// Writes what receivers and deliveries want said.
    pub(in crate::amqp) fn write(&self, out: &mut BytesMut) {
        let mut state = self.lock();
        state.woken = false;
        if state.phase > Phase::Attached {
            return;
        }
        state.write_settlements(out);
        if state.leave_due {
            let error = Error::new(ErrorKind::LinkDetached, "").with_detail("it was closed");
            state.end_with(error, out, None);
        } else if mem::take(&mut state.flow_due) {
            state.write_flow(out);
        }
    }

    /// The connection is gone, or the frame cannot be read.
    pub(in crate::amqp) fn fail(&self, error: Error) {
        let mut state = self.lock();
        state.phase = Phase::Ended;
        state.fail(error);
        drop(state);
        self.arrival.notify_waiters();
        self.change.notify_waiters();
    }
}

/// What receivers and deliveries call.
impl Link {
    pub(super) async fn attached(&self) -> Result<(), Error> {
        self.until(|state| state.phase == Phase::Attached).await
    }

    /// The next delivery: those that had arrived when the link ended come before the error.
    pub(super) async fn next(&self) -> Result<Raw, Error> {
        loop {
            let arrival = self.arrival.notified();
            {
                let mut state = self.lock();
                if let Some(raw) = state.arrived.pop_front() {
                    return Ok(raw);
                }
                if let Some(failure) = &state.failure {
                    return Err(failure.clone());
                }
            }
            arrival.await;
        }
    }

    pub(super) fn try_next(&self) -> Option<Raw> {
        self.lock().arrived.pop_front()
    }

    pub(super) fn buffered(&self) -> usize {
        self.lock().arrived.len()
    }

    pub(super) fn credit(&self) -> u32 {
        self.lock().credit
    }

    pub(super) fn set_credit(&self, credit: u32) {
        let mut state = self.lock();
        state.grant(credit);
        self.wake(state);
    }

    /// Grants what is missing of `most`, once half of it is: a flow for each delivery would cost more than it brings.
    pub(super) fn keep_buffered(&self, most: u32) {
        let mut state = self.lock();
        let buffered = u32::try_from(state.arrived.len()).unwrap_or(u32::MAX);
        let wanted = most.saturating_sub(buffered);
        if state.failure.is_none() && state.credit <= wanted / 2 && state.credit < wanted {
            state.grant(wanted);
            self.wake(state);
        }
    }

    pub(super) async fn drain(&self) -> Result<(), Error> {
        {
            let mut state = self.lock();
            if state.credit == 0 {
                return state.failure.clone().map_or(Ok(()), Err);
            }
            state.draining = true;
            state.flow_due = true;
            self.wake(state);
        }
        self.until(|state| !state.draining).await
    }

    pub(super) async fn recall(&self) -> Result<(), Error> {
        {
            let mut state = self.lock();
            if state.failure.is_none() {
                state.grant(0);
                state.recalling = true;
                self.wake(state);
            }
        }
        self.until(|state| !state.recalling).await
    }

    /// Waits until the peer has done something.
    async fn until(&self, done: impl Fn(&State) -> bool) -> Result<(), Error> {
        loop {
            let changed = self.change.notified();
            {
                let state = self.lock();
                if let Some(failure) = &state.failure {
                    return Err(failure.clone());
                }
                if done(&state) {
                    return Ok(());
                }
            }
            changed.await;
        }
    }

    /// Sends a settlement, and gives what the answer comes out of.
    pub(super) fn settle(
        &self,
        id: u32,
        settlement: Settlement,
    ) -> oneshot::Receiver<Result<Answer, Error>> {
        let (answer, answered) = oneshot::channel();
        let mut state = self.lock();
        if let Some(failure) = &state.failure {
            // Its receiver is at hand.
            let _ = answer.send(Err(failure.clone()));
            return answered;
        }
        let condition = settlement.condition().map(Box::from);
        state.wait(id, Waiting { condition, answer });
        state.outgoing.push(Outgoing { id, settlement });
        self.wake(state);
        answered
    }

    /// Detaches and ends the session, whether or not somebody waits for that.
    pub(super) fn leave(&self) {
        let mut state = self.lock();
        if state.phase <= Phase::Attached {
            state.leave_due = true;
            self.wake(state);
        }
    }

    /// Waits until the session has ended.
    pub(super) async fn left(&self) {
        loop {
            let changed = self.change.notified();
            if self.lock().phase == Phase::Ended {
                return;
            }
            changed.await;
        }
    }

    /// Waits until the link is of no use any more, and tells why.
    pub(super) async fn ended(&self) -> Error {
        loop {
            let changed = self.change.notified();
            if let Some(failure) = &self.lock().failure {
                return failure.clone();
            }
            changed.await;
        }
    }

    pub(super) fn failure(&self) -> Option<Error> {
        self.lock().failure.clone()
    }

    /// The filters of the source, and the properties, that the peer attached with.
    pub(super) fn told(&self) -> (Value, Value) {
        let state = self.lock();
        (state.filter.clone(), state.properties.clone())
    }

    fn wake(&self, mut state: MutexGuard<'_, State>) {
        if !mem::replace(&mut state.woken, true) {
            drop(state);
            self.waker.wake_by_ref();
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("Link")
            .field("name", &self.setup.name)
            .field("phase", &state.phase)
            .field("credit", &state.credit)
            .field("buffered", &state.arrived.len())
            .finish_non_exhaustive()
    }
}
