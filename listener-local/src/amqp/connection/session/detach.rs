//! How links end, and what they leave behind (AMQP 1.0, 2.6.4 and 2.6.5).

use super::{Session, opposite};
use crate::amqp::{
    connection::{fault::Fault, info::Counters, link::State, outbox::Outbox},
    service::{EndCause, LinkEnd},
    types::{
        definitions::{AmqpError, Error, Handle, Role},
        performatives::{Attach, Detach},
    },
};

impl Session {
    /// The peer detaches a link, or answers our detach.
    pub(in crate::amqp::connection) fn peer_detached(
        &mut self,
        detach: Detach,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        let handle = detach.handle.0;
        let Some(link) = self.links.get(&handle) else {
            // Some clients answer the detach of a link that was refused twice; what they want is so already.
            return Ok(());
        };
        match &link.state {
            State::Detaching => {
                self.remove(handle, EndCause::Lost);
                return Ok(());
            }
            State::Attaching(attaching) => {
                let reply = refusal(&attaching.attach);
                out.frame(self.channel, &reply)?;
            }
            State::Incoming(_) | State::Outgoing(_) => {}
        }
        self.settle(out)?;
        let closed = detach.closed;
        self.remove(
            handle,
            EndCause::Detached {
                closed,
                error: detach.error,
            },
        );
        Ok(out.frame(
            self.channel,
            &Detach {
                handle: Handle(handle),
                closed,
                error: None,
            },
        )?)
    }

    /// Detaches a link for good.
    pub(in crate::amqp::connection) fn detach(
        &mut self,
        handle: u32,
        error: Option<Error>,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        let Some(link) = self.links.get_mut(&handle) else {
            return Ok(());
        };
        match std::mem::replace(&mut link.state, State::Detaching) {
            State::Detaching => return Ok(()),
            State::Attaching(attaching) => {
                let reply = refusal(&attaching.attach);
                out.frame(self.channel, &reply)?;
            }
            state => {
                self.settle(out)?;
                let told = error
                    .clone()
                    .unwrap_or_else(|| AmqpError::ResourceDeleted.into());
                self.let_go(handle, state, EndCause::Refused(told));
            }
        }
        Ok(out.frame(
            self.channel,
            &Detach {
                handle: Handle(handle),
                closed: true,
                error,
            },
        )?)
    }

    pub(super) fn remove(&mut self, handle: u32, cause: EndCause) {
        if let Some(link) = self.links.remove(&handle) {
            Counters::remove(&self.counters.links, 1);
            self.let_go(handle, link.state, cause);
        }
    }

    /// Forgets what is on its way and tells the node.
    fn let_go(&mut self, handle: u32, state: State, cause: EndCause) {
        match state {
            State::Attaching(_) | State::Detaching => {}
            State::Incoming(link) => {
                self.incoming.retain(|_, of| *of != handle);
                link.node.detached(LinkEnd {
                    cause,
                    unsettled: Vec::new(),
                });
            }
            State::Outgoing(link) => {
                let mut unsettled = self.forget_deliveries(handle);
                unsettled.extend(
                    link.held
                        .iter()
                        .filter(|delivery| !delivery.settled)
                        .map(|delivery| delivery.tag),
                );
                link.node.detached(LinkEnd { cause, unsettled });
            }
        }
    }

    fn forget_deliveries(&mut self, handle: u32) -> Vec<[u8; 16]> {
        let forgotten = self.unsettled.take_all(|entry| entry.handle == handle);
        Counters::remove(&self.counters.unsettled, forgotten.len());
        self.unblock();
        forgotten.into_iter().map(|entry| entry.tag).collect()
    }
}

/// The attach that goes before the detach of a refused link: without source and target.
pub(super) fn refusal(attach: &Attach) -> Attach {
    Attach {
        name: attach.name.clone(),
        handle: attach.handle.clone(),
        role: opposite(&attach.role),
        snd_settle_mode: attach.snd_settle_mode.clone(),
        rcv_settle_mode: attach.rcv_settle_mode.clone(),
        source: None,
        target: None,
        unsettled: None,
        incomplete_unsettled: false,
        initial_delivery_count: (attach.role == Role::Receiver).then_some(0),
        max_message_size: None,
        offered_capabilities: None,
        desired_capabilities: None,
        properties: None,
    }
}
