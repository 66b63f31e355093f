//! A peer asks for a link (AMQP 1.0, 2.6.3).

use super::Session;
use crate::amqp::{
    connection::{
        fault::{Fault, error},
        info::{Counters, LinkHandle},
        link::{Attaching, Link, State},
        machine::Shared,
        outbox::Outbox,
    },
    service::AttachRequest,
    types::{
        definitions::{AmqpError, Error, Role, SessionError},
        performatives::Attach,
    },
};
use std::sync::Arc;

/// The longest name of a link, in bytes: many links with names as long as a frame would hold much.
const MAX_NAME: usize = 1024;

impl Session {
    /// The peer wants a link (AMQP 1.0, 2.6.3).
    pub(in crate::amqp::connection) fn attach(
        &mut self,
        attach: Attach,
        generation: u64,
        shared: &Shared,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        let handle = self.free_handle(&attach)?;
        if attach.name.len() > MAX_NAME {
            let text = format!(
                "expected a link's name of at most {MAX_NAME} bytes, but it has {}",
                attach.name.len()
            );
            let refused = *error(AmqpError::InvalidField, text);
            return self.turn_away(&attach, generation, refused, shared, out);
        }
        let incoming = attach.role == Role::Sender;
        let same = |link: &Link| {
            link.incoming == incoming
                && link.name == attach.name
                && !matches!(link.state, State::Detaching)
        };
        let stolen = self
            .links
            .iter()
            .find(|(_, link)| same(link))
            .map(|(handle, _)| *handle);
        if let Some(stolen) = stolen {
            self.detach(stolen, Some(*Fault::stolen()), out)?;
        }
        let request = AttachRequest {
            connection: Arc::clone(&shared.info),
            link: LinkHandle {
                commands: shared.commands.clone(),
                channel: self.channel,
                handle,
                generation,
            },
            attach: attach.clone(),
        };
        let waker = shared.ready.waker(self.channel, handle);
        waker.wake_by_ref();
        let name = attach.name.clone();
        let attaching = Attaching {
            answer: shared.service.attach(request),
            attach,
            flow: None,
        };
        let state = State::Attaching(Box::new(attaching));
        self.links.insert(
            handle,
            Link {
                name,
                generation,
                waker,
                incoming,
                state,
            },
        );
        Counters::add(&self.counters.links);
        Ok(())
    }

    /// Refuses a link without asking the service, and remembers no more of it than its handle.
    pub(in crate::amqp::connection) fn turn_away(
        &mut self,
        attach: &Attach,
        generation: u64,
        refused: Error,
        shared: &Shared,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        let handle = self.free_handle(attach)?;
        self.links.insert(
            handle,
            Link {
                name: String::new(),
                generation,
                waker: shared.ready.waker(self.channel, handle),
                incoming: attach.role == Role::Sender,
                state: State::Detaching,
            },
        );
        Counters::add(&self.counters.links);
        self.refuse(handle, attach, refused, out)
    }

    /// The handle that a peer has chosen, if it may.
    fn free_handle(&self, attach: &Attach) -> Result<u32, Fault> {
        let handle = attach.handle.0;
        if handle >= self.max_links {
            return Err(Fault::framing(format!(
                "the handle {handle} is above the handle-max of the begin"
            )));
        }
        if self.links.contains_key(&handle) {
            return Err(Fault::session(
                SessionError::HandleInUse,
                format!("the handle {handle} is in use"),
            ));
        }
        Ok(handle)
    }
}
