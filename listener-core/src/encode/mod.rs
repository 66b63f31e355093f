//! From a [`RemoteExecutionContext`](crate::context::RemoteExecutionContext) to bytes, as Microsoft's serialisers write
//! them.

use std::fmt;

/// Why a context could not be written in a format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodeError {
    text: String,
    path: Vec<String>,
}

impl EncodeError {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            path: Vec::new(),
        }
    }

    #[must_use]
    pub(crate) fn in_member(mut self, name: &str) -> Self {
        self.path.push(name.to_owned());
        self
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        for (nth, name) in self.path.iter().rev().enumerate() {
            write!(f, "{}{name}", if nth == 0 { ", in `" } else { "." })?;
        }
        if self.path.is_empty() {
            Ok(())
        } else {
            f.write_str("`")
        }
    }
}

impl std::error::Error for EncodeError {}
