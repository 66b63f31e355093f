//! What Service Bus refuses when it is told to.

use crate::{
    amqp::{
        Server,
        types::{
            definitions::{ErrorCondition, ReceiverSettleMode},
            messaging::{ApplicationProperties, Body, Message, MessageId, Outcome, Properties},
            primitives::{SimpleValue, Value},
        },
    },
    faults::{Fault, Faults, Times},
    service_bus::{
        broker::Broker,
        engine::{Message as Stored, Namespace, QueueOptions},
    },
};
use fe2o3_amqp::{
    Connection, Receiver, Sender, Session, connection::ConnectionHandle, session::SessionHandle,
};
use tokio::io::duplex;

struct House {
    faults: Faults,
    namespace: Namespace,
    session: SessionHandle<()>,
    _connection: ConnectionHandle<()>,
}

async fn house() -> House {
    let namespace = Namespace::new(Default::default());
    namespace
        .create_queue("orders", QueueOptions::default())
        .unwrap();
    let faults = Faults::new();
    let broker = Broker::new(namespace.clone()).with_faults(&faults);
    let (near, far) = duplex(64 * 1024);
    tokio::spawn(Server::new(broker).connection(faults.stream(far)));
    let builder = Connection::builder().container_id("client").scheme("amqp");
    let mut connection = builder.open_with_stream(near).await.unwrap();
    let session = Session::begin(&mut connection).await.unwrap();
    House {
        faults,
        namespace,
        session,
        _connection: connection,
    }
}

/// A client's links to a node that answers.
struct Asker {
    sender: Sender,
    receiver: Receiver,
}

impl House {
    async fn asker(&mut self, node: &str) -> Asker {
        let session = &mut self.session;
        Asker {
            sender: Sender::attach(session, "ask", node).await.unwrap(),
            receiver: Receiver::attach(session, "hear", node).await.unwrap(),
        }
    }
}

impl Asker {
    /// Asks, and gives the status of the answer.
    async fn ask(&mut self, operation: &str) -> i32 {
        let property = |name: &str, value: &str| (name.to_owned(), SimpleValue::from(value));
        let mut properties = ApplicationProperties::default();
        for (name, value) in [
            property("operation", operation),
            property("name", "sb://localhost/orders"),
        ] {
            properties.0.insert(name, value);
        }
        let request = Message::builder()
            .properties(Properties::builder().message_id(MessageId::from(1)).build())
            .application_properties(properties)
            .value(Value::from("a token"))
            .build();
        self.sender.send(request).await.unwrap();
        let answer = self.receiver.recv::<Body<Value>>().await.unwrap();
        let told = answer.message().application_properties.as_ref().unwrap();
        match told.0.get("status-code") {
            Some(SimpleValue::Int(status)) => *status,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_token_is_refused_with_401_and_the_next_is_taken() {
    let mut house = house().await;
    let mut cbs = house.asker("$cbs").await;
    house
        .faults
        .switch(Fault::RefuseTokens(Times::Next(1)).on("orders"));
    assert_eq!(cbs.ask("put-token").await, 401);
    assert_eq!(cbs.ask("put-token").await, 202);
}

#[tokio::test]
async fn a_request_hears_503_when_the_server_is_busy() {
    let mut house = house().await;
    let mut management = house.asker("orders/$management").await;
    house
        .faults
        .switch(Fault::Throttle(Times::Next(1)).on("orders"));
    assert_eq!(management.ask("com.microsoft:unheard-of").await, 503);
    assert_eq!(management.ask("com.microsoft:unheard-of").await, 501);
}

#[tokio::test]
async fn a_message_hears_that_the_server_is_busy_and_the_next_is_taken() {
    let mut house = house().await;
    let mut sender = Sender::attach(&mut house.session, "sender", "orders")
        .await
        .unwrap();
    house.faults.switch(Fault::Throttle(Times::Next(1)));
    let Outcome::Rejected(rejected) = sender.send("x").await.unwrap() else {
        panic!("expected a rejection")
    };
    let busy = ErrorCondition::Custom("com.microsoft:server-busy".into());
    assert_eq!(rejected.error.unwrap().condition, busy);
    assert!(sender.send("x").await.unwrap().is_accepted());
}

#[tokio::test]
async fn a_lost_lock_is_told_to_who_settles() {
    let mut house = house().await;
    house
        .namespace
        .send("orders", Stored::from_data(b"x").unwrap())
        .unwrap();
    let mut receiver = Receiver::builder()
        .name("receiver")
        .source("orders")
        .receiver_settle_mode(ReceiverSettleMode::Second)
        .attach(&mut house.session)
        .await
        .unwrap();
    let delivery = receiver.recv::<Body<Value>>().await.unwrap();
    house.faults.switch(Fault::LoseLocks.on("orders"));
    let _ = receiver.accept(&delivery).await;
    // It comes again, as a message does whose lock has ended.
    let again = receiver.recv::<Body<Value>>().await.unwrap();
    assert_eq!(again.message().header.as_ref().unwrap().delivery_count, 1);
}
