use std::fmt;

/// Why what a [`Writer`](super::Writer) was given is no document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WriteError {
    /// An attribute or a declaration that did not follow the start of an element, content or an end outside of the root,
    /// or a second root.
    Misplaced,
    /// There was no root, or elements were still open at the end.
    Unfinished,
    /// A name, a text or an array longer than the 2 GiB that its record can tell.
    TooLong,
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Misplaced => {
                "expected one root with all else inside of it, and attributes in a tag"
            }
            Self::Unfinished => "expected the end of the root, found open elements or no root",
            Self::TooLong => "expected a name, a text or an array of less than 2 GiB",
        })
    }
}

impl std::error::Error for WriteError {}
