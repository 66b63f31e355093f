//! Texts and guids: JSON does not tell them apart.

use std::{borrow::Cow, sync::Arc};

use uuid::Uuid;

use super::{FromValue, out_of_range, wrong};
use crate::{
    context::{Text, Value},
    decode::DecodeError,
};

/// The text of what is text in JSON.
fn text(value: &Value) -> Result<Cow<'_, str>, DecodeError> {
    Ok(match value {
        Value::String(text) => Cow::Borrowed(text),
        Value::Guid(guid) => Cow::Owned(guid.to_string()),
        Value::DateTime(date) => Cow::Owned(date.to_string()),
        Value::Primitive(primitive) => match &*primitive.type_name.local {
            "char" => Cow::Owned(char::from_value(value)?.to_string()),
            _ => Cow::Borrowed(&primitive.text),
        },
        other => return Err(wrong("a string", other)),
    })
}

impl FromValue for String {
    fn from_value(value: &Value) -> Result<Self, DecodeError> {
        text(value).map(Cow::into_owned)
    }
}

impl FromValue for Text {
    fn from_value(value: &Value) -> Result<Self, DecodeError> {
        match value {
            Value::String(text) => Ok(text.clone()),
            other => text(other).map(|text| Self::from(&*text)),
        }
    }
}

macro_rules! from_text {
    ($($type:ty),*) => { $(
        impl FromValue for $type {
            fn from_value(value: &Value) -> Result<Self, DecodeError> {
                String::from_value(value).map(Self::from)
            }
        }
    )* };
}

from_text!(Cow<'static, str>, Box<str>, Arc<str>);

impl FromValue for char {
    /// A string of one character; a `char` of XML and binary, which write it as the number of its UTF-16 unit.
    fn from_value(value: &Value) -> Result<Self, DecodeError> {
        match value {
            Value::Primitive(primitive) if &*primitive.type_name.local == "char" => primitive
                .text
                .trim()
                .parse()
                .ok()
                .and_then(|unit: u16| Self::from_u32(unit.into()))
                .ok_or_else(|| out_of_range("a character", "half of one, or none")),
            Value::String(text) => {
                let mut characters = text.chars();
                match (characters.next(), characters.next()) {
                    (Some(only), None) => Ok(only),
                    _ => Err(wrong("a string of one character", value)),
                }
            }
            other => Err(wrong("a character", other)),
        }
    }
}

impl FromValue for Uuid {
    fn from_value(value: &Value) -> Result<Self, DecodeError> {
        match value {
            Value::Guid(guid) => Ok(*guid),
            Value::String(text) => {
                Self::try_parse(text.trim()).map_err(|_| wrong("a guid or its text", value))
            }
            other => Err(wrong("a guid", other)),
        }
    }
}
