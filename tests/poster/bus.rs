//! A Service Bus on loopback, and what arrives there.

use std::net::SocketAddr;

use bytes::Bytes;
use listener_core::amqp::ConnectionString;
use listener_local::{
    amqp::{
        Server,
        serde_amqp::{Value, from_slice},
        types::messaging::{Body, Message, MessageId, message::__private::Deserializable},
    },
    service_bus::{
        broker::Broker,
        engine::{Namespace, ReceiveMode, Received},
    },
};
use tokio::net::TcpListener;

/// A namespace that is served on an address, from time to time.
pub struct Bus {
    pub namespace: Namespace,
    pub address: SocketAddr,
}

impl Bus {
    /// One whose address is free, and where nobody listens yet.
    pub async fn away() -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self {
            namespace: Namespace::new(Default::default()),
            address: socket.local_addr().unwrap(),
        }
    }

    pub async fn up(&self) -> Server {
        let socket = TcpListener::bind(self.address).await.unwrap();
        let server = Server::new(Broker::new(self.namespace.clone()));
        tokio::spawn(server.clone().serve(socket));
        server
    }

    pub fn string(&self) -> ConnectionString {
        format!(
            "Endpoint=sb://{};SharedAccessKeyName=x;SharedAccessKey=y;UseDevelopmentEmulator=true",
            self.address
        )
        .parse()
        .unwrap()
    }

    /// Takes all that is in a queue or subscription.
    pub fn take(&self, path: &str) -> Vec<Arrived> {
        let queue = self.namespace.open(path).unwrap();
        let received = queue
            .try_receive(ReceiveMode::ReceiveAndDelete, 1_000)
            .unwrap();
        received.iter().map(Arrived::of).collect()
    }
}

/// A message as it arrived.
pub struct Arrived {
    pub message_id: String,
    pub content_type: String,
    pub body: Bytes,
    /// The names of its application properties.
    pub properties: Vec<String>,
}

impl Arrived {
    fn of(received: &Received) -> Self {
        let message = from_slice::<Deserializable<Message<Body<Value>>>>(&received.encode());
        let message = message.unwrap().0;
        let properties = message.properties.unwrap();
        let Some(MessageId::String(message_id)) = properties.message_id else {
            panic!("expected a message id")
        };
        let Body::Data(data) = message.body else {
            panic!("expected data")
        };
        assert_eq!(data.len(), 1, "data sections");
        let application = message.application_properties.unwrap();
        Self {
            message_id,
            content_type: properties.content_type.unwrap().to_string(),
            body: Bytes::copy_from_slice(&data[0].0),
            properties: application.0.keys().cloned().collect(),
        }
    }
}
