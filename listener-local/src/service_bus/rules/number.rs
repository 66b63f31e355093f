use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::{EvaluateError, Value, tree::Operator};

/// A number as C# promotes it: all whole ones in one type wide enough for each, which no comparison can lose.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    Whole(i128),
    Decimal(Decimal),
    Float(f32),
    Double(f64),
}

impl Number {
    /// The number that `value` is, if it is one.
    pub(super) fn of(value: &Value<'_>) -> Option<Self> {
        Some(match value {
            Value::Ubyte(number) => Self::Whole((*number).into()),
            Value::Ushort(number) => Self::Whole((*number).into()),
            Value::Uint(number) => Self::Whole((*number).into()),
            Value::Ulong(number) => Self::Whole((*number).into()),
            Value::Byte(number) => Self::Whole((*number).into()),
            Value::Short(number) => Self::Whole((*number).into()),
            Value::Int(number) => Self::Whole((*number).into()),
            Value::Long(number) => Self::Whole((*number).into()),
            Value::Float(number) => Self::Float(*number),
            Value::Double(number) => Self::Double(*number),
            Value::Decimal(digits) => Self::Decimal(digits.parse().ok()?),
            _ => return None,
        })
    }

    pub(super) fn to_double(self) -> f64 {
        match self {
            Self::Whole(number) => number as f64,
            Self::Decimal(number) => number.try_into().unwrap_or(f64::NAN),
            Self::Float(number) => number.into(),
            Self::Double(number) => number,
        }
    }

    fn to_float(self) -> Option<f32> {
        match self {
            Self::Whole(number) => Some(number as f32),
            Self::Float(number) => Some(number),
            Self::Decimal(_) | Self::Double(_) => None,
        }
    }

    pub(super) fn to_decimal(self) -> Option<Decimal> {
        match self {
            Self::Whole(number) => Decimal::try_from_i128_with_scale(number, 0).ok(),
            Self::Decimal(number) => Some(number),
            Self::Float(_) | Self::Double(_) => None,
        }
    }
}

/// How two numbers compare; `None` with a NaN.
pub(super) fn compare(left: Number, right: Number) -> Option<Ordering> {
    if let (Number::Whole(left), Number::Whole(right)) = (left, right) {
        return Some(left.cmp(&right));
    }
    if let (Some(left), Some(right)) = (left.to_decimal(), right.to_decimal()) {
        return Some(left.cmp(&right));
    }
    if let (Some(left), Some(right)) = (left.to_float(), right.to_float()) {
        return left.partial_cmp(&right);
    }
    left.to_double().partial_cmp(&right.to_double())
}

/// `left` and `right` under `operator`, in the wider of their types.
pub(super) fn calculate(
    operator: Operator,
    left: Number,
    right: Number,
) -> Result<Value<'static>, EvaluateError> {
    if let (Number::Whole(left), Number::Whole(right)) = (left, right) {
        return whole(operator, left, right);
    }
    if let (Some(left), Some(right)) = (left.to_decimal(), right.to_decimal()) {
        return decimal(operator, left, right);
    }
    if let (Some(left), Some(right)) = (left.to_float(), right.to_float()) {
        return Ok(Value::Float(match operator {
            Operator::Add => left + right,
            Operator::Subtract => left - right,
            Operator::Multiply => left * right,
            Operator::Divide => left / right,
            Operator::Remainder => left % right,
        }));
    }
    let (left, right) = (left.to_double(), right.to_double());
    Ok(Value::Double(match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide => left / right,
        Operator::Remainder => left % right,
    }))
}

fn whole(operator: Operator, left: i128, right: i128) -> Result<Value<'static>, EvaluateError> {
    if right == 0 && matches!(operator, Operator::Divide | Operator::Remainder) {
        return Err(EvaluateError::DivisionByZero);
    }
    let result = match operator {
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        Operator::Divide => left.checked_div(right),
        Operator::Remainder => left.checked_rem(right),
    };
    from_whole(result.ok_or(EvaluateError::Overflow)?)
}

/// A `long`, or a `ulong` where only that holds it.
fn from_whole(number: i128) -> Result<Value<'static>, EvaluateError> {
    i64::try_from(number)
        .map(Value::Long)
        .or_else(|_| u64::try_from(number).map(Value::Ulong))
        .map_err(|_| EvaluateError::Overflow)
}

fn decimal(
    operator: Operator,
    left: Decimal,
    right: Decimal,
) -> Result<Value<'static>, EvaluateError> {
    if right.is_zero() && matches!(operator, Operator::Divide | Operator::Remainder) {
        return Err(EvaluateError::DivisionByZero);
    }
    let result = match operator {
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        Operator::Divide => left.checked_div(right),
        Operator::Remainder => left.checked_rem(right),
    };
    Ok(Value::Decimal(
        result.ok_or(EvaluateError::Overflow)?.to_string().into(),
    ))
}

/// The number with the other sign.
pub(super) fn negate(number: Number) -> Result<Value<'static>, EvaluateError> {
    match number {
        Number::Whole(number) => from_whole(-number),
        Number::Decimal(number) => Ok(Value::Decimal((-number).to_string().into())),
        Number::Float(number) => Ok(Value::Float(-number)),
        Number::Double(number) => Ok(Value::Double(-number)),
    }
}
