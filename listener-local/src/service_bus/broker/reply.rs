//! Answers, and the link that takes them to the client.

use std::task::{Context, Poll};

use bytes::Bytes;

use super::{
    node::path_of,
    replies::{Entered, Replies},
};
use crate::{
    amqp::{
        AttachRequest, Attached, Delivery, Node, Outgoing, OutgoingEvent, Verdict, serde_amqp,
        serde_amqp::{Value, primitives::Symbol},
        types::{
            definitions::{Error, ErrorCondition},
            messaging::{
                AmqpValue, ApplicationProperties, DeliveryState, MessageId, Properties, Rejected,
                TargetArchetype,
            },
            primitives::SimpleValue,
        },
    },
    service_bus::engine::EngineError,
};

/// What a request got. Its status is HTTP's.
#[derive(Debug)]
pub(super) enum Answer {
    /// 200 with a body.
    Ok(Value),
    /// 202: a token was taken.
    Accepted,
    /// 204: there is nothing (more).
    Nothing,
}

/// Why a request was refused.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    status: i32,
    condition: &'static str,
    description: String,
}

impl Failure {
    pub(super) fn new(
        status: i32,
        condition: &'static str,
        description: impl Into<String>,
    ) -> Self {
        Self {
            status,
            condition,
            description: description.into(),
        }
    }

    /// 401, which clients do not try again.
    pub(super) fn unauthorized(why: &str) -> Self {
        Self::new(401, "amqp:unauthorized-access", why)
    }

    /// 503, which clients try again after a pause.
    pub(super) fn busy(why: impl Into<String>) -> Self {
        Self::new(503, "com.microsoft:server-busy", why)
    }

    /// 400: a part of the request is not what it has to be.
    pub(super) fn expected(what: &str, name: &str) -> Self {
        let description = format!("expected {what} `{name}`, found something else or nothing");
        Self::new(400, "com.microsoft:argument-error", description)
    }
}

impl From<&EngineError> for Failure {
    fn from(error: &EngineError) -> Self {
        let status = match error {
            EngineError::NotFound { .. } | EngineError::MessageNotFound { .. } => 404,
            EngineError::AlreadyExists { .. } | EngineError::SessionCannotBeLocked => 409,
            EngineError::MessageLockLost | EngineError::SessionLockLost => 410,
            EngineError::Timeout | EngineError::TransactionTimeout => 408,
            EngineError::Storage(_) => 503,
            EngineError::Disabled | EngineError::NotAllowed(_) | EngineError::LimitExceeded(_) => {
                403
            }
            EngineError::TooLarge { .. }
            | EngineError::Argument(_)
            | EngineError::Malformed { .. } => 400,
        };
        Self::new(status, error.condition(), error.to_string())
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.description, self.condition)
    }
}

impl From<Failure> for Rejected {
    fn from(failure: Failure) -> Self {
        let condition = ErrorCondition::Custom(Symbol::from(failure.condition));
        Self {
            error: Some(Error::new(condition, failure.description, None)),
        }
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        Self::from(&error)
    }
}

/// Writes an answer; its names are spelt in both ways that clients look for.
pub(super) fn write(id: Option<&MessageId>, answer: &Result<Answer, Failure>) -> Bytes {
    let (status, description, body) = match answer {
        Ok(Answer::Ok(value)) => (200, "OK", value),
        Ok(Answer::Accepted) => (202, "Accepted", &Value::Null),
        Ok(Answer::Nothing) => (204, "No Content", &Value::Null),
        Err(failure) => (failure.status, failure.description.as_str(), &Value::Null),
    };
    let mut facts = ApplicationProperties::default();
    for name in ["status-code", "statusCode"] {
        facts.0.insert(name.to_owned(), SimpleValue::Int(status));
    }
    for name in ["status-description", "statusDescription"] {
        let description = SimpleValue::String(description.to_owned());
        facts.0.insert(name.to_owned(), description);
    }
    if let Err(failure) = answer {
        for name in ["error-condition", "errorCondition"] {
            let condition = SimpleValue::Symbol(Symbol::from(failure.condition));
            facts.0.insert(name.to_owned(), condition);
        }
    }
    let properties = Properties {
        correlation_id: id.cloned(),
        ..Properties::default()
    };
    let mut out = Vec::with_capacity(256);
    for section in [
        serde_amqp::to_vec(&properties),
        serde_amqp::to_vec(&facts),
        serde_amqp::to_vec(&AmqpValue(body)),
    ] {
        out.extend(section.expect("values of the engine's own making encode"));
    }
    out.into()
}

/// A link from `$cbs` or `$management`.
pub(super) fn attach(path: &str, request: &AttachRequest) -> Attached {
    let replies: Replies = request.connection.extension();
    let target = match request.attach.target.as_deref() {
        Some(TargetArchetype::Target(target)) => target.address.as_deref(),
        _ => None,
    };
    let entered = replies.enter(
        request.link.channel,
        &request.attach.name,
        path,
        target.map(path_or_name).as_deref(),
    );
    let node = ReplyLink { entered, sent: 0 };
    Attached::to(request, Node::Outgoing(Box::new(node)))
}

/// As a request's reply-to is compared: a path, if it is an address of this server.
pub(super) fn path_or_name(text: &str) -> String {
    match text.contains("://") {
        true => path_of(text),
        false => text.to_owned(),
    }
}

struct ReplyLink {
    entered: Entered,
    sent: u64,
}

impl Outgoing for ReplyLink {
    fn poll(&mut self, cx: &mut Context<'_>, credit: u32) -> Poll<OutgoingEvent> {
        self.entered.outbox().poll(cx, credit).map(|body| {
            self.sent += 1;
            OutgoingEvent::Deliver(Delivery {
                tag: u128::from(self.sent).to_be_bytes(),
                format: 0,
                // Some clients never settle answers, and the server would hold them for ever.
                settled: true,
                head: Bytes::new(),
                body,
            })
        })
    }

    fn disposition(&mut self, _: &[u8; 16], state: Option<DeliveryState>, _: bool) -> Verdict {
        state.map_or(Verdict::Later, Verdict::Settle)
    }
}
