use fe2o3_amqp::acceptor::{
    ConnectionAcceptor, LinkAcceptor, LinkEndpoint, ListenerConnectionHandle,
    ListenerSessionHandle, SaslAnonymousMechanism, SessionAcceptor,
};

use crate::amqp::{Connection, Connector, socket::Stream};

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
