use std::{fmt, sync::Arc};

use bytes::Bytes;
use uuid::Uuid;

use super::{
    DecodeError, DecodeOptions, Format, Notes, Row,
    body::{Body, Source, View},
    index::{Index, Pair},
    row::Place,
};
use crate::context::{EntityImageCollection, RemoteExecutionContext, Text, Value, wire::Slot};

/// A message's body, read as far as somebody asks and no part of it twice.
///
/// The first question costs one shallow pass over the whole body, which checks that it is well formed and notes where
/// its parts are; each answer then decodes its part only. Of .NET binary that is the order and length of its records:
/// what a text of it holds is checked when it is read.
///
/// ```
/// use listener_core::decode::{DecodeOptions, Message};
///
/// let body = br#"{"MessageName":"Create","PrimaryEntityName":"account","Stage":40}"#;
/// let message = Message::new(body.as_slice().into(), Some("application/json"), DecodeOptions::default());
/// assert_eq!(message.message_name()?, "Create");
/// assert_eq!(message.stage()?, Some(40));
///
/// let cut = Message::new(body[..20].to_vec().into(), None, DecodeOptions::default());
/// assert!(cut.check().is_err());
/// # Ok::<(), listener_core::decode::DecodeError>(())
/// ```
pub struct Message(Repr);

#[expect(
    clippy::large_enum_variant,
    reason = "it is mostly the large one, and a box would be one more allocation a message"
)]
enum Repr {
    Context(Arc<RemoteExecutionContext>),
    Body(Body),
}

impl Message {
    /// A message as it was received. Nothing is read yet.
    ///
    /// Its format is that of the content type, unless the body cannot begin so: see [`Format::detect`].
    pub fn new(body: Bytes, content_type: Option<&str>, options: DecodeOptions) -> Self {
        Self(Repr::Body(Body::new(body, content_type, options)))
    }

    /// A message that was decoded already, or built by hand.
    pub fn from_context(context: impl Into<Arc<RemoteExecutionContext>>) -> Self {
        Self(Repr::Context(context.into()))
    }

    /// The body as it was received; `None` for a message that was built from a context.
    pub fn body(&self) -> Option<&Bytes> {
        match &self.0 {
            Repr::Context(_) => None,
            Repr::Body(body) => Some(&body.raw),
        }
    }

    /// The whole context; decoded at the first call.
    ///
    /// # Errors
    /// If the body cannot be decoded; the same error at each call.
    pub fn context(&self) -> Result<&Arc<RemoteExecutionContext>, DecodeError> {
        match &self.0 {
            Repr::Context(context) => Ok(context),
            Repr::Body(body) => body.context(),
        }
    }

    /// Looks over the whole body once: whether it is well formed, and where its parts are. All methods but `context`
    /// rest on it and call it by themselves.
    ///
    /// # Errors
    /// If the body is cut or malformed.
    pub fn check(&self) -> Result<(), DecodeError> {
        self.view().map(|_| ())
    }

    fn view(&self) -> Result<View<'_>, DecodeError> {
        match &self.0 {
            Repr::Context(context) => Ok(View::Context(context)),
            Repr::Body(body) => body.view(),
        }
    }

    /// What had to be done to read the body, beside reading it.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn notes(&self) -> Result<Notes, DecodeError> {
        match &self.0 {
            Repr::Context(_) => Ok(Notes::default()),
            Repr::Body(body) => body.notes(),
        }
    }

    /// What the body is encoded in, inside of all wrappings; `None` for a message that was built from a context.
    ///
    /// # Errors
    /// If it is in no format that this crate knows.
    pub fn format(&self) -> Result<Option<Format>, DecodeError> {
        match &self.0 {
            Repr::Context(_) => Ok(None),
            Repr::Body(body) => body.inside().map(|inside| Some(inside.format)),
        }
    }

    /// `MessageName`; empty if the body does not say.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn message_name(&self) -> Result<&str, DecodeError> {
        Ok(match self.view()? {
            View::Context(context) => context.message_name(),
            View::Index(index, _) => &index.message_name,
        })
    }

    /// `PrimaryEntityName`; empty if the body does not say.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn primary_entity_name(&self) -> Result<&str, DecodeError> {
        Ok(match self.view()? {
            View::Context(context) => context.primary_entity_name(),
            View::Index(index, _) => &index.primary_entity_name,
        })
    }

    /// `PrimaryEntityId`; all zeros if the body does not say.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn primary_entity_id(&self) -> Result<Uuid, DecodeError> {
        Ok(match self.view()? {
            View::Context(context) => context.primary_entity_id(),
            View::Index(index, _) => index.primary_entity_id,
        })
    }

    /// `Stage`, if the body says.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn stage(&self) -> Result<Option<i32>, DecodeError> {
        Ok(match self.view()? {
            View::Context(context) => context.stage.value().copied(),
            View::Index(index, _) => index.stage,
        })
    }

    /// `Mode`, if the body says.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn mode(&self) -> Result<Option<i32>, DecodeError> {
        Ok(match self.view()? {
            View::Context(context) => context.mode.value().copied(),
            View::Index(index, _) => index.mode,
        })
    }

    /// `Depth`, if the body says: how deep in a chain of operations this one is, from 1.
    ///
    /// # Errors
    /// As [`check`](Self::check), or if it is no int.
    pub fn depth(&self) -> Result<Option<i32>, DecodeError> {
        match self.view()? {
            View::Context(context) => Ok(context.depth.value().copied()),
            View::Index(index, source) => member(index, Index::DEPTH, source, "Depth"),
        }
    }

    /// `CorrelationId`, if the body says: the same along a chain of plug-ins.
    ///
    /// # Errors
    /// As [`check`](Self::check), or if it is no guid.
    pub fn correlation_id(&self) -> Result<Option<Uuid>, DecodeError> {
        match self.view()? {
            View::Context(context) => Ok(context.correlation_id.value().copied()),
            View::Index(index, source) => {
                member(index, Index::CORRELATION_ID, source, "CorrelationId")
            }
        }
    }

    /// Whether the Target carries any of these columns; `None` if there is no Target that is an Entity.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn target_has_any(&self, columns: &[&str]) -> Result<Option<bool>, DecodeError> {
        Ok(self
            .target()?
            .map(|target| columns.iter().any(|column| target.has_column(column))))
    }

    /// The Target, if it is an Entity.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn target(&self) -> Result<Option<Row<'_>>, DecodeError> {
        Ok(match self.view()? {
            View::Context(context) => match context.input_parameters().get("Target") {
                Some(Value::Entity(target)) => Some(Row::from(&**target)),
                _ => None,
            },
            View::Index(index, source) => index
                .target
                .as_ref()
                .map(|row| Row::indexed(source, row, Place::Target)),
        })
    }

    /// One input parameter; the Target among them, whole.
    ///
    /// # Errors
    /// As [`check`](Self::check), or if the parameter cannot be decoded.
    pub fn input_parameter(&self, key: &str) -> Result<Option<Value>, DecodeError> {
        match self.view()? {
            View::Context(context) => Ok(context.input_parameters().get(key).cloned()),
            View::Index(index, source) => {
                parameter(index, &index.inputs, key, source, "InputParameters")
            }
        }
    }

    /// One output parameter.
    ///
    /// # Errors
    /// As [`check`](Self::check), or if the parameter cannot be decoded.
    pub fn output_parameter(&self, key: &str) -> Result<Option<Value>, DecodeError> {
        match self.view()? {
            View::Context(context) => Ok(context.output_parameters().get(key).cloned()),
            View::Index(index, source) => {
                parameter(index, &index.outputs, key, source, "OutputParameters")
            }
        }
    }

    /// One shared variable.
    ///
    /// # Errors
    /// As [`check`](Self::check), or if the variable cannot be decoded.
    pub fn shared_variable(&self, key: &str) -> Result<Option<Value>, DecodeError> {
        match self.view()? {
            View::Context(context) => Ok(context.shared_variables().get(key).cloned()),
            View::Index(index, source) => {
                parameter(index, &index.shared, key, source, "SharedVariables")
            }
        }
    }

    /// The names of the pre-images, in the order of the wire.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn pre_image_names(&self) -> Result<Vec<&str>, DecodeError> {
        Ok(match self.view()? {
            View::Context(context) => keys(context.pre_entity_images()),
            View::Index(index, _) => index.pre_images.iter().map(|(name, _)| &**name).collect(),
        })
    }

    /// The names of the post-images, in the order of the wire.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn post_image_names(&self) -> Result<Vec<&str>, DecodeError> {
        Ok(match self.view()? {
            View::Context(context) => keys(context.post_entity_images()),
            View::Index(index, _) => index.post_images.iter().map(|(name, _)| &**name).collect(),
        })
    }

    /// The pre-image of this name, if it is there and not null.
    ///
    /// # Errors
    /// As [`check`](Self::check), or if it is no row.
    pub fn pre_image(&self, name: &str) -> Result<Option<Row<'_>>, DecodeError> {
        match self.view()? {
            View::Context(context) => Ok(image(context.pre_entity_images(), name)),
            View::Index(index, source) => {
                indexed_image(index, &index.pre_images, name, source, Place::PreImage)
            }
        }
    }

    /// The post-image of this name, if it is there and not null.
    ///
    /// # Errors
    /// As [`check`](Self::check), or if it is no row.
    pub fn post_image(&self, name: &str) -> Result<Option<Row<'_>>, DecodeError> {
        match self.view()? {
            View::Context(context) => Ok(image(context.post_entity_images(), name)),
            View::Index(index, source) => {
                indexed_image(index, &index.post_images, name, source, Place::PostImage)
            }
        }
    }
}

fn keys(images: &EntityImageCollection) -> Vec<&str> {
    images.keys().map(Text::as_str).collect()
}

fn image<'a>(images: &'a EntityImageCollection, name: &str) -> Option<Row<'a>> {
    images.get(name).and_then(Option::as_ref).map(Row::from)
}

fn indexed_image<'a>(
    index: &'a Index,
    images: &'a [(Text, Pair)],
    name: &str,
    source: Source<'a>,
    place: fn(&'a str) -> Place<'a>,
) -> Result<Option<Row<'a>>, DecodeError> {
    match images.iter().rev().find(|(key, _)| key == name) {
        Some((name, pair)) => Row::at(source, pair, &index.scopes, place(name)),
        None => Ok(None),
    }
}

fn member<T: Slot>(
    index: &Index,
    nth: usize,
    source: Source<'_>,
    name: &str,
) -> Result<Option<T>, DecodeError> {
    let span = index.members[nth];
    if span.is_empty() {
        return Ok(None);
    }
    source
        .read::<Option<T>>(span, &index.scopes, 0)
        .map_err(|error| error.in_member(name))
}

fn parameter(
    index: &Index,
    pairs: &[Pair],
    key: &str,
    source: Source<'_>,
    collection: &str,
) -> Result<Option<Value>, DecodeError> {
    let Some(pair) = source.find(pairs, key, &index.scopes) else {
        return Ok(None);
    };
    if pair.value.is_empty() {
        return Ok(Some(Value::Null));
    }
    source
        .read(pair.value, &index.scopes, pair.scope)
        .map(Some)
        .map_err(|error| error.in_key(key).in_member(collection))
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("bytes", &self.body().map(Bytes::len))
            .finish_non_exhaustive()
    }
}
