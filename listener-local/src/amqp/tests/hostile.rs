//! Bytes that mean harm: nothing panics, nothing hangs.

use super::peer::{attach, begin, flow, open, transfer};
use crate::amqp::{codec::Write, fuzz, types::definitions::Role};
use bytes::{BufMut, BytesMut};
use proptest::prelude::*;

fn run(data: &[u8]) -> usize {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(fuzz(data))
}

fn frame(out: &mut BytesMut, channel: u8, body: &[u8]) {
    out.put_u32(u32::try_from(body.len() + 8).unwrap());
    out.put_slice(&[2, 0, 0, channel]);
    out.put_slice(body);
}

fn written(out: &mut BytesMut, performative: &impl Write) {
    let mut body = BytesMut::new();
    performative.write(&mut body).unwrap();
    frame(out, 0, &body);
}

/// A conversation that uses everything.
fn conversation() -> Vec<u8> {
    let mut out = BytesMut::new();
    out.put_slice(b"AMQP\x00\x01\x00\x00");
    written(&mut out, &open());
    written(&mut out, &begin());
    written(&mut out, &attach(0, Role::Sender, "queue"));
    written(&mut out, &attach(1, Role::Receiver, "queue"));
    written(&mut out, &flow(Some(1), 50));
    frame(&mut out, 0, &serde_amqp::to_vec(&transfer(0)).unwrap());
    out.to_vec()
}

#[test]
fn a_conversation_is_answered() {
    assert!(run(&conversation()) > 1000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes_are_survived(data in proptest::collection::vec(any::<u8>(), 0..400)) {
        run(&data);
    }

    #[test]
    fn any_frames_are_survived(bodies in proptest::collection::vec((0u8..3, 0x10u8..0x19, proptest::collection::vec(any::<u8>(), 0..40)), 0..12)) {
        let mut data = BytesMut::from(&conversation()[..]);
        for (channel, code, rest) in bodies {
            let mut body = vec![0x00, 0x53, code, 0xc0, u8::try_from(rest.len() + 1).unwrap()];
            body.extend_from_slice(&rest);
            frame(&mut data, channel, &body);
        }
        run(&data);
    }

    #[test]
    fn a_conversation_with_bytes_changed_is_survived(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut data = conversation();
        for (at, byte) in changes {
            let at = 8 + at.index(data.len() - 8);
            data[at] = byte;
        }
        run(&data);
    }
}
