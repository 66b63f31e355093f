//! What a client asks of a coordinator: the body of a message.

use crate::amqp::{
    scan_value,
    types::transaction::{Declare, Discharge},
};

/// The encodings of the descriptor of an amqp-value section (AMQP 1.0, 3.2.8).
const VALUE: [&[u8]; 3] = [
    &[0x00, 0x53, 0x77],
    &[0x00, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x77],
    b"\x00\xa3\x10amqp:amqp-value:*",
];

#[derive(Debug)]
pub(super) enum Request {
    Declare(Declare),
    Discharge(Discharge),
}

impl Request {
    /// Reads the request; `None` if the message is none.
    pub(super) fn read(payload: &[u8]) -> Option<Self> {
        let mut rest = payload;
        while !rest.is_empty() {
            // Bounds depth and counts before serde sees them.
            let (section, behind) = rest.split_at(scan_value(rest).ok()?);
            if let Some(body) = VALUE.iter().find_map(|head| section.strip_prefix(*head)) {
                return Self::read_value(body);
            }
            rest = behind;
        }
        None
    }

    fn read_value(body: &[u8]) -> Option<Self> {
        // Each refuses the other's descriptor.
        if let Ok(discharge) = serde_amqp::from_slice(body) {
            return Some(Self::Discharge(discharge));
        }
        serde_amqp::from_slice(body).ok().map(Self::Declare)
    }
}
