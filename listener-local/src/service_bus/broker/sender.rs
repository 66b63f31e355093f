//! The link on which a client sends to a queue or topic.

use std::task::{Context, Poll};

use super::{
    Broker,
    access::Pass,
    error::link_error,
    transactions::{Transactions, enlist},
};
use crate::{
    amqp::{
        AttachRequest, Attached, Incoming, IncomingEvent, Message as Sent, Node, Verdict,
        transactions::transaction_of,
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
        transactions: request.connection.extension(),
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
    transactions: Transactions,
}

impl Sender {
    fn send(&self, sent: Sent) -> Result<(), EngineError> {
        let messages = self.messages(sent)?;
        self.namespace.send_batch(&self.path, messages)?;
        Ok(())
    }

    fn messages(&self, sent: Sent) -> Result<Vec<Message>, EngineError> {
        if sent.format == BATCH {
            Message::parse_batch(&sent.payload, self.max_batch)
        } else {
            Ok(vec![Message::parse(sent.payload)?])
        }
    }

    /// Adds a message to the transaction that it names.
    fn enlist(&self, id: &[u8], sent: Sent) -> Verdict {
        let outcome = Outcome::Accepted(Accepted {});
        Verdict::Settle(enlist(&self.transactions, id, outcome, |transaction| {
            transaction.send(&self.path, self.messages(sent)?)
        }))
    }
}

impl Incoming for Sender {
    fn message(&mut self, mut message: Sent) -> Verdict {
        let state = message.state.take();
        if let Some((id, _)) = transaction_of(state.as_ref()) {
            return self.enlist(id, message);
        }
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
