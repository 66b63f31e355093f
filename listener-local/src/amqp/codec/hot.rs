//! The three performatives that come with every message, read without serde: flow, transfer and disposition.
//!
//! Only their usual encodings are known here. Whatever else comes (long descriptors, states with details, properties)
//! is left to the careful way, which gives the same answer; the tests hold both ways against each other.

use fe2o3_amqp_types::{
    definitions::{Handle, ReceiverSettleMode, Role},
    messaging::{Accepted, DeliveryState, Released},
    performatives::{Disposition, Flow, Performative, Transfer},
};

/// Reads the performative at the beginning, and tells how long it is; `None` leaves it to the careful way.
pub(super) fn decode(frame: &[u8]) -> Option<(Performative, usize)> {
    let [0x00, 0x53, code @ 0x13..=0x15, rest @ ..] = frame else {
        return None;
    };
    let mut fields = Fields::open(rest)?;
    let end = frame.len() - rest.len() + fields.end;
    let performative = match code {
        0x13 => flow(&mut fields).map(Performative::Flow),
        0x14 => transfer(&mut fields).map(Performative::Transfer),
        _ => disposition(&mut fields).map(Performative::Disposition),
    };
    fields.is_done().then_some((performative.ok()?, end))
}

/// An encoding that is not known here.
struct Unusual;

/// A field; `None` is null or left out.
type Field<T> = Result<Option<T>, Unusual>;

fn flow(fields: &mut Fields<'_>) -> Result<Flow, Unusual> {
    Ok(Flow {
        next_incoming_id: fields.uint()?,
        incoming_window: fields.uint()?.ok_or(Unusual)?,
        next_outgoing_id: fields.uint()?.ok_or(Unusual)?,
        outgoing_window: fields.uint()?.ok_or(Unusual)?,
        handle: fields.uint()?.map(Handle),
        delivery_count: fields.uint()?,
        link_credit: fields.uint()?,
        available: fields.uint()?,
        drain: fields.bool()?.unwrap_or(false),
        echo: fields.bool()?.unwrap_or(false),
        properties: fields.nothing()?,
    })
}

fn transfer(fields: &mut Fields<'_>) -> Result<Transfer, Unusual> {
    Ok(Transfer {
        handle: Handle(fields.uint()?.ok_or(Unusual)?),
        delivery_id: fields.uint()?,
        delivery_tag: fields.binary()?.map(|tag| tag.to_vec().into()),
        message_format: fields.uint()?,
        settled: fields.bool()?,
        more: fields.bool()?.unwrap_or(false),
        rcv_settle_mode: match fields.ubyte()? {
            None => None,
            Some(0) => Some(ReceiverSettleMode::First),
            Some(1) => Some(ReceiverSettleMode::Second),
            Some(_) => return Err(Unusual),
        },
        state: fields.state()?,
        resume: fields.bool()?.unwrap_or(false),
        aborted: fields.bool()?.unwrap_or(false),
        batchable: fields.bool()?.unwrap_or(false),
    })
}

fn disposition(fields: &mut Fields<'_>) -> Result<Disposition, Unusual> {
    Ok(Disposition {
        role: if fields.bool()?.ok_or(Unusual)? {
            Role::Receiver
        } else {
            Role::Sender
        },
        first: fields.uint()?.ok_or(Unusual)?,
        last: fields.uint()?,
        settled: fields.bool()?.unwrap_or(false),
        state: fields.state()?,
        batchable: fields.bool()?.unwrap_or(false),
    })
}

/// The fields of a list.
struct Fields<'a> {
    /// From the list's constructor to its end.
    bytes: &'a [u8],
    at: usize,
    end: usize,
    left: u32,
}

impl<'a> Fields<'a> {
    fn open(bytes: &'a [u8]) -> Option<Self> {
        let (at, end, left) = match *bytes {
            [0xc0, size, count, ..] => (3, 2 + usize::from(size), u32::from(count)),
            [0xd0, a, b, c, d, e, f, g, h, ..] => {
                let size = usize::try_from(u32::from_be_bytes([a, b, c, d])).ok()?;
                (9, size.checked_add(5)?, u32::from_be_bytes([e, f, g, h]))
            }
            _ => return None,
        };
        let bytes = bytes.get(..end)?;
        (at <= end).then_some(Self {
            bytes,
            at,
            end,
            left,
        })
    }

    fn is_done(&self) -> bool {
        self.left == 0 && self.at == self.end
    }

    /// The constructor of the next field.
    fn next(&mut self) -> Field<u8> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        match self.take::<1>()? {
            [0x40] => Ok(None),
            [code] => Ok(Some(code)),
        }
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Unusual> {
        let rest = self.bytes.get(self.at..).ok_or(Unusual)?;
        let taken = *rest.first_chunk::<N>().ok_or(Unusual)?;
        self.at += N;
        Ok(taken)
    }

    fn uint(&mut self) -> Field<u32> {
        let Some(code) = self.next()? else {
            return Ok(None);
        };
        let value = match code {
            0x43 => 0,
            0x52 => self.take::<1>()?[0].into(),
            0x70 => u32::from_be_bytes(self.take()?),
            _ => return Err(Unusual),
        };
        Ok(Some(value))
    }

    fn ubyte(&mut self) -> Field<u8> {
        match self.next()? {
            None => Ok(None),
            Some(0x50) => Ok(Some(self.take::<1>()?[0])),
            Some(_) => Err(Unusual),
        }
    }

    fn bool(&mut self) -> Field<bool> {
        match self.next()? {
            None => Ok(None),
            Some(0x41) => Ok(Some(true)),
            Some(0x42) => Ok(Some(false)),
            Some(_) => Err(Unusual),
        }
    }

    fn binary(&mut self) -> Field<&'a [u8]> {
        match self.next()? {
            None => Ok(None),
            Some(0xa0) => {
                let length = usize::from(self.take::<1>()?[0]);
                let value = self.bytes.get(self.at..self.at + length).ok_or(Unusual)?;
                self.at += length;
                Ok(Some(value))
            }
            Some(_) => Err(Unusual),
        }
    }

    /// The states without details.
    fn state(&mut self) -> Field<DeliveryState> {
        match self.next()? {
            None => Ok(None),
            Some(0x00) => {
                let [0x53, code] = self.take::<2>()? else {
                    return Err(Unusual);
                };
                match self.take::<1>()? {
                    [0x45] => {}
                    [0xc0] if self.take::<2>()? == [1, 0] => {}
                    _ => return Err(Unusual),
                }
                match code {
                    0x24 => Ok(Some(DeliveryState::Accepted(Accepted {}))),
                    0x26 => Ok(Some(DeliveryState::Released(Released {}))),
                    _ => Err(Unusual),
                }
            }
            Some(_) => Err(Unusual),
        }
    }

    /// A field that is not there.
    fn nothing<T>(&mut self) -> Field<T> {
        match self.next()? {
            None => Ok(None),
            Some(_) => Err(Unusual),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amqp::codec::scan::value_length;
    use fe2o3_amqp_types::messaging::Rejected;
    use proptest::prelude::*;

    /// What the careful way reads.
    fn careful(frame: &[u8]) -> Option<(Performative, usize)> {
        let length = value_length(frame).ok()?;
        let performative = serde_amqp::from_slice(&frame[..length]).ok()?;
        Some((performative, length))
    }

    fn state() -> impl Strategy<Value = Option<DeliveryState>> {
        prop_oneof![
            Just(None),
            Just(Some(DeliveryState::Accepted(Accepted {}))),
            Just(Some(DeliveryState::Released(Released {}))),
            Just(Some(DeliveryState::Rejected(Rejected { error: None }))),
        ]
    }

    fn flows() -> impl Strategy<Value = Performative> {
        let numbers = any::<[Option<u32>; 5]>();
        let windows = any::<[u32; 3]>();
        (numbers, windows, any::<bool>(), any::<bool>()).prop_map(|(of, windows, drain, echo)| {
            Performative::Flow(Flow {
                next_incoming_id: of[0],
                incoming_window: windows[0],
                next_outgoing_id: windows[1],
                outgoing_window: windows[2],
                handle: of[1].map(Handle),
                delivery_count: of[2],
                link_credit: of[3],
                available: of[4],
                drain,
                echo,
                properties: None,
            })
        })
    }

    fn transfers() -> impl Strategy<Value = Performative> {
        let tag = prop::option::of(prop::collection::vec(any::<u8>(), 0..40));
        let numbers = any::<(u32, Option<u32>, Option<u32>)>();
        let flags = any::<(Option<bool>, [bool; 4], Option<bool>)>();
        (numbers, tag, flags, state()).prop_map(|(numbers, tag, flags, state)| {
            let (settled, [more, resume, aborted, batchable], second) = flags;
            let mode = |second| match second {
                true => ReceiverSettleMode::Second,
                false => ReceiverSettleMode::First,
            };
            Performative::Transfer(Transfer {
                handle: Handle(numbers.0),
                delivery_id: numbers.1,
                delivery_tag: tag.map(Into::into),
                message_format: numbers.2,
                settled,
                more,
                rcv_settle_mode: second.map(mode),
                state,
                resume,
                aborted,
                batchable,
            })
        })
    }

    fn dispositions() -> impl Strategy<Value = Performative> {
        let numbers = any::<(u32, Option<u32>)>();
        (numbers, any::<[bool; 3]>(), state()).prop_map(
            |((first, last), [receiver, settled, batchable], state)| {
                Performative::Disposition(Disposition {
                    role: if receiver {
                        Role::Receiver
                    } else {
                        Role::Sender
                    },
                    first,
                    last,
                    settled,
                    state,
                    batchable,
                })
            },
        )
    }

    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![flows(), transfers(), dispositions()]
            .prop_map(|performative| serde_amqp::to_vec(&performative).unwrap())
    }

    #[test]
    fn the_usual_encodings_are_known() {
        for frame in [
            // python: a disposition of one delivery.
            &[
                0x00, 0x53, 0x15, 0xc0, 0x0b, 0x05, 0x41, 0x52, 0x07, 0x52, 0x07, 0x42, 0x00, 0x53,
                0x24, 0x45,
            ][..],
            // Trailing fields left out, and a list with four-byte sizes.
            &[0x00, 0x53, 0x15, 0xd0, 0, 0, 0, 6, 0, 0, 0, 2, 0x41, 0x43],
            &[
                0x00, 0x53, 0x14, 0xc0, 0x07, 0x04, 0x43, 0x43, 0xa0, 0x01, 0x07, 0x43, 0xff, 0xff,
            ],
        ] {
            let (performative, length) = decode(frame).expect("it is known");
            let (same, as_long) = careful(frame).unwrap();
            assert_eq!(format!("{performative:?}"), format!("{same:?}"));
            assert_eq!(length, as_long);
        }
    }

    proptest! {
        #[test]
        fn both_ways_read_the_same(mut frame in bytes(), payload in prop::collection::vec(any::<u8>(), 0..8)) {
            frame.extend_from_slice(&payload);
            let (same, length) = careful(&frame).unwrap();
            if let Some((performative, as_long)) = decode(&frame) {
                prop_assert_eq!(format!("{performative:?}"), format!("{same:?}"));
                prop_assert_eq!(length, as_long);
            } else {
                let same = format!("{same:?}");
                prop_assert!(same.contains("Rejected"), "{}", same);
            }
        }

        #[test]
        fn what_is_read_from_changed_bytes_is_what_the_careful_way_reads(
            mut frame in bytes(),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        ) {
            for (at, byte) in changes {
                let at = at.index(frame.len());
                frame[at] = byte;
            }
            if let Some((performative, length)) = decode(&frame) {
                let (same, as_long) = careful(&frame).expect("the careful way reads it too");
                prop_assert_eq!(format!("{performative:?}"), format!("{same:?}"));
                prop_assert_eq!(length, as_long);
            }
        }
    }
}
