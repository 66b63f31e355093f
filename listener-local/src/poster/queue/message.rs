use std::fmt;

use bytes::Bytes;
use listener_core::{
    amqp::{Message, Value},
    context::RemoteExecutionContext,
    decode::Format,
};

use super::{
    super::{PostError, body::Body, kept},
    Claims,
};

/// The largest body that Dataverse posts to a queue or topic, in bytes of its own serialiser's output in the endpoint's
/// format.
pub const QUEUE_BODY_LIMIT: usize = 196_608;

/// The application property of a message whose context was trimmed. Unlike the claims it has no URI in front.
pub const MESSAGE_MAX_SIZE_EXCEEDED: &str = "MessageMaxSizeExceeded";

/// A context as Dataverse writes it for a queue or topic.
///
/// Dataverse sets no subject, session, partition key or time to live: queues that need sessions cannot be posted to,
/// and the entity's own time to live counts. `Debug` shows names and sizes, no data.
///
/// ```
/// use listener_core::{context::RemoteExecutionContext, decode::Format};
/// use listener_local::poster::{BrokeredMessage, Claims};
///
/// let context = RemoteExecutionContext::new("Create", "account");
/// let message = BrokeredMessage::new(context, Format::Binary, &Claims::default())?;
/// assert_eq!(message.content_type(), "application/msbin1");
/// assert!(!message.is_trimmed());
/// # Ok::<_, listener_local::poster::PostError>(())
/// ```
#[derive(Clone)]
pub struct BrokeredMessage {
    body: Bytes,
    format: Format,
    correlation_id: String,
    properties: Vec<(&'static str, Value)>,
    trimmed: bool,
}

impl BrokeredMessage {
    /// Writes a context in a format. One whose body is larger than [`QUEUE_BODY_LIMIT`] is
    /// [trimmed](crate::poster::trim), and says so by [`MESSAGE_MAX_SIZE_EXCEEDED`].
    ///
    /// # Errors
    ///
    /// If the context cannot be written in this format, or is too large even when trimmed: Dataverse sends nothing then.
    pub fn new(
        context: RemoteExecutionContext,
        format: Format,
        claims: &Claims,
    ) -> Result<Self, PostError> {
        Self::of(context, None, format, claims)
    }

    /// As [`new`](Self::new), of a message that was kept, in a file or a queue: in the wanted format it goes out byte for
    /// byte as it is, if it fits; from another format it is decoded and written.
    ///
    /// # Errors
    ///
    /// If the message cannot be decoded or is no context, and as [`new`](Self::new).
    pub fn from_kept(
        message: impl Into<Bytes>,
        format: Format,
        claims: &Claims,
    ) -> Result<Self, PostError> {
        let (context, original) = kept::read(message.into(), format)?;
        Self::of(context, original, format, claims)
    }

    pub(super) fn of(
        context: RemoteExecutionContext,
        original: Option<Bytes>,
        format: Format,
        claims: &Claims,
    ) -> Result<Self, PostError> {
        let correlation_id = context.correlation_id().braced().to_string();
        let mut properties = claims.of(&context);
        let Body { bytes, trimmed } = Body::fit(original, context, format, QUEUE_BODY_LIMIT)?;
        if trimmed {
            properties.push((MESSAGE_MAX_SIZE_EXCEEDED, Value::Bool(true)));
        }
        Ok(Self {
            body: bytes,
            format,
            correlation_id,
            properties,
            trimmed,
        })
    }

    /// The body: one data section.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// That of the format: `application/msbin1`, `application/json` or `application/xml`.
    pub fn content_type(&self) -> &'static str {
        self.format.content_type()
    }

    /// The context's `CorrelationId` in braces, unlike a webhook's header.
    pub fn correlation_id(&self) -> &str {
        &self.correlation_id
    }

    /// The application properties: the claims, of which those about users may be null, and the mark of a trimmed one.
    pub fn properties(&self) -> &[(&'static str, Value)] {
        &self.properties
    }

    /// Whether the context was trimmed, because it was larger than [`QUEUE_BODY_LIMIT`].
    pub fn is_trimmed(&self) -> bool {
        self.trimmed
    }

    /// For the wire, under this id.
    ///
    /// Dataverse sets no id, so that its library draws a new one for each attempt: detection of duplicates does not find
    /// a message that was sent twice.
    pub fn to_amqp(&self, message_id: &str) -> Message {
        let message = Message::new(self.body.clone())
            .content_type(self.content_type())
            .message_id(message_id)
            .correlation_id(&*self.correlation_id);
        self.properties
            .iter()
            .fold(message, |message, (name, value)| {
                message.property(*name, value.clone())
            })
    }
}

impl fmt::Debug for BrokeredMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.properties.iter().map(|(name, _)| name).collect();
        f.debug_struct("BrokeredMessage")
            .field("body", &format_args!("{} bytes", self.body.len()))
            .field("content_type", &self.content_type())
            .field("properties", &names)
            .field("trimmed", &self.trimmed)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
