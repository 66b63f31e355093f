//! Performatives that come in (AMQP 1.0, transport, 2.7), as far as a receiver needs them.

use std::vec;

use bytes::Bytes;

use super::{ReadError, Reader};
use crate::amqp::Value;

/// The descriptors of performatives.
pub(in crate::amqp) mod code {
    pub(in crate::amqp) const OPEN: u64 = 0x10;
    pub(in crate::amqp) const BEGIN: u64 = 0x11;
    pub(in crate::amqp) const ATTACH: u64 = 0x12;
    pub(in crate::amqp) const FLOW: u64 = 0x13;
    pub(in crate::amqp) const TRANSFER: u64 = 0x14;
    pub(in crate::amqp) const DISPOSITION: u64 = 0x15;
    pub(in crate::amqp) const DETACH: u64 = 0x16;
    pub(in crate::amqp) const END: u64 = 0x17;
    pub(in crate::amqp) const CLOSE: u64 = 0x18;
}

/// The descriptors of what performatives and messages hold.
pub(in crate::amqp) mod descriptor {
    pub(in crate::amqp) const ERROR: u64 = 0x1d;
    pub(in crate::amqp) const ACCEPTED: u64 = 0x24;
    pub(in crate::amqp) const REJECTED: u64 = 0x25;
    pub(in crate::amqp) const RELEASED: u64 = 0x26;
    pub(in crate::amqp) const MODIFIED: u64 = 0x27;
    pub(in crate::amqp) const SOURCE: u64 = 0x28;
    pub(in crate::amqp) const TARGET: u64 = 0x29;
    pub(in crate::amqp) const HEADER: u64 = 0x70;
    pub(in crate::amqp) const DELIVERY_ANNOTATIONS: u64 = 0x71;
    pub(in crate::amqp) const MESSAGE_ANNOTATIONS: u64 = 0x72;
    pub(in crate::amqp) const PROPERTIES: u64 = 0x73;
    pub(in crate::amqp) const APPLICATION_PROPERTIES: u64 = 0x74;
    pub(in crate::amqp) const DATA: u64 = 0x75;
    pub(in crate::amqp) const SEQUENCE: u64 = 0x76;
    pub(in crate::amqp) const VALUE: u64 = 0x77;
    pub(in crate::amqp) const FOOTER: u64 = 0x78;
}

#[derive(Debug)]
pub(in crate::amqp) enum Performative {
    Open(Open),
    Begin(Begin),
    Attach(Attach),
    Flow(Flow),
    Transfer(Transfer),
    Disposition(Disposition),
    Detach(Option<PeerError>),
    End(Option<PeerError>),
    Close(Option<PeerError>),
}

#[derive(Debug)]
pub(in crate::amqp) struct Open {
    pub(in crate::amqp) max_frame_size: u32,
    pub(in crate::amqp) channel_max: u16,
}

#[derive(Debug)]
pub(in crate::amqp) struct Begin {
    pub(in crate::amqp) remote_channel: Option<u16>,
    pub(in crate::amqp) next_outgoing_id: u32,
}

#[derive(Debug)]
pub(in crate::amqp) struct Attach {
    pub(in crate::amqp) handle: u32,
    /// The fields of the source; `None` from a peer that refuses, and tells why in a detach.
    pub(in crate::amqp) source: Option<Vec<Value>>,
    pub(in crate::amqp) initial_delivery_count: u32,
    pub(in crate::amqp) properties: Value,
}

#[derive(Debug)]
pub(in crate::amqp) struct Flow {
    pub(in crate::amqp) handle: Option<u32>,
    pub(in crate::amqp) delivery_count: Option<u32>,
    pub(in crate::amqp) link_credit: Option<u32>,
    pub(in crate::amqp) echo: bool,
}

#[derive(Debug)]
pub(in crate::amqp) struct Transfer {
    pub(in crate::amqp) handle: u32,
    pub(in crate::amqp) delivery_id: Option<u32>,
    pub(in crate::amqp) tag: Option<Bytes>,
    pub(in crate::amqp) settled: bool,
    pub(in crate::amqp) more: bool,
    pub(in crate::amqp) aborted: bool,
    pub(in crate::amqp) payload: Bytes,
}

#[derive(Debug)]
pub(in crate::amqp) struct Disposition {
    /// Whether the receiver says it: of messages that we have sent.
    pub(in crate::amqp) from_receiver: bool,
    pub(in crate::amqp) first: u32,
    pub(in crate::amqp) last: u32,
    pub(in crate::amqp) settled: bool,
    pub(in crate::amqp) state: Option<DeliveryState>,
}

/// What became of a delivery (messaging, 3.4).
#[derive(Clone, Debug, PartialEq)]
pub(in crate::amqp) enum DeliveryState {
    Accepted,
    Rejected(Option<PeerError>),
    Released,
    Modified,
    /// Received, a transaction's, or none that we know.
    Other,
}

/// An error as the peer tells it (transport, 2.8.14).
#[derive(Clone, Debug, PartialEq)]
pub(in crate::amqp) struct PeerError {
    pub(in crate::amqp) condition: String,
    pub(in crate::amqp) description: Option<String>,
}

impl Performative {
    pub(in crate::amqp) fn read(body: Bytes) -> Result<Self, ReadError> {
        let mut reader = Reader::new(body);
        let code = reader.descriptor()?;
        let mut fields = Fields::read(&mut reader)?;
        Ok(match code {
            code::OPEN => {
                fields.skip(2);
                Self::Open(Open {
                    max_frame_size: fields.uint().unwrap_or(u32::MAX),
                    channel_max: fields.ushort().unwrap_or(u16::MAX),
                })
            }
            code::BEGIN => Self::Begin(Begin {
                remote_channel: fields.ushort(),
                next_outgoing_id: fields.must_uint("next-outgoing-id")?,
            }),
            code::ATTACH => Self::attach(fields)?,
            code::FLOW => {
                fields.skip(4);
                let (handle, delivery_count) = (fields.uint(), fields.uint());
                let link_credit = fields.uint();
                fields.skip(2);
                Self::Flow(Flow {
                    handle,
                    delivery_count,
                    link_credit,
                    echo: fields.bool(),
                })
            }
            code::TRANSFER => {
                let handle = fields.must_uint("handle")?;
                let (delivery_id, tag) = (fields.uint(), fields.binary());
                fields.skip(1);
                let (settled, more) = (fields.bool(), fields.bool());
                fields.skip(3);
                Self::Transfer(Transfer {
                    handle,
                    delivery_id,
                    tag,
                    settled,
                    more,
                    aborted: fields.bool(),
                    payload: reader.rest(),
                })
            }
            code::DISPOSITION => {
                let from_receiver = fields.bool();
                let first = fields.must_uint("first")?;
                Self::Disposition(Disposition {
                    from_receiver,
                    first,
                    last: fields.uint().unwrap_or(first),
                    settled: fields.bool(),
                    state: fields.described().map(DeliveryState::of),
                })
            }
            code::DETACH => {
                fields.skip(2);
                Self::Detach(fields.error())
            }
            code::END => Self::End(fields.error()),
            code::CLOSE => Self::Close(fields.error()),
            _ => {
                return Err(ReadError::Kind {
                    expected: "a performative",
                    at: 0,
                });
            }
        })
    }

    fn attach(mut fields: Fields) -> Result<Self, ReadError> {
        fields.skip(1);
        let handle = fields.must_uint("handle")?;
        fields.skip(3);
        let source = fields.described();
        fields.skip(3);
        let initial_delivery_count = fields.uint().unwrap_or_default();
        fields.skip(3);
        let source = match source {
            Some((descriptor::SOURCE, Value::List(fields))) => Some(fields),
            _ => None,
        };
        Ok(Self::Attach(Attach {
            handle,
            source,
            initial_delivery_count,
            properties: fields.next(),
        }))
    }
}

impl DeliveryState {
    fn of((code, value): (u64, Value)) -> Self {
        match code {
            descriptor::ACCEPTED => Self::Accepted,
            descriptor::REJECTED => Self::Rejected(match value {
                Value::List(fields) => Fields(fields.into_iter()).error(),
                _ => None,
            }),
            descriptor::RELEASED => Self::Released,
            descriptor::MODIFIED => Self::Modified,
            _ => Self::Other,
        }
    }
}

/// The fields of a described list; those that are left out at its end are null.
#[derive(Debug)]
pub(in crate::amqp) struct Fields(vec::IntoIter<Value>);

impl Fields {
    pub(in crate::amqp) fn read(reader: &mut Reader) -> Result<Self, ReadError> {
        let at = reader.at();
        match reader.value()? {
            Value::List(fields) => Ok(Self(fields.into_iter())),
            _ => Err(ReadError::Kind {
                expected: "a list",
                at,
            }),
        }
    }

    pub(in crate::amqp) fn next(&mut self) -> Value {
        self.0.next().unwrap_or(Value::Null)
    }

    fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.next();
        }
    }

    fn uint(&mut self) -> Option<u32> {
        match self.next() {
            Value::Uint(number) => Some(number),
            _ => None,
        }
    }

    fn must_uint(&mut self, expected: &'static str) -> Result<u32, ReadError> {
        self.uint().ok_or(ReadError::Kind { expected, at: 0 })
    }

    fn ushort(&mut self) -> Option<u16> {
        match self.next() {
            Value::Ushort(number) => Some(number),
            _ => None,
        }
    }

    fn bool(&mut self) -> bool {
        matches!(self.next(), Value::Bool(true))
    }

    fn binary(&mut self) -> Option<Bytes> {
        match self.next() {
            Value::Binary(bytes) => Some(bytes),
            _ => None,
        }
    }

    fn described(&mut self) -> Option<(u64, Value)> {
        match self.next() {
            Value::Described(described) => match *described {
                (Value::Ulong(code), value) => Some((code, value)),
                _ => None,
            },
            _ => None,
        }
    }

    fn error(&mut self) -> Option<PeerError> {
        let Some((descriptor::ERROR, Value::List(fields))) = self.described() else {
            return None;
        };
        let mut fields = fields.into_iter();
        let condition = fields.next()?.as_str()?.to_owned();
        let description = fields.next();
        Some(PeerError {
            condition,
            description: description.and_then(|text| text.as_str().map(str::to_owned)),
        })
    }
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;

    use super::*;
    use crate::amqp::wire::{described, frame, symbol};

    fn read(code: u64, fields: &[Value]) -> Result<Performative, ReadError> {
        let mut bytes = BytesMut::new();
        frame(&mut bytes, 0, code, fields);
        Performative::read(bytes.freeze().slice(8..))
    }

    #[test]
    fn left_out_fields_have_their_defaults() {
        let Ok(Performative::Open(open)) = read(code::OPEN, &["peer".into()]) else {
            panic!("no open");
        };
        assert_eq!(
            (open.max_frame_size, open.channel_max),
            (u32::MAX, u16::MAX)
        );
        let Ok(Performative::Disposition(disposition)) =
            read(code::DISPOSITION, &[false.into(), Value::Uint(7)])
        else {
            panic!("no disposition");
        };
        assert_eq!((disposition.first, disposition.last), (7, 7));
        assert!(!disposition.settled && disposition.state.is_none());
    }

    #[test]
    fn a_rejection_tells_its_error() {
        let error = described(
            descriptor::ERROR,
            Value::List(vec![
                symbol("com.microsoft:message-lock-lost"),
                "gone".into(),
            ]),
        );
        let state = described(descriptor::REJECTED, Value::List(vec![error]));
        let fields = [
            false.into(),
            Value::Uint(1),
            Value::Null,
            true.into(),
            state,
        ];
        let Ok(Performative::Disposition(disposition)) = read(code::DISPOSITION, &fields) else {
            panic!("no disposition");
        };
        let Some(DeliveryState::Rejected(Some(error))) = disposition.state else {
            panic!("no error");
        };
        assert_eq!(error.condition, "com.microsoft:message-lock-lost");
        assert_eq!(error.description.as_deref(), Some("gone"));
    }

    #[test]
    fn a_transfer_keeps_what_follows_it() {
        let mut bytes = BytesMut::new();
        let tag = Value::Binary(Bytes::from_static(b"tag"));
        frame(
            &mut bytes,
            0,
            code::TRANSFER,
            &[Value::Uint(3), Value::Uint(9), tag],
        );
        bytes.extend_from_slice(b"payload");
        let Ok(Performative::Transfer(transfer)) = Performative::read(bytes.freeze().slice(8..))
        else {
            panic!("no transfer");
        };
        assert_eq!((transfer.handle, transfer.delivery_id), (3, Some(9)));
        assert_eq!(transfer.tag.as_deref(), Some(&b"tag"[..]));
        assert_eq!(transfer.payload, "payload");
    }

    #[test]
    fn fields_that_must_be_there_are_missed() {
        for code in [code::BEGIN, code::ATTACH, code::TRANSFER, code::DISPOSITION] {
            assert!(read(code, &[]).is_err(), "{code:x}");
        }
        assert!(read(0x19, &[]).is_err());
    }
}
