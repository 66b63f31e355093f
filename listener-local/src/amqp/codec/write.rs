//! Performatives at full length: each field is written, defaults too, and trailing nulls stay.
//!
//! azure-eventhub for Python indexes fields without looking at their number, so a list that is cut where only nulls or
//! defaults follow (what `serde_amqp` writes, as the specification allows) makes it fail.

use bytes::{BufMut, BytesMut};
use fe2o3_amqp_types::{
    definitions::{Error, ReceiverSettleMode, Role, SenderSettleMode},
    messaging::{DeliveryState, Rejected},
    performatives::{Attach, Begin, Close, Detach, Disposition, End, Flow, Open},
};
use serde::Serialize;

/// A field could not be encoded, which is a fault of whoever filled it.
pub(crate) type EncodeError = serde_amqp::Error;

/// A list of fields behind a descriptor, whose size and count are filled in at the end.
pub(crate) struct List<'a> {
    out: &'a mut BytesMut,
    start: usize,
    count: u32,
}

impl<'a> List<'a> {
    /// Descriptor `0x53 code` and a list with four-byte size and count.
    pub(crate) fn begin(out: &'a mut BytesMut, code: u8) -> Self {
        let start = out.len() + 4;
        out.put_slice(&[0x00, 0x53, code, 0xd0, 0, 0, 0, 0, 0, 0, 0, 0]);
        Self {
            out,
            start,
            count: 0,
        }
    }

    pub(crate) fn finish(self) {
        let size = length(self.out.len() - self.start - 4);
        self.out[self.start..self.start + 4].copy_from_slice(&size.to_be_bytes());
        self.out[self.start + 4..self.start + 8].copy_from_slice(&self.count.to_be_bytes());
    }

    pub(crate) fn null(&mut self) {
        self.count += 1;
        self.out.put_u8(0x40);
    }

    pub(crate) fn bool(&mut self, value: bool) {
        self.count += 1;
        self.out.put_u8(if value { 0x41 } else { 0x42 });
    }

    pub(crate) fn ubyte(&mut self, value: u8) {
        self.count += 1;
        self.out.put_slice(&[0x50, value]);
    }

    fn ushort(&mut self, value: u16) {
        self.count += 1;
        self.out.put_u8(0x60);
        self.out.put_u16(value);
    }

    pub(crate) fn uint(&mut self, value: u32) {
        self.count += 1;
        match u8::try_from(value) {
            Ok(0) => self.out.put_u8(0x43),
            Ok(small) => self.out.put_slice(&[0x52, small]),
            Err(_) => {
                self.out.put_u8(0x70);
                self.out.put_u32(value);
            }
        }
    }

    fn ulong(&mut self, value: u64) {
        self.count += 1;
        self.out.put_u8(0x80);
        self.out.put_u64(value);
    }

    pub(crate) fn optional_uint(&mut self, value: Option<u32>) {
        match value {
            Some(value) => self.uint(value),
            None => self.null(),
        }
    }

    fn string(&mut self, value: &str) {
        self.count += 1;
        match u8::try_from(value.len()) {
            Ok(short) => self.out.put_slice(&[0xa1, short]),
            Err(_) => {
                self.out.put_u8(0xb1);
                self.out.put_u32(length(value.len()));
            }
        }
        self.out.put_slice(value.as_bytes());
    }

    fn binary(&mut self, value: &[u8]) {
        self.count += 1;
        match u8::try_from(value.len()) {
            Ok(short) => self.out.put_slice(&[0xa0, short]),
            Err(_) => {
                self.out.put_u8(0xb0);
                self.out.put_u32(length(value.len()));
            }
        }
        self.out.put_slice(value);
    }

    /// A field whose inside nobody indexes: maps, termini, most states.
    fn value<T: Serialize>(&mut self, value: Option<&T>) -> Result<(), EncodeError> {
        let Some(value) = value else {
            self.null();
            return Ok(());
        };
        self.count += 1;
        self.out.put_slice(&serde_amqp::to_vec(value)?);
        Ok(())
    }

    fn state(&mut self, state: Option<&DeliveryState>) -> Result<(), EncodeError> {
        let code = match state {
            Some(DeliveryState::Accepted(_)) => 0x24,
            Some(DeliveryState::Released(_)) => 0x26,
            Some(DeliveryState::Rejected(Rejected { error: Some(error) })) => {
                self.count += 1;
                let mut rejected = List::begin(self.out, 0x25);
                rejected.full_error(error)?;
                rejected.finish();
                return Ok(());
            }
            other => return self.value(other),
        };
        self.count += 1;
        self.out.put_slice(&[0x00, 0x53, code, 0x45]);
        Ok(())
    }

    fn error(mut self, error: Option<&Error>) -> Result<(), EncodeError> {
        match error {
            Some(error) => self.full_error(error)?,
            None => self.null(),
        }
        self.finish();
        Ok(())
    }

    /// An error with its three fields, which azure-servicebus for Python indexes as well: one that is cut makes a send
    /// that was rejected hang.
    fn full_error(&mut self, error: &Error) -> Result<(), EncodeError> {
        self.count += 1;
        let mut list = List::begin(self.out, 0x1d);
        list.value(Some(&error.condition))?;
        match &error.description {
            Some(text) => list.string(text),
            None => list.null(),
        }
        list.value(error.info.as_ref())?;
        list.finish();
        Ok(())
    }
}

/// A performative that can be written as the body of a frame.
pub(crate) trait Write {
    /// Appends descriptor and fields.
    ///
    /// # Errors
    ///
    /// If a field cannot be encoded; what is half written has to be cut off.
    fn write(&self, out: &mut BytesMut) -> Result<(), EncodeError>;
}

impl Write for Open {
    fn write(&self, out: &mut BytesMut) -> Result<(), EncodeError> {
        let mut list = List::begin(out, 0x10);
        list.string(&self.container_id);
        match &self.hostname {
            Some(name) => list.string(name),
            None => list.null(),
        }
        list.uint(self.max_frame_size.0);
        list.ushort(self.channel_max.0);
        list.optional_uint(self.idle_time_out);
        list.value(self.outgoing_locales.as_ref())?;
        list.value(self.incoming_locales.as_ref())?;
        list.value(self.offered_capabilities.as_ref())?;
        list.value(self.desired_capabilities.as_ref())?;
        list.value(self.properties.as_ref())?;
        list.finish();
        Ok(())
    }
}

impl Write for Begin {
    fn write(&self, out: &mut BytesMut) -> Result<(), EncodeError> {
        let mut list = List::begin(out, 0x11);
        match self.remote_channel {
            Some(channel) => list.ushort(channel),
            None => list.null(),
        }
        list.uint(self.next_outgoing_id);
        list.uint(self.incoming_window);
        list.uint(self.outgoing_window);
        list.uint(self.handle_max.0);
        list.value(self.offered_capabilities.as_ref())?;
        list.value(self.desired_capabilities.as_ref())?;
        list.value(self.properties.as_ref())?;
        list.finish();
        Ok(())
    }
}

impl Write for Attach {
    fn write(&self, out: &mut BytesMut) -> Result<(), EncodeError> {
        let mut list = List::begin(out, 0x12);
        list.string(&self.name);
        list.uint(self.handle.0);
        list.bool(is_receiver(&self.role));
        list.ubyte(match self.snd_settle_mode {
            SenderSettleMode::Unsettled => 0,
            SenderSettleMode::Settled => 1,
            SenderSettleMode::Mixed => 2,
        });
        list.ubyte(match self.rcv_settle_mode {
            ReceiverSettleMode::First => 0,
            ReceiverSettleMode::Second => 1,
        });
        list.value(self.source.as_ref())?;
        list.value(self.target.as_ref())?;
        list.value(self.unsettled.as_ref())?;
        list.bool(self.incomplete_unsettled);
        list.optional_uint(self.initial_delivery_count);
        match self.max_message_size {
            Some(size) => list.ulong(size),
            None => list.null(),
        }
        list.value(self.offered_capabilities.as_ref())?;
        list.value(self.desired_capabilities.as_ref())?;
        list.value(self.properties.as_ref())?;
        list.finish();
        Ok(())
    }
}

impl Write for Flow {
    fn write(&self, out: &mut BytesMut) -> Result<(), EncodeError> {
        let mut list = List::begin(out, 0x13);
        list.optional_uint(self.next_incoming_id);
        list.uint(self.incoming_window);
        list.uint(self.next_outgoing_id);
        list.uint(self.outgoing_window);
        list.optional_uint(self.handle.as_ref().map(|handle| handle.0));
        list.optional_uint(self.delivery_count);
        list.optional_uint(self.link_credit);
        list.optional_uint(self.available);
        list.bool(self.drain);
        list.bool(self.echo);
        list.value(self.properties.as_ref())?;
        list.finish();
        Ok(())
    }
}

/// The fields of a transfer that this side ever sets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TransferHead<'a> {
    pub(crate) handle: u32,
    pub(crate) delivery_id: u32,
    pub(crate) delivery_tag: &'a [u8],
    pub(crate) message_format: u32,
    pub(crate) settled: bool,
    pub(crate) more: bool,
}

impl TransferHead<'_> {
    /// Appends descriptor and fields, which cannot fail: they are all plain.
    pub(crate) fn write(&self, out: &mut BytesMut) {
        let mut list = List::begin(out, 0x14);
        list.uint(self.handle);
        list.uint(self.delivery_id);
        list.binary(self.delivery_tag);
        list.uint(self.message_format);
        list.bool(self.settled);
        list.bool(self.more);
        list.null();
        list.null();
        list.bool(false);
        list.bool(false);
        list.bool(false);
        list.finish();
    }
}

/// How many bytes of a message fit beside a transfer in a frame of this size.
///
/// Frame header 8, descriptor and list 12, handle, delivery id and format 5 each, tag 18, seven fields of a byte.
pub(crate) const fn transfer_room(max_frame_size: usize) -> usize {
    max_frame_size.saturating_sub(8 + 12 + 3 * 5 + 18 + 7)
}

impl Write for Disposition {
    fn write(&self, out: &mut BytesMut) -> Result<(), EncodeError> {
        let mut list = List::begin(out, 0x15);
        list.bool(is_receiver(&self.role));
        list.uint(self.first);
        list.optional_uint(self.last);
        list.bool(self.settled);
        list.state(self.state.as_ref())?;
        list.bool(self.batchable);
        list.finish();
        Ok(())
    }
}

impl Write for Detach {
    fn write(&self, out: &mut BytesMut) -> Result<(), EncodeError> {
        let mut list = List::begin(out, 0x16);
        list.uint(self.handle.0);
        list.bool(self.closed);
        list.error(self.error.as_ref())
    }
}

impl Write for End {
    fn write(&self, out: &mut BytesMut) -> Result<(), EncodeError> {
        List::begin(out, 0x17).error(self.error.as_ref())
    }
}

impl Write for Close {
    fn write(&self, out: &mut BytesMut) -> Result<(), EncodeError> {
        List::begin(out, 0x18).error(self.error.as_ref())
    }
}

fn is_receiver(role: &Role) -> bool {
    matches!(role, Role::Receiver)
}

/// Nothing here comes near 4 GiB: the largest field is an error or a map of one attach.
fn length(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
