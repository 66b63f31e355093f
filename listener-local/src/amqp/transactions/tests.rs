//! Transactions as another's client declares them, and as frames that it would not send.

use super::{TransactionLimits, Transactions, Work, is_coordinator, provisional, transaction_of};
use crate::amqp::{
    AttachFuture, AttachRequest, Attached, ConnectionInfo, Delivery, Doing, Incoming, Message,
    Node, Outgoing, OutgoingEvent, Server, Service, Verdict,
    tests::{
        broker::data,
        peer::{Peer, attach, detach, transfer},
    },
    types::{
        definitions::{AmqpError, Error, ErrorCondition, Role},
        messaging::{Accepted, Body, DeliveryState, Outcome, Rejected, TargetArchetype},
        performatives::{Attach, Performative, Transfer},
        primitives::Value,
        transaction::{Coordinator, Declare, Discharge, TransactionError, TransactionalState},
    },
};
use bytes::Bytes;
use fe2o3_amqp::{
    Connection, Receiver, Sender, Session,
    connection::ConnectionHandle,
    session::SessionHandle,
    transaction::{
        Controller, Transaction, TransactionDischarge, TransactionPosting, TransactionRetirement,
    },
};
use std::{
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};
use tokio::io::duplex;

/// What was done, in order; a commit of `refuse` fails.
type Done = Arc<Mutex<Vec<String>>>;

struct Gathered {
    done: Done,
    asked: Vec<String>,
}

impl Work for Gathered {
    fn commit(mut self) -> Result<Option<Doing>, Error> {
        if self.asked.iter().any(|asked| asked == "refuse") {
            return Err(AmqpError::PreconditionFailed.into());
        }
        self.done.lock().unwrap().append(&mut self.asked);
        Ok(None)
    }
}

impl Drop for Gathered {
    fn drop(&mut self) {
        if !self.asked.is_empty() {
            self.done.lock().unwrap().push("rolled back".to_owned());
        }
    }
}

/// Gathers what is sent and settled within transactions.
#[derive(Clone, Default)]
struct Shop {
    done: Done,
    limits: TransactionLimits,
    connections: Arc<Mutex<Vec<Transactions<Gathered>>>>,
}

impl Shop {
    fn transactions(&self, connection: &ConnectionInfo) -> Transactions<Gathered> {
        // One for each connection, with limits that the default does not have.
        let of_connection = connection.extension::<Arc<Mutex<Option<Transactions<Gathered>>>>>();
        let mut of_connection = of_connection.lock().unwrap();
        let new = || {
            let transactions = Transactions::with_limits(self.limits.clone());
            self.connections.lock().unwrap().push(transactions.clone());
            transactions
        };
        of_connection.get_or_insert_with(new).clone()
    }

    fn open(&self) -> usize {
        let connections = self.connections.lock().unwrap();
        connections.iter().map(Transactions::count).sum()
    }

    fn done(&self) -> Vec<String> {
        self.done.lock().unwrap().clone()
    }
}

impl Service for Shop {
    fn attach(&self, request: AttachRequest) -> AttachFuture {
        let transactions = self.transactions(&request.connection);
        if is_coordinator(&request) {
            let done = Arc::clone(&self.done);
            let begin = move || Gathered {
                done: Arc::clone(&done),
                asked: Vec::new(),
            };
            let attached = transactions.attach(&request, begin);
            return Box::pin(async move { Ok(attached) });
        }
        let node = if request.is_sender() {
            Node::Incoming(Box::new(Till(transactions)))
        } else {
            Node::Outgoing(Box::new(Shelf(transactions, 0)))
        };
        Box::pin(async move { Ok(Attached::to(&request, node)) })
    }
}

fn enlist(
    transactions: &Transactions<Gathered>,
    state: Option<&DeliveryState>,
    what: &str,
) -> Verdict {
    let Some((id, outcome)) = transaction_of(state) else {
        return Verdict::Settle(DeliveryState::Accepted(Accepted {}));
    };
    let added = transactions.enlist(id, |work| {
        work.asked.push(what.to_owned());
        Ok(())
    });
    Verdict::Settle(match added {
        Ok(()) => {
            let outcome = outcome.cloned();
            provisional(id, outcome.unwrap_or(Outcome::Accepted(Accepted {})))
        }
        Err(error) => DeliveryState::Rejected(Rejected { error: Some(error) }),
    })
}

struct Till(Transactions<Gathered>);

impl Incoming for Till {
    fn message(&mut self, message: Message) -> Verdict {
        let text = String::from_utf8_lossy(&message.payload).into_owned();
        let what = if text.contains("refuse") {
            "refuse"
        } else {
            "sent"
        };
        enlist(&self.0, message.state.as_ref(), what)
    }
}

struct Shelf(Transactions<Gathered>, u8);

impl Outgoing for Shelf {
    fn poll(&mut self, _: &mut Context<'_>, credit: u32) -> Poll<OutgoingEvent> {
        if credit == 0 {
            return Poll::Pending;
        }
        self.1 += 1;
        Poll::Ready(OutgoingEvent::Deliver(Delivery {
            tag: [self.1; 16],
            format: 0,
            settled: false,
            head: Bytes::new(),
            body: data(b"x"),
        }))
    }

    fn disposition(&mut self, _: &[u8; 16], state: Option<DeliveryState>, _: bool) -> Verdict {
        enlist(&self.0, state.as_ref(), "completed")
    }
}

async fn client(server: &Server) -> (ConnectionHandle<()>, SessionHandle<()>) {
    let (near, far) = duplex(64 * 1024);
    tokio::spawn(server.connection(far));
    let builder = Connection::builder().container_id("client").scheme("amqp");
    let mut connection = builder.open_with_stream(near).await.unwrap();
    let session = Session::begin(&mut connection).await.unwrap();
    (connection, session)
}

/// Attaches a coordinator's link by frames of our own.
async fn coordinator(server: &Server) -> Peer {
    let mut peer = Peer::begin(server).await;
    let target = TargetArchetype::Coordinator(Coordinator { capabilities: None });
    peer.send(
        0,
        &Attach {
            target: Some(Box::new(target)),
            ..attach(0, Role::Sender, "")
        },
    )
    .await;
    let Performative::Attach(reply) = peer.receive().await else {
        panic!()
    };
    let Some(TargetArchetype::Coordinator(target)) = reply.target.as_deref() else {
        panic!("{reply:?}")
    };
    assert!(target.capabilities.is_some());
    peer
}

/// Sends a request and gives the state that it is answered with.
async fn ask<T: serde::Serialize>(peer: &mut Peer, id: u32, request: T) -> DeliveryState {
    let mut payload = vec![0x00, 0x53, 0x77];
    payload.extend(serde_amqp::to_vec(&request).unwrap());
    ask_bytes(peer, id, &payload).await
}

async fn ask_bytes(peer: &mut Peer, id: u32, payload: &[u8]) -> DeliveryState {
    peer.transfer(transfer(id), payload).await;
    loop {
        match peer.receive().await {
            Performative::Disposition(answer) => return answer.state.unwrap(),
            Performative::Flow(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

async fn declare(peer: &mut Peer, id: u32) -> Vec<u8> {
    match ask(peer, id, Declare::new(None)).await {
        DeliveryState::Declared(declared) => declared.txn_id.to_vec(),
        other => panic!("{other:?}"),
    }
}

fn discharge(id: &[u8], fail: bool) -> Discharge {
    Discharge {
        txn_id: id.to_vec().into(),
        fail: Some(fail),
    }
}

fn refused(state: DeliveryState) -> ErrorCondition {
    let DeliveryState::Rejected(Rejected { error: Some(error) }) = state else {
        panic!("{state:?}")
    };
    error.condition
}

/// A shop, and a client of it that declares transactions.
async fn shopping() -> (Shop, Controller, SessionHandle<()>, ConnectionHandle<()>) {
    let shop = Shop::default();
    let (connection, mut session) = client(&Server::new(shop.clone())).await;
    let controller = Controller::attach(&mut session, "controller")
        .await
        .unwrap();
    (shop, controller, session, connection)
}

#[tokio::test]
async fn what_is_sent_in_a_transaction_is_done_when_it_is_committed() {
    let (shop, controller, mut session, _connection) = shopping().await;
    let mut sender = Sender::attach(&mut session, "sender", "orders")
        .await
        .unwrap();
    let transaction = Transaction::declare(&controller, None).await.unwrap();
    transaction.post(&mut sender, "one").await.unwrap();
    transaction.post(&mut sender, "two").await.unwrap();
    assert!(shop.done().is_empty());
    transaction.commit().await.unwrap();
    assert_eq!(shop.done(), ["sent", "sent"]);
    let transaction = Transaction::declare(&controller, None).await.unwrap();
    transaction.post(&mut sender, "three").await.unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(shop.done(), ["sent", "sent", "rolled back"]);
    assert_eq!(shop.open(), 0);
}

#[tokio::test]
async fn what_is_settled_in_a_transaction_is_done_when_it_is_committed() {
    let (shop, controller, mut session, _connection) = shopping().await;
    let mut receiver = Receiver::attach(&mut session, "receiver", "orders")
        .await
        .unwrap();
    let delivery = receiver.recv::<Body<Value>>().await.unwrap();
    let transaction = Transaction::declare(&controller, None).await.unwrap();
    transaction.accept(&mut receiver, &delivery).await.unwrap();
    assert!(shop.done().is_empty());
    transaction.commit().await.unwrap();
    assert_eq!(shop.done(), ["completed"]);
}

#[tokio::test]
async fn a_commit_that_fails_is_told_and_nothing_is_done() {
    let (shop, controller, mut session, _connection) = shopping().await;
    let mut sender = Sender::attach(&mut session, "sender", "orders")
        .await
        .unwrap();
    let transaction = Transaction::declare(&controller, None).await.unwrap();
    transaction.post(&mut sender, "one").await.unwrap();
    transaction.post(&mut sender, "refuse").await.unwrap();
    let failed = transaction.commit().await.unwrap_err();
    assert!(
        format!("{failed:?}").contains("PreconditionFailed"),
        "{failed:?}"
    );
    assert_eq!(shop.done(), ["rolled back"]);
}

#[tokio::test]
async fn transactions_are_rolled_back_when_their_link_or_their_connection_ends() {
    for by_detach in [true, false] {
        let shop = Shop::default();
        let server = Server::new(shop.clone());
        let mut peer = coordinator(&server).await;
        let id = declare(&mut peer, 0).await;
        let transactions = shop.connections.lock().unwrap()[0].clone();
        let add = |work: &mut Gathered| {
            work.asked.push("asked".to_owned());
            Ok(())
        };
        transactions.enlist(&id, add).unwrap();
        if by_detach {
            peer.send(0, &detach(0)).await;
            while !matches!(peer.receive().await, Performative::Detach(_)) {}
        } else {
            peer.io = duplex(1).0;
            server.shutdown().await;
        }
        assert_eq!(
            (shop.open(), shop.done()),
            (0, vec!["rolled back".to_owned()])
        );
    }
}

#[tokio::test]
async fn an_unknown_transaction_is_refused_wherever_it_is_named() {
    let shop = Shop::default();
    let server = Server::new(shop.clone());
    let mut peer = coordinator(&server).await;
    let unknown = TransactionError::UnknownId;
    for id in [&b"nobody's"[..], b"", &[7; 5000]] {
        let answer = ask(&mut peer, 0, discharge(id, false)).await;
        assert_eq!(refused(answer), unknown.clone().into());
    }
    let id = declare(&mut peer, 1).await;
    let done = ask(&mut peer, 2, discharge(&id, false)).await;
    assert!(matches!(done, DeliveryState::Accepted(_)));
    let again = ask(&mut peer, 3, discharge(&id, false)).await;
    assert_eq!(refused(again), unknown.clone().into());
    // A second link of the session, which sends.
    peer.send(0, &attach(1, Role::Sender, "orders")).await;
    while !matches!(peer.receive().await, Performative::Attach(_)) {}
    let state = TransactionalState {
        txn_id: id.into(),
        outcome: None,
    };
    let sent = Transfer {
        handle: 1.into(),
        state: Some(DeliveryState::TransactionalState(state)),
        ..transfer(4)
    };
    peer.transfer(sent, b"").await;
    loop {
        if let Performative::Disposition(answer) = peer.receive().await {
            break assert_eq!(refused(answer.state.unwrap()), unknown.into());
        }
    }
}

#[tokio::test]
async fn one_connection_cannot_name_the_transactions_of_another() {
    let server = Server::new(Shop::default());
    let (mut one, mut two) = (coordinator(&server).await, coordinator(&server).await);
    let id = declare(&mut one, 0).await;
    let answer = ask(&mut two, 0, discharge(&id, false)).await;
    assert_eq!(refused(answer), TransactionError::UnknownId.into());
}

#[tokio::test]
async fn a_connection_has_a_bounded_number_of_transactions_and_operations() {
    let shop = Shop {
        limits: TransactionLimits {
            transactions: 2,
            operations: 1,
            ..TransactionLimits::default()
        },
        ..Shop::default()
    };
    let server = Server::new(shop.clone());
    let mut peer = coordinator(&server).await;
    let id = declare(&mut peer, 0).await;
    declare(&mut peer, 1).await;
    let third = ask(&mut peer, 2, Declare::new(None)).await;
    assert_eq!(refused(third), AmqpError::ResourceLimitExceeded.into());
    let transactions = shop.connections.lock().unwrap()[0].clone();
    transactions.enlist(&id, |_| Ok(())).unwrap();
    let second = transactions.enlist(&id, |_| Ok(())).unwrap_err();
    assert_eq!(second.condition, AmqpError::ResourceLimitExceeded.into());
    let failed = ask(&mut peer, 3, discharge(&id, false)).await;
    assert_eq!(refused(failed), TransactionError::Rollback.into());
    declare(&mut peer, 4).await;
}

#[tokio::test(start_paused = true)]
async fn a_transaction_that_takes_too_long_is_rolled_back_and_said_so() {
    let shop = Shop::default();
    let server = Server::new(shop.clone());
    let mut peer = coordinator(&server).await;
    let id = declare(&mut peer, 0).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    let younger = declare(&mut peer, 1).await;
    tokio::time::sleep(Duration::from_secs(59)).await;
    assert_eq!(shop.open(), 2);
    // Without a word of the client.
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(shop.open(), 1);
    let late = ask(&mut peer, 2, discharge(&id, false)).await;
    assert_eq!(refused(late), TransactionError::Timeout.into());
    let in_time = ask(&mut peer, 3, discharge(&younger, false)).await;
    assert!(matches!(in_time, DeliveryState::Accepted(_)));
}

#[tokio::test]
async fn what_is_no_request_is_rejected_and_the_link_goes_on() {
    let server = Server::new(Shop::default());
    let mut peer = coordinator(&server).await;
    for payload in [
        &b""[..],
        &[0x00, 0x53, 0x77],
        &[0x00, 0x53, 0x77, 0x40],
        &[0x00, 0x53, 0x77, 0x00, 0x53, 0x32, 0x45],
        &[0x00, 0x53, 0x75, 0xa0, 0x01, 0x00],
        &[0xff; 100],
        &[0x00; 1000],
    ] {
        let answer = ask_bytes(&mut peer, 0, payload).await;
        assert_eq!(
            refused(answer),
            AmqpError::DecodeError.into(),
            "{payload:?}"
        );
    }
    let global = Declare::new(Some(vec![1].into()));
    let answer = ask(&mut peer, 1, global).await;
    assert_eq!(refused(answer), AmqpError::NotImplemented.into());
    declare(&mut peer, 2).await;
}

#[tokio::test]
async fn a_declare_in_a_message_with_other_sections_is_read() {
    let server = Server::new(Shop::default());
    let mut peer = coordinator(&server).await;
    // A header, properties, then the value with a long descriptor.
    let mut payload = vec![0x00, 0x53, 0x70, 0x45, 0x00, 0x53, 0x73, 0x45];
    payload.extend([0x00, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x77]);
    payload.extend([0x00, 0x53, 0x31, 0x45]);
    let answer = ask_bytes(&mut peer, 0, &payload).await;
    assert!(matches!(answer, DeliveryState::Declared(_)), "{answer:?}");
}

#[tokio::test]
async fn a_settled_declare_ends_the_link() {
    let server = Server::new(Shop::default());
    let mut peer = coordinator(&server).await;
    let settled = Transfer {
        settled: Some(true),
        ..transfer(0)
    };
    peer.transfer(settled, &[0x00, 0x53, 0x77, 0x00, 0x53, 0x31, 0x45])
        .await;
    assert_eq!(
        peer.detached().await.condition,
        AmqpError::InvalidField.into()
    );
}
