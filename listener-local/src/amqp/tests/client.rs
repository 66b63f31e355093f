//! Against another's client.

use super::broker::{Broker, Heard};
use crate::amqp::{
    Limits, Server,
    types::{
        definitions::{AmqpError, Error, ReceiverSettleMode},
        messaging::{Body, Data, DeliveryState, Outcome, Source},
        primitives::Value,
    },
};
use fe2o3_amqp::{
    Connection, Delivery, Receiver, Sender, Session,
    connection::ConnectionHandle,
    link::{ReceiverAttachError, receiver::CreditMode},
    sasl_profile::SaslProfile,
    session::SessionHandle,
};
use tokio::{io::duplex, sync::mpsc::UnboundedReceiver};

struct Client {
    server: Server,
    broker: Broker,
    heard: UnboundedReceiver<Heard>,
    connection: ConnectionHandle<()>,
    session: SessionHandle<()>,
}

async fn client(limits: Limits, profile: Option<SaslProfile>) -> Client {
    let (broker, heard) = Broker::new();
    let server = Server::with_limits(broker.clone(), limits);
    let (near, far) = duplex(64 * 1024);
    tokio::spawn(server.connection(far));
    let mut builder = Connection::builder()
        .container_id("client")
        .scheme("amqp")
        .max_frame_size(65_536u32);
    if let Some(profile) = profile {
        builder = builder.sasl_profile(profile);
    }
    let mut connection = builder.open_with_stream(near).await.unwrap();
    let session = Session::begin(&mut connection).await.unwrap();
    Client {
        server,
        broker,
        heard,
        connection,
        session,
    }
}

async fn plain() -> Client {
    client(Limits::default(), Some(SaslProfile::Anonymous)).await
}

impl Client {
    async fn receiver(&mut self, address: &str, mode: ReceiverSettleMode) -> Receiver {
        Receiver::builder()
            .name("receiver")
            .source(Source::builder().address(address).build())
            .receiver_settle_mode(mode)
            .credit_mode(CreditMode::Manual)
            .attach(&mut self.session)
            .await
            .unwrap()
    }

    async fn heard(&mut self) -> Heard {
        loop {
            match self.heard.recv().await.unwrap() {
                Heard::Attached(..) | Heard::Credit { .. } => {}
                other => return other,
            }
        }
    }
}

fn bytes(delivery: &Delivery<Body<Value>>) -> Vec<u8> {
    match delivery.body() {
        Body::Data(data) => data
            .iter()
            .flat_map(|section| section.0.iter().copied())
            .collect(),
        _ => panic!("expected data"),
    }
}

#[tokio::test]
async fn a_client_opens_and_closes_with_and_without_the_security_layer() {
    for profile in [None, Some(SaslProfile::Anonymous)] {
        let mut client = client(Limits::default(), profile).await;
        assert_eq!(client.server.counts().sessions, 1);
        client.session.end().await.unwrap();
        client.connection.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_sender_hears_the_outcome_of_messages_large_and_small() {
    for address in ["queue", "later"] {
        let mut client = plain().await;
        let mut sender = Sender::attach(&mut client.session, "sender", address)
            .await
            .unwrap();
        for size in [0, 1, 300_000] {
            let outcome = sender.send(Data(vec![5u8; size].into())).await.unwrap();
            assert!(matches!(outcome, Outcome::Accepted(_)));
            let Heard::Message(message) = client.heard().await else {
                panic!()
            };
            assert!(message.payload.len() >= size && message.payload.len() < size + 20);
            assert!(!message.settled);
        }
        sender.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_sender_never_runs_out_of_credit() {
    let mut client = plain().await;
    let mut sender = Sender::attach(&mut client.session, "sender", "narrow")
        .await
        .unwrap();
    for _ in 0..50 {
        assert!(sender.send("x").await.unwrap().is_accepted());
    }
}

#[tokio::test]
async fn a_message_of_several_frames_arrives_whole() {
    let mut client = plain().await;
    let mut receiver = client.receiver("queue", ReceiverSettleMode::First).await;
    receiver.set_credit(2).await.unwrap();
    let body: Vec<u8> = (0..1_000_000u32).map(|byte| byte as u8).collect();
    client.broker.put(&body);
    client.broker.put(b"next");
    let first: Delivery<Body<Value>> = receiver.recv().await.unwrap();
    let second: Delivery<Body<Value>> = receiver.recv().await.unwrap();
    assert!(bytes(&first) == body);
    assert_eq!(bytes(&second), b"next");
    assert_eq!(first.delivery_tag().as_slice(), [0; 16]);
}

#[tokio::test]
async fn a_receiver_settles_in_either_mode() {
    for mode in [ReceiverSettleMode::First, ReceiverSettleMode::Second] {
        let mut client = plain().await;
        let first = mode == ReceiverSettleMode::First;
        let mut receiver = client.receiver("queue", mode).await;
        receiver.set_credit(10).await.unwrap();
        client.broker.put(b"x");
        client.broker.put(b"y");
        let delivery: Delivery<Body<Value>> = receiver.recv().await.unwrap();
        receiver.accept(&delivery).await.unwrap();
        let Heard::Disposition(tag, Some(DeliveryState::Accepted(_)), settled) =
            client.heard().await
        else {
            panic!()
        };
        assert_eq!((tag, settled), ([0; 16], first));
        let delivery: Delivery<Body<Value>> = receiver.recv().await.unwrap();
        receiver.reject(&delivery, None).await.unwrap();
        let Heard::Disposition(tag, Some(DeliveryState::Rejected(_)), _) = client.heard().await
        else {
            panic!()
        };
        assert_eq!(tag, [1; 16]);
        receiver.close().await.unwrap();
        let Heard::Detached(end) = client.heard().await else {
            panic!()
        };
        assert!(end.unsettled.is_empty());
        assert_eq!(client.server.counts().unsettled, 0);
    }
}

#[tokio::test]
async fn settled_deliveries_are_not_tracked() {
    let mut client = client(
        Limits {
            unsettled: 1,
            ..Limits::default()
        },
        None,
    )
    .await;
    let mut receiver = client.receiver("settled", ReceiverSettleMode::First).await;
    for _ in 0..3000 {
        client.broker.put(b"x");
    }
    receiver.set_credit(3000).await.unwrap();
    for _ in 0..3000 {
        let delivery: Delivery<Body<Value>> = receiver.recv().await.unwrap();
        assert_eq!(bytes(&delivery), b"x");
    }
    assert_eq!(client.server.counts().unsettled, 0);
}

#[tokio::test]
async fn unsettled_deliveries_stop_at_their_limit_and_go_on_when_settled() {
    let mut client = client(
        Limits {
            unsettled: 2,
            ..Limits::default()
        },
        None,
    )
    .await;
    let mut receiver = client.receiver("queue", ReceiverSettleMode::First).await;
    for _ in 0..20 {
        client.broker.put(b"x");
    }
    receiver.set_credit(20).await.unwrap();
    for _ in 0..20 {
        let delivery: Delivery<Body<Value>> = receiver.recv().await.unwrap();
        assert!(client.server.counts().unsettled <= 2);
        receiver.accept(&delivery).await.unwrap();
    }
}

#[tokio::test]
async fn a_refused_receiver_learns_why() {
    let mut client = plain().await;
    let refused = Receiver::attach(&mut client.session, "receiver", "refused").await;
    let Err(ReceiverAttachError::RemoteClosedWithError(error)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(error.condition, AmqpError::NotFound.into());
}

#[tokio::test]
async fn a_link_can_be_detached_from_outside() {
    let mut client = plain().await;
    let mut receiver = client.receiver("queue", ReceiverSettleMode::Second).await;
    receiver.set_credit(1).await.unwrap();
    client.broker.put(b"x");
    let _: Delivery<Body<Value>> = receiver.recv().await.unwrap();
    let Heard::Attached(link, _) = client.heard.recv().await.unwrap() else {
        panic!()
    };
    link.detach(Error::from(AmqpError::ResourceDeleted));
    let gone = receiver.recv::<Body<Value>>().await.unwrap_err();
    assert!(format!("{gone:?}").contains("ResourceDeleted"), "{gone:?}");
    let Heard::Detached(end) = client.heard().await else {
        panic!()
    };
    assert_eq!(end.unsettled, [[0; 16]]);
}

#[tokio::test]
async fn a_client_drains_and_its_link_goes_on() {
    let mut client = plain().await;
    let mut receiver = client.receiver("queue", ReceiverSettleMode::First).await;
    client.broker.put(b"x");
    receiver.set_credit(10).await.unwrap();
    let _: Delivery<Body<Value>> = receiver.recv().await.unwrap();
    receiver.drain().await.unwrap();
    loop {
        if let Heard::Credit {
            credit,
            drain: true,
        } = client.heard.recv().await.unwrap()
        {
            break assert_eq!(credit, 9);
        }
    }
    receiver.close().await.unwrap();
    let Heard::Detached(end) = client.heard().await else {
        panic!()
    };
    assert_eq!(end.unsettled.len(), 1);
}
