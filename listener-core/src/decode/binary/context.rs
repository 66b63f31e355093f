use super::{BinaryError, Dictionary, Limits, cursor::Cursor, error::Fault};

/// What reading a record needs to know besides its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context<'a> {
    pub(super) limits: Limits,
    pub(super) dictionary: Dictionary<'a>,
}

impl<'a> Context<'a> {
    /// A `DictionaryString` ([MC-NBFX] 2.1.4).
    pub(super) fn dictionary_string(
        &self,
        cursor: &mut Cursor<'a>,
        expected: &'static str,
    ) -> Result<&'a str, BinaryError> {
        let start = cursor.offset();
        let id = cursor.multi_byte("the id of a dictionary string")?;
        let string = u32::try_from(id)
            .ok()
            .and_then(|id| self.dictionary.get(id));
        string.ok_or_else(|| BinaryError::new(Fault::Dictionary { id, expected }, start))
    }
}
