//! JSON as `DataContractJsonSerializer` writes it, and what tools make of it.
//!
//! A pull reader over text that was checked to be UTF-8. It guesses what comes next by comparing literals, since the
//! members of a contract come in one order and without white space; where the guess fails, it reads like any other.

mod any;
mod date;
mod document;
mod index;
mod number;
mod reader;
mod skip;
mod slots;
mod string;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use date::plain as date;
pub(super) use document::document;
use reader::JsonReader;

pub(super) use index::{has_key, index, read_part, row_at};
pub(super) use text::utf8;
