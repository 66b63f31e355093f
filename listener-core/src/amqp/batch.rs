//! Several messages in one transfer: the format 0x80013700, whose data sections each hold an encoded message.

use fe2o3_amqp::types::messaging::{
    Batch, Data, Message as Wire, message::__private::Serializable,
};

use super::{Error, ErrorKind, Message};

/// The message format of a batch.
pub(super) const FORMAT: u32 = 0x8001_3700;

/// A data section's descriptor and the longest form of its size.
const SECTION: usize = 8;

/// What the envelope's own sections take, but for its texts.
const ENVELOPE: usize = 160;

/// Packs messages, in their order, into as few envelopes of this many bytes as can be. Where session or partition key
/// change a new envelope begins, for the service looks at the envelope only.
pub(super) fn pack(messages: Vec<Message>, most: usize) -> Result<Vec<Wire<Batch<Data>>>, Error> {
    let mut packed = Vec::new();
    let mut open: Option<Open> = None;
    for message in messages {
        let envelope = message.envelope();
        let bytes = encode(message)?;
        let size = SECTION + bytes.len();
        let fits = |open: &Open| {
            open.size + size <= most
                && open.envelope.session_and_partition() == envelope.session_and_partition()
        };
        if !open.as_ref().is_some_and(fits) {
            packed.extend(open.take().map(Open::close));
        }
        let into = open.get_or_insert_with(|| Open::new(envelope));
        into.size += size;
        if into.size > most {
            let error = Error::new(ErrorKind::TooLarge, "packing a batch");
            let detail = format!("{} bytes, and the link takes {most}", into.size);
            return Err(error.with_detail(&detail));
        }
        into.sections.push(Data(bytes.into()));
    }
    packed.extend(open.map(Open::close));
    Ok(packed)
}

/// An envelope that takes more.
struct Open {
    envelope: Message,
    sections: Vec<Data>,
    size: usize,
}

impl Open {
    fn new(envelope: Message) -> Self {
        let (session, partition) = envelope.session_and_partition();
        let texts = session.map_or(0, str::len) + partition.map_or(0, str::len) + envelope.id_len();
        Self {
            envelope,
            sections: Vec::new(),
            size: ENVELOPE + texts,
        }
    }

    fn close(self) -> Wire<Batch<Data>> {
        self.envelope
            .into_wire()
            .0
            .data_batch(self.sections)
            .build()
    }
}

/// A message as bytes.
pub(super) fn encode(message: Message) -> Result<Vec<u8>, Error> {
    let (builder, data) = message.into_wire();
    let message = builder.data_batch([data]).build();
    // The library's own text could quote the message.
    serde_amqp::to_vec(&Serializable(message)).map_err(|_| {
        Error::new(ErrorKind::Protocol, "packing a batch")
            .with_detail("the message cannot be encoded")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(messages: Vec<Message>, most: usize) -> Vec<usize> {
        let packed = pack(messages, most).unwrap();
        for wire in &packed {
            let size = serde_amqp::to_vec(&Serializable(wire.clone()))
                .unwrap()
                .len();
            assert!(size <= most, "{size}");
        }
        packed.iter().map(|wire| wire.body.iter().count()).collect()
    }

    #[test]
    fn fills_envelopes_in_order_and_never_beyond_the_most() {
        let messages =
            |count| vec![Message::new(vec![b'x'; 1_000]).message_id("m".repeat(100)); count];
        assert_eq!(sizes(messages(5), 262_144), [5]);
        assert_eq!(sizes(messages(7), 4_000), [3, 3, 1]);
        assert_eq!(sizes(vec![], 4_000), [0; 0]);
    }

    #[test]
    fn another_session_or_partition_begins_another_envelope() {
        let message = |session: &str| Message::new("x").session_id(session);
        let messages = vec![
            message("a"),
            message("a"),
            message("b"),
            Message::new("x"),
            Message::new("x").partition_key("p"),
        ];
        assert_eq!(sizes(messages, 262_144), [2, 1, 1, 1]);
    }

    #[test]
    fn a_message_that_fits_no_envelope_is_too_large() {
        let error = pack(vec![Message::new(vec![0; 5_000])], 4_000).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
    }
}
