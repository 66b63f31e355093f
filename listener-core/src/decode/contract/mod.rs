//! The contract layer: from XML events, of text or binary, to the model.

mod any;
mod document;
mod parts;
mod reader;
mod simple;
mod slots;
mod soap;
#[cfg(test)]
mod tests;

pub(super) use document::document;
pub(super) use parts::{index, row_at};
pub(super) use reader::ContractReader;
