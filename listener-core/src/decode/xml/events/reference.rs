//! What stands between `&` and `;`.

use std::{borrow::Cow, ops::RangeInclusive};

use super::XmlEvents;
use crate::decode::{DecodeError, DecodeErrorKind, events::Events};

impl XmlEvents<'_> {
    /// What a reference, behind which the reader stands, means. Some writers refer to each half of a surrogate pair: the
    /// second is passed with the first then.
    pub(super) fn reference(&mut self, reference: &str) -> Result<Cow<'static, str>, DecodeError> {
        if let Some(high) = half(reference, 0xD800..=0xDBFF)
            && let Some(behind) = self.tokens.reference_here()
            && let Some(low) = half(behind, 0xDC00..=0xDFFF)
            && let Ok(character) = String::from_utf16(&[high, low])
        {
            let passed = self.tokens.next();
            passed.map_err(|error| self.moved(error))?;
            return Ok(Cow::Owned(character));
        }
        text(reference).ok_or_else(|| {
            DecodeError::new(
                DecodeErrorKind::Syntax,
                "expected a character reference or one of the five entities of XML; others are refused",
            )
            .at(self.offset())
        })
    }
}

/// A character reference to any code unit, or one of the five entities. Microsoft's writer makes references to
/// characters that XML does not have, such as `&#x1;`, and its reader takes them; a lone surrogate becomes U+FFFD.
fn text(reference: &str) -> Option<Cow<'static, str>> {
    Some(match reference {
        "amp" => Cow::Borrowed("&"),
        "lt" => Cow::Borrowed("<"),
        "gt" => Cow::Borrowed(">"),
        "quot" => Cow::Borrowed("\""),
        "apos" => Cow::Borrowed("'"),
        _ => {
            let character = match code(reference)? {
                0xD800..=0xDFFF => char::REPLACEMENT_CHARACTER,
                code => char::from_u32(code)?,
            };
            Cow::Owned(character.to_string())
        }
    })
}

fn half(reference: &str, of: RangeInclusive<u16>) -> Option<u16> {
    let unit = u16::try_from(code(reference)?).ok()?;
    of.contains(&unit).then_some(unit)
}

/// The number of a character reference.
fn code(reference: &str) -> Option<u32> {
    let number = reference.strip_prefix('#')?;
    match number.strip_prefix('x') {
        Some(hex) if hex.bytes().all(|b| b.is_ascii_hexdigit()) => {
            u32::from_str_radix(hex, 16).ok()
        }
        None if number.bytes().all(|b| b.is_ascii_digit()) => number.parse().ok(),
        _ => None,
    }
}
