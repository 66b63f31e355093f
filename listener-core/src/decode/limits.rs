/// What a decoder does at most, whatever the bytes say.
///
/// ```
/// use listener_core::decode::Limits;
///
/// let limits = Limits { bytes: 1 << 20, ..Limits::default() };
/// assert_eq!(limits.depth, 128);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest body, in bytes, before and after it is unwrapped. 64 MiB.
    pub bytes: usize,
    /// How deep objects, arrays and elements may nest. 128: eight parents with a query each take some 60.
    pub depth: usize,
    /// How many values, pairs and items one message may hold in all. 250,000.
    pub items: usize,
    /// How many members that its type does not have one object may hold. 256.
    pub unknown_members: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 64 << 20,
            depth: 128,
            items: 250_000,
            unknown_members: 256,
        }
    }
}
