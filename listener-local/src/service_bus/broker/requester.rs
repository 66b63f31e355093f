//! The link that takes requests in.

use super::{
    Broker, cbs,
    error::refusal,
    management,
    node::Node,
    replies::Replies,
    reply::{self, Answer, Failure, path_or_name},
    request::Request,
};
use crate::amqp::{
    AttachRequest, Attached, Incoming, Message, Node as End, Verdict,
    types::{
        definitions::AmqpError,
        messaging::{Accepted, DeliveryState},
    },
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
        connection: std::sync::Arc::clone(&request.connection),
        channel: request.link.channel,
        broker,
        node,
        path,
    };
    Attached::to(request, End::Incoming(Box::new(requester)))
}

struct Requester {
    broker: Broker,
    node: Node,
    path: String,
    replies: Replies,
    connection: std::sync::Arc<crate::amqp::ConnectionInfo>,
    channel: u16,
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
        if let Err(failure) = &answer {
            tracing::debug!(node = self.path, failure = %failure, "Refused a request.");
        }
        match outbox.push(reply::write(request.id(), &answer)) {
            Ok(()) => Verdict::Settle(DeliveryState::Accepted(Accepted {})),
            Err(_) => Verdict::Detach(refusal(
                AmqpError::ResourceLimitExceeded,
                "too many answers wait for the client to take them",
            )),
        }
    }

    fn credit(&self) -> u32 {
        CREDIT
    }
}
