//! The link on which a client sends to a queue or topic.

use std::task::{Context, Poll};

use super::{Broker, access::Pass, error::link_error};
use crate::{
    amqp::{
        AttachRequest, Attached, Incoming, IncomingEvent, Message as Sent, Node, Verdict,
        types::{
            definitions::Error,
            messaging::{Accepted, DeliveryState, Rejected},
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
}

impl Sender {
    fn send(&self, sent: Sent) -> Result<(), EngineError> {
        let messages = if sent.format == BATCH {
            Message::parse_batch(&sent.payload, self.max_batch)?
        } else {
            vec![Message::parse(sent.payload)?]
        };
        self.namespace.send_batch(&self.path, messages)?;
        Ok(())
    }
}

impl Incoming for Sender {
    fn message(&mut self, message: Sent) -> Verdict {
        match self.send(message) {
            Ok(()) => Verdict::Settle(DeliveryState::Accepted(Accepted {})),
            Err(error @ (EngineError::NotFound { .. } | EngineError::Disabled)) => {
                Verdict::Detach(link_error(&error))
            }
            Err(error) => Verdict::Settle(DeliveryState::Rejected(Rejected {
                error: Some(link_error(&error)),
            })),
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<IncomingEvent> {
        match &mut self.pass {
            Some(pass) => pass.poll(cx).map(IncomingEvent::Detach),
            None => Poll::Pending,
        }
    }
}
