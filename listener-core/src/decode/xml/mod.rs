//! Text XML.

mod encoding;
mod events;
mod scopes;
mod tokens;

use std::borrow::Cow;

use super::{
    DecodeError, Document, Limits, contract,
    events::Scope,
    index::{Index, Span},
};
use events::XmlEvents;

/// Reads a document of text XML.
pub(crate) fn document(body: &[u8], limits: &Limits) -> Result<Document, DecodeError> {
    let text = encoding::text(body, limits)?;
    contract::document(XmlEvents::new(&text, limits))
        .map_err(|error| error.moved(|offset| encoding::place(body, &text, offset)))
}

/// A document in UTF-8, whatever it came in.
pub(super) fn to_utf8<'a>(body: &'a [u8], limits: &Limits) -> Result<Cow<'a, [u8]>, DecodeError> {
    Ok(match encoding::text(body, limits)? {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    })
}

/// Looks over a document in UTF-8; `None` if it is no bare context.
pub(super) fn index(body: &[u8], limits: &Limits) -> Result<Option<Index>, DecodeError> {
    contract::index(XmlEvents::new(&encoding::text(body, limits)?, limits), body)
}

/// Stands at a part of a document in UTF-8.
pub(super) fn part<'a>(
    body: &'a [u8],
    span: Span,
    scope: &'a Scope,
    limits: &Limits,
) -> Result<XmlEvents<'a>, DecodeError> {
    // Safe code has no way to say that this was checked before, and a part is short.
    let text = super::json::utf8(&body[span.range()])?;
    Ok(XmlEvents::part(text, span.start(), scope, limits))
}

#[cfg(test)]
mod tests;
