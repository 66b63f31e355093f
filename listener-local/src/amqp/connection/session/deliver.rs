//! Messages to the peer: credit, windows, frames (AMQP 1.0, 2.6.7 and 2.6.12).

use super::{Session, Unsettled};
use crate::amqp::{
    codec::TransferHead,
    connection::{
        fault::Fault,
        info::Counters,
        link::{OutLink, Sending, State},
        outbox::Outbox,
    },
    serial,
    service::{Credit, Delivery, OutgoingEvent, Verdict},
    types::performatives::Flow,
};
use std::task::{Context, Poll};

/// Events taken from one node before the others have their turn.
const TURN: usize = 64;

impl OutLink {
    /// Takes what the peer says about its credit.
    pub(in crate::amqp::connection) fn take_flow(&mut self, flow: &Flow) {
        if let Some(credit) = flow.link_credit {
            // A receiver that has not seen our attach yet counts from where the link began, as we do.
            let count = flow.delivery_count.unwrap_or(self.delivery_count);
            self.credit = serial::credit_left(count, credit, self.delivery_count);
        }
        self.drain = flow.drain;
        self.node.credit(Credit {
            credit: self.credit,
            drain: flow.drain,
            properties: flow.properties.as_ref(),
        });
    }
}

/// What a link does next.
enum Step {
    Send(Delivery),
    Event(OutgoingEvent),
    /// Nothing until the node or the peer wakes it.
    Rest,
    /// Nothing until there is room.
    Blocked,
}

impl Session {
    pub(super) fn poll_outgoing(&mut self, handle: u32, out: &mut Outbox) -> Result<(), Fault> {
        for _ in 0..TURN {
            if !self.send_frames(handle, out) {
                self.block(handle);
                return Ok(());
            }
            match self.step(handle, out) {
                Step::Send(delivery) => self.start(handle, delivery),
                Step::Event(OutgoingEvent::Deliver(delivery)) => self.hold(handle, delivery),
                Step::Event(OutgoingEvent::Settle(tag, state)) => {
                    self.verdict_later(handle, &tag, state, out)?;
                }
                Step::Event(OutgoingEvent::Detach(error)) => {
                    return self.detach(handle, Some(error), out);
                }
                Step::Rest => return self.drained(handle, out),
                Step::Blocked => {
                    self.block(handle);
                    return Ok(());
                }
            }
        }
        if let Some(link) = self.links.get(&handle) {
            link.waker.wake_by_ref();
        }
        Ok(())
    }

    fn step(&mut self, handle: u32, out: &Outbox) -> Step {
        let full =
            self.unsettled.len() >= self.max_unsettled || self.remote_window == 0 || out.is_full();
        let Some(link) = self.links.get_mut(&handle) else {
            return Step::Rest;
        };
        let State::Outgoing(state) = &mut link.state else {
            return Step::Rest;
        };
        if state.held.is_some() {
            return match (state.credit, full) {
                (0, _) => Step::Rest,
                (_, true) => Step::Blocked,
                _ => state.held.take().map_or(Step::Rest, Step::Send),
            };
        }
        let credit = if full { 0 } else { state.credit };
        match state
            .node
            .poll(&mut Context::from_waker(&link.waker), credit)
        {
            Poll::Ready(OutgoingEvent::Deliver(delivery)) if credit > 0 => Step::Send(delivery),
            Poll::Ready(event) => Step::Event(event),
            Poll::Pending if full && state.credit > 0 => Step::Blocked,
            Poll::Pending => Step::Rest,
        }
    }

    fn hold(&mut self, handle: u32, delivery: Delivery) {
        if let Some(State::Outgoing(link)) = self.links.get_mut(&handle).map(|link| &mut link.state)
        {
            link.held = Some(delivery);
        }
    }

    /// Numbers a delivery and notes it, unless it is settled already.
    fn start(&mut self, handle: u32, delivery: Delivery) {
        let Some(State::Outgoing(link)) = self.links.get_mut(&handle).map(|link| &mut link.state)
        else {
            return;
        };
        let id = self.next_delivery_id;
        self.next_delivery_id = id.wrapping_add(1);
        link.credit = link.credit.saturating_sub(1);
        link.delivery_count = link.delivery_count.wrapping_add(1);
        if !delivery.settled {
            Counters::add(&self.counters.unsettled);
            self.unsettled.push(
                id,
                Unsettled {
                    handle,
                    tag: delivery.tag,
                },
            );
        }
        link.sending = Some(Sending { id, delivery });
    }

    /// Sends frames of the delivery under way; `false` if there is no room for all of them.
    fn send_frames(&mut self, handle: u32, out: &mut Outbox) -> bool {
        let Some(State::Outgoing(link)) = self.links.get_mut(&handle).map(|link| &mut link.state)
        else {
            return true;
        };
        while let Some(sending) = &mut link.sending {
            if self.remote_window == 0 || out.is_full() {
                return false;
            }
            let (head, body, more) = sending.next(self.room);
            let transfer = TransferHead {
                handle,
                delivery_id: sending.id,
                delivery_tag: &sending.delivery.tag,
                message_format: sending.delivery.format,
                settled: sending.delivery.settled,
                more,
            };
            out.transfer(self.channel, &transfer, head, body);
            self.remote_window -= 1;
            self.next_outgoing_id = self.next_outgoing_id.wrapping_add(1);
            if !more {
                link.sending = None;
            }
        }
        true
    }

    /// The node has nothing more: uses up the credit of a peer that drains, and tells it.
    fn drained(&mut self, handle: u32, out: &mut Outbox) -> Result<(), Fault> {
        let Some(State::Outgoing(link)) = self.links.get_mut(&handle).map(|link| &mut link.state)
        else {
            return Ok(());
        };
        if !link.drain {
            return Ok(());
        }
        link.delivery_count = link.delivery_count.wrapping_add(link.credit);
        link.credit = 0;
        self.write_flow(Some(handle), out)?;
        if let Some(State::Outgoing(link)) = self.links.get_mut(&handle).map(|link| &mut link.state)
        {
            link.drain = false;
        }
        Ok(())
    }

    /// What the node says now about a disposition of earlier.
    fn verdict_later(
        &mut self,
        handle: u32,
        tag: &[u8; 16],
        state: crate::amqp::types::messaging::DeliveryState,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        let Some(State::Outgoing(link)) = self.links.get_mut(&handle).map(|link| &mut link.state)
        else {
            return Ok(());
        };
        match link.later.remove(tag) {
            Some(id) => self.apply(handle, id, Verdict::Settle(state), out),
            None => Ok(()),
        }
    }
}
