use std::fmt;

use super::{
    BinaryError, Dictionary, Limits, RecordId, Text, context::Context, cursor::Cursor,
    error::Fault, record::id,
};

/// The values between a `StartListText` and an `EndListText` record ([MC-NBFX] 2.2.3.19).
///
/// `Debug` tells their number only.
#[derive(Clone, Copy)]
pub struct List<'a> {
    /// Stands behind the first record's id; all up to the `EndListText` is known to be well-formed.
    items: Cursor<'a>,
    dictionary: Dictionary<'a>,
}

impl<'a> List<'a> {
    pub(super) fn read(
        cursor: &mut Cursor<'a>,
        context: &Context<'a>,
    ) -> Result<Self, BinaryError> {
        let list = Self {
            items: *cursor,
            dictionary: context.dictionary,
        };
        let mut count = 0;
        while read_item(cursor, context)?.is_some() {
            count += 1;
            cursor.limit(count, context.limits.items, "items of one list")?;
        }
        Ok(list)
    }

    /// The values, none of which is a list.
    pub fn iter(&self) -> impl Iterator<Item = Text<'a>> + use<'a> {
        self.items().map(|(_, _, text)| text)
    }

    /// Offset, id and value of each record.
    pub(super) fn items(&self) -> impl Iterator<Item = (usize, RecordId, Text<'a>)> + use<'a> {
        let mut cursor = self.items;
        let context = Context {
            limits: Limits::UNBOUNDED,
            dictionary: self.dictionary,
        };
        // The items were read before, so there is no error to lose.
        std::iter::from_fn(move || {
            let (offset, id) = (cursor.offset(), RecordId(cursor.peek()?));
            let text = read_item(&mut cursor, &context).ok()??;
            Some((offset, id, text))
        })
    }
}

/// The next value, or none at the end of the list.
fn read_item<'a>(
    cursor: &mut Cursor<'a>,
    context: &Context<'a>,
) -> Result<Option<Text<'a>>, BinaryError> {
    let start = cursor.offset();
    let id = cursor.byte("the end of a list")?;
    let found = RecordId(id);
    if id == id::END_LIST {
        Ok(None)
    } else if found.is_text() && !found.ends_element() && id != id::START_LIST {
        Text::single(id, cursor, context).map(Some)
    } else {
        let expected = "a text in a list, without the end of an element";
        Err(BinaryError::new(Fault::Record { expected, found }, start))
    }
}

impl PartialEq for List<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl fmt::Debug for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "List({} items)", self.iter().count())
    }
}
