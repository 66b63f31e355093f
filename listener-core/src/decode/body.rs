use std::{
    borrow::Cow,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;

use super::{
    DecodeError, DecodeErrorKind, DecodeOptions, Document, Format, Notes,
    decoded::{Prepared, document, prepare},
    json::{Index, utf8},
};
use crate::context::RemoteExecutionContext;

/// A body, and what was read of it so far: each part is read once, and an error stays.
pub(super) struct Body {
    /// As it was received.
    pub(super) raw: Bytes,
    said: Option<Format>,
    options: DecodeOptions,
    inside: OnceLock<Result<Inside, DecodeError>>,
    index: OnceLock<Result<Box<Index>, DecodeError>>,
    context: OnceLock<Result<Whole, DecodeError>>,
}

/// A body without anything around it.
pub(super) struct Inside {
    pub(super) bytes: Bytes,
    pub(super) format: Format,
    notes: Notes,
}

struct Whole {
    context: Arc<RemoteExecutionContext>,
    lone_surrogates: usize,
}

/// What answers questions about a message.
pub(super) enum View<'a> {
    Context(&'a Arc<RemoteExecutionContext>),
    Index(&'a Index, Source<'a>),
}

/// Where the parts of an index are read from.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) options: &'a DecodeOptions,
}

impl Body {
    pub(super) fn new(raw: Bytes, content_type: Option<&str>, options: DecodeOptions) -> Self {
        Self {
            raw,
            said: content_type.and_then(Format::from_content_type),
            options,
            inside: OnceLock::new(),
            index: OnceLock::new(),
            context: OnceLock::new(),
        }
    }

    pub(super) fn inside(&self) -> Result<&Inside, DecodeError> {
        let inside = self.inside.get_or_init(|| {
            let Prepared {
                body,
                format,
                notes,
            } = prepare(
                &self.raw,
                self.said.map(Format::content_type),
                &self.options,
            )?;
            Ok(Inside {
                bytes: match body {
                    Cow::Borrowed(part) => self.raw.slice_ref(part),
                    Cow::Owned(bytes) => bytes.into(),
                },
                format,
                notes,
            })
        });
        inside.as_ref().map_err(Clone::clone)
    }

    fn index(&self, inside: &Inside) -> Result<&Index, DecodeError> {
        let index = self
            .index
            .get_or_init(|| Index::of(utf8(&inside.bytes)?, &self.options.limits).map(Box::new));
        index.as_deref().map_err(Clone::clone)
    }

    fn whole(&self) -> Result<&Whole, DecodeError> {
        let whole = self.context.get_or_init(|| {
            let inside = self.inside()?;
            let (document, lone_surrogates) =
                document(&inside.bytes, inside.format, &self.options)?;
            let found = match document {
                Document::Context(context) => {
                    return Ok(Whole {
                        context: Arc::new(context),
                        lone_surrogates,
                    });
                }
                Document::Fault(_) => "a `ServiceEndpointFault`".to_owned(),
                Document::Text(text) => format!("a string of {} bytes", text.len()),
            };
            Err(DecodeError::new(
                DecodeErrorKind::WrongType,
                format!("expected an execution context, found {found}"),
            ))
        });
        whole.as_ref().map_err(Clone::clone)
    }

    pub(super) fn context(&self) -> Result<&Arc<RemoteExecutionContext>, DecodeError> {
        self.whole().map(|whole| &whole.context)
    }

    /// The context if it is decoded already or must be, else the index.
    pub(super) fn view(&self) -> Result<View<'_>, DecodeError> {
        if let Some(Ok(whole)) = self.context.get() {
            return Ok(View::Context(&whole.context));
        }
        let inside = self.inside()?;
        if inside.format != Format::Json {
            return self.context().map(View::Context);
        }
        let source = Source {
            bytes: &inside.bytes,
            options: &self.options,
        };
        Ok(View::Index(self.index(inside)?, source))
    }

    pub(super) fn notes(&self) -> Result<Notes, DecodeError> {
        let view = self.view()?;
        let mut notes = self.inside()?.notes.clone();
        notes.lone_surrogates = match view {
            View::Context(_) => self.whole()?.lone_surrogates,
            View::Index(index, _) => index.lone_surrogates,
        };
        Ok(notes)
    }
}
