//! .NET binary XML ([MC-NBFX]): the records that `application/msbin1` and `application/soap+msbin1` are made of.
//!
//! XML in this format is a sequence of records, each of which begins with a byte that tells what it is. Names and texts
//! are inline, or numbers of strings in a dictionary that both sides know ([MC-NBFS]) or that a session sends
//! ([MC-NBFSE]).
//!
//! - [`Records`] walks the records as they stand. It borrows all names and texts from the bytes, and allocates nothing.
//! - [`Reader`] makes elements with attributes and namespaces of them.
//! - [`Dump`] prints them, for people who debug a payload.
//!
//! All of them keep to [`Limits`], and tell a fault as a [`BinaryError`]: what was expected, what was found, and where.
//! No length in the bytes is trusted before it is compared with what is left of them.
//!
//! [MC-NBFX]: https://learn.microsoft.com/openspecs/windows_protocols/mc-nbfx/
//! [MC-NBFS]: https://learn.microsoft.com/openspecs/windows_protocols/mc-nbfs/
//! [MC-NBFSE]: https://learn.microsoft.com/openspecs/windows_protocols/mc-nbfse/

mod array;
mod context;
mod cursor;
mod dictionary;
mod dump;
mod error;
mod event;
mod lexical;
mod limits;
mod list;
mod name;
mod namespaces;
mod reader;
mod record;
mod records;
mod session;
mod state;
#[cfg(test)]
pub(crate) mod tests;
mod text;
mod utf_16;
mod value;

pub use array::{ItemKind, Items};
pub(crate) use cursor::utf_8;
pub use dictionary::Dictionary;
pub use dump::Dump;
pub use error::{BinaryError, BinaryErrorKind};
pub use event::{Attribute, Element, Event};
pub use limits::Limits;
pub use list::List;
pub use name::Name;
pub(crate) use name::Short;
pub use namespaces::Namespace;
pub use reader::Reader;
pub(crate) use record::id;
pub use record::{Record, RecordId};
pub use records::Records;
pub use session::StringTable;
pub use text::Text;
pub use utf_16::Utf16;
pub use value::{DateTime, DateTimeKind, Decimal, Guid, TimeSpan};
