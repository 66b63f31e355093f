//! AMQP 1.0 as bytes: values, frames and performatives, read by a reader that trusts no size, count or depth.

mod frame;
mod performative;
mod read;
mod write;

pub(super) use frame::{EMPTY, Frame, FrameError, first_unit};
pub(super) use performative::{
    Attach, Begin, DeliveryState, Disposition, Flow, PeerError, Performative, Transfer, code,
    descriptor,
};
pub(super) use read::{ReadError, Reader};
#[cfg(test)]
pub(super) use write::value;
pub(super) use write::{described, frame, symbol};
