//! .NET binary XML that says the same in other records: other prefixes, orders, widths, pieces.
//!
//! It writes its records by hand, so that the decoder is not judged by our own encoder.

mod dress;
pub mod record;
mod scope;
mod tree;
mod value;

pub use tree::Tree;
