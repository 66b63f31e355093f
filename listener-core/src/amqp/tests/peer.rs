use std::time::Duration;

use fe2o3_amqp::{
    Receiver, Sender,
    acceptor::{
        ConnectionAcceptor, LinkAcceptor, LinkEndpoint, ListenerConnectionHandle,
        ListenerSessionHandle, SaslAnonymousMechanism, SessionAcceptor,
    },
    types::{
        definitions::{Error, ErrorCondition},
        messaging::{ApplicationProperties, Body, Message, Properties},
        primitives::{SimpleValue, Value},
    },
};

use crate::amqp::{Connection, Connector, Session, socket::Stream};

/// A string for a peer on this port of the loopback, without TLS.
pub(super) fn string(port: u16) -> crate::amqp::ConnectionString {
    format!("Endpoint=sb://localhost:{port};SharedAccessKeyName=x;SharedAccessKey=canary;UseDevelopmentEmulator=true")
        .parse()
        .unwrap()
}

pub(super) async fn accept(stream: impl Stream) -> ListenerConnectionHandle {
    ConnectionAcceptor::builder()
        .container_id("peer")
        .max_frame_size(65_536_u32)
        .sasl_acceptor(SaslAnonymousMechanism::new())
        .build()
        .accept(stream)
        .await
        .unwrap()
}

/// The peer's side of a session.
pub(super) struct Peer {
    pub(super) session: ListenerSessionHandle,
    pub(super) connection: ListenerConnectionHandle,
}

impl Peer {
    pub(super) async fn on(mut connection: ListenerConnectionHandle) -> Self {
        let session = SessionAcceptor::new()
            .accept(&mut connection)
            .await
            .unwrap();
        Self {
            session,
            connection,
        }
    }

    /// The next link that we attach.
    pub(super) async fn link(&mut self) -> LinkEndpoint {
        let attach = self.session.next_incoming_attach().await.unwrap();
        LinkAcceptor::builder()
            .max_message_size(MAX_MESSAGE_SIZE)
            .build()
            .accept_incoming_attach(attach, &mut self.session)
            .await
            .unwrap()
    }
}

pub(super) const MAX_MESSAGE_SIZE: u64 = 262_144;

/// Both ends of a connection over memory, which a paused clock does not disturb.
pub(super) async fn pair() -> (Connection, ListenerConnectionHandle) {
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let connector = Connector::new(&string(1));
    let (ours, theirs) = tokio::join!(connector.open(ours), accept(theirs));
    (ours.unwrap(), theirs)
}

pub(super) const SOON: Duration = Duration::from_secs(10);

/// A session with its peer's side. The connection must be kept, or all ends.
pub(super) async fn session() -> (Connection, Session, Peer) {
    let (mut connection, theirs) = pair().await;
    let (session, peer) = tokio::join!(connection.session(), Peer::on(theirs));
    (connection, session.unwrap(), peer)
}

/// The peer's side of a node that answers requests.
pub(super) struct Node {
    requests: Receiver,
    replies: Sender,
}

impl Node {
    pub(super) async fn of(peer: &mut Peer) -> Self {
        let LinkEndpoint::Sender(replies) = peer.link().await else {
            panic!("expected the reply link first");
        };
        let LinkEndpoint::Receiver(requests) = peer.link().await else {
            panic!("expected the request link");
        };
        Self { requests, replies }
    }

    pub(super) async fn next(&mut self) -> Message<Body<Value>> {
        let delivery = self.requests.recv::<Body<Value>>().await.unwrap();
        let (info, message) = delivery.into_parts();
        self.requests.accept(info).await.unwrap();
        message
    }

    pub(super) async fn reply(
        &mut self,
        to: &Message<Body<Value>>,
        properties: &[(&str, SimpleValue)],
        body: Value,
    ) {
        let id = to.properties.as_ref().unwrap().message_id.clone().unwrap();
        let mut builder = ApplicationProperties::builder();
        for (name, value) in properties {
            builder = builder.insert(*name, value.clone());
        }
        let message = Message::builder()
            .properties(Properties::builder().correlation_id(id).build())
            .application_properties(builder.build())
            .value(body)
            .build();
        // We settle replies in our own time; the node does not wait.
        drop(self.replies.send_batchable(message).await.unwrap());
    }

    pub(super) async fn detach(self, condition: ErrorCondition) {
        let _ = self
            .requests
            .close_with_error(Error::new(condition, "away".to_owned(), None))
            .await;
    }
}
