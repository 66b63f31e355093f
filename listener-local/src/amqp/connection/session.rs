//! One session: its windows, its links, its deliveries (AMQP 1.0, 2.5).

use super::{
    fault::Fault,
    info::Counters,
    link::{Link, State},
    machine::{Shared, write_end},
    outbox::Outbox,
};
use crate::amqp::{
    service::EndCause,
    types::{
        definitions::{Error, Handle, Role, SessionError},
        performatives::Begin,
    },
};
use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::AtomicUsize},
    task::{Context, Poll},
};

mod answer;
mod attach;
mod deliver;
mod detach;
mod flow;
mod ledger;
mod receive;
mod settle;

/// What our first transfer is numbered.
const FIRST_OUTGOING: u32 = 1;

pub(super) struct Session {
    channel: u16,
    ended: bool,
    counters: Arc<Counters>,
    /// The next transfer that the peer sends, and how many it may send.
    next_incoming_id: u32,
    incoming_window: u32,
    full_window: u32,
    next_outgoing_id: u32,
    /// How many transfers the peer takes.
    remote_window: u32,
    next_delivery_id: u32,
    room: usize,
    max_links: u32,
    max_unsettled: usize,
    max_message_size: u64,
    max_reassembly: usize,
    reassembly: Arc<AtomicUsize>,
    links: BTreeMap<u32, Link>,
    /// Deliveries that we sent and the peer has not settled.
    unsettled: ledger::Ledger<Unsettled>,
    /// Messages that the peer sent and whose outcome is not known, with their link.
    incoming: BTreeMap<u32, u32>,
    /// A disposition that may still grow.
    run: Option<settle::Run>,
    /// Links that wait for the peer's window, for room to write or for settlements.
    blocked: Vec<u32>,
}

struct Unsettled {
    handle: u32,
    tag: [u8; 16],
}

impl Session {
    /// Answers the peer's begin.
    pub(super) fn begin(
        channel: u16,
        begin: &Begin,
        shared: &Shared,
        out: &mut Outbox,
    ) -> Result<Self, Fault> {
        let limits = &shared.limits;
        let reply = Begin {
            remote_channel: Some(channel),
            next_outgoing_id: FIRST_OUTGOING,
            incoming_window: limits.incoming_window,
            outgoing_window: limits.incoming_window,
            handle_max: Handle(limits.links.saturating_sub(1)),
            offered_capabilities: None,
            desired_capabilities: None,
            properties: None,
        };
        out.frame(channel, &reply)?;
        Counters::add(&shared.counters.sessions);
        Ok(Self {
            channel,
            ended: false,
            counters: Arc::clone(&shared.counters),
            next_incoming_id: begin.next_outgoing_id,
            incoming_window: limits.incoming_window,
            full_window: limits.incoming_window,
            next_outgoing_id: FIRST_OUTGOING,
            remote_window: begin.incoming_window,
            next_delivery_id: 0,
            room: crate::amqp::codec::transfer_room(shared.max_frame_size),
            max_links: limits.links,
            max_unsettled: limits.unsettled,
            max_message_size: limits.max_message_size,
            max_reassembly: limits.reassembly,
            reassembly: Arc::clone(&shared.reassembly),
            links: BTreeMap::new(),
            unsettled: ledger::Ledger::new(),
            incoming: BTreeMap::new(),
            run: None,
            blocked: Vec::new(),
        })
    }

    /// Whether our end is out and only the peer's is awaited.
    pub(super) fn is_ended(&self) -> bool {
        self.ended
    }

    /// Ends the session with an error.
    pub(super) fn end(&mut self, error: Error, out: &mut Outbox) -> Result<(), Fault> {
        self.settle(out)?;
        self.ended = true;
        self.lose_links();
        write_end(self.channel, Some(error), out)
    }

    /// The peer has ended the session: answers, unless this is the answer.
    pub(super) fn finish(&mut self, out: &mut Outbox) -> Result<(), Fault> {
        if self.ended {
            return Ok(());
        }
        self.settle(out)?;
        self.ended = true;
        self.lose_links();
        write_end(self.channel, None, out)
    }

    /// How many links there are, those too that are on their way out.
    pub(super) fn links(&self) -> usize {
        self.links.len()
    }

    fn lose_links(&mut self) {
        let handles: Vec<u32> = self.links.keys().copied().collect();
        for handle in handles {
            self.remove(handle, EndCause::Lost);
        }
    }

    /// Whether the handle is still that of this link.
    pub(super) fn owns(&self, handle: u32, generation: u64) -> bool {
        self.links
            .get(&handle)
            .is_some_and(|link| link.generation == generation)
    }

    /// Lets a link do what it can now.
    pub(super) fn poll(&mut self, handle: u32, out: &mut Outbox) -> Result<(), Fault> {
        let Some(link) = self.links.get_mut(&handle) else {
            return Ok(());
        };
        if let State::Attaching(attaching) = &mut link.state {
            let waker = link.waker.clone();
            let Poll::Ready(answer) = attaching
                .answer
                .as_mut()
                .poll(&mut Context::from_waker(&waker))
            else {
                return Ok(());
            };
            let state = std::mem::replace(&mut link.state, State::Detaching);
            let State::Attaching(attaching) = state else {
                return Ok(());
            };
            return self.answer(handle, *attaching, answer, out);
        }
        match link.state {
            State::Incoming(_) => self.poll_incoming(handle, out),
            State::Outgoing(_) => self.poll_outgoing(handle, out),
            State::Attaching(_) | State::Detaching => Ok(()),
        }
    }

    /// Lets a link wait until there is room, however often it asks.
    fn block(&mut self, handle: u32) {
        if !self.blocked.contains(&handle) {
            self.blocked.push(handle);
        }
    }

    /// Lets links go on that had to wait.
    pub(super) fn unblock(&mut self) {
        for handle in self.blocked.drain(..) {
            if let Some(link) = self.links.get(&handle) {
                link.waker.wake_by_ref();
            }
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.lose_links();
        Counters::remove(&self.counters.sessions, 1);
    }
}

fn unattached(handle: u32) -> Fault {
    Fault::session(
        SessionError::UnattachedHandle,
        format!("no link is attached to the handle {handle}"),
    )
}

fn opposite(role: &Role) -> Role {
    match role {
        Role::Sender => Role::Receiver,
        Role::Receiver => Role::Sender,
    }
}
