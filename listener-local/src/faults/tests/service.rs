//! What a broker refuses, and the links that it ends.

use super::House;
use crate::{
    amqp::{
        tests::{
            broker::Heard,
            peer::{Peer, attach, flow, transfer},
        },
        types::{
            definitions::{AmqpError, Error, ErrorCondition, LinkError, Role},
            messaging::DeliveryState,
            performatives::{Flow, Performative},
        },
    },
    faults::{Fault, Faults, Times},
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

fn busy() -> ErrorCondition {
    ErrorCondition::Custom("com.microsoft:server-busy".into())
}

/// Attaches a sender, and gives the error if that is refused.
async fn try_attach(house: &House, address: &str) -> Option<Error> {
    let mut peer = house.client().await;
    peer.send(0, &attach(0, Role::Sender, address)).await;
    let Performative::Attach(reply) = peer.receive().await else {
        panic!()
    };
    match reply.target {
        Some(_) => None,
        None => Some(peer.detached().await),
    }
}

/// Sends one message, and gives the condition if it is rejected.
async fn send(peer: &mut Peer, id: u32) -> Option<ErrorCondition> {
    peer.transfer(transfer(id), b"").await;
    loop {
        match peer.receive().await {
            Performative::Disposition(answer) => {
                return match answer.state {
                    Some(DeliveryState::Rejected(rejected)) => {
                        rejected.error.map(|error| error.condition)
                    }
                    _ => None,
                };
            }
            Performative::Flow(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

/// Whether the link still is there; a detach comes before the echo.
async fn lives(peer: &mut Peer) -> bool {
    let echo = Flow {
        echo: true,
        ..flow(None, 0)
    };
    peer.send(0, &echo).await;
    matches!(peer.receive().await, Performative::Flow(flow) if flow.handle.is_none())
}

async fn receive(peer: &mut Peer, count: usize) {
    for _ in 0..count {
        let Performative::Transfer(_) = peer.receive().await else {
            panic!()
        };
    }
}

#[tokio::test]
async fn the_next_attaches_hear_that_the_server_is_busy() {
    let house = House::new();
    house.faults.switch(Fault::Throttle(Times::Next(2)));
    for _ in 0..2 {
        let refused = try_attach(&house, "orders").await.unwrap();
        assert_eq!(refused.condition, busy());
    }
    assert_eq!(try_attach(&house, "orders").await, None);
}

#[tokio::test]
async fn the_next_messages_hear_that_the_server_is_busy_and_do_not_arrive() {
    let mut house = House::new();
    let mut peer = house.link(Role::Sender, "orders").await;
    house.faults.switch(Fault::Throttle(Times::Next(2)));
    assert_eq!(send(&mut peer, 0).await, Some(busy()));
    assert_eq!(send(&mut peer, 1).await, Some(busy()));
    assert_eq!(send(&mut peer, 2).await, None);
    let mut arrived = 0;
    while let Ok(heard) = house.heard.try_recv() {
        arrived += usize::from(matches!(heard, Heard::Message(_)));
    }
    assert_eq!(arrived, 1);
}

#[tokio::test(start_paused = true)]
async fn a_server_is_busy_for_a_time() {
    let house = House::new();
    house
        .faults
        .switch(Fault::Throttle(Times::For(Duration::from_secs(30))));
    assert!(try_attach(&house, "orders").await.is_some());
    tokio::time::advance(Duration::from_secs(29)).await;
    assert!(try_attach(&house, "orders").await.is_some());
    tokio::time::advance(Duration::from_secs(1)).await;
    assert!(try_attach(&house, "orders").await.is_none());
}

#[tokio::test]
async fn an_entity_is_met_by_whatever_name_it_has_and_others_are_not() {
    let house = House::new();
    house
        .faults
        .switch(Fault::Throttle(Times::Always).on("Orders"));
    for address in [
        "orders",
        "ORDERS/$DeadLetterQueue",
        "amqps://localhost:5671/Orders/Subscriptions/all",
        "orders/$management",
    ] {
        assert!(try_attach(&house, address).await.is_some(), "{address}");
    }
    for address in ["ordersx", "order", "$cbs", "sb://orders/other"] {
        assert!(try_attach(&house, address).await.is_none(), "{address}");
    }
    house.faults.heal();
    assert!(try_attach(&house, "orders").await.is_none());
}

#[tokio::test]
async fn attaches_are_refused_as_unauthorized() {
    let house = House::new();
    house.faults.switch(Fault::Unauthorized(Times::Next(1)));
    let refused = try_attach(&house, "orders").await.unwrap();
    assert_eq!(refused.condition, AmqpError::UnauthorizedAccess.into());
    assert_eq!(try_attach(&house, "orders").await, None);
}

#[tokio::test]
async fn requests_and_tokens_are_refused_when_the_broker_asks() {
    let faults = Faults::new();
    assert_eq!(faults.on_management("orders"), None);
    assert_eq!(faults.on_put_token("orders"), None);
    faults.switch(Fault::Throttle(Times::Next(1)));
    faults.switch(Fault::RefuseTokens(Times::Next(1)).on("orders"));
    assert_eq!(faults.on_management("orders").unwrap().condition, busy());
    assert_eq!(faults.on_management("orders"), None);
    assert_eq!(faults.on_put_token("other"), None);
    assert!(faults.on_put_token("orders").is_some());
    assert_eq!(faults.on_put_token("orders"), None);
}

#[tokio::test]
async fn a_request_link_lets_its_messages_pass() {
    let house = House::new();
    let mut peer = house.link(Role::Sender, "orders/$management").await;
    house.faults.switch(Fault::Throttle(Times::Next(1)));
    assert_eq!(send(&mut peer, 0).await, None);
    assert!(house.faults.on_management("orders").is_some());
}

#[tokio::test]
async fn links_of_one_entity_are_detached_by_force() {
    let house = House::new();
    let mut orders = house.link(Role::Receiver, "orders").await;
    let mut other = house.link(Role::Receiver, "other").await;
    house.faults.switch(Fault::Detach.on("orders"));
    assert_eq!(
        orders.detached().await.condition,
        LinkError::DetachForced.into()
    );
    assert!(lives(&mut other).await);
    house.faults.switch(Fault::Detach);
    assert!(!lives(&mut other).await);
}

#[tokio::test]
async fn a_link_that_is_gone_is_not_listed() {
    let mut house = House::new();
    let peer = house.link(Role::Receiver, "orders").await;
    assert_eq!(house.faults.lock().links.of(None).len(), 1);
    drop(peer);
    while !matches!(house.heard.recv().await, Some(Heard::Detached(_))) {}
    assert!(house.faults.lock().links.of(None).is_empty());
}

#[tokio::test]
async fn links_are_detached_after_a_number_of_deliveries() {
    let house = House::new();
    let mut peer = house.link(Role::Receiver, "orders").await;
    house.faults.switch(Fault::Detach.after(3).on("orders"));
    for _ in 0..5 {
        house.broker.put(b"x");
    }
    peer.send(0, &flow(Some(0), 3)).await;
    receive(&mut peer, 3).await;
    assert_eq!(
        peer.detached().await.condition,
        LinkError::DetachForced.into()
    );
}

#[tokio::test]
async fn locks_are_lost_as_the_broker_says_it_is_done() {
    let house = House::new();
    let lost = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&lost);
    house
        .faults
        .when_locks_are_lost(move |entity| seen.lock().unwrap().push(entity.map(str::to_owned)));
    house.faults.switch(Fault::LoseLocks);
    house.faults.switch(Fault::LoseLocks.every(2).on("orders"));
    let mut peer = house.link(Role::Receiver, "orders").await;
    for _ in 0..5 {
        house.broker.put(b"x");
    }
    peer.send(0, &flow(Some(0), 5)).await;
    receive(&mut peer, 5).await;
    let orders = Some("orders".to_owned());
    assert_eq!(*lost.lock().unwrap(), [None, orders.clone(), orders]);
}
