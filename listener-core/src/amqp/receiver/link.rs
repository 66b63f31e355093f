//! One session with one receiving link on it, as a state machine: frames in, frames out (AMQP 1.0, transport, 2.5 to 2.7).
//!
//! The task of the connection calls it with what comes in; receivers and deliveries call it from wherever they are. It
//! never waits, and holds its lock for a few moves only.

use std::{
    collections::{HashMap, VecDeque},
    fmt, mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::{Bytes, BytesMut};
use tokio::{
    sync::{Notify, oneshot},
    time::Instant,
};

use super::{
    Answer, Settlement,
    settle::{self, Outgoing},
    setup::Setup,
};
use crate::amqp::{
    Error, ErrorKind, Value,
    error::Told,
    mux::Waker,
    wire::{
        Attach, Begin, DeliveryState, Disposition, Flow, PeerError, Performative, ReadError,
        Transfer, code, described, descriptor, frame, symbol,
    },
};

/// What we tell of both windows of the session: credit is what we steer by. The half, since some peers count signed.
const WINDOW: u32 = u32::MAX >> 1;

/// The handle of the only link of the session.
const HANDLE: u32 = 0;

/// Above how many unanswered settlements those are forgotten that nobody waits for.
const FORGET_ABOVE: usize = 1024;

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

/// A whole delivery, not yet decoded.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) id: u32,
    pub(super) tag: Bytes,
    pub(super) settled: bool,
    pub(super) payload: Bytes,
    pub(super) received: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Beginning,
    Attaching,
    Attached,
    /// Detach and end are sent.
    Leaving,
    Ended,
}

struct State {
    phase: Phase,
    channel: u16,
    max_frame: usize,
    /// The peer's number for the link.
    handle: Option<u32>,
    next_incoming_id: u32,
    delivery_count: u32,
    credit: u32,
    draining: bool,
    flow_due: bool,
    leave_due: bool,
    woken: bool,
    partial: Option<Partial>,
    arrived: VecDeque<Raw>,
    outgoing: Vec<Outgoing>,
    waiting: HashMap<u32, Waiting>,
    forget_above: usize,
    filter: Value,
    properties: Value,
    failure: Option<Error>,
}

struct Partial {
    id: u32,
    tag: Bytes,
    settled: bool,
    first: Bytes,
    more: BytesMut,
}

struct Waiting {
    /// The condition of a rejection, which some peers send back as their own.
    condition: Option<Box<str>>,
    answer: oneshot::Sender<Result<Answer, Error>>,
}

impl Link {
    pub(in crate::amqp) fn new(setup: Setup, waker: Waker) -> Self {
        Self {
            setup,
            state: Mutex::new(State {
                phase: Phase::Beginning,
                channel: 0,
                max_frame: 0,
                handle: None,
                next_incoming_id: 0,
                delivery_count: 0,
                credit: 0,
                draining: false,
                flow_due: false,
                leave_due: false,
                woken: false,
                partial: None,
                arrived: VecDeque::new(),
                outgoing: Vec::new(),
                waiting: HashMap::new(),
                forget_above: FORGET_ABOVE,
                filter: Value::Null,
                properties: Value::Null,
                failure: None,
            }),
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
        let mut state = self.lock();
        state.channel = channel;
        state.max_frame = max_frame;
        drop(state);
        let fields = [
            Value::Null,
            Value::Uint(0),
            Value::Uint(WINDOW),
            Value::Uint(WINDOW),
        ];
        frame(out, channel, code::BEGIN, &fields);
    }

    /// Takes what the peer said on the session, and writes what is to be answered at once.
    pub(in crate::amqp) fn on(
        &self,
        performative: Result<Performative, ReadError>,
        out: &mut BytesMut,
    ) -> Next {
        let mut state = self.lock();
        let performative = match performative {
            Ok(performative) => performative,
            Err(error) => {
                let detail = error.to_string();
                state.end_for("amqp:decode-error", &detail, out);
                return self.told_all(state);
            }
        };
        let fault = match performative {
            Performative::Begin(begin) => state.on_begin(&begin, &self.setup, out),
            Performative::Attach(attach) => state.on_attach(attach),
            Performative::Flow(flow) => state.on_flow(&flow, out),
            Performative::Transfer(transfer) => state.on_transfer(transfer, &self.setup),
            Performative::Disposition(disposition) => {
                state.on_disposition(disposition);
                None
            }
            Performative::Detach(error) => {
                let error = told(error, ErrorKind::LinkDetached);
                state.end_with(error, out, None);
                None
            }
            Performative::End(error) => {
                state.on_end(told(error, ErrorKind::LinkDetached), out);
                None
            }
            Performative::Open(_) | Performative::Close(_) => None,
        };
        if let Some(Fault { condition, detail }) = fault {
            state.end_for(condition, detail, out);
        }
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
        loop {
            let changed = self.change.notified();
            {
                let state = self.lock();
                if let Some(failure) = &state.failure {
                    return Err(failure.clone());
                }
                if state.phase == Phase::Attached {
                    return Ok(());
                }
            }
            changed.await;
        }
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
        state.credit = credit;
        state.draining = false;
        state.flow_due = true;
        self.wake(state);
    }

    /// Grants what is missing of `most`, once half of it is: a flow for each delivery would cost more than it brings.
    pub(super) fn keep_buffered(&self, most: u32) {
        let mut state = self.lock();
        let buffered = u32::try_from(state.arrived.len()).unwrap_or(u32::MAX);
        let wanted = most.saturating_sub(buffered);
        if state.failure.is_none() && state.credit <= wanted / 2 && state.credit < wanted {
            state.credit = wanted;
            state.draining = false;
            state.flow_due = true;
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
        loop {
            let changed = self.change.notified();
            {
                let state = self.lock();
                if let Some(failure) = &state.failure {
                    return Err(failure.clone());
                }
                if !state.draining {
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
        if state.waiting.len() >= state.forget_above {
            state
                .waiting
                .retain(|_, waiting| !waiting.answer.is_closed());
            state.forget_above = FORGET_ABOVE.max(2 * state.waiting.len());
        }
        let condition = settlement.condition().map(Box::from);
        state.waiting.insert(id, Waiting { condition, answer });
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
            self.waker.wake();
        }
    }
}

/// What the peer must not do, and what we tell it.
struct Fault {
    condition: &'static str,
    detail: &'static str,
}

fn fault(condition: &'static str, detail: &'static str) -> Option<Fault> {
    Some(Fault { condition, detail })
}

fn told(error: Option<PeerError>, otherwise: ErrorKind) -> Error {
    match error {
        Some(error) => error.told(""),
        None => Error::new(otherwise, ""),
    }
}

impl State {
    fn on_begin(&mut self, begin: &Begin, setup: &Setup, out: &mut BytesMut) -> Option<Fault> {
        if self.phase != Phase::Beginning {
            return fault("amqp:illegal-state", "a session began twice");
        }
        self.next_incoming_id = begin.next_outgoing_id;
        self.phase = Phase::Attaching;
        frame(out, self.channel, code::ATTACH, &setup.attach(HANDLE));
        None
    }

    fn on_attach(&mut self, attach: Attach) -> Option<Fault> {
        if self.phase > Phase::Attached {
            return None;
        }
        if self.phase != Phase::Attaching || self.handle.is_some() {
            return fault("amqp:illegal-state", "a link was attached twice");
        }
        self.handle = Some(attach.handle);
        self.delivery_count = attach.initial_delivery_count;
        // Without a source, it is a refusal: its reason comes with the detach that follows (transport, 2.6.3).
        if let Some(source) = attach.source {
            self.phase = Phase::Attached;
            self.filter = source.into_iter().nth(7).unwrap_or(Value::Null);
            self.properties = attach.properties;
        }
        None
    }

    fn on_flow(&mut self, flow: &Flow, out: &mut BytesMut) -> Option<Fault> {
        if let (Some(handle), Some(count)) = (flow.handle, flow.delivery_count)
            && self.handle == Some(handle)
        {
            // Only a drain uses up credit without transfers. What does not fit our own count is out of date.
            let used = count.wrapping_sub(self.delivery_count);
            if used <= self.credit {
                self.delivery_count = count;
                self.credit -= used;
            }
            if self.draining && flow.link_credit == Some(0) {
                self.credit = 0;
            }
            if self.credit == 0 {
                self.draining = false;
            }
        }
        if flow.echo && self.phase == Phase::Attached {
            self.write_flow(out);
        }
        None
    }

    fn on_transfer(&mut self, transfer: Transfer, setup: &Setup) -> Option<Fault> {
        self.next_incoming_id = self.next_incoming_id.wrapping_add(1);
        if self.phase > Phase::Attached {
            return None;
        }
        if self.handle != Some(transfer.handle) {
            return fault(
                "amqp:session:unattached-handle",
                "a transfer came on no link",
            );
        }
        let mut partial = match self.partial.take() {
            Some(partial) => {
                let same = transfer.delivery_id.is_none_or(|id| id == partial.id);
                if !same {
                    return fault("amqp:not-allowed", "two deliveries were mixed on a link");
                }
                partial
            }
            None => {
                if self.credit == 0 {
                    return fault(
                        "amqp:link:transfer-limit-exceeded",
                        "more deliveries came than there was credit for",
                    );
                }
                let (Some(id), Some(tag)) = (transfer.delivery_id, transfer.tag) else {
                    return fault("amqp:not-allowed", "a delivery came without id or tag");
                };
                Partial {
                    id,
                    tag,
                    settled: false,
                    first: Bytes::new(),
                    more: BytesMut::new(),
                }
            }
        };
        partial.settled |= transfer.settled;
        if partial.len() + transfer.payload.len() > setup.max_message_size {
            return fault(
                "amqp:link:message-size-exceeded",
                "a message is larger than this link takes",
            );
        }
        partial.append(transfer.payload);
        if transfer.more && !transfer.aborted {
            self.partial = Some(partial);
            return None;
        }
        self.delivery_count = self.delivery_count.wrapping_add(1);
        self.credit -= 1;
        if !transfer.aborted {
            self.arrived.push_back(partial.whole());
        }
        if self.credit == 0 {
            self.draining = false;
        }
        None
    }

    fn on_disposition(&mut self, disposition: Disposition) {
        let Disposition {
            from_receiver,
            first,
            last,
            settled,
            state,
        } = disposition;
        // What is not settled is no answer yet.
        if from_receiver || !settled {
            return;
        }
        if first == last {
            self.answer(first, state);
            return;
        }
        // The range is the peer's word: only what waits is gone through.
        let range = last.wrapping_sub(first);
        let ids: Vec<_> = (self.waiting.keys().copied())
            .filter(|id| id.wrapping_sub(first) <= range)
            .collect();
        for id in ids {
            self.answer(id, state.clone());
        }
    }

    fn answer(&mut self, id: u32, state: Option<DeliveryState>) {
        let Some(Waiting { condition, answer }) = self.waiting.remove(&id) else {
            return;
        };
        // Whoever no longer waits has no use for it.
        let _ = answer.send(settle::answer(state, condition.as_deref()));
    }

    fn on_end(&mut self, error: Error, out: &mut BytesMut) {
        if self.phase < Phase::Leaving {
            frame(out, self.channel, code::END, &[]);
        }
        self.phase = Phase::Ended;
        self.fail(error);
    }

    /// Detaches the link, ends the session, and fails all that waits.
    fn end_with(&mut self, error: Error, out: &mut BytesMut, tell: Option<(&'static str, &str)>) {
        if self.phase >= Phase::Leaving {
            return;
        }
        if self.phase > Phase::Beginning {
            let tell = tell.map_or(Value::Null, |(condition, detail)| {
                described(
                    descriptor::ERROR,
                    Value::List(vec![symbol(condition), detail.into()]),
                )
            });
            let fields = [Value::Uint(HANDLE), true.into(), tell];
            frame(out, self.channel, code::DETACH, &fields);
        }
        frame(out, self.channel, code::END, &[]);
        self.phase = Phase::Leaving;
        self.fail(error);
    }

    /// The peer broke the protocol: it is told, and the link ends.
    fn end_for(&mut self, condition: &'static str, detail: &str, out: &mut BytesMut) {
        let error = Error::new(ErrorKind::Protocol, "").with_detail(detail);
        self.end_with(error, out, Some((condition, detail)));
    }

    fn fail(&mut self, error: Error) {
        self.credit = 0;
        self.draining = false;
        self.partial = None;
        self.outgoing.clear();
        let error = self.failure.get_or_insert(error).clone();
        for (_, waiting) in self.waiting.drain() {
            let _ = waiting.answer.send(Err(error.clone()));
        }
    }

    fn write_settlements(&mut self, out: &mut BytesMut) {
        let outgoing = mem::take(&mut self.outgoing);
        settle::write(out, self.channel, self.max_frame, outgoing);
    }

    fn write_flow(&mut self, out: &mut BytesMut) {
        let fields = [
            Value::Uint(self.next_incoming_id),
            Value::Uint(WINDOW),
            Value::Uint(0),
            Value::Uint(WINDOW),
            Value::Uint(HANDLE),
            Value::Uint(self.delivery_count),
            Value::Uint(self.credit),
            Value::Null,
            self.draining.into(),
        ];
        frame(out, self.channel, code::FLOW, &fields);
    }
}

impl Partial {
    fn len(&self) -> usize {
        self.first.len() + self.more.len()
    }

    /// Most messages are one frame, whose bytes are kept where they are.
    fn append(&mut self, payload: Bytes) {
        if self.len() == 0 {
            self.first = payload;
            return;
        }
        let first = mem::take(&mut self.first);
        self.more.extend_from_slice(&first);
        self.more.extend_from_slice(&payload);
    }

    fn whole(self) -> Raw {
        Raw {
            id: self.id,
            tag: self.tag,
            settled: self.settled,
            received: Instant::now(),
            payload: if self.more.is_empty() {
                self.first
            } else {
                self.more.freeze()
            },
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
