//! Messages from the peer: put together, counted, handed over (AMQP 1.0, 2.7.5).

use super::{Session, unattached};
use crate::amqp::{
    connection::{
        fault::Fault,
        link::{Held, InLink, Partial, State},
        outbox::Outbox,
    },
    service::{DeliveryId, IncomingEvent, Message, Verdict},
    types::{
        definitions::{AmqpError, Error, LinkError, Role, SessionError},
        messaging::{DeliveryState, Rejected},
        performatives::Transfer,
    },
};
use bytes::{Bytes, BytesMut};
use std::{
    sync::{Arc, atomic::AtomicUsize},
    task::{Context, Poll},
};

/// Events taken from one node before the others have their turn.
const TURN: usize = 64;

impl Session {
    /// Takes one transfer frame.
    pub(in crate::amqp::connection) fn transfer(
        &mut self,
        transfer: Transfer,
        payload: &Bytes,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        if self.incoming_window == 0 {
            return Err(Fault::session(
                SessionError::WindowViolation,
                "a transfer came beyond the incoming window",
            ));
        }
        self.incoming_window -= 1;
        self.next_incoming_id = self.next_incoming_id.wrapping_add(1);
        if self.incoming_window <= self.full_window / 2 {
            self.write_flow(None, out)?;
        }
        let handle = transfer.handle.0;
        let Some(link) = self.links.get_mut(&handle) else {
            return Err(unattached(handle));
        };
        let link = match &mut link.state {
            State::Incoming(link) => link,
            State::Detaching => return Ok(()),
            State::Attaching(_) => return Err(no_credit(handle)),
            State::Outgoing(_) => {
                let text = format!(
                    "a transfer came on the link of the handle {handle}, where the peer is the receiver"
                );
                return Err(Fault::session(SessionError::ErrantLink, text));
            }
        };
        if transfer.resume {
            return Err(Fault::link(
                handle,
                AmqpError::NotImplemented,
                "deliveries cannot be resumed",
            ));
        }
        let Some(done) = take(
            link,
            transfer,
            payload,
            &self.reassembly,
            self.max_reassembly,
        )
        .map_err(|(condition, text)| match condition {
            Wrong::Credit => no_credit(handle),
            Wrong::Size => Fault::link(handle, LinkError::MessageSizeExceeded, text),
            Wrong::Memory => Fault::link(handle, AmqpError::ResourceLimitExceeded, text),
            Wrong::Field => Fault::link(handle, AmqpError::InvalidField, text),
        })?
        else {
            return Ok(());
        };
        self.hand_over(handle, done, out)
    }

    fn hand_over(&mut self, handle: u32, done: Partial, out: &mut Outbox) -> Result<(), Fault> {
        let id = done.id;
        if self.incoming.contains_key(&id) {
            return Err(Fault::link(
                handle,
                AmqpError::InvalidField,
                format!("the delivery-id {id} is in use"),
            ));
        }
        let Some(State::Incoming(link)) = self.links.get_mut(&handle).map(|link| &mut link.state)
        else {
            return Ok(());
        };
        if is_too_large(link.max_size, done.size) {
            // The link stays: the official clients wait in vain for the outcome of a send when their link goes.
            let text = too_large(link.max_size, done.size);
            let error = Error::new(LinkError::MessageSizeExceeded, text, None);
            let state = DeliveryState::Rejected(Rejected { error: Some(error) });
            self.tell(Role::Receiver, id, state, out)?;
            return self.grant(handle, out);
        }
        let settled = done.settled;
        let verdict = link.node.message(Message {
            id: DeliveryId(id),
            tag: done.tag,
            format: done.format,
            settled,
            state: done.state,
            payload: done.payload.freeze(),
        });
        match verdict {
            Verdict::Detach(error) => return self.detach(handle, Some(error), out),
            Verdict::Settle(state) if !settled => self.tell(Role::Receiver, id, state, out)?,
            Verdict::Later if !settled => {
                link.in_flight += 1;
                self.incoming.insert(id, handle);
            }
            Verdict::Settle(_) | Verdict::Later => {}
        }
        self.grant(handle, out)
    }

    /// Grants the peer credit, if it is time to.
    pub(super) fn grant(&mut self, handle: u32, out: &mut Outbox) -> Result<(), Fault> {
        let Some(State::Incoming(link)) = self.links.get_mut(&handle).map(|link| &mut link.state)
        else {
            return Ok(());
        };
        match link.top_up() {
            Some(_) => self.write_flow(Some(handle), out),
            None => Ok(()),
        }
    }

    pub(super) fn poll_incoming(&mut self, handle: u32, out: &mut Outbox) -> Result<(), Fault> {
        for _ in 0..TURN {
            let Some(link) = self.links.get_mut(&handle) else {
                return Ok(());
            };
            let State::Incoming(state) = &mut link.state else {
                return Ok(());
            };
            match state.node.poll(&mut Context::from_waker(&link.waker)) {
                Poll::Pending => return Ok(()),
                Poll::Ready(IncomingEvent::Detach(error)) => {
                    return self.detach(handle, Some(error), out);
                }
                Poll::Ready(IncomingEvent::Credit(window)) => {
                    state.set_window(window);
                    self.write_flow(Some(handle), out)?;
                }
                Poll::Ready(IncomingEvent::Settle(id, state)) => {
                    self.outcome(handle, id.0, state, out)?;
                }
            }
        }
        if let Some(link) = self.links.get(&handle) {
            link.waker.wake_by_ref();
        }
        Ok(())
    }

    fn outcome(
        &mut self,
        handle: u32,
        id: u32,
        state: DeliveryState,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        if self.incoming.get(&id) != Some(&handle) {
            return Ok(());
        }
        self.incoming.remove(&id);
        if let Some(State::Incoming(link)) = self.links.get_mut(&handle).map(|link| &mut link.state)
        {
            link.in_flight = link.in_flight.saturating_sub(1);
        }
        self.tell(Role::Receiver, id, state, out)?;
        self.grant(handle, out)
    }
}

/// How many times its link's limit a message may have to be read to its end, so that it can be rejected.
const FAR_TOO_LARGE: u64 = 16;

enum Wrong {
    Credit,
    Size,
    Memory,
    Field,
}

/// Adds a frame to its message, which is returned once it is whole.
fn take(
    link: &mut InLink,
    transfer: Transfer,
    payload: &[u8],
    reassembly: &Arc<AtomicUsize>,
    max_reassembly: usize,
) -> Result<Option<Partial>, (Wrong, String)> {
    if transfer.aborted {
        link.partial = None;
        link.use_credit();
        return Ok(None);
    }
    let mut partial = match link.partial.take() {
        Some(partial) => {
            if transfer.delivery_id.is_some_and(|id| id != partial.id) {
                return Err((
                    Wrong::Field,
                    "a further delivery began before the last frame of the one before".to_owned(),
                ));
            }
            partial
        }
        None => {
            if !link.has_credit() {
                return Err((Wrong::Credit, String::new()));
            }
            let (Some(id), Some(tag)) = (transfer.delivery_id, transfer.delivery_tag) else {
                return Err((
                    Wrong::Field,
                    "the first transfer of a delivery has no delivery-id or no delivery-tag"
                        .to_owned(),
                ));
            };
            if tag.len() > 32 {
                return Err((
                    Wrong::Field,
                    format!(
                        "expected a delivery-tag of at most 32 bytes, but {} were found",
                        tag.len()
                    ),
                ));
            }
            Partial {
                id,
                tag: Bytes::from(tag.into_vec()),
                format: transfer.message_format.unwrap_or(0),
                settled: false,
                state: None,
                size: 0,
                payload: BytesMut::new(),
                held: Held::new(reassembly),
            }
        }
    };
    partial.size += payload.len();
    partial.settled |= transfer.settled.unwrap_or(false);
    if is_too_large(link.max_size, partial.size) {
        // Who has settled it does not hear of an outcome.
        if partial.settled
            || is_too_large(link.max_size.saturating_mul(FAR_TOO_LARGE), partial.size)
        {
            return Err((Wrong::Size, too_large(link.max_size, partial.size)));
        }
        partial.payload = BytesMut::new();
        partial.held = Held::new(reassembly);
    } else {
        // Copied, since a slice would keep the whole read buffer alive as long as the message.
        partial.payload.extend_from_slice(payload);
    }
    if transfer.state.is_some() {
        partial.state = transfer.state;
    }
    if transfer.more {
        let kept = partial.payload.len().min(payload.len());
        if partial.held.add(kept) > max_reassembly {
            let text = format!(
                "the unfinished messages of this connection hold more than {max_reassembly} bytes"
            );
            return Err((Wrong::Memory, text));
        }
        link.partial = Some(partial);
        return Ok(None);
    }
    link.use_credit();
    Ok(Some(partial))
}

fn is_too_large(limit: u64, size: usize) -> bool {
    limit != 0 && size as u64 > limit
}

fn too_large(limit: u64, size: usize) -> String {
    format!("expected a message of at most {limit} bytes, but it has {size} or more")
}

fn no_credit(handle: u32) -> Fault {
    Fault::link(
        handle,
        LinkError::TransferLimitExceeded,
        "a transfer came beyond the link credit",
    )
}
