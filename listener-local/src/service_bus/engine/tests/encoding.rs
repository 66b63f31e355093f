use bytes::Bytes;
use fe2o3_amqp_types::messaging::{Body, Message as Wire, message::__private::Deserializable};
use proptest::prelude::*;

use super::*;

type Parsed = Wire<Body<serde_amqp::Value>>;

fn decode(bytes: &[u8]) -> Parsed {
    let decoded: Deserializable<Parsed> = serde_amqp::from_slice(bytes).unwrap();
    decoded.0
}

#[tokio::test(start_paused = true)]
async fn the_bare_message_goes_out_as_it_came_in() {
    let (namespace, queue) = queue(QueueOptions::default());
    let sent = wire("a", Some("s"), None, &[("x", "y")]);
    namespace
        .send("q", Message::parse(sent.clone().into()).unwrap())
        .unwrap();
    let encoded = lock(&queue).encode();
    assert!(encoded.ends_with(&sent));
    let header = decode(&encoded).header.unwrap();
    assert!(header.first_acquirer);
    assert_eq!(header.delivery_count, 0);
    // Five fields, each explicit.
    assert_eq!(encoded[..4], [0x00, 0x53, 0x70, 0xd0]);
    assert_eq!(encoded[8..12], 5_u32.to_be_bytes());
}

#[tokio::test(start_paused = true)]
async fn the_service_s_annotations_replace_forged_ones_and_keep_the_rest() {
    let mut sent = vec![0x00, 0x53, 0x72, 0xc1, 0, 4];
    for (name, value) in [("x-opt-sequence-number", 99), ("x-own", 7)] {
        sent.extend_from_slice(&[0xa3, u8::try_from(name.len()).unwrap()]);
        sent.extend_from_slice(name.as_bytes());
        sent.extend_from_slice(&[0x55, value]);
    }
    sent[4] = u8::try_from(sent.len() - 5).unwrap();
    sent.extend_from_slice(&wire("a", None, None, &[]));
    let (namespace, queue) = queue(QueueOptions::default());
    namespace
        .send("q", Message::parse(sent.into()).unwrap())
        .unwrap();
    let annotations = decode(&lock(&queue).encode()).message_annotations.unwrap();
    let get = |name: &str| {
        let found = annotations
            .0
            .iter()
            .find(|(key, _)| format!("{key:?}").contains(name));
        found.map(|(_, value)| value.clone())
    };
    assert_eq!(
        get("\"x-opt-sequence-number"),
        Some(serde_amqp::Value::Long(1))
    );
    assert_eq!(get("x-own"), Some(serde_amqp::Value::Long(7)));
    assert!(matches!(
        get("x-opt-locked-until"),
        Some(serde_amqp::Value::Timestamp(_))
    ));
}

#[test]
fn a_message_without_an_id_is_given_one() {
    let message = Message::from_data(b"x").unwrap();
    assert!(message.properties().message_id.is_some());
    let again = Message::parse(message.bare().clone()).unwrap();
    assert_eq!(again.bare(), message.bare());
}

#[test]
fn a_batch_holds_a_message_in_each_data_section() {
    let mut batch = Vec::new();
    for id in ["a", "b"] {
        let inner = wire(id, None, None, &[]);
        batch.extend_from_slice(&[0x00, 0x53, 0x75, 0xa0, u8::try_from(inner.len()).unwrap()]);
        batch.extend_from_slice(&inner);
    }
    let batch = Bytes::from(batch);
    assert_eq!(Message::parse_batch(&batch, 2).unwrap().len(), 2);
    assert!(matches!(
        Message::parse_batch(&batch, 1),
        Err(EngineError::LimitExceeded(_))
    ));
}

proptest! {
    #[test]
    fn hostile_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        check(bytes);
    }

    #[test]
    fn spoilt_messages_never_panic(at in 0_usize..80, byte in any::<u8>(), cut in 0_usize..100) {
        let mut bytes = wire("a", Some("s"), Some(9), &[("x", "y"), ("z", "")]);
        let len = bytes.len();
        bytes[at % len] = byte;
        bytes.truncate(len - cut % len);
        check(bytes);
    }
}

fn check(bytes: Vec<u8>) {
    let bytes = Bytes::from(bytes);
    let _ = Message::parse_batch(&bytes, 10);
    if let Ok(message) = Message::parse(bytes) {
        let _ = (message.properties(), message.application_properties());
        let mut patch = super::super::message::Patch::default();
        patch.set("x", "changed");
        let patched = message.patched(&patch);
        assert!(Message::parse(patched.bare().clone()).is_ok());
    }
}
