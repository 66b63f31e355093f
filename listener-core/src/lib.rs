//! Listener applications for Dataverse.

pub mod context;
pub mod decode;
pub mod encode;
pub mod entity;
