//! The three frames of the security layer that a server without challenges needs (AMQP 1.0, 5.3.3).

use super::scan;
use bytes::{BufMut, BytesMut};
use fe2o3_amqp_types::sasl::SaslInit;

/// The mechanism that the client chose, if the frame is a `sasl-init`.
///
/// The initial response is left where it is: it may hold a key.
pub(crate) fn decode_init(body: &[u8]) -> Option<String> {
    let length = scan::value_length(body).ok()?;
    let init: SaslInit = serde_amqp::from_slice(&body[..length]).ok()?;
    Some(init.mechanism.0)
}

/// Offers these mechanisms.
pub(crate) fn write_mechanisms(out: &mut BytesMut, mechanisms: &[&str]) {
    let start = begin(out, 0x40);
    out.put_u8(1);
    let names: usize = mechanisms.iter().map(|name| 1 + name.len()).sum();
    out.put_slice(&[0xf0]);
    put_length(out, 5 + names);
    put_length(out, mechanisms.len());
    out.put_u8(0xa3);
    for name in mechanisms {
        put_short(out, name.len());
        out.put_slice(name.as_bytes());
    }
    finish(out, start);
}

/// Tells the client how it went: `0` is well, `1` is a refusal.
pub(crate) fn write_outcome(out: &mut BytesMut, code: u8) {
    let start = begin(out, 0x44);
    out.put_slice(&[2, 0x50, code, 0x40]);
    finish(out, start);
}

/// Frame header, descriptor and the head of a list whose sizes [`finish`] fills in.
fn begin(out: &mut BytesMut, code: u8) -> usize {
    let start = out.len();
    out.put_slice(&[
        0, 0, 0, 0, 2, 1, 0, 0, 0x00, 0x53, code, 0xd0, 0, 0, 0, 0, 0, 0, 0,
    ]);
    start
}

fn finish(out: &mut BytesMut, start: usize) {
    let size = out.len() - start;
    out[start..start + 4].copy_from_slice(&length(size).to_be_bytes());
    out[start + 12..start + 16].copy_from_slice(&length(size - 16).to_be_bytes());
}

fn put_length(out: &mut BytesMut, value: usize) {
    out.put_u32(length(value));
}

fn put_short(out: &mut BytesMut, value: usize) {
    out.put_u8(u8::try_from(value).unwrap_or(u8::MAX));
}

fn length(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
