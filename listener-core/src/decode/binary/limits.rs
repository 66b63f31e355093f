/// What a reader does at most, whatever the bytes say.
///
/// ```
/// use listener_core::decode::binary::Limits;
///
/// let mut limits = Limits::default();
/// limits.depth = 16;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The largest document, in bytes. 64 MiB.
    pub bytes: usize,
    /// How deep elements may nest. 128.
    pub depth: usize,
    /// The longest name, prefix or namespace, in bytes. 4 KiB.
    pub name: usize,
    /// The longest text, bytes record or comment, in bytes. 64 MiB.
    pub text: usize,
    /// How many items one array or list may have. 1,000,000.
    pub items: usize,
    /// How many attributes and declarations one element may have. 64.
    pub attributes: usize,
    /// How many namespace declarations may be in scope at once. 256.
    pub namespaces: usize,
    /// How large the string tables of one session may become, in bytes as they were sent. 1 MiB.
    pub strings: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 64 << 20,
            depth: 128,
            name: 4 << 10,
            text: 64 << 20,
            items: 1_000_000,
            attributes: 64,
            namespaces: 256,
            strings: 1 << 20,
        }
    }
}

impl Limits {
    /// For what was read within limits before.
    pub(super) const UNBOUNDED: Self = Self {
        bytes: usize::MAX,
        depth: usize::MAX,
        name: usize::MAX,
        text: usize::MAX,
        items: usize::MAX,
        attributes: usize::MAX,
        namespaces: usize::MAX,
        strings: usize::MAX,
    };
}
