//! Numbers: JSON has one kind of them, the other formats four.

use rust_decimal::{Decimal, prelude::ToPrimitive};

use super::{FromValue, out_of_range, wrong};
use crate::{
    context::{Value, wire::Enumeration},
    decode::DecodeError,
};

/// A number in the form that its format left it in.
enum Numeric<'a> {
    Integer(i64),
    Decimal(Decimal),
    Double(f64),
    Text(&'a str),
}

/// The primitives of XML Schema that are numbers and have no variant of their own.
const NUMERIC: [&str; 7] = [
    "short",
    "byte",
    "unsignedByte",
    "unsignedShort",
    "unsignedInt",
    "unsignedLong",
    "float",
];
/// No exponent beyond this one fits a decimal, unless all digits are zeros.
const MAX_EXPONENT: i32 = 60;

impl<'a> Numeric<'a> {
    fn of(value: &'a Value, expected: &str) -> Result<Self, DecodeError> {
        let enumerated = match value {
            Value::Int(value) => return Ok(Self::Integer((*value).into())),
            Value::Long(value) => return Ok(Self::Integer(*value)),
            Value::Decimal(value) => return Ok(Self::Decimal(*value)),
            Value::Double(value) => return Ok(Self::Double(*value)),
            Value::Number(value) => return Ok(Self::Text(value.as_str())),
            Value::Primitive(value) if NUMERIC.contains(&&*value.type_name.local) => {
                return Ok(Self::Text(value.text.trim()));
            }
            // In JSON an enum in such a slot is a number, so that it is one wherever it comes from.
            Value::AccessRights(value) => value.number(),
            Value::ConcurrencyBehavior(value) => value.number(),
            _ => None,
        };
        enumerated
            .map(|number| Self::Integer(number.into()))
            .ok_or_else(|| wrong(expected, value))
    }

    /// The whole number that it is; an error if it has a fraction, or none is that large.
    fn integer(&self, expected: &str) -> Result<i128, DecodeError> {
        let whole = |decimal: Decimal| {
            if decimal.is_integer() {
                decimal.to_i128()
            } else {
                None
            }
        };
        let integer = match self {
            Self::Integer(value) => Some(i128::from(*value)),
            Self::Decimal(value) => whole(*value),
            Self::Double(value) => double_text(*value)
                .and_then(|text| decimal(&text))
                .and_then(whole),
            Self::Text(text) => match text.parse() {
                Ok(integer) => Some(integer),
                Err(_) => decimal(text).and_then(whole),
            },
        };
        integer.ok_or_else(|| out_of_range(expected, self.unfit()))
    }

    fn decimal(&self) -> Result<Decimal, DecodeError> {
        let decimal = match self {
            Self::Integer(value) => Some(Decimal::from(*value)),
            Self::Decimal(value) => Some(*value),
            Self::Double(value) => double_text(*value).and_then(|text| decimal(&text)),
            Self::Text(text) => decimal(text),
        };
        decimal.ok_or_else(|| {
            out_of_range(
                "a decimal, which holds 28 digits",
                "a number that needs more, or is none; a field of type `f64` reads it",
            )
        })
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "the nearest double is what was asked for"
    )]
    fn double(&self) -> Result<f64, DecodeError> {
        match self {
            Self::Integer(value) => Ok(*value as f64),
            Self::Double(value) => Ok(*value),
            // Through its text, as it comes in JSON: that rounds once.
            Self::Decimal(value) => Ok(value.to_string().parse().unwrap_or(f64::NAN)),
            Self::Text("INF") => Ok(f64::INFINITY),
            Self::Text("-INF") => Ok(f64::NEG_INFINITY),
            Self::Text("NaN") => Ok(f64::NAN),
            Self::Text(text) => match text.parse() {
                Ok(value) if f64::is_finite(value) => Ok(value),
                _ => Err(out_of_range("a double", "a number beyond its range")),
            },
        }
    }

    /// Why it is no integer.
    fn unfit(&self) -> &'static str {
        match self.double() {
            Ok(value) if value.is_nan() => "NaN",
            Ok(value) if value.is_finite() && value.fract() != 0.0 => "a number with a fraction",
            _ => "a number beyond that",
        }
    }
}

/// A double as JSON has it: 15 significant digits if they read back the same, else 17. So a decimal comes out the same
/// whether the double was named as such or came as a number in JSON.
fn double_text(value: f64) -> Option<String> {
    if !value.is_finite() {
        return None;
    }
    let short = format!("{value:.14e}");
    let text = if short.parse() == Ok(value) {
        short
    } else {
        format!("{value:.16e}")
    };
    let (mantissa, exponent) = text.split_once('e')?;
    let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
    Some(format!("{mantissa}e{exponent}"))
}

/// The exact decimal of a number's text, with its scale; `None` if a decimal cannot hold it.
fn decimal(text: &str) -> Option<Decimal> {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else {
        return crate::decode::lexical::decimal(text);
    };
    let mut value = crate::decode::lexical::decimal(mantissa)?;
    if value.is_zero() {
        return Some(value);
    }
    let mut exponent: i32 = exponent.parse().ok()?;
    if exponent.abs() > MAX_EXPONENT {
        return None;
    }
    while exponent < 0 {
        if value.scale() < 28 {
            value.set_scale(value.scale() + 1).ok()?;
        } else {
            // The last digit is dropped only if it is a zero.
            let shorter = value.normalize();
            if shorter.scale() == value.scale() {
                return None;
            }
            value = shorter;
            continue;
        }
        exponent += 1;
    }
    while exponent > 0 {
        if value.scale() > 0 {
            value.set_scale(value.scale() - 1).ok()?;
        } else {
            value = value.checked_mul(Decimal::TEN)?;
        }
        exponent -= 1;
    }
    Some(value)
}

macro_rules! integers {
    ($($type:ty, $expected:literal;)*) => { $(
        impl FromValue for $type {
            fn from_value(value: &Value) -> Result<Self, DecodeError> {
                if let Value::Int(value) = value
                    && let Ok(value) = Self::try_from(*value)
                {
                    return Ok(value);
                }
                let integer = Numeric::of(value, $expected)?.integer($expected)?;
                Self::try_from(integer).map_err(|_| out_of_range($expected, "a number beyond that"))
            }
        }
    )* };
}

integers! {
    i8, "a whole number of 8 bits";
    i16, "a whole number of 16 bits";
    i32, "a whole number of 32 bits";
    i64, "a whole number of 64 bits";
    u8, "a whole number from 0 to 255";
    u16, "a whole number of 16 bits, without sign";
    u32, "a whole number of 32 bits, without sign";
    u64, "a whole number of 64 bits, without sign";
}

impl FromValue for f64 {
    fn from_value(value: &Value) -> Result<Self, DecodeError> {
        Numeric::of(value, "a number")?.double()
    }
}

impl FromValue for f32 {
    /// The nearest one.
    fn from_value(value: &Value) -> Result<Self, DecodeError> {
        let double = f64::from_value(value)?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the nearest float is what was asked for"
        )]
        let float = double as Self;
        if float.is_infinite() && double.is_finite() {
            return Err(out_of_range("a float of 32 bits", "a number beyond that"));
        }
        Ok(float)
    }
}

impl FromValue for Decimal {
    fn from_value(value: &Value) -> Result<Self, DecodeError> {
        Numeric::of(value, "a decimal")?.decimal()
    }
}

impl FromValue for bool {
    fn from_value(value: &Value) -> Result<Self, DecodeError> {
        match value {
            Value::Boolean(value) => Ok(*value),
            Value::BooleanManagedProperty(property) => property
                .value
                .value()
                .copied()
                .ok_or_else(|| wrong("a boolean", value)),
            other => Err(wrong("a boolean", other)),
        }
    }
}
