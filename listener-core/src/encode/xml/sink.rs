use rust_decimal::Decimal;
use uuid::Uuid;

use crate::{
    context::{Array, DateTime},
    encode::EncodeError,
};

/// A prefix as Microsoft's writer picks them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prefix {
    /// The default namespace.
    Default,
    /// A letter.
    Letter(u8),
    /// When all letters are bound: the depth of the element, and how many came before on it.
    Deep(u16, u16),
}

/// Where the events of a document go: to text, or to binary records.
///
/// After `start` come the attribute (`type_attribute` or `nil`) and the declarations, then content or elements, then `end`.
pub(crate) trait Sink {
    fn start(&mut self, prefix: Prefix, name: &str);
    fn type_attribute(&mut self, prefix: Prefix, local: &str);
    fn nil(&mut self);
    fn declare(&mut self, prefix: Prefix, namespace: &str);
    fn end(&mut self);

    fn text(&mut self, text: &str);
    fn boolean(&mut self, value: bool);
    fn integer(&mut self, value: i64);
    fn decimal(&mut self, value: &Decimal);
    fn double(&mut self, value: f64);
    /// Fails for a date that the format has no form for.
    fn date_time(&mut self, value: &DateTime) -> Result<(), EncodeError>;
    fn guid(&mut self, value: Uuid);
    fn bytes(&mut self, value: &[u8]);
    /// The names of flags, or the one name of an enum.
    fn names<'n>(&mut self, names: impl Iterator<Item = &'n str>);
    /// Writes all items of an array of primitives at once, if the format has a form for that.
    fn array(&mut self, prefix: Prefix, name: &str, array: &Array) -> bool;
}
