use std::{
    sync::{Arc, OnceLock, atomic::AtomicBool},
    time::SystemTime,
};

use super::{Claims, Delivery, Inner, Lock, Session};
use crate::{Properties, context::Text, decode::Message};

/// Makes a [`Delivery`]; see [`Delivery::builder`].
///
/// ```
/// use listener_core::{Claims, Delivery, context::RemoteExecutionContext, decode::Message};
///
/// let context = RemoteExecutionContext::new("Create", "account");
/// let claims = Claims::of(&context);
/// let delivery = Delivery::builder(Message::from_context(context)).claims(claims).attempt(2).build();
/// assert_eq!(delivery.attempt(), 2);
/// ```
#[derive(Debug)]
#[must_use]
pub struct DeliveryBuilder {
    message: Message,
    claims: Claims,
    attempt: u32,
    lock: Lock,
    session: Option<Session>,
    properties: Properties,
    size_exceeded: bool,
    enqueued_at: Option<SystemTime>,
    source: Text,
}

impl DeliveryBuilder {
    pub(super) fn new(message: Message) -> Self {
        Self {
            message,
            claims: Claims::default(),
            attempt: 1,
            lock: Lock::none(),
            session: None,
            properties: Properties::new(),
            size_exceeded: false,
            enqueued_at: None,
            source: Text::default(),
        }
    }

    /// What the sender said beside the body. An empty name counts as none.
    pub fn claims(mut self, claims: Claims) -> Self {
        let said = |name: &Text| !name.is_empty();
        self.claims = claims;
        self.claims.request_name = self.claims.request_name.filter(said);
        self.claims.entity_logical_name = self.claims.entity_logical_name.filter(said);
        self
    }

    /// How often the message was delivered, this delivery included.
    pub fn attempt(mut self, attempt: u32) -> Self {
        self.attempt = attempt;
        self
    }

    /// How long the message is ours.
    pub fn lock(mut self, lock: Lock) -> Self {
        self.lock = lock;
        self
    }

    /// The session that it belongs to.
    pub fn session(mut self, session: Session) -> Self {
        self.session = Some(session);
        self
    }

    /// The application properties.
    pub fn properties(mut self, properties: Properties) -> Self {
        self.properties = properties;
        self
    }

    /// That Dataverse cut the message down: the property `MessageMaxSizeExceeded`, or the header
    /// `x-ms-dynamics-msg-size-exceeded`.
    pub fn size_exceeded(mut self, size_exceeded: bool) -> Self {
        self.size_exceeded = size_exceeded;
        self
    }

    /// When the message reached the broker.
    pub fn enqueued_at(mut self, enqueued_at: SystemTime) -> Self {
        self.enqueued_at = Some(enqueued_at);
        self
    }

    /// The source's name, for logs.
    pub fn source(mut self, name: impl Into<Text>) -> Self {
        self.source = name.into();
        self
    }

    /// The delivery.
    pub fn build(self) -> Delivery {
        let Self {
            message,
            claims,
            attempt,
            lock,
            session,
            properties,
            size_exceeded,
            enqueued_at,
            source,
        } = self;
        Delivery {
            inner: Arc::new(Inner {
                message,
                claims,
                attempt,
                lock,
                session,
                properties,
                size_exceeded,
                enqueued_at,
                source,
                filtered: AtomicBool::new(false),
                route: OnceLock::new(),
            }),
            replaced: None,
            binding: None,
        }
    }
}
