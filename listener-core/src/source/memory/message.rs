use std::{fmt, sync::Arc};

use bytes::Bytes;

use crate::{
    Claims, Properties,
    context::{RemoteExecutionContext, Text},
    decode::Message,
};

/// A message as somebody sends it to a [`MemoryQueue`](super::MemoryQueue): a body, raw or built by hand, and what goes
/// beside it.
#[derive(Clone)]
#[must_use]
pub struct MemoryMessage {
    body: Body,
    pub(super) claims: Claims,
    pub(super) properties: Properties,
    pub(super) size_exceeded: bool,
}

#[derive(Clone)]
enum Body {
    Context(Arc<RemoteExecutionContext>),
    Raw {
        bytes: Bytes,
        content_type: Option<Text>,
    },
}

impl MemoryMessage {
    /// A body as it was on the wire, without claims.
    pub fn raw(bytes: impl Into<Bytes>, content_type: Option<&str>) -> Self {
        Self::new(Body::Raw {
            bytes: bytes.into(),
            content_type: content_type.map(Text::from),
        })
    }

    fn new(body: Body) -> Self {
        Self {
            body,
            claims: Claims::default(),
            properties: Properties::new(),
            size_exceeded: false,
        }
    }

    /// What is said beside the body.
    pub fn claims(mut self, claims: Claims) -> Self {
        self.claims = claims;
        self
    }

    /// The application properties.
    pub fn properties(mut self, properties: Properties) -> Self {
        self.properties = properties;
        self
    }

    /// That Dataverse cut the message down.
    pub fn size_exceeded(mut self) -> Self {
        self.size_exceeded = true;
        self
    }

    /// The body, read afresh by each delivery.
    pub(super) fn message(&self) -> Message {
        match &self.body {
            Body::Context(context) => Message::from_context(context.clone()),
            Body::Raw {
                bytes,
                content_type,
            } => Message::new(bytes.clone(), content_type.as_deref(), Default::default()),
        }
    }
}

impl From<RemoteExecutionContext> for MemoryMessage {
    /// With the claims that Dataverse sends with it.
    fn from(context: RemoteExecutionContext) -> Self {
        let claims = Claims::of(&context);
        Self::new(Body::Context(Arc::new(context))).claims(claims)
    }
}

impl fmt::Debug for MemoryMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryMessage")
            .field("claims", &self.claims)
            .finish_non_exhaustive()
    }
}
