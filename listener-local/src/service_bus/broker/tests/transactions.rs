//! Transactions as another's client declares them.

use super::{Client, client, source};
use crate::{
    amqp::{serde_amqp::Value, types::messaging::Body},
    service_bus::engine::{Counts, Message, QueueOptions},
};
use fe2o3_amqp::{
    Delivery, Receiver, Sender,
    transaction::{
        Controller, Transaction, TransactionDischarge, TransactionPosting, TransactionRetirement,
    },
};

/// A client with a locked message of `crm` and what it takes to send the next.
struct Step {
    client: Client,
    controller: Controller,
    sender: Sender,
    receiver: Receiver,
    delivery: Delivery<Body<Value>>,
}

async fn step() -> Step {
    let mut client = client().await;
    let first = Message::from_data(b"first").unwrap();
    client.namespace.send("crm", first).unwrap();
    let controller = Controller::attach(&mut client.session, "controller")
        .await
        .unwrap();
    let sender = client.sender("crm").await.unwrap();
    let mut receiver = client.receiver(source("crm")).await.unwrap();
    receiver.set_credit(1).await.unwrap();
    let delivery = receiver.recv::<Body<Value>>().await.unwrap();
    Step {
        client,
        controller,
        sender,
        receiver,
        delivery,
    }
}

impl Step {
    fn counts(&self) -> (usize, usize) {
        let queue = self.client.namespace.open("crm").unwrap();
        let Counts { active, locked, .. } = queue.counts().unwrap();
        (active, locked)
    }
}

#[tokio::test]
async fn sends_and_settlements_take_effect_with_the_commit() {
    let mut step = step().await;
    let transaction = Transaction::declare(&step.controller, None).await.unwrap();
    transaction.post(&mut step.sender, "second").await.unwrap();
    let accepted = transaction.accept(&mut step.receiver, &step.delivery);
    accepted.await.unwrap();
    assert_eq!(step.counts(), (1, 1));
    transaction.commit().await.unwrap();
    assert_eq!(step.counts(), (1, 0));
}

#[tokio::test]
async fn a_transaction_that_is_rolled_back_did_nothing() {
    let mut step = step().await;
    let transaction = Transaction::declare(&step.controller, None).await.unwrap();
    transaction.post(&mut step.sender, "second").await.unwrap();
    let accepted = transaction.accept(&mut step.receiver, &step.delivery);
    accepted.await.unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(step.counts(), (1, 1));
}

#[tokio::test]
async fn a_commit_fails_as_a_whole_when_a_lock_is_lost_meanwhile() {
    let mut step = step().await;
    let transaction = Transaction::declare(&step.controller, None).await.unwrap();
    transaction.post(&mut step.sender, "second").await.unwrap();
    let accepted = transaction.accept(&mut step.receiver, &step.delivery);
    accepted.await.unwrap();
    assert_eq!(step.client.namespace.expire_locks(Some("crm")), 1);
    let failed = format!("{:?}", transaction.commit().await.unwrap_err());
    assert!(
        failed.contains("message-lock-lost") || failed.contains("Rollback"),
        "{failed}"
    );
    assert_eq!(step.counts().0, 1, "the second was not sent");
}

#[tokio::test]
async fn a_transaction_spans_one_entity() {
    let mut step = step().await;
    step.client
        .namespace
        .create_queue("other", QueueOptions::default())
        .unwrap();
    let mut other = step.client.sender("other").await.unwrap();
    let transaction = Transaction::declare(&step.controller, None).await.unwrap();
    transaction.post(&mut step.sender, "second").await.unwrap();
    assert!(transaction.post(&mut other, "third").await.is_err());
    let failed = format!("{:?}", transaction.commit().await.unwrap_err());
    assert!(failed.contains("Rollback"), "{failed}");
    assert_eq!(
        step.counts(),
        (1, 1),
        "what was asked for is done as a whole"
    );
}
