//! How connections end from outside.

use super::{
    broker::Heard,
    peer::Peer,
    setup::{detached, is, server},
};
use crate::amqp::{
    EndCause,
    types::{
        definitions::{ConnectionError, Role},
        performatives::Close,
    },
};

#[tokio::test]
async fn a_connection_can_be_closed_and_dropped_from_outside() {
    for abort in [false, true] {
        let (server, _, mut heard) = server();
        let mut peer = Peer::attach(&server, Role::Receiver, "queue").await;
        let Heard::Attached(_, connection) = heard.recv().await.unwrap() else {
            panic!()
        };
        if abort {
            connection.handle().abort();
            assert!(peer.next().await.is_none());
        } else {
            connection
                .handle()
                .close(Some(ConnectionError::ConnectionForced.into()));
            assert!(is(&peer.closed().await, ConnectionError::ConnectionForced));
            peer.send(0, &Close { error: None }).await;
        }
        assert_eq!(detached(&mut heard).await.cause, EndCause::Lost);
        drop(peer);
        let Heard::Closed(id) = heard.recv().await.unwrap() else {
            panic!()
        };
        assert_eq!(id, connection.id());
    }
}

#[tokio::test]
async fn shutting_down_forces_connections_closed() {
    let (server, ..) = server();
    let mut peer = Peer::open(&server).await;
    let answers = async {
        assert!(is(&peer.closed().await, ConnectionError::ConnectionForced));
        assert_eq!(server.counts().connections, 1);
        peer.send(0, &Close { error: None }).await;
        assert!(peer.next().await.is_none());
        drop(peer);
    };
    tokio::join!(server.shutdown(), answers);
    assert_eq!(server.counts().connections, 0);
}
