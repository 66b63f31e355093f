//! A walk over one encoded value that trusts no length, no count and no depth.
//!
//! `serde_amqp` recurses once a nesting level and subtracts from sizes that it has not checked, so a frame of a few
//! bytes could overflow the stack or a number. This walk keeps its own stack, and what it lets through is well formed:
//! every size lies in its parent, every count fits in its size.

use std::fmt;

/// How deep values may nest; the deepest that the SDKs send is seven (attach, source, filter, described, list).
pub(crate) const MAX_DEPTH: usize = 32;
/// How many values one performative may hold.
pub(crate) const MAX_VALUES: usize = 65_536;

/// Why bytes are no AMQP value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScanError {
    /// The value goes on behind the end of what holds it.
    Truncated { offset: usize },
    /// No encoding has this constructor.
    Constructor { code: u8, offset: usize },
    /// The size of a list, map or array is not what its items take up.
    Size { offset: usize },
    /// A map has an odd number of items.
    OddMap { offset: usize },
    /// Values nest deeper than [`MAX_DEPTH`].
    Depth { offset: usize },
    /// There are more values than [`MAX_VALUES`].
    Count { offset: usize },
}

impl fmt::Display for ScanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { offset } => write!(
                f,
                "expected more bytes, but the value ends at byte {offset}"
            ),
            Self::Constructor { code, offset } => {
                write!(
                    f,
                    "expected an AMQP constructor, but 0x{code:02x} was found at byte {offset}"
                )
            }
            Self::Size { offset } => write!(
                f,
                "the size of the list, map or array at byte {offset} is not that of its items"
            ),
            Self::OddMap { offset } => write!(
                f,
                "expected pairs, but the map at byte {offset} has an odd number of items"
            ),
            Self::Depth { offset } => write!(
                f,
                "values nest deeper than {MAX_DEPTH} levels at byte {offset}"
            ),
            Self::Count { offset } => write!(f, "more than {MAX_VALUES} values at byte {offset}"),
        }
    }
}

impl std::error::Error for ScanError {}

/// What is open around the cursor: a list, map, array or the value behind a descriptor.
struct Level {
    /// Where the items end; for the outermost level and described values the parent's end.
    end: usize,
    /// Items still to come.
    items: usize,
    /// The constructor that all items of an array share.
    shared: Option<u8>,
    /// Whether `end` must be met exactly.
    sized: bool,
}

/// The length of the first value of `bytes`, descriptor and all.
pub(crate) fn value_length(bytes: &[u8]) -> Result<usize, ScanError> {
    let mut cursor = Cursor {
        bytes,
        at: 0,
        values: 0,
    };
    let mut stack: Vec<Level> = Vec::with_capacity(8);
    stack.push(Level {
        end: bytes.len(),
        items: 1,
        shared: None,
        sized: false,
    });
    while let Some(level) = stack.last_mut() {
        if level.items == 0 {
            if level.sized && cursor.at != level.end {
                return Err(ScanError::Size { offset: cursor.at });
            }
            stack.pop();
            continue;
        }
        level.items -= 1;
        let (end, shared) = (level.end, level.shared);
        let code = match shared {
            Some(code) => code,
            None => cursor.byte(end)?,
        };
        if let Some(inner) = cursor.value(code, end)? {
            if stack.len() > MAX_DEPTH {
                return Err(ScanError::Depth { offset: cursor.at });
            }
            stack.push(inner);
        }
    }
    Ok(cursor.at)
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    values: usize,
}

impl Cursor<'_> {
    fn byte(&mut self, end: usize) -> Result<u8, ScanError> {
        if self.at >= end {
            return Err(ScanError::Truncated { offset: self.at });
        }
        let byte = self.bytes[self.at];
        self.at += 1;
        Ok(byte)
    }

    fn skip(&mut self, length: usize, end: usize) -> Result<(), ScanError> {
        if length > end - self.at {
            return Err(ScanError::Truncated { offset: self.at });
        }
        self.at += length;
        Ok(())
    }

    fn number(&mut self, wide: bool, end: usize) -> Result<usize, ScanError> {
        if !wide {
            return Ok(usize::from(self.byte(end)?));
        }
        let from = self.at;
        self.skip(4, end)?;
        let word = [
            self.bytes[from],
            self.bytes[from + 1],
            self.bytes[from + 2],
            self.bytes[from + 3],
        ];
        Ok(u32::from_be_bytes(word) as usize)
    }

    /// Passes the value of this constructor, or opens what holds further values.
    fn value(&mut self, code: u8, end: usize) -> Result<Option<Level>, ScanError> {
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(ScanError::Count { offset: self.at });
        }
        let wide = code & 0x10 != 0;
        match code {
            // A described value: the descriptor, then the value itself.
            0x00 => {
                return Ok(Some(Level {
                    end,
                    items: 2,
                    shared: None,
                    sized: false,
                }));
            }
            0x40..=0x45 => {}
            0x50..=0x56 => self.skip(1, end)?,
            0x60 | 0x61 => self.skip(2, end)?,
            0x70..=0x74 => self.skip(4, end)?,
            0x80..=0x84 => self.skip(8, end)?,
            0x94 | 0x98 => self.skip(16, end)?,
            0xa0 | 0xa1 | 0xa3 | 0xb0 | 0xb1 | 0xb3 => {
                let length = self.number(wide, end)?;
                self.skip(length, end)?;
            }
            0xc0 | 0xc1 | 0xd0 | 0xd1 | 0xe0 | 0xf0 => {
                return self.compound(code, wide, end).map(Some);
            }
            _ => {
                return Err(ScanError::Constructor {
                    code,
                    offset: self.at.saturating_sub(1),
                });
            }
        }
        Ok(None)
    }

    fn compound(&mut self, code: u8, wide: bool, end: usize) -> Result<Level, ScanError> {
        let start = self.at;
        let size = self.number(wide, end)?;
        if size > end - self.at {
            return Err(ScanError::Truncated { offset: start });
        }
        let end = self.at + size;
        let items = self.number(wide, end)?;
        if items > MAX_VALUES {
            return Err(ScanError::Count { offset: start });
        }
        let array = matches!(code, 0xe0 | 0xf0);
        if matches!(code, 0xc1 | 0xd1) && items % 2 != 0 {
            return Err(ScanError::OddMap { offset: start });
        }
        let mut shared = None;
        if array {
            let code = self.byte(end)?;
            if code == 0x00 {
                // Arrays of described values share the descriptor too; nobody on these links sends one.
                return Err(ScanError::Constructor {
                    code,
                    offset: self.at - 1,
                });
            }
            shared = Some(code);
        }
        Ok(Level {
            end,
            items,
            shared,
            sized: true,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_a_described_list_and_leaves_the_payload() {
        let bytes = [0x00, 0x53, 0x24, 0x45, 0xff, 0xff];
        assert_eq!(value_length(&bytes), Ok(4));
    }

    #[test]
    fn refuses_a_list_whose_size_cannot_hold_its_count() {
        assert_eq!(
            value_length(&[0xc0, 0x00]),
            Err(ScanError::Truncated { offset: 2 })
        );
    }

    #[test]
    fn refuses_a_list_that_goes_on_behind_its_parent() {
        let bytes = [0xc0, 0x04, 0x01, 0xc0, 0x05, 0x01, 0x40, 0x40, 0x40, 0x40];
        assert!(matches!(
            value_length(&bytes),
            Err(ScanError::Truncated { .. })
        ));
    }

    #[test]
    fn refuses_a_size_that_its_items_do_not_fill() {
        assert!(matches!(
            value_length(&[0xc0, 0x03, 0x01, 0x40, 0x40]),
            Err(ScanError::Size { .. })
        ));
    }

    #[test]
    fn refuses_four_thousand_million_nulls_in_an_array() {
        let bytes = [0xf0, 0, 0, 0, 5, 0xff, 0xff, 0xff, 0xff, 0x40];
        assert!(matches!(value_length(&bytes), Err(ScanError::Count { .. })));
    }

    #[test]
    fn refuses_descriptors_of_descriptors_without_end() {
        let bytes = vec![0x00; 1 << 20];
        assert!(matches!(value_length(&bytes), Err(ScanError::Depth { .. })));
    }

    #[test]
    fn refuses_a_map_with_a_key_alone() {
        assert!(matches!(
            value_length(&[0xc1, 0x02, 0x01, 0x40]),
            Err(ScanError::OddMap { .. })
        ));
    }

    #[test]
    fn refuses_a_constructor_that_no_encoding_has() {
        assert_eq!(
            value_length(&[0x99]),
            Err(ScanError::Constructor {
                code: 0x99,
                offset: 0
            })
        );
    }
}
