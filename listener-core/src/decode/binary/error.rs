use std::fmt;

use super::RecordId;

/// Why binary XML could not be read.
///
/// It says what was expected, the kind and size of what was found (never its value: that is somebody's business data),
/// and at which byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BinaryError {
    fault: Fault,
    offset: usize,
}

/// What kind of fault a [`BinaryError`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BinaryErrorKind {
    /// The bytes end too early.
    UnexpectedEnd,
    /// A record that cannot stand here, or that does not exist.
    UnexpectedRecord,
    /// Bytes are left after the document.
    TrailingBytes,
    /// A length or a count that no writer can mean: negative, zero, or longer than its form allows.
    Length,
    /// Text that is not in its encoding.
    Encoding,
    /// A value outside of what its type holds.
    OutOfRange,
    /// A dictionary string that nobody defined.
    Dictionary,
    /// A prefix that is not bound, or bound as it must not be; an attribute or a declaration that stands twice.
    Namespace,
    /// A limit of [`Limits`](super::Limits) is reached.
    Limit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The bytes end where this should come.
    Nothing(&'static str),
    /// Fewer bytes are left than this takes.
    Cut {
        expected: &'static str,
        wanted: usize,
        left: usize,
    },
    Record {
        expected: &'static str,
        found: RecordId,
    },
    Trailing(usize),
    Length {
        expected: &'static str,
        found: &'static str,
    },
    Encoding {
        expected: &'static str,
        size: usize,
    },
    Range {
        expected: &'static str,
        found: &'static str,
    },
    Dictionary {
        id: usize,
        expected: &'static str,
    },
    Prefix(usize),
    Twice(&'static str),
    Reserved(&'static str),
    Limit {
        what: &'static str,
        most: usize,
    },
}

impl BinaryError {
    #[cold]
    pub(super) const fn new(fault: Fault, offset: usize) -> Self {
        Self { fault, offset }
    }

    /// What kind of fault it is.
    pub const fn kind(&self) -> BinaryErrorKind {
        match self.fault {
            Fault::Nothing(_) | Fault::Cut { .. } => BinaryErrorKind::UnexpectedEnd,
            Fault::Record { .. } => BinaryErrorKind::UnexpectedRecord,
            Fault::Trailing(_) => BinaryErrorKind::TrailingBytes,
            Fault::Length { .. } => BinaryErrorKind::Length,
            Fault::Encoding { .. } => BinaryErrorKind::Encoding,
            Fault::Range { .. } => BinaryErrorKind::OutOfRange,
            Fault::Dictionary { .. } => BinaryErrorKind::Dictionary,
            Fault::Prefix(_) | Fault::Twice(_) | Fault::Reserved(_) => BinaryErrorKind::Namespace,
            Fault::Limit { .. } => BinaryErrorKind::Limit,
        }
    }

    /// Where it is, in bytes from the start of the document: the first byte that is wrong, or that is missing.
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// What was expected and what was found, without the offset.
    pub const fn message(&self) -> impl fmt::Display + use<> {
        self.fault
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Nothing(expected) => write!(f, "expected {expected}, found the end of the bytes"),
            Self::Cut {
                expected,
                wanted,
                left,
            } => write!(
                f,
                "expected {expected} of {wanted} bytes, found {left} before the end of the bytes"
            ),
            Self::Record { expected, found } if found.is_reserved() => {
                write!(
                    f,
                    "expected {expected}, found the reserved id {:02X}",
                    found.0
                )
            }
            Self::Record { expected, found } => {
                write!(f, "expected {expected}, found `{found}` ({:02X})", found.0)
            }
            Self::Trailing(left) => {
                write!(
                    f,
                    "expected the end of the document, found {left} bytes more"
                )
            }
            Self::Length { expected, found } | Self::Range { expected, found } => {
                write!(f, "expected {expected}, found {found}")
            }
            Self::Encoding { expected, size } => {
                write!(
                    f,
                    "expected {expected}, found {size} bytes of which some are not"
                )
            }
            Self::Dictionary { id, expected } => {
                write!(f, "expected {expected}, found the dictionary string {id}")
            }
            Self::Prefix(size) => write!(
                f,
                "expected a prefix that an element in scope declares, found one of {size} bytes that none does"
            ),
            Self::Twice(what) => write!(f, "expected each {what} once, found one twice"),
            Self::Reserved(found) => {
                write!(f, "expected a declaration that XML allows, found {found}")
            }
            Self::Limit { what, most } => write!(f, "expected at most {most} {what}, found more"),
        }
    }
}

impl fmt::Display for BinaryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, at byte {}", self.fault, self.offset)
    }
}

impl std::error::Error for BinaryError {}
