use std::{
    borrow::Cow,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;

use super::{
    DecodeError, DecodeErrorKind, DecodeOptions, Document, Format, Notes, binary_events,
    contract::{self, ContractReader},
    decoded::{Prepared, document, prepare},
    events::Scope,
    index::{Index, Pair, RowIndex, Span},
    json, xml,
};
use crate::context::{RemoteExecutionContext, Text, wire::Slot};

/// A body, and what was read of it so far: each part is read once, and an error stays.
pub(super) struct Body {
    /// As it was received.
    pub(super) raw: Bytes,
    said: Option<Format>,
    options: DecodeOptions,
    inside: OnceLock<Result<Inside, DecodeError>>,
    /// `None` where the format or the root leaves nothing but reading it whole.
    index: OnceLock<Result<Option<Box<Index>>, DecodeError>>,
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
    format: Format,
    options: &'a DecodeOptions,
}

impl<'a> Source<'a> {
    /// Reads the value at that place, where that is in scope.
    pub(super) fn read<T: Slot>(
        self,
        span: Span,
        scopes: &[Scope],
        scope: u16,
    ) -> Result<T, DecodeError> {
        let limits = &self.options.limits;
        match self.format {
            Format::Json => json::read_part(self.bytes, span, limits),
            Format::Xml => {
                let scope = &scopes[usize::from(scope)];
                T::read(&mut ContractReader::new(xml::part(
                    self.bytes, span, scope, limits,
                )?)?)
            }
            Format::Binary => {
                let scope = &scopes[usize::from(scope)];
                let events = binary_events::part(self.bytes, span, scope, limits);
                T::read(&mut ContractReader::new(events)?)
            }
        }
    }

    /// Looks over the row at that place; `None` if it is null.
    pub(super) fn row(
        self,
        span: Span,
        scopes: &[Scope],
        scope: u16,
    ) -> Result<Option<RowIndex>, DecodeError> {
        let limits = &self.options.limits;
        match self.format {
            Format::Json => json::row_at(self.bytes, span, limits),
            Format::Xml => {
                let scope = &scopes[usize::from(scope)];
                contract::row_at(xml::part(self.bytes, span, scope, limits)?, self.bytes)
            }
            Format::Binary => {
                let scope = &scopes[usize::from(scope)];
                contract::row_at(
                    binary_events::part(self.bytes, span, scope, limits),
                    self.bytes,
                )
            }
        }
    }

    /// Whether this is the pair's key.
    pub(super) fn has_key(self, pair: &Pair, key: &str, scopes: &[Scope]) -> bool {
        match self.format {
            Format::Json => json::has_key(pair, self.bytes, key),
            _ if pair.escaped => self
                .read::<Text>(pair.key, scopes, pair.scope)
                .is_ok_and(|text| text == key),
            _ => self.bytes.get(pair.key.range()) == Some(key.as_bytes()),
        }
    }

    /// The last pair with this key.
    pub(super) fn find<'p>(
        self,
        pairs: &'p [Pair],
        key: &str,
        scopes: &[Scope],
    ) -> Option<&'p Pair> {
        pairs
            .iter()
            .rev()
            .find(|pair| self.has_key(pair, key, scopes))
    }
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
            let body = match (body, format) {
                (Cow::Borrowed(body), Format::Xml) => xml::to_utf8(body, &self.options.limits)?,
                (Cow::Owned(body), Format::Xml) => {
                    Cow::Owned(xml::to_utf8(&body, &self.options.limits)?.into_owned())
                }
                (body, _) => body,
            };
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

    fn index(&self, inside: &Inside) -> Result<Option<&Index>, DecodeError> {
        let limits = &self.options.limits;
        let index = self.index.get_or_init(|| {
            let index = match inside.format {
                Format::Json => Some(json::index(json::utf8(&inside.bytes)?, limits)?),
                Format::Xml => xml::index(&inside.bytes, limits)?,
                Format::Binary => binary_events::index(&inside.bytes, limits)?,
            };
            Ok(index.map(Box::new))
        });
        index.as_ref().map(Option::as_deref).map_err(Clone::clone)
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
        let Some(index) = self.index(inside)? else {
            return self.context().map(View::Context);
        };
        let source = Source {
            bytes: &inside.bytes,
            format: inside.format,
            options: &self.options,
        };
        Ok(View::Index(index, source))
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
