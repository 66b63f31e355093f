use super::{SystemProperty, Value};

/// A parsed expression: a predicate, which is true, false or unknown, or a value.
///
/// Chains of one precedence are flat, so that their length does not count as depth.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Or(Vec<Node>),
    And(Vec<Node>),
    Not(Box<Node>),
    Compare {
        left: Box<Node>,
        comparison: Comparison,
        right: Box<Node>,
    },
    IsNull {
        property: Property,
        negated: bool,
    },
    In {
        value: Box<Node>,
        list: Vec<Node>,
        negated: bool,
    },
    Like {
        value: Box<Node>,
        pattern: Box<Node>,
        escape: Option<Box<Node>>,
        negated: bool,
    },
    Exists(Property),
    /// A value and what is done to it, from left to right: operators of one precedence.
    Arithmetic {
        first: Box<Node>,
        rest: Vec<(Operator, Node)>,
    },
    Plus(Box<Node>),
    Minus(Box<Node>),
    Literal(Value<'static>),
    Parameter(String),
    Property(Property),
    NewId,
    PropertyFunction(Box<Node>),
}

impl Node {
    /// Whether it is true, false or unknown, and no value.
    pub(super) fn is_predicate(&self) -> bool {
        matches!(
            self,
            Self::Or(_)
                | Self::And(_)
                | Self::Not(_)
                | Self::Compare { .. }
                | Self::IsNull { .. }
                | Self::In { .. }
                | Self::Like { .. }
                | Self::Exists(_)
        )
    }

    /// Whether it may stand where a predicate has to: also a value that can be a boolean.
    pub(super) fn can_be_predicate(&self) -> bool {
        self.is_predicate()
            || matches!(
                self,
                Self::Literal(Value::Bool(_) | Value::Null)
                    | Self::Parameter(_)
                    | Self::Property(_)
                    | Self::PropertyFunction(_)
            )
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Property {
    System(SystemProperty),
    User {
        name: String,
        /// Whether `user.` stands before it.
        scoped: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    pub(super) fn from_sign(sign: &str) -> Option<Self> {
        Some(match sign {
            "=" => Self::Equal,
            "<>" | "!=" => Self::NotEqual,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            _ => return None,
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Operator {
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }

    /// Whether it is `+` or `-`, which bind less than the others.
    pub(super) fn is_sum(self) -> bool {
        matches!(self, Self::Add | Self::Subtract)
    }
}
