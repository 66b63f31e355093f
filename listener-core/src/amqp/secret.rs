use std::fmt;

/// A key or token: it can be used, and never shows.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret(Box<str>);

impl Secret {
    pub(super) fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// For what goes on the wire or into a signature, nothing else.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
