use std::borrow::Cow;

use super::{
    DecodeError, DecodeErrorKind, DecodeOptions, Document, Format, Wrapping, binary_events,
    format::{skip_space, strip_byte_order_mark},
    json, repair,
    unwrap::unwrap,
};

/// A decoded body.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// What it says.
    pub document: Document,
    /// What it was encoded in, inside of all wrappings.
    pub format: Format,
    /// What had to be done to read it.
    pub notes: Notes,
}

/// What had to be done to read a body, beside reading it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notes {
    /// How many halves of surrogate pairs stood alone in its texts; each is read as U+FFFD.
    pub lone_surrogates: usize,
    /// Its text was encoded twice, which was undone.
    pub repaired_encoding: bool,
    /// What was around it, from the outside in.
    pub unwrapped: Vec<Wrapping>,
}

/// A body without anything around it.
pub(super) struct Prepared<'a> {
    pub(super) body: Cow<'a, [u8]>,
    pub(super) format: Format,
    pub(super) notes: Notes,
}

/// Decodes a whole body.
///
/// Its format is that of its content type, unless it cannot begin so: see [`Format::detect`].
///
/// ```
/// use listener_core::decode::{DecodeOptions, Document, decode};
///
/// let body = br#"{"MessageName":"Create","PrimaryEntityName":"account","Stage":40}"#;
/// let decoded = decode(body, Some("application/json"), &DecodeOptions::default())?;
/// let Document::Context(context) = decoded.document else { panic!("a context") };
/// assert_eq!(context.message_name(), "Create");
/// # Ok::<(), listener_core::decode::DecodeError>(())
/// ```
///
/// # Errors
/// If the body is in no format that this crate reads, is cut or malformed, says something else than its contract
/// allows, or reaches a limit.
pub fn decode(
    body: &[u8],
    content_type: Option<&str>,
    options: &DecodeOptions,
) -> Result<Decoded, DecodeError> {
    prepare(body, content_type, options)?.decode(options)
}

/// Takes off what is around a body.
pub(super) fn prepare<'a>(
    body: &'a [u8],
    content_type: Option<&str>,
    options: &DecodeOptions,
) -> Result<Prepared<'a>, DecodeError> {
    // Places in a body are kept in 32 bits.
    let most = options.limits.bytes.min(u32::MAX as usize);
    if body.len() > most {
        let text = format!(
            "expected a body of at most {most} bytes, found {}",
            body.len()
        );
        return Err(DecodeError::new(DecodeErrorKind::Limit, text));
    }
    let mut notes = Notes::default();
    let body = match options.repair_encoding.then(|| repair(body)).flatten() {
        Some(repaired) => {
            notes.repaired_encoding = true;
            Cow::Owned(repaired)
        }
        None => Cow::Borrowed(body),
    };
    let plain = strip_byte_order_mark(&body);
    // An object is JSON whatever its sender called it, and in no wrapping.
    if skip_space(plain).starts_with(b"{") {
        return Ok(Prepared {
            body: match body {
                Cow::Borrowed(body) => Cow::Borrowed(strip_byte_order_mark(body)),
                repaired => repaired,
            },
            format: Format::Json,
            notes,
        });
    }
    let (body, format) = match body {
        Cow::Borrowed(body) => {
            let unwrapped = unwrap(body, content_type, &options.limits)?;
            notes.unwrapped = unwrapped.wrappings;
            (unwrapped.body, unwrapped.format)
        }
        Cow::Owned(body) => {
            let unwrapped = unwrap(&body, content_type, &options.limits)?;
            notes.unwrapped = unwrapped.wrappings;
            (Cow::Owned(unwrapped.body.into_owned()), unwrapped.format)
        }
    };
    Ok(Prepared {
        body,
        format,
        notes,
    })
}

impl Prepared<'_> {
    pub(super) fn decode(self, options: &DecodeOptions) -> Result<Decoded, DecodeError> {
        let mut notes = self.notes;
        let (document, lone_surrogates) = document(&self.body, self.format, options)?;
        notes.lone_surrogates = lone_surrogates;
        Ok(Decoded {
            document,
            format: self.format,
            notes,
        })
    }
}

/// Reads a body of that format, and tells how many lone surrogates it had.
pub(super) fn document(
    body: &[u8],
    format: Format,
    options: &DecodeOptions,
) -> Result<(Document, usize), DecodeError> {
    match format {
        Format::Json => json::document(json::utf8(body)?, &options.limits),
        Format::Xml => Ok((super::xml(body, &options.limits)?, 0)),
        Format::Binary => Ok((binary_events::document(body, &options.limits)?, 0)),
    }
}
