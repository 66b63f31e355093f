//! .NET binary XML ([MC-NBFX]) as the .NET Framework writes it, byte for byte.
//!
//! [`Writer`] takes elements, attributes, declarations and content as they come and puts down the records that
//! `XmlDictionaryWriter.CreateBinaryWriter` without a dictionary would: names inline, the shortest form of a number, and
//! the end of an element in its last text or apart from it, as that writer's buffer has it.
//!
//! [MC-NBFX]: https://learn.microsoft.com/openspecs/windows_protocols/mc-nbfx/

mod array;
mod buffer;
mod error;
#[doc(hidden)]
pub mod fuzz;
#[cfg(test)]
mod tests;
mod text;
mod writer;

pub use array::ArrayItem;
pub use error::WriteError;
pub use writer::Writer;
