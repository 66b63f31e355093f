/// How a decimal of IEEE 754-2008 in binary integer encoding is laid out (section 3.5.2 there).
struct Layout {
    /// The bits of the whole.
    bits: u32,
    /// The bits of the exponent, the two that it shares with the coefficient included.
    exponent_bits: u32,
    bias: i32,
    /// What a larger coefficient is instead: zero.
    largest: u128,
}

const DECIMAL32: Layout = Layout {
    bits: 32,
    exponent_bits: 8,
    bias: 101,
    largest: 9_999_999,
};
const DECIMAL64: Layout = Layout {
    bits: 64,
    exponent_bits: 10,
    bias: 398,
    largest: 9_999_999_999_999_999,
};
const DECIMAL128: Layout = Layout {
    bits: 128,
    exponent_bits: 14,
    bias: 6_176,
    largest: 9_999_999_999_999_999_999_999_999_999_999_999,
};

/// How many zeros are written out before an exponent is shorter.
const ZERO_LIMIT: i32 = 28;

pub(super) fn text32(bytes: [u8; 4]) -> String {
    text(u32::from_be_bytes(bytes).into(), &DECIMAL32)
}

pub(super) fn text64(bytes: [u8; 8]) -> String {
    text(u64::from_be_bytes(bytes).into(), &DECIMAL64)
}

pub(super) fn text128(bytes: [u8; 16]) -> String {
    text(u128::from_be_bytes(bytes), &DECIMAL128)
}

fn text(whole: u128, layout: &Layout) -> String {
    let mask = |bits: u32| (1_u128 << bits) - 1;
    let sign = if (whole >> (layout.bits - 1)) & 1 == 1 {
        "-"
    } else {
        ""
    };
    let below_sign = layout.bits - 1;
    let (top_two, top_four) = (
        (whole >> (below_sign - 2)) & 3,
        (whole >> (below_sign - 4)) & 15,
    );
    if top_four == 15 {
        let not_a_number = (whole >> (below_sign - 5)) & 1 == 1;
        return if not_a_number {
            "NaN".to_owned()
        } else {
            format!("{sign}Infinity")
        };
    }
    let coefficient_bits = below_sign - layout.exponent_bits;
    let (exponent, coefficient) = if top_two == 3 {
        // The exponent begins two bits later, and the coefficient with the bits 100.
        let exponent = (whole >> (coefficient_bits - 2)) & mask(layout.exponent_bits);
        (
            exponent,
            (1 << coefficient_bits) | (whole & mask(coefficient_bits - 2)),
        )
    } else {
        (
            (whole >> coefficient_bits) & mask(layout.exponent_bits),
            whole & mask(coefficient_bits),
        )
    };
    let coefficient = if coefficient > layout.largest {
        0
    } else {
        coefficient
    };
    // No layout has an exponent of more than 14 bits.
    let exponent = i32::try_from(exponent).unwrap_or_default() - layout.bias;
    format!("{sign}{}", digits(coefficient, exponent))
}

fn digits(coefficient: u128, exponent: i32) -> String {
    let digits = coefficient.to_string();
    match exponent {
        0 => digits,
        1..=ZERO_LIMIT if coefficient == 0 => digits,
        1..=ZERO_LIMIT => digits + &"0".repeat(exponent.unsigned_abs() as usize),
        _ if (-ZERO_LIMIT..0).contains(&exponent) => {
            let places = exponent.unsigned_abs() as usize;
            let digits = format!("{digits:0>width$}", width = places + 1);
            let (whole, fraction) = digits.split_at(digits.len() - places);
            format!("{whole}.{fraction}")
        }
        _ => format!("{digits}E{exponent}"),
    }
}

/// A plain decimal, without an exponent, as a `decimal128`; `None` if it is none or has too many digits.
pub(super) fn bytes128(text: &str) -> Option<[u8; 16]> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => (1, text),
        None => (0, text),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty()
        || !(whole.bytes().chain(fraction.bytes())).all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    let coefficient: u128 = format!("{whole}{fraction}").parse().ok()?;
    if coefficient > DECIMAL128.largest {
        return None;
    }
    // The largest coefficient has 113 bits, so that the long form of the exponent always fits.
    let exponent = DECIMAL128.bias - i32::try_from(fraction.len()).ok()?;
    let exponent = u128::try_from(exponent).ok()?;
    let coefficient_bits = DECIMAL128.bits - 1 - DECIMAL128.exponent_bits;
    Some(((sign << 127) | (exponent << coefficient_bits) | coefficient).to_be_bytes())
}
