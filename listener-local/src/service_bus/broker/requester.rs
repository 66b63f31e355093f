//! The link that takes requests in.

use super::{
    Broker, cbs,
    error::refusal,
    management,
    node::Node,
    replies::{Outbox, Replies},
    reply::{self, Answer, Failure, path_or_name},
    request::Request,
    work::on_disk,
};
use crate::amqp::{
    AttachRequest, Attached, ConnectionInfo, Incoming, IncomingEvent, Later, Message, Node as End,
    Verdict,
    types::{
        definitions::{AmqpError, Error},
        messaging::{Accepted, DeliveryState, MessageId},
    },
};
use std::{
    sync::Arc,
    task::{Context, Poll, ready},
};

/// How many requests of a link may be on their way.
const CREDIT: u32 = 100;

/// A link to `$cbs` or `$management`.
pub(super) fn attach(broker: Broker, node: Node, request: &AttachRequest) -> Attached {
    let path = match &node {
        Node::Cbs => "$cbs".to_owned(),
        Node::Management(entity) | Node::Entity(entity) => format!("{entity}/$management"),
    };
    let requester = Requester {
        replies: request.connection.extension(),
        connection: Arc::clone(&request.connection),
        channel: request.link.channel,
        broker,
        node,
        path,
        later: Later::default(),
    };
    Attached::to(request, End::Incoming(Box::new(requester)))
}

struct Requester {
    broker: Broker,
    node: Node,
    path: String,
    replies: Replies,
    connection: Arc<ConnectionInfo>,
    channel: u16,
    later: Later<Answered>,
}

/// An answer that is given when what was done for it is on the disk.
struct Answered {
    outbox: Arc<Outbox>,
    id: Option<MessageId>,
    answer: Answer,
}

impl Requester {
    fn answer(&self, request: &Request) -> Result<Answer, Failure> {
        match &self.node {
            Node::Cbs => cbs::answer(&self.broker, &self.connection, request),
            Node::Management(entity) | Node::Entity(entity) => {
                if let Some(error) = self.broker.faults.on_management(entity) {
                    return Err(Failure::busy(error.description.unwrap_or_default()));
                }
                management::answer(&self.broker, entity, request)
            }
        }
    }
}

impl Incoming for Requester {
    fn message(&mut self, message: Message) -> Verdict {
        let request = match Request::read(message.payload) {
            Ok(request) => request,
            // Nobody knows where to send the answer.
            Err(failure) => {
                return Verdict::Settle(DeliveryState::Rejected(failure.into()));
            }
        };
        let reply_to = request.reply_to().map(path_or_name);
        let found = self
            .replies
            .find(self.channel, &self.path, reply_to.as_deref());
        let Some(outbox) = found else {
            return Verdict::Detach(refusal(
                AmqpError::PreconditionFailed,
                "expected a link for the answers before the first request: attach a receiver to the same node",
            ));
        };
        let answer = self.answer(&request);
        let sent = match (answer, on_disk(&self.broker.namespace)) {
            (Ok(answer), Some(doing)) => {
                let id = request.id().cloned();
                let answered = Answered { outbox, id, answer };
                self.later.push(answered, doing);
                Ok(())
            }
            (answer, _) => {
                if let Err(failure) = &answer {
                    tracing::debug!(node = self.path, %failure, "Refused a request.");
                }
                send(&outbox, request.id(), &answer)
            }
        };
        match sent {
            Ok(()) => Verdict::Settle(DeliveryState::Accepted(Accepted {})),
            Err(error) => Verdict::Detach(error),
        }
    }

    fn credit(&self) -> u32 {
        CREDIT
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<IncomingEvent> {
        loop {
            let (answered, result) = ready!(self.later.poll(cx));
            let Answered { outbox, id, answer } = answered;
            let answer = match result {
                Ok(()) => Ok(answer),
                Err(error) => Err(Failure::busy(error.description.unwrap_or_default())),
            };
            if let Err(error) = send(&outbox, id.as_ref(), &answer) {
                return Poll::Ready(IncomingEvent::Detach(error));
            }
        }
    }
}

fn send(
    outbox: &Outbox,
    id: Option<&MessageId>,
    answer: &Result<Answer, Failure>,
) -> Result<(), Error> {
    outbox.push(reply::write(id, answer)).map_err(|_| {
        refusal(
            AmqpError::ResourceLimitExceeded,
            "too many answers wait for the client to take them",
        )
    })
}
