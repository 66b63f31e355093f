//! A broker with faults in front of it.

use super::{handle::Faults, links::Listed};
use crate::amqp::{
    AttachFuture, AttachRequest, ConnectionInfo, Credit, Incoming, IncomingEvent, LinkEnd, Message,
    Node, Outgoing, OutgoingEvent, Service, Verdict,
    types::{
        definitions::Error,
        messaging::{DeliveryState, Rejected, TargetArchetype},
        performatives::Attach,
    },
};
use crate::service_bus::engine::path_in;
use std::{
    sync::Arc,
    task::{Context, Poll},
};

/// What [`Faults::service`] gives: a service that refuses when it is told to.
#[derive(Debug)]
pub struct FaultService<S> {
    inner: S,
    faults: Faults,
}

impl Faults {
    /// Puts faults in front of a broker: refused attaches and messages, detached links, and the count of deliveries.
    ///
    /// Requests (to `$cbs` and `$management`) pass, since a refusal is an answer of theirs; the broker asks
    /// [`on_management`](Self::on_management) and [`on_put_token`](Self::on_put_token) itself.
    pub fn service<S: Service>(&self, inner: S) -> FaultService<S> {
        FaultService {
            inner,
            faults: self.clone(),
        }
    }
}

impl<S: Service> Service for FaultService<S> {
    fn attach(&self, request: AttachRequest) -> AttachFuture {
        let Some(address) = Address::of(&request.attach) else {
            return self.inner.attach(request);
        };
        if let Some(error) = self.faults.on_attach(&address.entity) {
            return Box::pin(async move { Err(error) });
        }
        let faults = self.faults.clone();
        let id = faults
            .lock()
            .links
            .add(Arc::clone(&address.entity), request.link.clone());
        let listed = Listed { faults, id };
        let answer = self.inner.attach(request);
        Box::pin(async move {
            let mut attached = answer.await?;
            attached.node = address.wrap(attached.node, listed);
            Ok(attached)
        })
    }

    fn opened(&self, connection: &Arc<ConnectionInfo>) -> Result<(), Error> {
        self.inner.opened(connection)
    }

    fn closed(&self, connection: &Arc<ConnectionInfo>) {
        self.inner.closed(connection);
    }
}

/// Whom a link concerns.
struct Address {
    entity: Arc<str>,
    /// Whether requests go over it, and their answers, instead of messages.
    requests: bool,
}

impl Address {
    /// Reads the end of the link that is the broker's; `None` for `$cbs`, which concerns no entity, and for nothing.
    fn of(attach: &Attach) -> Option<Self> {
        let source = attach.source.as_ref().and_then(|it| it.address.as_deref());
        let target = match attach.target.as_deref() {
            Some(TargetArchetype::Target(target)) => target.address.as_deref(),
            _ => None,
        };
        let sends = attach.role == crate::amqp::types::definitions::Role::Sender;
        let address = if sends { target } else { source }?;
        let path = path_in(address).to_ascii_lowercase();
        let (entity, requests) = match path.strip_suffix("$management") {
            Some(entity) => (entity.trim_end_matches('/'), true),
            None => (&path[..], false),
        };
        (entity != "$cbs").then(|| Self {
            entity: entity.into(),
            requests,
        })
    }

    fn wrap(self, node: Node, listed: Listed) -> Node {
        match node {
            Node::Incoming(inner) => Node::Incoming(Box::new(FaultIncoming {
                inner,
                address: self,
                listed,
            })),
            Node::Outgoing(inner) => Node::Outgoing(Box::new(FaultOutgoing {
                inner,
                address: self,
                listed,
            })),
        }
    }
}

struct FaultIncoming {
    inner: Box<dyn Incoming>,
    address: Address,
    listed: Listed,
}

impl Incoming for FaultIncoming {
    fn message(&mut self, message: Message) -> Verdict {
        if !self.address.requests
            && let Some(error) = self.listed.faults.on_send(&self.address.entity)
        {
            let error = Some(error);
            return Verdict::Settle(DeliveryState::Rejected(Rejected { error }));
        }
        self.inner.message(message)
    }

    fn credit(&self) -> u32 {
        self.inner.credit()
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<IncomingEvent> {
        self.inner.poll(cx)
    }

    fn detached(self: Box<Self>, end: LinkEnd) {
        self.inner.detached(end);
    }
}

struct FaultOutgoing {
    inner: Box<dyn Outgoing>,
    address: Address,
    listed: Listed,
}

impl Outgoing for FaultOutgoing {
    fn poll(&mut self, cx: &mut Context<'_>, credit: u32) -> Poll<OutgoingEvent> {
        let event = self.inner.poll(cx, credit);
        if let Poll::Ready(OutgoingEvent::Deliver(_)) = &event
            && !self.address.requests
        {
            self.listed.faults.delivered(&self.address.entity);
        }
        event
    }

    fn credit(&mut self, credit: Credit<'_>) {
        self.inner.credit(credit);
    }

    fn disposition(
        &mut self,
        tag: &[u8; 16],
        state: Option<DeliveryState>,
        settled: bool,
    ) -> Verdict {
        self.inner.disposition(tag, state, settled)
    }

    fn detached(self: Box<Self>, end: LinkEnd) {
        self.inner.detached(end);
    }
}
