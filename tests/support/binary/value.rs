use listener_core::decode::binary::{self, DateTime, DateTimeKind, Decimal};
use uuid::Uuid;

use super::record::{Text, id};
use crate::random::Random;

/// A simple value, as the goldens tell it: an integer may be a string of one digit there, or a double without fraction.
#[derive(Debug)]
pub(super) enum Value {
    Integer(i64),
    Boolean(bool),
    Double(f64),
    Decimal(Decimal),
    Date(DateTime),
    Text(String),
    Bytes(Vec<u8>),
}

/// All records of one size that can hold a value.
const FIXED: [u8; 15] = [
    id::ZERO,
    id::ONE,
    id::FALSE,
    id::TRUE,
    id::INT_8,
    id::INT_16,
    id::INT_32,
    id::INT_64,
    id::FLOAT,
    id::DOUBLE,
    id::DECIMAL,
    id::DATE_TIME,
    id::UUID,
    id::UINT_64,
    id::BOOL,
];

impl Value {
    pub(super) fn of(text: binary::Text<'_>) -> Self {
        match text {
            binary::Text::Zero => Self::Integer(0),
            binary::Text::One => Self::Integer(1),
            binary::Text::Int(value) => Self::Integer(value),
            binary::Text::Bool(value) => Self::Boolean(value),
            binary::Text::Float(value) => Self::Double(value.into()),
            binary::Text::Double(value) => Self::Double(value),
            binary::Text::Decimal(value) => Self::Decimal(value),
            binary::Text::DateTime(value) => Self::Date(value),
            binary::Text::Bytes(bytes) => Self::Bytes(bytes.to_vec()),
            binary::Text::Chars(_) | binary::Text::Utf16(_) => Self::Text(text.to_string()),
            other => panic!("the writer of the goldens makes no {other:?}"),
        }
    }

    /// Appends the next record of the same value.
    pub(super) fn append(&mut self, next: Self) {
        match (self, next) {
            (Self::Text(text), Self::Text(more)) => text.push_str(&more),
            (Self::Bytes(bytes), Self::Bytes(more)) => bytes.extend(more),
            other => panic!("the writer of the goldens does not split {other:?}"),
        }
    }

    /// What a record of this id, which is of one size, holds of the value; `None` if it cannot hold it.
    pub(super) fn fixed(&self, id: u8) -> Option<Vec<u8>> {
        match self {
            Self::Integer(value) => integer(*value, id),
            Self::Boolean(value) => boolean(*value, id),
            Self::Double(value) => double(*value, id),
            Self::Decimal(value) => decimal(*value, id),
            Self::Date(value) => (id == id::DATE_TIME).then(|| date(*value)),
            Self::Text(text) => match id {
                id::UUID => guid(text).map(|guid| guid.to_bytes_le().to_vec()),
                id::FALSE | id::TRUE | id::BOOL => {
                    let value = text.parse().ok()?;
                    boolean(value, id)
                }
                _ => {
                    let value: i64 = text.parse().ok()?;
                    (value.to_string() == *text)
                        .then(|| integer(value, id))
                        .flatten()
                }
            },
            Self::Bytes(_) => None,
        }
    }

    /// Records that stand for the value. If it is `simple`, its text may be written in other ways.
    pub(super) fn records(&self, simple: bool, random: &mut Random) -> Vec<Text> {
        if let Self::Bytes(bytes) = self
            && !random.one_in(3)
        {
            return bytes_in_pieces(bytes, random);
        }
        let fixed: Vec<Text> = FIXED
            .into_iter()
            .filter_map(|id| Some(Text::new(id, self.fixed(id)?)))
            .collect();
        let text = self.text(simple, random);
        match text {
            Some(text) if fixed.is_empty() || random.one_in(3) => text_in_pieces(&text, random),
            _ => vec![fixed[random.below(fixed.len())].clone()],
        }
    }

    /// The text of the value. `None` for a local date, which does not tell its zone in binary.
    fn text(&self, simple: bool, random: &mut Random) -> Option<String> {
        let text = match self {
            Self::Integer(value) if simple && random.one_in(2) => {
                let (sign, size) = (if *value < 0 { "-" } else { "+" }, value.unsigned_abs());
                format!("{sign}0{size}")
            }
            Self::Integer(value) => value.to_string(),
            Self::Boolean(value) if random.one_in(2) => u8::from(*value).to_string(),
            Self::Boolean(value) => value.to_string(),
            Self::Double(value) if value.is_nan() => "NaN".to_owned(),
            Self::Double(value) if value.is_infinite() => {
                if *value > 0.0 { "INF" } else { "-INF" }.to_owned()
            }
            Self::Double(value) => match random.below(3) {
                0 => format!("{value:e}"),
                1 => format!("{value:E}"),
                _ => value.to_string(),
            },
            Self::Decimal(value) if !value.is_negative() && random.one_in(2) => {
                format!("+0{value}")
            }
            Self::Decimal(value) => value.to_string(),
            Self::Date(value) if value.kind() == DateTimeKind::Local => return None,
            Self::Date(value) => {
                let text = value.to_string();
                let (clock, zone) = text.split_at(text.trim_end_matches('Z').len());
                match (random.one_in(2), clock.contains('.')) {
                    (true, true) => format!("{clock}00{zone}"),
                    (true, false) => format!("{clock}.000{zone}"),
                    _ => text,
                }
            }
            Self::Text(text) if simple => match random.below(3) {
                0 => text.to_uppercase(),
                1 => format!("{{{text}}}"),
                _ => text.clone(),
            },
            Self::Text(text) => text.clone(),
            Self::Bytes(bytes) => {
                let mut text = binary::Text::Bytes(bytes).to_string();
                if random.one_in(2) {
                    text.insert_str(text.len() / 2, "\r\n ");
                }
                text
            }
        };
        Some(match (simple, random.below(4)) {
            (true, 0) => format!(" {text}\n"),
            (true, 1) => format!("{text}\t"),
            _ => text,
        })
    }
}

/// The guid that this text is, in its plain form.
pub(super) fn guid(text: &str) -> Option<Uuid> {
    let guid = Uuid::try_parse(text).ok()?;
    (guid.to_string() == text).then_some(guid)
}

fn integer(value: i64, id: u8) -> Option<Vec<u8>> {
    Some(match id {
        id::ZERO if value == 0 => Vec::new(),
        id::ONE if value == 1 => Vec::new(),
        id::INT_8 => i8::try_from(value).ok()?.to_le_bytes().to_vec(),
        id::INT_16 => i16::try_from(value).ok()?.to_le_bytes().to_vec(),
        id::INT_32 => i32::try_from(value).ok()?.to_le_bytes().to_vec(),
        id::INT_64 => value.to_le_bytes().to_vec(),
        id::UINT_64 => u64::try_from(value).ok()?.to_le_bytes().to_vec(),
        id::FLOAT if value.unsigned_abs() <= 1 << 24 => (value as f32).to_le_bytes().to_vec(),
        id::DOUBLE if value.unsigned_abs() <= 1 << 53 => (value as f64).to_le_bytes().to_vec(),
        id::DECIMAL => {
            let size = value.unsigned_abs().into();
            return decimal(Decimal::from_parts(size, 0, value < 0)?, id);
        }
        _ => return None,
    })
}

fn boolean(value: bool, id: u8) -> Option<Vec<u8>> {
    Some(match (id, value) {
        (id::FALSE | id::ZERO, false) | (id::TRUE | id::ONE, true) => Vec::new(),
        (id::BOOL, value) => vec![value.into()],
        _ => return None,
    })
}

fn double(value: f64, id: u8) -> Option<Vec<u8>> {
    let is_integer = value.fract() == 0.0 && value.abs() < 9e15;
    match id {
        id::DOUBLE => Some(value.to_le_bytes().to_vec()),
        id::FLOAT if f64::from(value as f32) == value => {
            Some((value as f32).to_le_bytes().to_vec())
        }
        // An integer has no negative zero.
        id::FLOAT => None,
        _ if is_integer && !(value == 0.0 && value.is_sign_negative()) => integer(value as i64, id),
        _ => None,
    }
}

/// [MC-NBFX] 2.2.3.8: two bytes that mean nothing, scale, sign, the upper 32 bits, the lower 64.
fn decimal(value: Decimal, id: u8) -> Option<Vec<u8>> {
    if id == id::DECIMAL {
        let sign = if value.is_negative() { 0x80 } else { 0 };
        return Some(
            [
                &[0, 0, value.scale(), sign][..],
                &value.hi().to_le_bytes(),
                &value.lo().to_le_bytes(),
                &value.mid().to_le_bytes(),
            ]
            .concat(),
        );
    }
    let size = i64::try_from(value.integer()).ok()?;
    // An integer has no scale, and no negative zero.
    let is_integer = value.scale() == 0 && !(size == 0 && value.is_negative());
    let signed = if value.is_negative() { -size } else { size };
    is_integer.then(|| integer(signed, id)).flatten()
}

/// Ticks, and the kind in the upper two bits.
fn date(value: DateTime) -> Vec<u8> {
    let kind: i64 = match value.kind() {
        DateTimeKind::Unspecified => 0,
        DateTimeKind::Utc => 1,
        DateTimeKind::Local => 2,
    };
    (value.ticks() | (kind << 62)).to_le_bytes().to_vec()
}

/// Text in one record or in several, which may be of any kind that stands for the same characters.
fn text_in_pieces(text: &str, random: &mut Random) -> Vec<Text> {
    let mut cuts = vec![0, text.len()];
    for _ in 0..random.below(4) {
        let at = random.below(text.len() + 1);
        // A text that is not cut is the common case.
        if text.is_char_boundary(at) && !random.one_in(3) {
            cuts.push(at);
        }
    }
    cuts.sort_unstable();
    cuts.windows(2)
        .map(|cut| {
            let piece = &text[cut[0]..cut[1]];
            let fixed = FIXED[random.below(FIXED.len())];
            match Value::Text(piece.to_owned()).fixed(fixed) {
                Some(rest) if piece.len() < text.len() => Text::new(fixed, rest),
                _ => Text::any_chars(piece, random),
            }
        })
        .collect()
}

/// Bytes cut anywhere.
fn bytes_in_pieces(bytes: &[u8], random: &mut Random) -> Vec<Text> {
    let mut cuts: Vec<usize> = (0..random.below(4))
        .map(|_| random.below(bytes.len() + 1))
        .collect();
    cuts.extend([0, bytes.len()]);
    cuts.sort_unstable();
    cuts.windows(2)
        .map(|cut| Text::any_bytes(&bytes[cut[0]..cut[1]], random))
        .collect()
}
