//! The service's answer to an attach becomes the reply and the link.

use super::{Session, detach::refusal, opposite};
use crate::amqp::{
    connection::{
        fault::{Fault, error},
        link::{Attaching, InLink, OutLink, State},
        outbox::Outbox,
    },
    service::{Attached, EndCause, LinkEnd, Node},
    types::{
        definitions::{AmqpError, Error, Handle},
        performatives::{Attach, Detach},
    },
};
use std::collections::HashMap;

impl Session {
    pub(super) fn answer(
        &mut self,
        handle: u32,
        attaching: Attaching,
        answer: Result<Attached, Error>,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        let Attaching { attach, flow, .. } = attaching;
        let incoming = self.links.get(&handle).is_some_and(|link| link.incoming);
        let attached = match answer {
            Ok(attached) if incoming == matches!(attached.node, Node::Incoming(_)) => attached,
            Ok(attached) => {
                let error = error(
                    AmqpError::InternalError,
                    "the service answered with a node of the other direction",
                );
                let end = LinkEnd {
                    cause: EndCause::Refused((*error).clone()),
                    unsettled: Vec::new(),
                };
                match attached.node {
                    Node::Incoming(node) => node.detached(end),
                    Node::Outgoing(node) => node.detached(end),
                }
                return self.refuse(handle, &attach, *error, out);
            }
            Err(error) => return self.refuse(handle, &attach, error, out),
        };
        let max_size = attached.max_message_size.unwrap_or(self.max_message_size);
        let reply = Attach {
            name: attach.name,
            handle: Handle(handle),
            role: opposite(&attach.role),
            snd_settle_mode: attached.snd_settle_mode,
            rcv_settle_mode: attached.rcv_settle_mode,
            source: attached.source,
            target: attached.target,
            unsettled: None,
            incomplete_unsettled: false,
            initial_delivery_count: (!incoming).then_some(attached.initial_delivery_count),
            max_message_size: Some(if incoming { max_size } else { 0 }),
            offered_capabilities: attached.offered_capabilities,
            desired_capabilities: None,
            properties: attached.properties,
        };
        let written = out.frame(self.channel, &reply);
        let state = match attached.node {
            Node::Incoming(node) => State::Incoming(Box::new(InLink {
                window: node.credit(),
                node,
                credit: 0,
                overdraft: 0,
                delivery_count: attach.initial_delivery_count.unwrap_or(0),
                in_flight: 0,
                max_size,
                partial: None,
            })),
            Node::Outgoing(node) => State::Outgoing(Box::new(OutLink {
                node,
                credit: 0,
                delivery_count: attached.initial_delivery_count,
                drain: false,
                held: None,
                sending: None,
                later: HashMap::new(),
            })),
        };
        if let Some(link) = self.links.get_mut(&handle) {
            link.state = state;
            link.waker.wake_by_ref();
        }
        written?;
        if let Some(flow) = flow {
            self.link_flow(handle, flow, out)?;
        }
        self.grant(handle, out)
    }

    pub(super) fn refuse(
        &mut self,
        handle: u32,
        attach: &Attach,
        error: Error,
        out: &mut Outbox,
    ) -> Result<(), Fault> {
        out.frame(self.channel, &refusal(attach))?;
        Ok(out.frame(
            self.channel,
            &Detach {
                handle: Handle(handle),
                closed: true,
                error: Some(error),
            },
        )?)
    }
}
