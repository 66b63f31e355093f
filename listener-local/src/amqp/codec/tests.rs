//! What is written is read back with another's types, and its fields are counted on the wire.

use super::{frame::Frame, *};
use bytes::{BufMut, BytesMut};
use fe2o3_amqp_types::{
    definitions::{AmqpError, Error, Handle, ReceiverSettleMode, Role, SenderSettleMode},
    messaging::{Accepted, DeliveryState, Header, Modified, Rejected, Source},
    performatives::*,
};

fn written(performative: &impl Write) -> BytesMut {
    let mut out = BytesMut::new();
    performative.write(&mut out).unwrap();
    out
}

fn fields(bytes: &[u8]) -> u32 {
    assert_eq!(bytes[3], 0xd0);
    u32::from_be_bytes(bytes[8..12].try_into().unwrap())
}

#[track_caller]
fn holds<T: Write + PartialEq + std::fmt::Debug + serde::de::DeserializeOwned>(
    value: T,
    count: u32,
) {
    let bytes = written(&value);
    assert_eq!(fields(&bytes), count);
    assert_eq!(serde_amqp::from_slice::<T>(&bytes).unwrap(), value);
}

fn error() -> Option<Error> {
    Some(Error::new(AmqpError::NotFound, "gone".to_owned(), None))
}

#[test]
fn open_has_ten_fields() {
    holds(
        Open {
            container_id: "c".into(),
            hostname: None,
            max_frame_size: 65_536.into(),
            channel_max: 255.into(),
            idle_time_out: None,
            outgoing_locales: None,
            incoming_locales: None,
            offered_capabilities: None,
            desired_capabilities: None,
            properties: None,
        },
        10,
    );
}

#[test]
fn begin_has_eight_fields() {
    holds(
        Begin {
            remote_channel: Some(3),
            next_outgoing_id: 1,
            incoming_window: 5000,
            outgoing_window: 5000,
            handle_max: Handle(255),
            offered_capabilities: None,
            desired_capabilities: None,
            properties: None,
        },
        8,
    );
}

#[test]
fn attach_has_fourteen_fields() {
    holds(
        Attach {
            name: "l".into(),
            handle: Handle(7),
            role: Role::Receiver,
            snd_settle_mode: SenderSettleMode::Mixed,
            rcv_settle_mode: ReceiverSettleMode::Second,
            source: Some(Box::new(Source {
                address: Some("queue".into()),
                ..Source::default()
            })),
            target: None,
            unsettled: None,
            incomplete_unsettled: false,
            initial_delivery_count: None,
            max_message_size: Some(1 << 20),
            offered_capabilities: None,
            desired_capabilities: None,
            properties: None,
        },
        14,
    );
}

#[test]
fn flow_has_eleven_fields() {
    holds(
        Flow {
            next_incoming_id: Some(0),
            incoming_window: 1,
            next_outgoing_id: 2,
            outgoing_window: 3,
            handle: None,
            delivery_count: None,
            link_credit: None,
            available: None,
            drain: false,
            echo: false,
            properties: None,
        },
        11,
    );
}

#[test]
fn transfer_has_eleven_fields_and_never_needs_more_room_than_it_says() {
    let tag = [9; 16];
    let head = TransferHead {
        handle: u32::MAX,
        delivery_id: u32::MAX,
        delivery_tag: &tag,
        message_format: u32::MAX,
        settled: false,
        more: true,
    };
    let mut out = BytesMut::new();
    head.write(&mut out);
    assert_eq!(fields(&out), 11);
    assert_eq!(transfer_room(512), 512 - 8 - out.len());
    let read: Transfer = serde_amqp::from_slice(&out).unwrap();
    assert_eq!(read.delivery_tag.unwrap().as_slice(), tag);
    assert_eq!((read.settled, read.more), (Some(false), true));
}

#[test]
fn disposition_has_six_fields_in_every_state() {
    for state in [
        None,
        Some(DeliveryState::Accepted(Accepted {})),
        Some(DeliveryState::Modified(Modified {
            delivery_failed: Some(true),
            undeliverable_here: None,
            message_annotations: None,
        })),
    ] {
        holds(
            Disposition {
                role: Role::Sender,
                first: 300,
                last: Some(400),
                settled: true,
                state,
                batchable: false,
            },
            6,
        );
    }
}

#[test]
fn errors_have_three_fields_wherever_they_stand() {
    let bare = Error::new(AmqpError::NotAllowed, None, None);
    let three = [0x00, 0x53, 0x1d, 0xd0, 0, 0, 0, 24, 0, 0, 0, 3];
    let rejected = Disposition {
        role: Role::Receiver,
        first: 0,
        last: None,
        settled: true,
        state: Some(DeliveryState::Rejected(Rejected {
            error: Some(bare.clone()),
        })),
        batchable: false,
    };
    let close = Close { error: Some(bare) };
    for bytes in [written(&rejected), written(&close)] {
        let found = bytes.windows(three.len()).any(|window| window == three);
        assert!(found, "{bytes:x?}");
    }
    holds(rejected, 6);
}

#[test]
fn detach_end_and_close_have_all_fields() {
    holds(
        Detach {
            handle: Handle(0),
            closed: true,
            error: error(),
        },
        3,
    );
    holds(
        Detach {
            handle: Handle(0),
            closed: false,
            error: None,
        },
        3,
    );
    holds(End { error: None }, 1);
    holds(Close { error: error() }, 1);
}

#[test]
fn header_section_has_five_fields() {
    let mut out = BytesMut::new();
    write_header(&mut out, &Header::default());
    assert_eq!(fields(&out), 5);
    assert_eq!(
        serde_amqp::from_slice::<Header>(&out).unwrap(),
        Header::default()
    );
}

#[test]
fn mechanisms_are_an_array_of_symbols() {
    let mut out = BytesMut::new();
    write_mechanisms(&mut out, &["ANONYMOUS", "PLAIN"]);
    let read: fe2o3_amqp_types::sasl::SaslMechanisms = serde_amqp::from_slice(&out[8..]).unwrap();
    assert_eq!(read.sasl_server_mechanisms.0.len(), 2);
}

fn frame(size: u32, offset: u8, kind: u8, body: &[u8]) -> BytesMut {
    let mut out = BytesMut::new();
    out.put_u32(size);
    out.put_slice(&[offset, kind, 0, 0]);
    out.put_slice(body);
    out
}

#[test]
fn frames_are_cut_out_one_by_one() {
    let mut buffer = frame(8, 2, 0, &[]);
    buffer.unsplit(frame(8, 2, 0, &[]));
    let mut decoder = FrameDecoder::amqp(512);
    assert!(matches!(
        decoder.decode(&mut buffer),
        Ok(Some(Frame {
            body: Body::Empty,
            ..
        }))
    ));
    buffer.truncate(5);
    assert!(matches!(decoder.decode(&mut buffer), Ok(None)));
}

#[test]
fn frames_that_lie_about_themselves_are_refused() {
    let mut decoder = FrameDecoder::amqp(512);
    assert!(matches!(
        decoder.decode(&mut frame(7, 2, 0, &[])),
        Err(FrameError::Short { size: 7 })
    ));
    assert!(matches!(
        decoder.decode(&mut frame(513, 2, 0, &[])),
        Err(FrameError::Long { .. })
    ));
    assert!(matches!(
        decoder.decode(&mut frame(8, 1, 0, &[])),
        Err(FrameError::DataOffset { .. })
    ));
    assert!(matches!(
        decoder.decode(&mut frame(8, 3, 0, &[])),
        Err(FrameError::DataOffset { .. })
    ));
    assert!(matches!(
        decoder.decode(&mut frame(8, 2, 1, &[])),
        Err(FrameError::Kind { .. })
    ));
    let error = decoder
        .decode(&mut frame(11, 2, 0, &[0xc0, 0x00, 0x00]))
        .unwrap_err();
    assert!(error.is_body());
}
