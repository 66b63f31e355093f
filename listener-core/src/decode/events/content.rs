use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::{
    context::{DateTime, Text},
    decode::binary::TimeSpan,
};

/// The content of an element: text in XML, often typed in binary.
#[derive(Clone, Debug)]
pub(crate) enum Content<'a> {
    Text(Cow<'a, str>),
    Boolean(bool),
    Integer(i64),
    Unsigned(u64),
    Float(f32),
    Double(f64),
    Decimal(Decimal),
    DateTime(DateTime),
    Bytes(Cow<'a, [u8]>),
    Guid(Uuid),
    /// 100-nanosecond ticks.
    Duration(i64),
}

impl<'a> Content<'a> {
    pub(crate) fn into_text(self) -> Text {
        match self.into_plain() {
            Cow::Borrowed(text) => text.into(),
            Cow::Owned(text) => text.into(),
        }
    }

    /// Content as the text it stands for.
    pub(crate) fn into_plain(self) -> Cow<'a, str> {
        match self {
            Self::Text(text) => text,
            Self::Boolean(value) => if value { "true" } else { "false" }.into(),
            Self::Integer(value) => value.to_string().into(),
            Self::Unsigned(value) => value.to_string().into(),
            Self::Float(value) => value.to_string().into(),
            Self::Double(value) => value.to_string().into(),
            Self::Decimal(value) => value.to_string().into(),
            Self::DateTime(value) => value.to_string().into(),
            Self::Bytes(value) => STANDARD.encode(value).into(),
            Self::Guid(value) => value.to_string().into(),
            Self::Duration(ticks) => TimeSpan(ticks).to_string().into(),
        }
    }
}
