use std::fmt::{self, Write};

use base64::{display::Base64Display, engine::general_purpose::STANDARD};

use super::Text;

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zero => f.write_str("0"),
            Self::One => f.write_str("1"),
            Self::Bool(value) => value.fmt(f),
            Self::Int(value) => value.fmt(f),
            Self::UInt64(value) => value.fmt(f),
            // Through Display of f32: as a double it would have digits that nobody wrote.
            Self::Float(value) => float(f, f64::from(*value), value, value),
            Self::Double(value) => float(f, *value, value, value),
            Self::Decimal(value) => value.fmt(f),
            Self::DateTime(value) => value.fmt(f),
            Self::TimeSpan(value) => value.fmt(f),
            Self::Uuid(value) => value.fmt(f),
            Self::UniqueId(value) => write!(f, "urn:uuid:{value}"),
            Self::Chars(chars) => f.write_str(chars),
            Self::Utf16(text) => text.chars().try_for_each(|c| f.write_char(c)),
            Self::Bytes(bytes) => Base64Display::new(bytes, &STANDARD).fmt(f),
            Self::Empty => Ok(()),
            Self::QName { prefix, local } => write!(f, "{prefix}:{local}"),
            Self::List(list) => {
                for (nth, item) in list.iter().enumerate() {
                    if nth > 0 {
                        f.write_str(" ")?;
                    }
                    item.fmt(f)?;
                }
                Ok(())
            }
        }
    }
}

/// The shortest text that reads back the same; plain in the range in which .NET prints plainly.
fn float(
    f: &mut fmt::Formatter<'_>,
    value: f64,
    plain: &dyn fmt::Display,
    scientific: &dyn fmt::Debug,
) -> fmt::Result {
    if value.is_nan() {
        f.write_str("NaN")
    } else if value.is_infinite() {
        f.write_str(if value > 0.0 { "INF" } else { "-INF" })
    } else if value == 0.0 || (1e-4..1e15).contains(&value.abs()) {
        write!(f, "{plain}")
    } else {
        write!(f, "{scientific:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::binary::Guid;

    #[test]
    fn prints_numbers_as_xml_takes_them() {
        for (text, printed) in [
            (Text::Zero, "0"),
            (Text::Bool(true), "true"),
            (Text::Int(-5), "-5"),
            (Text::UInt64(u64::MAX), "18446744073709551615"),
            (Text::Float(0.1), "0.1"),
            (Text::Float(1e30), "1e30"),
            (Text::Double(-0.0), "-0"),
            (Text::Double(2.0), "2"),
            (Text::Double(1e300), "1e300"),
            (Text::Double(5e-324), "5e-324"),
            (Text::Double(f64::NAN), "NaN"),
            (Text::Double(f64::NEG_INFINITY), "-INF"),
            (Text::Bytes(&[1, 2, 3, 255]), "AQID/w=="),
            (
                Text::UniqueId(Guid(
                    *b"\0\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff",
                )),
                "urn:uuid:33221100-5544-7766-8899-aabbccddeeff",
            ),
        ] {
            assert_eq!(text.to_string(), printed);
        }
    }
}
