use clap::ValueEnum;
use listener_core::decode::Format;

/// A format, by the name that a user gives it.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum FormatName {
    /// .NET binary XML, application/msbin1
    Binary,
    /// Text XML, application/xml
    Xml,
    /// JSON, application/json
    Json,
}

impl From<FormatName> for Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Binary => Self::Binary,
            FormatName::Xml => Self::Xml,
            FormatName::Json => Self::Json,
        }
    }
}
