use std::fmt;

use ::serde::de::{self, Expected, Unexpected};

use crate::decode::{DecodeError, DecodeErrorKind, clip};

/// What serde makes errors of. Its own texts would show the value that did not fit: these do not.
#[derive(Debug)]
pub(super) struct Error(pub(super) DecodeError);

/// The most characters of a text that a type gave its error.
const LONGEST: usize = 200;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Error {}

impl From<DecodeError> for Error {
    fn from(error: DecodeError) -> Self {
        Self(error)
    }
}

/// The kind of what was found, without what it is.
fn kind(found: &Unexpected<'_>) -> String {
    let kind = match found {
        Unexpected::Bool(_) => "a boolean",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "a whole number",
        Unexpected::Float(_) => "a number",
        Unexpected::Char(_) => "a character",
        Unexpected::Str(text) => return format!("a string of {} bytes", text.len()),
        Unexpected::Bytes(bytes) => return format!("{} bytes", bytes.len()),
        Unexpected::Unit => "null",
        Unexpected::Option => "an optional value",
        Unexpected::NewtypeStruct => "a value",
        Unexpected::Seq => "a list",
        Unexpected::Map => "a map",
        Unexpected::Enum
        | Unexpected::UnitVariant
        | Unexpected::NewtypeVariant
        | Unexpected::TupleVariant
        | Unexpected::StructVariant => "a variant of an enum",
        Unexpected::Other(_) => "another value",
    };
    kind.to_owned()
}

fn fault(kind: DecodeErrorKind, text: String) -> Error {
    Error(DecodeError::new(kind, text))
}

impl de::Error for Error {
    /// A text of the user's type goes through as written, clipped.
    fn custom<T: fmt::Display>(text: T) -> Self {
        let text: String = text.to_string().chars().take(LONGEST).collect();
        fault(DecodeErrorKind::WrongType, text)
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let found = kind(&found);
        fault(
            DecodeErrorKind::WrongType,
            format!("expected {expected}, found {found}"),
        )
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let found = kind(&found);
        fault(
            DecodeErrorKind::OutOfRange,
            format!("expected {expected}, found {found} that is none"),
        )
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        fault(
            DecodeErrorKind::WrongType,
            format!("expected {expected}, found {length} items"),
        )
    }

    fn unknown_variant(found: &str, expected: &'static [&'static str]) -> Self {
        let (expected, length) = (expected.join("`, `"), found.len());
        fault(
            DecodeErrorKind::OutOfRange,
            format!("expected one of `{expected}`, found another string of {length} bytes"),
        )
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let (field, expected) = (clip(field), expected.join("`, `"));
        fault(
            DecodeErrorKind::WrongType,
            format!("expected one of `{expected}`, found `{field}`"),
        )
    }

    fn missing_field(field: &'static str) -> Self {
        fault(
            DecodeErrorKind::Missing,
            format!(
                "Missing {field}: it is not in the message; make the field an `Option` if it may be missing or null"
            ),
        )
    }

    fn duplicate_field(field: &'static str) -> Self {
        fault(
            DecodeErrorKind::Duplicate,
            format!("`{field}` stands twice"),
        )
    }
}
