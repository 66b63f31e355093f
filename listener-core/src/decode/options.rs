use super::Limits;

/// How a body is decoded.
///
/// ```
/// use listener_core::decode::DecodeOptions;
///
/// let options = DecodeOptions { repair_encoding: true, ..DecodeOptions::default() };
/// assert_eq!(options.limits.depth, 128);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DecodeOptions {
    /// What decoding does at most.
    pub limits: Limits,
    /// Undo the double encoding of Dataverse's webhook poster where it is found: see [`repair`](super::repair()).
    pub repair_encoding: bool,
}
