/// Windows-1252 from 0x80 to 0x9F, as .NET reads it: the five bytes without a character are control characters.
const HIGH: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// Reads bytes as Windows-1252 and writes them as UTF-8.
///
/// Dataverse's webhook poster does so to the UTF-8 bytes of its own serialiser, so text outside of ASCII arrives encoded
/// twice. This is what a listener has to undo.
///
/// ```
/// use listener_local::poster::double_encode;
///
/// assert_eq!(double_encode("ē".as_bytes()), "Ä“");
/// assert_eq!(double_encode(b"plain"), "plain");
/// ```
pub fn double_encode(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| match byte {
            0x80..=0x9f => HIGH[usize::from(byte - 0x80)],
            _ => char::from(*byte),
        })
        .collect()
}
