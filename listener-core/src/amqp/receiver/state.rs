//! The session's state, and what the peer's frames make of it.

use std::{
    collections::{HashMap, VecDeque},
    mem,
};

use bytes::BytesMut;
use tokio::sync::oneshot;

use super::{
    Answer,
    partial::{Partial, Raw},
    settle::{self, Outgoing},
    setup::Setup,
};
use crate::amqp::{
    Error, ErrorKind, Value,
    error::Told,
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    Beginning,
    Attaching,
    Attached,
    /// Detach and end are sent.
    Leaving,
    Ended,
}

pub(super) struct State {
    pub(super) phase: Phase,
    pub(super) channel: u16,
    pub(super) max_frame: usize,
    /// The peer's number for the link.
    pub(super) handle: Option<u32>,
    pub(super) next_incoming_id: u32,
    pub(super) delivery_count: u32,
    pub(super) credit: u32,
    /// The delivery count that the peer may reach by any credit that it was given: what was under way when credit was
    /// taken away comes all the same.
    limit: u32,
    /// How many came beyond all credit since the last was given.
    excess: u32,
    pub(super) draining: bool,
    /// The peer is asked to say that it has heard of the credit that was taken back.
    pub(super) recalling: bool,
    pub(super) flow_due: bool,
    pub(super) leave_due: bool,
    pub(super) woken: bool,
    pub(super) partial: Option<Partial>,
    pub(super) arrived: VecDeque<Raw>,
    pub(super) outgoing: Vec<Outgoing>,
    pub(super) waiting: HashMap<u32, Waiting>,
    pub(super) forget_above: usize,
    pub(super) filter: Value,
    pub(super) properties: Value,
    pub(super) failure: Option<Error>,
}

pub(super) struct Waiting {
    /// The condition of a rejection, which some peers send back as their own.
    pub(super) condition: Option<Box<str>>,
    pub(super) answer: oneshot::Sender<Result<Answer, Error>>,
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
    pub(super) fn new() -> Self {
        Self {
            phase: Phase::Beginning,
            channel: 0,
            max_frame: 0,
            handle: None,
            next_incoming_id: 0,
            delivery_count: 0,
            credit: 0,
            limit: 0,
            excess: 0,
            draining: false,
            recalling: false,
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
        }
    }

    /// Begins the session on this channel.
    pub(super) fn begin(&mut self, channel: u16, max_frame: usize, out: &mut BytesMut) {
        self.channel = channel;
        self.max_frame = max_frame;
        let fields = [
            Value::Null,
            Value::Uint(0),
            Value::Uint(WINDOW),
            Value::Uint(WINDOW),
        ];
        frame(out, channel, code::BEGIN, &fields);
    }

    /// Takes what the peer said, and writes what is to be answered at once.
    pub(super) fn on(
        &mut self,
        performative: Result<Performative, ReadError>,
        setup: &Setup,
        out: &mut BytesMut,
    ) {
        let performative = match performative {
            Ok(performative) => performative,
            Err(error) => {
                let detail = error.to_string();
                self.end_for("amqp:decode-error", &detail, out);
                return;
            }
        };
        let fault = match performative {
            Performative::Begin(begin) => self.on_begin(&begin, setup, out),
            Performative::Attach(attach) => self.on_attach(attach),
            Performative::Flow(flow) => self.on_flow(&flow, out),
            Performative::Transfer(transfer) => self.on_transfer(transfer, setup),
            Performative::Disposition(disposition) => {
                self.on_disposition(disposition);
                None
            }
            Performative::Detach(error) => {
                let error = told(error, ErrorKind::LinkDetached);
                self.end_with(error, out, None);
                None
            }
            Performative::End(error) => {
                self.on_end(told(error, ErrorKind::LinkDetached), out);
                None
            }
            Performative::Open(_) | Performative::Close(_) => None,
        };
        if let Some(Fault { condition, detail }) = fault {
            self.end_for(condition, detail, out);
        }
    }

    /// Lets this many deliveries come from now on.
    pub(super) fn grant(&mut self, credit: u32) {
        self.credit = credit;
        self.limit = self
            .limit
            .wrapping_add(credit.saturating_sub(self.outstanding()));
        self.excess = 0;
        self.draining = false;
        self.recalling = false;
        self.flow_due = true;
    }

    /// How many deliveries may come by all credit that was ever given.
    fn outstanding(&self) -> u32 {
        self.limit.wrapping_sub(self.delivery_count)
    }

    /// Lets a settlement wait for its answer.
    pub(super) fn wait(&mut self, id: u32, waiting: Waiting) {
        if self.waiting.len() >= self.forget_above {
            self.waiting
                .retain(|_, waiting| !waiting.answer.is_closed());
            self.forget_above = FORGET_ABOVE.max(2 * self.waiting.len());
        }
        self.waiting.insert(id, waiting);
    }

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
        // Some credit may have been given before the peer said where it counts from.
        self.limit = attach
            .initial_delivery_count
            .wrapping_add(self.outstanding());
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
            if used <= self.outstanding() {
                self.delivery_count = count;
                self.credit = self.credit.saturating_sub(used);
            }
            if self.draining && flow.link_credit == Some(0) {
                self.credit = 0;
            }
            if self.credit == 0 {
                self.draining = false;
            }
            if flow.link_credit == Some(0) {
                self.recalling = false;
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
                if self.outstanding() == 0 {
                    if self.excess >= setup.excess {
                        return fault(
                            "amqp:link:transfer-limit-exceeded",
                            "more deliveries came than there was credit for",
                        );
                    }
                    self.excess += 1;
                    self.limit = self.limit.wrapping_add(1);
                }
                let (Some(id), Some(tag)) = (transfer.delivery_id, transfer.tag) else {
                    return fault("amqp:not-allowed", "a delivery came without id or tag");
                };
                Partial::new(id, tag)
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
        self.credit = self.credit.saturating_sub(1);
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
    pub(super) fn end_with(
        &mut self,
        error: Error,
        out: &mut BytesMut,
        tell: Option<(&'static str, &str)>,
    ) {
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

    pub(super) fn fail(&mut self, error: Error) {
        self.credit = 0;
        self.draining = false;
        self.recalling = false;
        self.partial = None;
        self.outgoing.clear();
        let error = self.failure.get_or_insert(error).clone();
        for (_, waiting) in self.waiting.drain() {
            let _ = waiting.answer.send(Err(error.clone()));
        }
    }

    pub(super) fn write_settlements(&mut self, out: &mut BytesMut) {
        let outgoing = mem::take(&mut self.outgoing);
        settle::write(out, self.channel, self.max_frame, outgoing);
    }

    pub(super) fn write_flow(&mut self, out: &mut BytesMut) {
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
            self.recalling.into(),
        ];
        frame(out, self.channel, code::FLOW, &fields);
    }
}
