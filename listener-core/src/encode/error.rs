use std::fmt;

use crate::decode::{clip, join};

/// Why a context could not be written in a format: it holds something that the format has no form for.
///
/// It says what was expected, the kind of what was found (never its value: that is somebody's business data), and where.
#[derive(Clone, PartialEq, Eq)]
pub struct EncodeError(Box<Inner>);

#[derive(Clone, PartialEq, Eq)]
struct Inner {
    text: String,
    /// Segments from the fault outwards, since they are added on the way out.
    path: Vec<String>,
}

impl EncodeError {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            text: text.into(),
            path: Vec::new(),
        }))
    }

    #[must_use]
    pub(crate) fn in_member(self, name: &str) -> Self {
        self.inside(clip(name))
    }

    #[must_use]
    pub(crate) fn in_item(self, index: usize) -> Self {
        self.inside(format!("[{index}]"))
    }

    #[must_use]
    pub(crate) fn in_key(self, key: &str) -> Self {
        self.inside(format!("[\"{}\"]", clip(key)))
    }

    fn inside(mut self, segment: String) -> Self {
        self.0.path.push(segment);
        self
    }

    /// The path of members that leads to the fault, as in `InputParameters["Target"].EntityState`. Empty at the root.
    pub fn path(&self) -> String {
        join(&self.0.path)
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)?;
        if self.0.path.is_empty() {
            Ok(())
        } else {
            write!(f, ", in `{}`", self.path())
        }
    }
}

impl fmt::Debug for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncodeError")
            .field("text", &self.0.text)
            .field("path", &self.path())
            .finish()
    }
}

impl std::error::Error for EncodeError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_path_from_the_root() {
        let error = EncodeError::new("expected a date")
            .in_item(2)
            .in_key("Target")
            .in_member("InputParameters");
        assert_eq!(
            error.to_string(),
            "expected a date, in `InputParameters[\"Target\"][2]`"
        );
        assert_eq!(size_of::<EncodeError>(), size_of::<usize>());
    }
}
