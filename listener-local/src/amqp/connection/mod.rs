//! One connection: its streams of bytes, its sessions, its links.

mod clock;
mod driver;
mod fault;
mod handshake;
mod info;
mod link;
mod machine;
mod outbox;
mod ready;
mod session;

pub(crate) use driver::{Setup, drive};
pub(crate) use info::Counters;
pub use info::{ConnectionHandle, ConnectionInfo, Counts, LinkHandle};
