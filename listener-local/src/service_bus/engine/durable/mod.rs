//! How a namespace outlives its process.
//!
//! Queues and the catalog write what they change into a [`Log`] in memory. One thread, the writer, takes all that has
//! gathered there and commits it to a file in one transaction, so that many senders share one flush of the disk. It
//! takes under the lock of the namespace: a step that moves a message between queues is there whole, or not at all.
//!
//! Locks are not kept, since a write for each receive would be dear: with a restart they end, and the delivery counts
//! as if it had been released. A session's lock ends too, its state stays.

mod changes;
mod error;
mod fault;
mod file;
mod journal;
mod log;
mod record;
mod restore;
mod rule_record;
mod writer;

pub use self::error::StoreError;
pub(super) use self::{
    changes::Changes, file::File, journal::Journal, log::Log, record::EntityRecord,
    restore::restore, writer::Writer,
};
