//! Numbers and dates as the .NET Framework prints them.

use std::fmt::{self, Write};

use rust_decimal::Decimal;

use crate::context::{Number, Primitive};

/// A double: 15 significant digits if they read back the same, else 17; plain where the exponent allows.
pub(crate) struct Double(pub(crate) f64);

/// A decimal with its scale. The sign of a zero is not written.
pub(crate) struct Exact<'a>(pub(crate) &'a Decimal);

/// Enough for `-d.dddddddddddddddde-ddd`.
#[derive(Default)]
struct Scientific {
    bytes: [u8; 32],
    len: usize,
}

impl Write for Scientific {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        self.bytes
            .get_mut(self.len..end)
            .ok_or(fmt::Error)?
            .copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

impl Scientific {
    fn of(value: f64, digits: usize) -> Result<Self, fmt::Error> {
        let mut text = Self::default();
        write!(text, "{value:.*e}", digits - 1)?;
        Ok(text)
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }
}

impl fmt::Display for Double {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.0;
        if !value.is_finite() {
            return f.write_str(if value.is_nan() {
                "NaN"
            } else if value > 0.0 {
                "INF"
            } else {
                "-INF"
            });
        }
        if value.is_sign_negative() {
            f.write_str("-")?;
        }
        let value = value.abs();
        let (mut precision, mut text) = (15, Scientific::of(value, 15)?);
        if text.as_str().parse() != Ok(value) {
            (precision, text) = (17, Scientific::of(value, 17)?);
        }
        let (mantissa, exponent) = text.as_str().split_once('e').ok_or(fmt::Error)?;
        let exponent: i32 = exponent.parse().map_err(|_| fmt::Error)?;
        let (head, tail) = mantissa.split_once('.').ok_or(fmt::Error)?;
        let tail = tail.trim_end_matches('0');
        if exponent < -4 || exponent >= precision {
            let point = if tail.is_empty() { "" } else { "." };
            let sign = if exponent < 0 { '-' } else { '+' };
            return write!(
                f,
                "{head}{point}{tail}E{sign}{:02}",
                exponent.unsigned_abs()
            );
        }
        let places = exponent.unsigned_abs() as usize;
        if exponent < 0 {
            return write!(f, "0.{:0<zeros$}{head}{tail}", "", zeros = places - 1);
        }
        match tail.split_at_checked(places) {
            Some((whole, "")) => write!(f, "{head}{whole}"),
            Some((whole, fraction)) => write!(f, "{head}{whole}.{fraction}"),
            None => write!(f, "{head}{tail:0<places$}"),
        }
    }
}

impl fmt::Display for Exact<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_zero() {
            self.0.abs().fmt(f)
        } else {
            self.0.fmt(f)
        }
    }
}

/// Whether JSON writes this primitive as a bare number.
pub(crate) fn is_number(primitive: &Primitive) -> bool {
    let numeric = matches!(
        &*primitive.type_name.local,
        "short"
            | "byte"
            | "unsignedByte"
            | "unsignedShort"
            | "unsignedInt"
            | "unsignedLong"
            | "float"
    );
    numeric && Number::new(&primitive.text).is_some()
}

/// The text of a `char`, which XML and binary write as the number of its UTF-16 unit and JSON as itself.
pub(crate) fn character(primitive: &Primitive) -> Option<char> {
    if &*primitive.type_name.local != "char" {
        return None;
    }
    let unit: u16 = primitive.text.parse().ok()?;
    Some(char::from_u32(unit.into()).unwrap_or(char::REPLACEMENT_CHARACTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_doubles_as_dot_net_framework_does() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.0, "1"),
            (-1.5, "-1.5"),
            (2365.12, "2365.12"),
            (0.1, "0.1"),
            (0.1 + 0.2, "0.30000000000000004"),
            (100_000.0, "100000"),
            (1e14, "100000000000000"),
            (1e15, "1E+15"),
            (12_345_678_901_234_568.0, "12345678901234568"),
            (123_456_789_012_345_680.0, "1.2345678901234568E+17"),
            (0.0001, "0.0001"),
            (0.000_012_5, "1.25E-05"),
            (1e-5, "1E-05"),
            (1e-7, "1E-07"),
            (f64::MAX, "1.7976931348623157E+308"),
            (5e-324, "4.94065645841247E-324"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "INF"),
            (f64::NEG_INFINITY, "-INF"),
        ] {
            assert_eq!(Double(value).to_string(), text);
        }
    }

    #[test]
    fn keeps_the_scale_of_a_decimal_and_drops_the_sign_of_a_zero() {
        for (given, text) in [
            ("1.0000000000", "1.0000000000"),
            ("-0.00", "0.00"),
            ("-12.50", "-12.50"),
            ("0", "0"),
        ] {
            assert_eq!(Exact(&given.parse().unwrap()).to_string(), text);
        }
        assert_eq!(
            Exact(&Decimal::MIN).to_string(),
            "-79228162514264337593543950335"
        );
    }
}
