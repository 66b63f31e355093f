//! The link on which a client sends to a queue or topic.

use std::task::{Context, Poll};

use super::{
    Broker,
    access::Pass,
    error::link_error,
    work::{Open, on_disk},
};
use crate::{
    amqp::{
        AttachRequest, Attached, DeliveryId, Incoming, IncomingEvent, Later, Message as Sent, Node,
        Verdict,
        transactions::{provisional, transaction_of},
        types::{
            definitions::Error,
            messaging::{Accepted, DeliveryState, Outcome, Rejected},
        },
    },
    service_bus::engine::{EngineError, EntityKind, Message, Namespace},
};

/// The message format of a batch: each data section holds a message.
const BATCH: u32 = 0x8001_3700;

/// A link to the entity at `path`.
pub(super) fn attach(
    broker: &Broker,
    path: String,
    request: &AttachRequest,
    pass: Option<Pass>,
) -> Result<Attached, Error> {
    let options = broker.namespace.options();
    match broker.namespace.describe(&path) {
        Ok(entity) if entity.kind == EntityKind::Subscription => {
            return Err(link_error(&EngineError::NotAllowed(
                "a subscription cannot be sent to: send to its topic",
            )));
        }
        Ok(entity) if !entity.options.status.can_send() => {
            return Err(link_error(&EngineError::Disabled));
        }
        Ok(_) => {}
        // It comes to be with its first message, which tells whether it is to have sessions.
        Err(EngineError::NotFound { .. }) if options.create_on_use => {}
        Err(error) => return Err(link_error(&error)),
    }
    let sender = Sender {
        namespace: broker.namespace.clone(),
        max_batch: options.max_batch,
        path,
        pass,
        open: request.connection.extension(),
        later: Later::default(),
    };
    let mut attached = Attached::to(request, Node::Incoming(Box::new(sender)));
    // Clients size their batches by it.
    attached.max_message_size = u64::try_from(options.max_message_bytes).ok();
    Ok(attached)
}

struct Sender {
    namespace: Namespace,
    path: String,
    max_batch: usize,
    pass: Option<Pass>,
    open: Open,
    later: Later<DeliveryId>,
}

impl Sender {
    fn send(&mut self, sent: Sent) -> Result<Verdict, EngineError> {
        let messages = if sent.format == BATCH {
            Message::parse_batch(&sent.payload, self.max_batch)?
        } else {
            vec![Message::parse(sent.payload)?]
        };
        let accepted = Accepted {};
        if let Some((id, _)) = transaction_of(sent.state.as_ref()) {
            let sent = self.open.enlist(id, |work| {
                let sent = work.transaction.send(&self.path, messages);
                sent.map_err(|error| link_error(&error))
            });
            return Ok(Verdict::Settle(match sent {
                Ok(()) => provisional(id, Outcome::Accepted(accepted)),
                Err(error) => rejected(error),
            }));
        }
        self.namespace.send_batch(&self.path, messages)?;
        Ok(match on_disk(&self.namespace) {
            Some(doing) => {
                self.later.push(sent.id, doing);
                Verdict::Later
            }
            None => Verdict::Settle(DeliveryState::Accepted(accepted)),
        })
    }
}

fn rejected(error: Error) -> DeliveryState {
    DeliveryState::Rejected(Rejected { error: Some(error) })
}

impl Incoming for Sender {
    fn message(&mut self, message: Sent) -> Verdict {
        self.send(message).unwrap_or_else(|error| match error {
            EngineError::NotFound { .. } | EngineError::Disabled => {
                Verdict::Detach(link_error(&error))
            }
            _ => Verdict::Settle(rejected(link_error(&error))),
        })
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<IncomingEvent> {
        if let Poll::Ready((id, result)) = self.later.poll(cx) {
            let accepted = |()| DeliveryState::Accepted(Accepted {});
            let state = result.map_or_else(rejected, accepted);
            return Poll::Ready(IncomingEvent::Settle(id, state));
        }
        match &mut self.pass {
            Some(pass) => pass.poll(cx).map(IncomingEvent::Detach),
            None => Poll::Pending,
        }
    }
}
