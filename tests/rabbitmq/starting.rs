//! Whether a source starts.

use std::time::{Duration, Instant};

use listener_core::{
    Host, HostError,
    amqp::Broker,
    source::amqp::{Options, Queue},
};

use tokio::time::timeout;

use crate::{
    node::LOGIN,
    place::{Filler, Place, Running, SOON, left, told, update},
    updates,
};

/// Why a source does not start, which has to be told at once.
async fn refusal(source: Queue) -> String {
    let begin = Instant::now();
    let host = Host::new(source).serve(updates!(|| async {}));
    let error = timeout(SOON, host).await.expect("a host that ends");
    assert!(
        begin.elapsed() < Duration::from_secs(30),
        "it was tried again"
    );
    let error: HostError = error.expect_err("a refusal");
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

pub(crate) async fn a_wrong_password_ends_the_start(place: Place) {
    let broker = place.node.broker().login("guest", "canary");
    let text = refusal(Queue::new(broker, &place.address())).await;
    assert!(text.contains("not authorized"), "{text}");
    assert!(!text.contains("canary"), "{text}");
}

pub(crate) async fn a_queue_that_is_missing_ends_the_start(place: Place) {
    let text = refusal(Queue::new(place.node.broker(), "/amq/queue/missing")).await;
    assert!(text.contains("not found"), "{text}");
    assert!(text.contains("/amq/queue/missing"), "{text}");
}

pub(crate) async fn a_login_is_believed_on_its_virtual_host(place: Place) {
    let url = format!(
        "amqp://crm:p%3Ass%2Fw%C3%B6rd%25@127.0.0.1:{}",
        place.node.port()
    );
    let broker = Broker::from_url(&url)
        .expect("a URL")
        .hostname(format!("vhost:{}", LOGIN.0));
    let (tell, mut told) = told();
    let service = updates!(move || {
        let _ = tell.send(());
        async {}
    });
    let running = Running::start(
        Queue::new(broker.clone(), "/amq/queue/elsewhere"),
        1,
        service,
    );
    let mut connection = broker.connect().await.expect("a connection");
    let mut session = connection.session().await.expect("a session");
    let sender = session.sender("/amq/queue/elsewhere", SOON).await;
    let sender = sender.expect("a sender");
    sender.send(update(1), SOON).await.expect("taken");
    told.next().await;
    assert_eq!(running.stop().await.accepted, 1);
}

/// Without a login: SASL ANONYMOUS.
pub(crate) async fn a_queue_is_made_where_its_address_asks_for_it(place: Place) {
    let broker = Broker::from_url(&format!("amqp://127.0.0.1:{}", place.node.port()));
    let source =
        Queue::new(broker.expect("a URL"), "/queue/made on use").options(Options::default());
    let (tell, mut told) = told();
    let service = updates!(move || {
        let _ = tell.send(());
        async {}
    });
    let filler = Filler::new(&place.node, "/queue/made on use").await;
    filler.send([update(1)]).await;
    let running = Running::start(source, 1, service);
    told.next().await;
    assert_eq!(running.stop().await.accepted, 1);
    assert_eq!(left(&place.node, "/queue/made on use").await, [""; 0]);
}
