//! The header section of a message (AMQP 1.0, 3.2.1).

use super::write::List;
use bytes::BytesMut;
use fe2o3_amqp_types::messaging::Header;

/// Writes a header section with all five fields, defaults too.
///
/// The .NET client reads an absent `delivery-count` as a fault, so none is left out.
///
/// ```
/// use bytes::BytesMut;
/// use listener_local::amqp::{types::messaging::Header, write_header};
///
/// let mut message = BytesMut::new();
/// write_header(&mut message, &Header::default());
/// assert_eq!(message[..4], [0x00, 0x53, 0x70, 0xd0]);
/// ```
pub fn write_header(out: &mut BytesMut, header: &Header) {
    let mut list = List::begin(out, 0x70);
    list.bool(header.durable);
    list.ubyte(header.priority.0);
    list.optional_uint(header.ttl);
    list.bool(header.first_acquirer);
    list.uint(header.delivery_count);
    list.finish();
}
