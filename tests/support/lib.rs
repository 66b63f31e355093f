//! Support for the tests of this workspace.

pub mod binary;
pub mod contexts;
pub mod dispatch;
pub mod fixtures;
pub mod json;
pub mod judges;
pub mod log;
pub mod random;
pub mod streams;
pub mod xml;
