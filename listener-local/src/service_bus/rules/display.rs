use std::fmt::{self, Display, Formatter};

use super::{
    Value,
    token::KEYWORDS,
    tree::{Node, Property},
};

/// How strongly a node binds: what binds less than its place asks for stands in parentheses.
fn precedence(node: &Node) -> u8 {
    match node {
        Node::Or(_) => 0,
        Node::And(_) => 1,
        Node::Not(_) => 2,
        Node::Compare { .. } | Node::IsNull { .. } | Node::In { .. } | Node::Like { .. } => 3,
        Node::Arithmetic { rest, .. } if rest.iter().any(|(operator, _)| operator.is_sum()) => 4,
        Node::Arithmetic { .. } => 5,
        Node::Plus(_) | Node::Minus(_) => 6,
        _ => 7,
    }
}

/// A node in a place that takes what binds at least as `least` does.
struct At<'a> {
    node: &'a Node,
    least: u8,
}

impl Display for At<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if precedence(self.node) < self.least {
            return write!(f, "({})", self.node);
        }
        self.node.fmt(f)
    }
}

fn at(node: &Node, least: u8) -> At<'_> {
    At { node, least }
}

fn not(negated: bool) -> &'static str {
    if negated { "NOT " } else { "" }
}

/// The normal form: the same tree when parsed again.
impl Display for Node {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Or(parts) => separated(f, parts, " OR ", 1),
            Self::And(parts) => separated(f, parts, " AND ", 2),
            Self::Not(inner) => write!(f, "NOT {}", at(inner, 2)),
            Self::Compare {
                left,
                comparison,
                right,
            } => {
                write!(f, "{} {} {}", at(left, 4), comparison.sign(), at(right, 4))
            }
            Self::IsNull { property, negated } => write!(f, "{property} IS {}NULL", not(*negated)),
            Self::In {
                value,
                list,
                negated,
            } => {
                write!(f, "{} {}IN (", at(value, 4), not(*negated))?;
                separated(f, list, ", ", 4)?;
                f.write_str(")")
            }
            Self::Like {
                value,
                pattern,
                escape,
                negated,
            } => {
                write!(
                    f,
                    "{} {}LIKE {}",
                    at(value, 4),
                    not(*negated),
                    at(pattern, 4)
                )?;
                if let Some(escape) = escape {
                    write!(f, " ESCAPE {}", at(escape, 4))?;
                }
                Ok(())
            }
            Self::Exists(property) => write!(f, "EXISTS({property})"),
            Self::Arithmetic { first, rest } => {
                let least = precedence(self) + 1;
                at(first, least).fmt(f)?;
                rest.iter().try_for_each(|(operator, next)| {
                    write!(f, " {} {}", operator.sign(), at(next, least))
                })
            }
            Self::Plus(inner) => write!(f, "+{}", at(inner, 6)),
            // A number behind a minus would take it for its own.
            Self::Minus(inner) => match **inner {
                Self::Literal(Value::Long(_) | Value::Double(_)) => write!(f, "-({inner})"),
                _ => write!(f, "-{}", at(inner, 6)),
            },
            Self::Literal(value) => literal(f, value),
            Self::Parameter(name) => {
                f.write_str("@")?;
                identifier(f, name)
            }
            Self::Property(property) => property.fmt(f),
            Self::NewId => f.write_str("newid()"),
            Self::PropertyFunction(name) => write!(f, "property({name})"),
        }
    }
}

fn separated(f: &mut Formatter<'_>, parts: &[Node], separator: &str, least: u8) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(separator)?;
        }
        at(part, least).fmt(f)?;
    }
    Ok(())
}

/// Only the kinds that the parser makes; others stand in no tree.
fn literal(f: &mut Formatter<'_>, value: &Value<'_>) -> fmt::Result {
    match value {
        Value::Bool(true) => f.write_str("TRUE"),
        Value::Bool(false) => f.write_str("FALSE"),
        Value::Long(number) => number.fmt(f),
        // With a point or an exponent, by which it is no integer.
        Value::Double(number) => write!(f, "{number:?}"),
        Value::String(text) => write!(f, "'{}'", text.replace('\'', "''")),
        _ => f.write_str("NULL"),
    }
}

impl Display for Property {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::System(property) => write!(f, "sys.{}", property.name()),
            Self::User { name, scoped } => {
                if *scoped {
                    f.write_str("user.")?;
                }
                identifier(f, name)
            }
        }
    }
}

fn identifier(f: &mut Formatter<'_>, name: &str) -> fmt::Result {
    let plain = name.starts_with(char::is_alphabetic)
        && name
            .chars()
            .all(|next| next.is_alphanumeric() || next == '_')
        && !KEYWORDS
            .iter()
            .any(|keyword| keyword.eq_ignore_ascii_case(name));
    if plain {
        f.write_str(name)
    } else {
        write!(f, "[{}]", name.replace(']', "]]"))
    }
}
