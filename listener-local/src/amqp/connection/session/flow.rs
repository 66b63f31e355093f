//! Windows and credit, told and heard (AMQP 1.0, 2.5.6 and 2.6.7).

use super::{FIRST_OUTGOING, Session, unattached};
use crate::amqp::{
    connection::{fault::Fault, link::State, outbox::Outbox},
    serial,
    types::{definitions::Handle, performatives::Flow},
};

impl Session {
    /// Takes a flow of the session, and of a link if it names one (AMQP 1.0, 2.5.6).
    pub(in crate::amqp::connection) fn flow(
        &mut self,
        flow: Flow,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        let seen = flow.next_incoming_id.unwrap_or(FIRST_OUTGOING);
        // A peer that counts ahead of us is taken to have seen all; the specification names no error for it.
        let used = serial::distance(seen, self.next_outgoing_id).max(0);
        self.remote_window = flow.incoming_window.saturating_sub(used.unsigned_abs());
        if self.remote_window > 0 {
            self.unblock();
        }
        match flow.handle {
            Some(Handle(handle)) => self.link_flow(handle, flow, out),
            None if flow.echo => self.write_flow(None, out),
            None => Ok(()),
        }
    }

    pub(super) fn link_flow(
        &mut self,
        handle: u32,
        flow: Flow,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        let Some(link) = self.links.get_mut(&handle) else {
            return Err(unattached(handle));
        };
        match &mut link.state {
            State::Attaching(attaching) => {
                attaching.flow = Some(flow);
                return Ok(());
            }
            State::Detaching => return Ok(()),
            State::Incoming(_) => {}
            State::Outgoing(out) => {
                out.take_flow(&flow);
                link.waker.wake_by_ref();
            }
        }
        // A drain is answered when it is done, which tells all that an echo would.
        if flow.echo && !flow.drain {
            self.write_flow(Some(handle), out)?;
        }
        Ok(())
    }

    /// Tells the state of the session, and of a link.
    pub(super) fn write_flow(
        &mut self,
        handle: Option<u32>,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        self.incoming_window = self.full_window;
        let mut flow = Flow {
            next_incoming_id: Some(self.next_incoming_id),
            incoming_window: self.incoming_window,
            next_outgoing_id: self.next_outgoing_id,
            outgoing_window: self.full_window,
            handle: handle.map(Handle),
            delivery_count: None,
            link_credit: None,
            available: None,
            drain: false,
            echo: false,
            properties: None,
        };
        match handle
            .and_then(|handle| self.links.get(&handle))
            .map(|link| &link.state)
        {
            Some(State::Incoming(link)) => {
                flow.delivery_count = Some(link.delivery_count);
                flow.link_credit = Some(link.credit);
            }
            Some(State::Outgoing(link)) => {
                flow.delivery_count = Some(link.delivery_count);
                flow.link_credit = Some(link.credit);
                flow.available = Some(0);
                flow.drain = link.drain;
            }
            _ => {}
        }
        Ok(out.frame(self.channel, &flow)?)
    }
}
