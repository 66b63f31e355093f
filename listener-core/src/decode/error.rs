use std::{fmt, sync::Arc};

/// Why a message, or a part of it, could not be read.
///
/// It says what was expected, the kind and size of what was found (never its value: that is somebody's business data),
/// where, by offset and field path, and what to do where that is not plain.
#[derive(Clone)]
pub struct DecodeError(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: DecodeErrorKind,
    text: String,
    offset: Option<usize>,
    /// Segments from the fault outwards, since they are added on the way out.
    path: Vec<String>,
}

/// What kind of fault a [`DecodeError`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The bytes are not of the format.
    Syntax,
    /// The bytes end too early: the message was cut.
    UnexpectedEnd,
    /// A value is of another type than its slot.
    WrongType,
    /// A value is of the right type but outside of what the type holds.
    OutOfRange,
    /// A member stands twice.
    Duplicate,
    /// A column, parameter or image that the listener needs is not there.
    Missing,
    /// A limit of [`Limits`](super::Limits) is reached.
    Limit,
    /// The body is in no format that this crate reads.
    UnknownFormat,
    /// The message was cut down by Dataverse because it was too large, and what the listener needs went with that.
    Truncated,
}

/// The longest segment of a path; longer ones are clipped.
const SEGMENT: usize = 64;
/// The most segments of a path that are kept.
const SEGMENTS: usize = 64;
/// What stands for those that are not.
const LEFT_OUT: &str = "[…]";

impl DecodeError {
    /// A fault of this kind; `text` says what was expected and the kind and size of what was found.
    pub fn new(kind: DecodeErrorKind, text: impl Into<String>) -> Self {
        Self(Arc::new(Inner {
            kind,
            text: text.into(),
            offset: None,
            path: Vec::new(),
        }))
    }

    /// The same fault at this offset in the body, unless it has one already.
    #[must_use]
    pub fn at(mut self, offset: usize) -> Self {
        let inner = Arc::make_mut(&mut self.0);
        inner.offset = inner.offset.or(Some(offset));
        self
    }

    /// The same fault, its offset counted otherwise.
    #[must_use]
    pub(crate) fn moved(mut self, to: impl FnOnce(usize) -> usize) -> Self {
        if let Some(offset) = self.0.offset {
            Arc::make_mut(&mut self.0).offset = Some(to(offset));
        }
        self
    }

    /// The same fault, inside of this member.
    #[must_use]
    pub fn in_member(self, name: &str) -> Self {
        self.inside(clip(name))
    }

    /// The same fault, inside of the item at `index`.
    #[must_use]
    pub fn in_item(self, index: usize) -> Self {
        self.inside(format!("[{index}]"))
    }

    /// The same fault, inside of the pair with this key.
    #[must_use]
    pub fn in_key(self, key: &str) -> Self {
        self.inside(format!("[\"{}\"]", clip(key)))
    }

    /// The same fault, inside of a pair at `index`: if the pair's key is in the path already, that is enough.
    #[must_use]
    pub(crate) fn in_pair_or_item(self, index: usize) -> Self {
        let has_key = self
            .0
            .path
            .last()
            .is_some_and(|last| last.starts_with("[\""));
        if has_key { self } else { self.in_item(index) }
    }

    /// The same fault, inside of a pair with this key if it is inside of its value, else inside of the pair at `index`.
    #[must_use]
    pub(crate) fn in_pair(mut self, key: &str, index: usize) -> Self {
        if self.0.path.last().is_none_or(|last| last != "value") {
            return self.in_item(index);
        }
        Arc::make_mut(&mut self.0).path.pop();
        self.in_key(key)
    }

    fn inside(mut self, segment: String) -> Self {
        let path = &mut Arc::make_mut(&mut self.0).path;
        if path.len() == SEGMENTS {
            // The ends of a path tell more than its middle.
            path[SEGMENTS / 2] = LEFT_OUT.to_owned();
            path.remove(SEGMENTS / 2 + 1);
        }
        path.push(segment);
        self
    }

    /// What kind of fault it is.
    pub fn kind(&self) -> DecodeErrorKind {
        self.0.kind
    }

    /// Where in the body, in bytes from its start (after it was unwrapped, where it was wrapped).
    pub fn offset(&self) -> Option<usize> {
        self.0.offset
    }

    /// The path of members that leads to the fault, as in `InputParameters["Target"].Attributes["revenue"]`. Empty at
    /// the root.
    pub fn path(&self) -> String {
        join(&self.0.path)
    }
}

/// The path whose segments are given from the fault outwards.
pub(crate) fn join(segments: &[String]) -> String {
    let mut path = String::new();
    for segment in segments.iter().rev() {
        if !path.is_empty() && !segment.starts_with('[') {
            path.push('.');
        }
        path.push_str(segment);
    }
    path
}

/// Names come out of the message: they are clipped, and control characters do not reach a terminal.
pub(crate) fn clip(name: &str) -> String {
    let mut clipped: String = name
        .chars()
        .take(SEGMENT)
        .flat_map(char::escape_debug)
        .collect();
    if name.chars().nth(SEGMENT).is_some() {
        clipped.push('…');
    }
    clipped
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)?;
        if !self.0.path.is_empty() {
            write!(f, ", in `{}`", self.path())?;
        }
        if let Some(offset) = self.0.offset {
            write!(f, ", at byte {offset}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecodeError")
            .field("kind", &self.0.kind)
            .field("text", &self.0.text)
            .field("path", &self.path())
            .field("offset", &self.0.offset)
            .finish()
    }
}

impl std::error::Error for DecodeError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_path_from_the_root() {
        let error = DecodeError::new(
            DecodeErrorKind::WrongType,
            "expected a decimal, found a boolean",
        )
        .at(130)
        .in_member("Value")
        .in_key("revenue")
        .in_member("Attributes");
        assert_eq!(
            error.to_string(),
            "expected a decimal, found a boolean, in `Attributes[\"revenue\"].Value`, at byte 130"
        );
    }

    #[test]
    fn clips_names_and_escapes_what_a_terminal_would_obey() {
        let error =
            DecodeError::new(DecodeErrorKind::Syntax, "x").in_member(&"\u{1b}".repeat(1000));
        assert!(error.path().starts_with("\\u{1b}"));
        assert!(error.path().chars().count() <= SEGMENT * 6 + 1);
    }

    #[test]
    fn keeps_both_ends_of_a_path_and_bounds_its_middle() {
        let mut error = DecodeError::new(DecodeErrorKind::Limit, "x").in_member("Value");
        for nth in 0..1000 {
            error = error.in_item(nth);
        }
        let path = error.in_key("Target").in_member("InputParameters").path();
        let start = "InputParameters[\"Target\"][999][998]";
        assert!(path.starts_with(start), "{path}");
        assert!(path.ends_with("[1][0].Value"), "{path}");
        assert_eq!(path.matches("[…]").count(), 1, "{path}");
        assert_eq!(path.matches('[').count(), SEGMENTS - 2, "{path}");
    }

    #[test]
    fn stays_one_pointer_wide() {
        assert_eq!(size_of::<DecodeError>(), size_of::<usize>());
    }
}
