//! Frames to values and back.
//!
//! What comes in is measured by [`scan`] before serde sees it; what goes out is written at full length by [`write`].

mod frame;
mod header;
mod hot;
mod keys;
mod sasl;
mod scan;
mod section;
mod write;

#[cfg(test)]
mod tests;

pub(crate) use frame::{Body, FrameDecoder, FrameError};
pub(crate) use header::{HEADER_LENGTH, Protocol};
pub(crate) use sasl::{decode_init, write_mechanisms, write_outcome};
pub(crate) use write::{TransferHead, Write, transfer_room};

pub(crate) use scan::value_length as scan_value;
pub use section::write_header;
pub(crate) use write::EncodeError;
