//! Support for the tests of this workspace.

pub mod binary;
pub mod contexts;
pub mod dispatch;
pub mod fixtures;
pub mod json;
pub mod random;
pub mod report;
pub mod xml;
