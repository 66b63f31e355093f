use std::cmp::Ordering;

use super::{
    Value,
    number::{self, Number},
    tree::Comparison,
};

/// What a predicate is: `None` is SQL's unknown.
pub(super) type Truth = Option<bool>;

/// How two values compare. Unknown are a null on either side, kinds that do not compare, an order of values that have
/// none, and a NaN.
///
/// Texts compare character by character, with their case.
pub(super) fn compare(left: &Value<'_>, comparison: Comparison, right: &Value<'_>) -> Truth {
    if let (Some(left), Some(right)) = (left.as_text(), right.as_text()) {
        return Some(holds(comparison, left.cmp(right)));
    }
    if let (Some(left), Some(right)) = (Number::of(left), Number::of(right)) {
        return number::compare(left, right).map(|order| holds(comparison, order));
    }
    match (left, right) {
        (Value::Timestamp(left), Value::Timestamp(right)) => {
            Some(holds(comparison, left.cmp(right)))
        }
        (Value::Char(left), Value::Char(right)) => Some(holds(comparison, left.cmp(right))),
        (Value::Char(own), Value::String(text) | Value::Symbol(text)) => Some(holds(
            comparison,
            own.encode_utf8(&mut [0; 4]).as_bytes().cmp(text.as_bytes()),
        )),
        (Value::String(text) | Value::Symbol(text), Value::Char(own)) => Some(holds(
            comparison,
            text.as_bytes().cmp(own.encode_utf8(&mut [0; 4]).as_bytes()),
        )),
        (Value::Bool(left), Value::Bool(right)) => equality(comparison, left == right),
        (Value::Uuid(left), Value::Uuid(right)) => equality(comparison, left == right),
        (Value::Binary(left), Value::Binary(right)) => equality(comparison, left == right),
        _ => None,
    }
}

/// Whether two values are known to be equal.
pub(super) fn are_equal(left: &Value<'_>, right: &Value<'_>) -> bool {
    compare(left, Comparison::Equal, right) == Some(true)
}

fn holds(comparison: Comparison, order: Ordering) -> bool {
    match comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }
}

fn equality(comparison: Comparison, equal: bool) -> Truth {
    match comparison {
        Comparison::Equal => Some(equal),
        Comparison::NotEqual => Some(!equal),
        _ => None,
    }
}
