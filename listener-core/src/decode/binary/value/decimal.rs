use std::fmt;

use super::range;
use crate::decode::binary::error::Fault;

/// A decimal of .NET: an integer of 96 bits, a scale and a sign ([MC-NBFX] 2.2.3.11).
///
/// `Debug` does not tell the value; `Display` does.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decimal {
    integer: [u32; 3],
    scale: u8,
    negative: bool,
}

const MAX_SCALE: u8 = 28;

impl Decimal {
    /// The decimal `±integer / 10^scale`; `None` if the integer has more than 96 bits or the scale is above 28.
    pub const fn from_parts(integer: u128, scale: u8, negative: bool) -> Option<Self> {
        if integer >> 96 != 0 || scale > MAX_SCALE {
            return None;
        }
        Some(Self {
            integer: [
                integer as u32,
                (integer >> 32) as u32,
                (integer >> 64) as u32,
            ],
            scale,
            negative,
        })
    }

    /// The lowest 32 bits of the integer.
    pub const fn lo(self) -> u32 {
        self.integer[0]
    }

    /// The middle 32 bits of the integer.
    pub const fn mid(self) -> u32 {
        self.integer[1]
    }

    /// The highest 32 bits of the integer.
    pub const fn hi(self) -> u32 {
        self.integer[2]
    }

    /// The integer without its sign.
    pub const fn integer(self) -> u128 {
        let [lo, mid, hi] = self.integer;
        (hi as u128) << 64 | (mid as u128) << 32 | lo as u128
    }

    /// How many of the integer's digits stand behind the point: 28 at most.
    pub const fn scale(self) -> u8 {
        self.scale
    }

    /// Whether it has the minus sign, which a zero may have too.
    pub const fn is_negative(self) -> bool {
        self.negative
    }

    pub(in crate::decode::binary) fn from_bytes(bytes: [u8; 16]) -> Result<Self, Fault> {
        let [r0, r1, scale, sign, h0, h1, h2, h3, low @ ..] = bytes;
        let low = u64::from_le_bytes(low);
        if [r0, r1] != [0, 0] {
            return Err(range("a decimal with reserved bytes of 0", "others"));
        }
        let negative = match sign {
            0 => false,
            0x80 => true,
            _ => return Err(range("a decimal's sign of 00 or 80", "another byte")),
        };
        let integer = u128::from(u32::from_le_bytes([h0, h1, h2, h3])) << 64 | u128::from(low);
        Self::from_parts(integer, scale, negative)
            .ok_or_else(|| range("a decimal's scale of at most 28", "a larger one"))
    }

    pub(crate) fn to_bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[2] = self.scale;
        bytes[3] = if self.negative { 0x80 } else { 0 };
        bytes[4..8].copy_from_slice(&self.hi().to_le_bytes());
        bytes[8..12].copy_from_slice(&self.lo().to_le_bytes());
        bytes[12..].copy_from_slice(&self.mid().to_le_bytes());
        bytes
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negative {
            f.write_str("-")?;
        }
        let scale = usize::from(self.scale);
        let digits = format!("{:0>width$}", self.integer(), width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        f.write_str(whole)?;
        if fraction.is_empty() {
            Ok(())
        } else {
            write!(f, ".{fraction}")
        }
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Decimal")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_its_scale_and_its_sign() {
        for (integer, scale, negative, text) in [
            (0, 0, false, "0"),
            (0, 2, true, "-0.00"),
            (5, 0, true, "-5"),
            (5, 3, false, "0.005"),
            (123_456, 3, false, "123.456"),
            ((1 << 96) - 1, 28, true, "-7.9228162514264337593543950335"),
        ] {
            let decimal = Decimal::from_parts(integer, scale, negative).unwrap();
            assert_eq!(decimal.to_string(), text);
            assert_eq!(Decimal::from_bytes(decimal.to_bytes()), Ok(decimal));
        }
    }

    #[test]
    fn keeps_to_the_range_of_dot_net() {
        assert_eq!(Decimal::from_parts(1 << 96, 0, false), None);
        assert_eq!(Decimal::from_parts(0, 29, false), None);
    }

    #[test]
    fn refuses_bytes_that_mean_nothing() {
        for (place, byte) in [(0, 1), (1, 1), (2, 29), (2, 255), (3, 1), (3, 0x81)] {
            let mut bytes = [0; 16];
            bytes[place] = byte;
            assert!(Decimal::from_bytes(bytes).is_err(), "{byte} at {place}");
        }
    }
}
