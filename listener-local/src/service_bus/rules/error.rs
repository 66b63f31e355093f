use std::{borrow::Cow, error::Error, fmt};

/// Where in an expression something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The character of the line, from 1.
    pub column: usize,
}

/// Why a text is no filter or no action.
///
/// It tells where, what was expected there, and of what kind and size that is which was found; never a value or a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    position: Position,
    expected: Cow<'static, str>,
    found: Cow<'static, str>,
}

impl ParseError {
    pub(super) fn new(
        position: Position,
        expected: impl Into<Cow<'static, str>>,
        found: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            position,
            expected: expected.into(),
            found: found.into(),
        }
    }

    /// Where it is.
    pub fn position(&self) -> Position {
        self.position
    }

    /// What may stand there.
    pub fn expected(&self) -> &str {
        &self.expected
    }

    /// What stands there: its kind and size.
    pub fn found(&self) -> &str {
        &self.found
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { line, column } = self.position;
        let Self {
            expected, found, ..
        } = self;
        write!(
            f,
            "line {line}, column {column}: expected {expected}, found {found}"
        )
    }
}

impl Error for ParseError {}

/// Why an expression has no result for this message.
///
/// Service Bus dead-letters such a message if its subscription has `EnableDeadLetteringOnFilterEvaluationExceptions`,
/// and passes it over if not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EvaluateError {
    /// A whole number or a decimal divided by zero.
    DivisionByZero,
    /// A result that its type cannot hold.
    Overflow,
    /// An operator that these kinds of values do not have.
    Kinds {
        /// The operator.
        operator: &'static str,
        /// The kind of the value on its left; of its only one, if it takes one.
        left: &'static str,
        /// The kind of the value on its right.
        right: &'static str,
    },
    /// `property()` with a name that is no string, but this.
    PropertyName(&'static str),
    /// `property()` with the name of a system property that does not exist.
    SystemProperty,
    /// `ESCAPE` with something else than one character.
    Escape,
    /// A text longer than an expression may make, in bytes.
    TextTooLong(usize),
    /// A system property that cannot hold a value of this kind.
    Unfit {
        /// The name of the property.
        property: &'static str,
        /// The kind of the value.
        kind: &'static str,
    },
}

impl fmt::Display for EvaluateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DivisionByZero => f.write_str("expected a divisor other than zero"),
            Self::Overflow => {
                f.write_str("expected a result that its type can hold, found a larger one")
            }
            Self::Kinds {
                operator,
                left,
                right,
            } => {
                write!(
                    f,
                    "expected numbers with `{operator}`, found {left} and {right}"
                )
            }
            Self::PropertyName(kind) => {
                write!(
                    f,
                    "expected a string as the name of a property, found {kind}"
                )
            }
            Self::SystemProperty => {
                f.write_str("expected the name of a system property, found another")
            }
            Self::Escape => f.write_str("expected one character after `ESCAPE`"),
            Self::TextTooLong(bytes) => write!(
                f,
                "expected at most {} bytes of text, found {bytes}",
                super::limits::RESULT_LIMIT
            ),
            Self::Unfit { property, kind } => {
                write!(
                    f,
                    "expected a value that `sys.{property}` can hold, found {kind}"
                )
            }
        }
    }
}

impl Error for EvaluateError {}
