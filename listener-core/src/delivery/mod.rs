//! One message on its way: body, claims, attempt, lock.

mod builder;
mod claims;
mod lock;
mod session;

use std::{
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::SystemTime,
};

use uuid::Uuid;

pub use builder::DeliveryBuilder;
pub use claims::Claims;
pub use lock::{Lock, LockKeeper};
pub use session::{Session, SessionStore};

use crate::{
    Binding, Properties,
    context::{RemoteExecutionContext, Text},
    decode::{DecodeError, Message},
};

/// One message on its way to its listener, and what its source knows of it.
///
/// It is cheap to clone, reads its body as far as somebody asks, and has no power to settle.
///
/// ```
/// use listener_core::{Delivery, context::RemoteExecutionContext};
///
/// let delivery = Delivery::from_context(RemoteExecutionContext::new("Create", "account"));
/// assert_eq!(delivery.message_name()?, "Create");
/// assert_eq!(delivery.attempt(), 1);
/// # Ok::<(), listener_core::decode::DecodeError>(())
/// ```
#[derive(Clone)]
pub struct Delivery {
    inner: Arc<Inner>,
    /// What a layer put in the place of the body.
    replaced: Option<Arc<Message>>,
    /// The router's note: extractors see no route, yet an image needs the name that it gives.
    binding: Option<&'static Binding>,
}

struct Inner {
    message: Message,
    claims: Claims,
    attempt: u32,
    lock: Lock,
    session: Option<Session>,
    properties: Properties,
    size_exceeded: bool,
    enqueued_at: Option<SystemTime>,
    source: Text,
    /// The router's note for the host's count: accepted unheard, because of filtering attributes.
    filtered: AtomicBool,
    /// The router's note for the host, whose own clone has no binding.
    route: OnceLock<&'static Binding>,
}

impl Delivery {
    /// A first delivery of this context, with no claims; for tests.
    pub fn from_context(context: impl Into<Arc<RemoteExecutionContext>>) -> Self {
        Self::builder(Message::from_context(context)).build()
    }

    /// A delivery of this message; what a source makes.
    pub fn builder(message: Message) -> DeliveryBuilder {
        DeliveryBuilder::new(message)
    }

    /// The body.
    pub fn message(&self) -> &Message {
        self.replaced.as_deref().unwrap_or(&self.inner.message)
    }

    /// What the sender said beside the body.
    pub fn claims(&self) -> &Claims {
        &self.inner.claims
    }

    /// How often the message was delivered, this delivery included: 1 the first time. 1 where the transport does not
    /// say.
    pub fn attempt(&self) -> u32 {
        self.inner.attempt
    }

    /// How long the message is ours.
    pub fn lock(&self) -> &Lock {
        &self.inner.lock
    }

    /// The session that the message belongs to; `None` where its source has none.
    pub fn session(&self) -> Option<&Session> {
        self.inner.session.as_ref()
    }

    /// The application properties; for HTTP none.
    pub fn properties(&self) -> &Properties {
        &self.inner.properties
    }

    /// Whether Dataverse cut the message down because it was too large, and nobody put the whole one in its place:
    /// InputParameters, images and ParentContext are empty.
    pub fn size_exceeded(&self) -> bool {
        self.inner.size_exceeded && self.replaced.is_none()
    }

    /// When the message reached the broker, by the broker's clock; `None` where the transport does not say.
    pub fn enqueued_at(&self) -> Option<SystemTime> {
        self.inner.enqueued_at
    }

    /// The source's name, for logs.
    pub fn source(&self) -> &str {
        &self.inner.source
    }

    /// The binding by which the router chose the listener; `None` before, and for the fallback.
    pub fn binding(&self) -> Option<&'static Binding> {
        self.binding
    }

    /// The message's name: the claim, or else what the body says; empty if neither does.
    ///
    /// # Errors
    /// If there is no claim and the body is cut or malformed.
    pub fn message_name(&self) -> Result<&str, DecodeError> {
        match &self.inner.claims.request_name {
            Some(name) => Ok(name),
            None => self.message().message_name(),
        }
    }

    /// The table's logical name: the claim, or else what the body says; `none` for messages without one, empty if
    /// neither says.
    ///
    /// # Errors
    /// If there is no claim and the body is cut or malformed.
    pub fn primary_entity_name(&self) -> Result<&str, DecodeError> {
        match &self.inner.claims.entity_logical_name {
            Some(name) => Ok(name),
            None => self.message().primary_entity_name(),
        }
    }

    /// The row's id; all zeros for messages without one.
    ///
    /// # Errors
    /// If the body is cut or malformed.
    pub fn primary_entity_id(&self) -> Result<Uuid, DecodeError> {
        self.message().primary_entity_id()
    }

    /// The same delivery with another body: what a layer passes on that fetched a truncated record again.
    #[must_use]
    pub fn with_message(mut self, message: Message) -> Self {
        self.replaced = Some(Arc::new(message));
        self
    }

    pub(crate) fn bound_to(mut self, binding: &'static Binding) -> Self {
        // The first stays, where a layer calls a router twice.
        let _ = self.inner.route.set(binding);
        self.binding = Some(binding);
        self
    }

    /// The binding by which the router chose the listener, in whichever clone of this delivery.
    pub(crate) fn route(&self) -> Option<&'static Binding> {
        self.inner.route.get().copied()
    }

    pub(crate) fn note_filtered(&self) {
        self.inner.filtered.store(true, Ordering::Relaxed);
    }

    pub(crate) fn was_filtered(&self) -> bool {
        self.inner.filtered.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for Delivery {
    /// Names and numbers, no values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("source", &self.inner.source)
            .field("claims", &self.inner.claims)
            .field("attempt", &self.inner.attempt)
            .field("size_exceeded", &self.inner.size_exceeded)
            .field("lock", &self.inner.lock)
            .finish_non_exhaustive()
    }
}
