//! Against another's client, where no official SDK reaches or looks.

mod transactions;

use super::{Broker, Keys, access::signed_at};
use crate::{
    amqp::{
        Server,
        serde_amqp::{
            Value,
            primitives::{OrderedMap, Symbol, Timestamp},
        },
        types::{
            definitions::{ErrorCondition, ReceiverSettleMode, SenderSettleMode},
            messaging::{
                AmqpValue, ApplicationProperties, Body, Data, Message, Outcome, Properties, Source,
            },
            primitives::SimpleValue,
        },
    },
    service_bus::engine::{Namespace, NamespaceOptions, QueueOptions},
};
use fe2o3_amqp::{
    Connection, Delivery, Receiver, Sender, Session,
    connection::ConnectionHandle,
    link::{ReceiverAttachError, SenderAttachError, receiver::CreditMode},
    sasl_profile::SaslProfile,
    session::SessionHandle,
};
use tokio::io::duplex;

const KEY: &str = "not a key of anybody";

struct Client {
    namespace: Namespace,
    connection: ConnectionHandle<()>,
    session: SessionHandle<()>,
    before: Vec<SessionHandle<()>>,
    links: u32,
}

/// A namespace with a queue `crm` and a queue `sessions`.
fn namespace() -> Namespace {
    let namespace = Namespace::new(NamespaceOptions::default());
    namespace
        .create_queue("crm", QueueOptions::default())
        .unwrap();
    let options = QueueOptions {
        requires_session: true,
        ..QueueOptions::default()
    };
    namespace.create_queue("sessions", options).unwrap();
    namespace
}

async fn connect(broker: Broker) -> Client {
    let namespace = broker.namespace().clone();
    let (near, far) = duplex(256 * 1024);
    tokio::spawn(Server::new(broker).connection(far));
    let mut connection = Connection::builder()
        .container_id("client")
        .scheme("amqp")
        .sasl_profile(SaslProfile::Anonymous)
        .open_with_stream(near)
        .await
        .unwrap();
    let session = Session::begin(&mut connection).await.unwrap();
    Client {
        namespace,
        connection,
        session,
        before: Vec::new(),
        links: 0,
    }
}

async fn client() -> Client {
    connect(Broker::new(namespace())).await
}

impl Client {
    fn link(&mut self) -> String {
        self.links += 1;
        format!("link-{}", self.links)
    }

    async fn sender(&mut self, address: &str) -> Result<Sender, SenderAttachError> {
        let name = self.link();
        Sender::attach(&mut self.session, name, address).await
    }

    async fn receiver(&mut self, source: Source) -> Result<Receiver, ReceiverAttachError> {
        self.receiver_in(source, SenderSettleMode::Unsettled).await
    }

    async fn receiver_in(
        &mut self,
        source: Source,
        mode: SenderSettleMode,
    ) -> Result<Receiver, ReceiverAttachError> {
        Receiver::builder()
            .name(self.link())
            .source(source)
            .sender_settle_mode(mode)
            .receiver_settle_mode(ReceiverSettleMode::First)
            .credit_mode(CreditMode::Manual)
            .attach(&mut self.session)
            .await
    }

    async fn requests(&mut self, node: &str) -> Requests {
        let requests = self.sender(node).await.unwrap();
        let mut answers = self.receiver(source(node)).await.unwrap();
        answers.set_credit(100).await.unwrap();
        Requests {
            requests,
            answers,
            node: node.to_owned(),
        }
    }
}

/// A pair of links.
struct Requests {
    requests: Sender,
    answers: Receiver,
    node: String,
}

struct Answer {
    status: i32,
    condition: Option<String>,
    body: Value,
}

impl Requests {
    async fn ask(&mut self, properties: &[(&str, &str)], body: Value) -> Answer {
        let mut facts = ApplicationProperties::default();
        for (name, value) in properties {
            let value = SimpleValue::String((*value).to_owned());
            facts.0.insert((*name).to_owned(), value);
        }
        let request = Message::builder()
            .properties(
                Properties::builder()
                    .message_id(7u64)
                    .reply_to(self.node.clone())
                    .build(),
            )
            .application_properties(facts)
            .body(AmqpValue(body))
            .build();
        self.requests.send(request).await.unwrap();
        let delivery: Delivery<Body<Value>> = self.answers.recv().await.unwrap();
        let (_, message) = delivery.into_parts();
        let id = message.properties.unwrap().correlation_id.unwrap();
        assert_eq!(format!("{id:?}"), "Ulong(7)");
        let facts = message.application_properties.unwrap().0;
        let status = |name: &str| match facts.get(name) {
            Some(SimpleValue::Int(status)) => *status,
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(status("status-code"), status("statusCode"));
        let condition = facts
            .get("errorCondition")
            .map(|condition| match condition {
                SimpleValue::Symbol(condition) => condition.as_str().to_owned(),
                other => panic!("{other:?}"),
            });
        Answer {
            status: status("statusCode"),
            condition,
            body: match message.body {
                Body::Value(value) => value.0,
                other => panic!("{other:?}"),
            },
        }
    }

    async fn operation(&mut self, name: &str, body: &[(&str, Value)]) -> Answer {
        let members = body
            .iter()
            .map(|(name, value)| (Value::from(*name), value.clone()));
        let body = Value::Map(OrderedMap::from_iter(members));
        let operation = format!("com.microsoft:{name}");
        self.ask(&[("operation", &operation)], body).await
    }

    async fn put_token(&mut self, name: &str, token: &str) -> Answer {
        let properties = [
            ("operation", "put-token"),
            ("type", "servicebus.windows.net:sastoken"),
            ("name", name),
        ];
        self.ask(&properties, Value::from(token)).await
    }
}

fn source(address: &str) -> Source {
    Source::builder().address(address).build()
}

fn session(address: &str, id: Value) -> Source {
    let mut source = source(address);
    let filter = [(Symbol::from("com.microsoft:session-filter"), id)];
    source.filter = Some(OrderedMap::from_iter(filter));
    source
}

fn data(text: &str) -> Data {
    Data(text.as_bytes().to_vec().into())
}

fn in_session(text: &str, id: &str) -> Message<Data> {
    Message::builder()
        .properties(Properties::builder().group_id(id.to_owned()).build())
        .data(text.as_bytes().to_vec())
        .build()
}

async fn next(receiver: &mut Receiver) -> Delivery<Body<Value>> {
    receiver.set_credit(1).await.unwrap();
    receiver.recv().await.unwrap()
}

fn token(delivery: &Delivery<Body<Value>>) -> Value {
    let tag = <[u8; 16]>::try_from(&delivery.delivery_tag()[..]).unwrap();
    Value::Uuid(uuid::Uuid::from_bytes_le(tag).into_bytes().into())
}

fn tokens(token: Value) -> Value {
    Value::Array(vec![token].into())
}

fn condition(error: &crate::amqp::types::definitions::Error) -> String {
    match &error.condition {
        ErrorCondition::Custom(symbol) => symbol.as_str().to_owned(),
        ErrorCondition::AmqpError(error) => Symbol::from(error).to_string(),
        other => format!("{other:?}"),
    }
}

impl Client {
    async fn refused_receiver(&mut self, source: Source) -> String {
        self.begin_anew().await;
        let refused = self.receiver(source).await;
        self.begin_anew().await;
        match refused {
            Err(ReceiverAttachError::RemoteClosedWithError(error)) => condition(&error),
            other => panic!("{other:?}"),
        }
    }

    async fn refused_sender(&mut self, address: &str) -> String {
        self.begin_anew().await;
        let refused = self.sender(address).await;
        self.begin_anew().await;
        match refused {
            Err(SenderAttachError::RemoteClosedWithError(error)) => condition(&error),
            other => panic!("{other:?}"),
        }
    }

    /// This client may detach a refused link twice, the second time when another has its handle.
    async fn begin_anew(&mut self) {
        let session = Session::begin(&mut self.connection).await.unwrap();
        self.before
            .push(std::mem::replace(&mut self.session, session));
    }
}

#[tokio::test]
async fn what_is_sent_is_received_and_gone_when_it_is_accepted() {
    let mut client = client().await;
    let mut sender = client.sender("crm").await.unwrap();
    sender.send(data("one")).await.unwrap();
    let mut receiver = client.receiver(source("amqps://local/CRM")).await.unwrap();
    let delivery = next(&mut receiver).await;
    receiver.accept(&delivery).await.unwrap();
    receiver.close().await.unwrap();
    let counts = client.namespace.open("crm").unwrap().counts().unwrap();
    assert_eq!((counts.active, counts.locked), (0, 0));
}

#[tokio::test]
async fn a_link_that_closes_gives_nothing_back() {
    let mut client = client().await;
    let mut sender = client.sender("crm").await.unwrap();
    sender.send(data("one")).await.unwrap();
    let mut receiver = client.receiver(source("crm")).await.unwrap();
    let _held = next(&mut receiver).await;
    receiver.close().await.unwrap();
    let counts = client.namespace.open("crm").unwrap().counts().unwrap();
    assert_eq!(counts.locked, 1);
}

#[tokio::test]
async fn a_receiver_that_does_not_settle_deletes() {
    let mut client = client().await;
    let mut sender = client.sender("crm").await.unwrap();
    sender.send(data("one")).await.unwrap();
    let mut receiver = client
        .receiver_in(source("crm"), SenderSettleMode::Settled)
        .await
        .unwrap();
    next(&mut receiver).await;
    let counts = client.namespace.open("crm").unwrap().counts().unwrap();
    assert_eq!(counts.active, 0);
}

#[tokio::test]
async fn a_lock_token_is_the_tag_in_the_order_of_net() {
    let mut client = client().await;
    let mut sender = client.sender("crm").await.unwrap();
    sender.send(data("one")).await.unwrap();
    let mut receiver = client.receiver(source("crm")).await.unwrap();
    let delivery = next(&mut receiver).await;
    let mut management = client.requests("crm/$management").await;
    let lock = tokens(token(&delivery));
    let renewed = management
        .operation("renew-lock", &[("lock-tokens", lock.clone())])
        .await;
    assert_eq!(renewed.status, 200);
    let settled = management
        .operation(
            "update-disposition",
            &[
                ("lock-tokens", lock.clone()),
                ("disposition-status", Value::from("completed")),
            ],
        )
        .await;
    assert_eq!(settled.status, 200);
    let lost = management
        .operation("renew-lock", &[("lock-tokens", lock)])
        .await;
    assert_eq!(lost.status, 410);
    assert_eq!(
        lost.condition.as_deref(),
        Some("com.microsoft:message-lock-lost")
    );
}

#[tokio::test]
async fn a_request_that_is_none_is_refused_in_words() {
    let mut client = client().await;
    let mut management = client.requests("crm/$management").await;
    let unknown = management.operation("no-such-operation", &[]).await;
    assert_eq!(unknown.status, 501);
    let bare = management.operation("renew-lock", &[]).await;
    assert_eq!(
        (bare.status, bare.condition.as_deref()),
        (400, Some("com.microsoft:argument-error"))
    );
    let later = Value::Timestamp(Timestamp::from_milliseconds(i64::MAX));
    let peeked = management
        .operation(
            "peek-message",
            &[
                ("from-sequence-number", Value::Long(0)),
                ("message-count", Value::Int(10)),
                ("session-id", later),
            ],
        )
        .await;
    assert_eq!(peeked.status, 400);
    let empty = management
        .operation(
            "peek-message",
            &[
                ("from-sequence-number", Value::Long(0)),
                ("message-count", Value::Int(10)),
            ],
        )
        .await;
    assert_eq!((empty.status, empty.body), (204, Value::Null));
}

#[tokio::test]
async fn what_is_not_there_cannot_be_attached_to() {
    let mut client = client().await;
    assert_eq!(
        client.refused_receiver(source("nowhere")).await,
        "amqp:not-found"
    );
    assert_eq!(client.refused_sender("nowhere").await, "amqp:not-found");
    assert_eq!(
        client.refused_receiver(source("sessions")).await,
        "amqp:not-allowed"
    );
    let named = session("crm", Value::from("a"));
    assert_eq!(client.refused_receiver(named).await, "amqp:not-allowed");
}

#[tokio::test]
async fn the_next_free_session_is_named_in_the_answer_and_free_after_its_link() {
    let mut client = client().await;
    let mut sender = client.sender("sessions").await.unwrap();
    sender.send(in_session("one", "a")).await.unwrap();
    let receiver = client
        .receiver(session("sessions", Value::Null))
        .await
        .unwrap();
    let filter = receiver.source().as_ref().unwrap().filter.clone().unwrap();
    let named = filter.iter().next().unwrap().1.clone();
    assert_eq!(named, Value::from("a"));
    let second = session("sessions", named.clone());
    assert_eq!(
        client.refused_receiver(second).await,
        "com.microsoft:session-cannot-be-locked"
    );
    receiver.close().await.unwrap();
    let again = client.receiver(session("sessions", named)).await.unwrap();
    again.close().await.unwrap();
}

#[tokio::test]
async fn a_message_without_a_session_is_rejected_where_one_is_required() {
    let mut client = client().await;
    let mut sender = client.sender("sessions").await.unwrap();
    match sender.send(data("one")).await {
        Ok(Outcome::Rejected(rejected)) => {
            assert_eq!(condition(&rejected.error.unwrap()), "amqp:not-allowed");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn with_keys_nobody_gets_in_without_a_token_for_that_entity() {
    let broker = Broker::new(namespace()).with_keys(Keys::new("owner", KEY));
    let mut client = connect(broker).await;
    let refused = "amqp:unauthorized-access";
    assert_eq!(client.refused_sender("crm").await, refused);
    let mut cbs = client.requests("$cbs").await;
    let crm = "sb://local/crm";
    let now = client.namespace.now();
    let signed = |resource: &str, key: &str, seconds: i64| {
        signed_at(resource, "owner", key, now.as_millis() / 1_000 + seconds)
    };
    let bad = [
        signed(crm, "another key", 600),
        signed(crm, KEY, -600),
        signed("sb://local/crmother", KEY, 600),
        "SharedAccessSignature sr=a".to_owned(),
        "eyJ0eXAi".to_owned(),
    ];
    for token in bad {
        let answer = cbs.put_token(crm, &token).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.condition.as_deref(), Some(refused));
    }
    assert_eq!(client.refused_sender("crm").await, refused);
    let good = cbs.put_token(crm, &signed(crm, KEY, 600)).await;
    assert_eq!(good.status, 202);
    client.sender("crm").await.unwrap();
    client
        .receiver(source("crm/$deadletterqueue"))
        .await
        .unwrap();
    assert_eq!(client.refused_sender("sessions").await, refused);
    // A token for the whole namespace opens all of it, by any of its keys.
    let all = cbs
        .put_token("sb://local/sessions", &signed("sb://local/", KEY, 600))
        .await;
    assert_eq!(all.status, 202);
    client.sender("sessions").await.unwrap();
}

#[test]
fn keys_are_not_shown() {
    let keys = Keys::new("owner", KEY).and("other", KEY);
    assert_eq!(format!("{keys:?}"), r#"["owner", "other"]"#);
}

/// What is active in `crm`, and what of it is locked.
fn held(namespace: &Namespace) -> (usize, usize) {
    let counts = namespace.open("crm").unwrap().counts().unwrap();
    (counts.active, counts.locked)
}

#[tokio::test]
async fn a_durable_broker_answers_after_the_disk() {
    let directory = tempfile::tempdir().unwrap();
    let open = || Namespace::open_in(directory.path(), NamespaceOptions::default()).unwrap();
    let namespace = open();
    namespace
        .create_queue("crm", QueueOptions::default())
        .unwrap();
    let mut client = connect(Broker::new(namespace.clone())).await;
    let mut sender = client.sender("crm").await.unwrap();
    for text in ["one", "two", "three"] {
        sender.send(data(text)).await.unwrap();
    }
    let mut receiver = client.receiver(source("crm")).await.unwrap();
    let one = next(&mut receiver).await;
    receiver.accept(&one).await.unwrap();
    let mut deleting = client
        .receiver_in(source("crm"), SenderSettleMode::Settled)
        .await
        .unwrap();
    next(&mut deleting).await;
    let mut management = client.requests("crm/$management").await;
    let at = Value::Timestamp(Timestamp::from_milliseconds(i64::MAX));
    let deleted = management
        .operation(
            "batch-delete-messages",
            &[("message-count", Value::Int(9)), ("enqueued-time-utc", at)],
        )
        .await;
    assert_eq!(deleted.status, 200);
    sender.send(data("four")).await.unwrap();
    namespace.close().await.unwrap();
    drop((client, namespace));
    assert_eq!(held(&open()), (1, 0));
}
