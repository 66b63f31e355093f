use std::{borrow::Cow, error::Error as StdError, fmt};

use crate::BoxError;

/// Why a source cannot start, or can receive no more.
#[derive(Debug)]
#[non_exhaustive]
pub enum SourceError {
    /// The host asks for something that the source cannot meet.
    Unmet {
        /// The setting, as it is called.
        setting: &'static str,
        /// Why, and what to do.
        text: Cow<'static, str>,
    },
    /// The source failed.
    Failed(BoxError),
}

impl SourceError {
    /// The host asks for something that the source cannot meet.
    pub fn unmet(setting: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Self::Unmet {
            setting,
            text: text.into(),
        }
    }

    /// The source failed.
    pub fn failed(cause: impl Into<BoxError>) -> Self {
        Self::Failed(cause.into())
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unmet { setting, text } => write!(f, "`{setting}` cannot be met: {text}"),
            Self::Failed(_) => f.write_str("the source failed"),
        }
    }
}

impl StdError for SourceError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Unmet { .. } => None,
            Self::Failed(cause) => Some(&**cause),
        }
    }
}
