use std::time::{Duration, SystemTime};

use listener_core::{
    amqp::{ErrorKind, Message},
    source::service_bus::{Sender, SenderOptions},
};
use listener_local::{
    faults::{Fault, Times},
    service_bus::engine::{EntityStatus, QueueOptions},
};
use tokio::time::{Instant, sleep, timeout};

use crate::bus::Bus;

async fn sender(bus: &Bus) -> Sender {
    opened(bus, SenderOptions::default()).await
}

/// With a link that has its credit.
async fn opened(bus: &Bus, options: SenderOptions) -> Sender {
    let sender = Sender::open(bus.namespace(), "crm", options).await.unwrap();
    sender.send(Message::new("warm")).await.unwrap();
    bus.take();
    sender
}

fn at_least_once() -> SenderOptions {
    let mut options = SenderOptions::default();
    options.at_least_once = true;
    options
}

/// A message of this many bytes that says its number.
fn large(number: u32, size: usize) -> Message {
    let number = number.to_string();
    Message::new("0".repeat(size - number.len()) + &number)
}

fn bodies(bus: &Bus) -> Vec<String> {
    let taken = bus.take().into_iter();
    taken
        .map(|(_, body)| String::from_utf8(body.to_vec()).unwrap())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_message_without_an_id_gets_one_and_an_id_is_kept() {
    let bus = Bus::new();
    let sender = sender(&bus).await;
    sender.send(Message::new("a")).await.unwrap();
    sender
        .send(Message::new("b").message_id("own"))
        .await
        .unwrap();
    let taken = bus.take();
    assert_eq!(taken[0].0.len(), 32, "{taken:?}");
    assert_eq!(taken[1].0, "own");
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_after_a_cut_waits_for_the_next_connection() {
    let bus = Bus::new();
    let sender = sender(&bus).await;
    for body in ["before", "after", "again"] {
        sender.send(Message::new(body)).await.unwrap();
        bus.suffers(Fault::Cut).await;
    }
    assert_eq!(bodies(&bus), ["before", "after", "again"]);
}

#[tokio::test(start_paused = true)]
async fn a_detached_link_and_a_busy_service_are_waited_for() {
    let bus = Bus::new();
    let sender = sender(&bus).await;
    bus.suffers(Fault::Detach).await;
    sender.send(Message::new("a")).await.unwrap();
    bus.faults.switch(Fault::Throttle(Times::Next(1)));
    let start = Instant::now();
    sender.send(Message::new("b")).await.unwrap();
    assert!(
        start.elapsed() >= Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(bodies(&bus), ["a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn what_lost_its_answer_is_unknown_and_not_sent_twice() {
    let bus = Bus::new();
    let sender = sender(&bus).await;
    // The answer's first byte is the last that comes.
    bus.faults.switch(Fault::CutAfterBytes(1));
    let error = sender.send(Message::new("once")).await.unwrap_err();
    assert!(error.is_unknown() && error.is_transient(), "{error}");
    assert_eq!(error.kind(), ErrorKind::ConnectionLost);
    assert!(
        error
            .to_string()
            .starts_with("it may have arrived: AMQP: sending to `crm`"),
        "{error}"
    );
    sender.send(Message::new("next")).await.unwrap();
    assert_eq!(bodies(&bus), ["once", "next"]);
}

#[tokio::test(start_paused = true)]
async fn asked_to_it_sends_again_under_the_same_id() {
    let bus = Bus::new();
    let sender = opened(&bus, at_least_once()).await;
    bus.faults.switch(Fault::CutAfterBytes(1));
    sender.send(Message::new("twice")).await.unwrap();
    let taken = bus.take();
    assert_eq!(taken.len(), 2);
    assert_eq!(taken[0], taken[1]);
}

#[tokio::test(start_paused = true)]
async fn duplicate_detection_takes_out_what_was_sent_again() {
    let queue = QueueOptions {
        duplicate_detection: Some(Duration::from_secs(60)),
        ..QueueOptions::default()
    };
    let bus = Bus::of(queue, None);
    let sender = opened(&bus, at_least_once()).await;
    bus.faults.switch(Fault::CutAfterBytes(1));
    sender.send(Message::new("once")).await.unwrap();
    assert_eq!(bodies(&bus), ["once"]);
}

#[tokio::test(start_paused = true)]
async fn a_call_ends_with_its_time_and_says_that_nothing_was_sent() {
    let bus = Bus::new();
    let mut options = SenderOptions::default();
    options.timeout = Duration::from_secs(5);
    let sender = opened(&bus, options).await;
    bus.faults.switch(Fault::Throttle(Times::Always));
    bus.suffers(Fault::Cut).await;
    let start = Instant::now();
    let error = sender.send(Message::new("a")).await.unwrap_err();
    assert!(start.elapsed() <= Duration::from_secs(5));
    assert!(!error.is_unknown(), "{error}");
    assert!(
        error.to_string().starts_with("it was not sent: "),
        "{error}"
    );
    assert!(bodies(&bus).is_empty());
}

#[tokio::test(start_paused = true)]
async fn while_the_entity_is_disabled_a_call_fails_at_once_and_then_works_again() {
    let bus = Bus::new();
    let sender = sender(&bus).await;
    let status = |status| QueueOptions {
        status,
        ..QueueOptions::default()
    };
    bus.engine
        .update_queue("crm", status(EntityStatus::Disabled))
        .unwrap();
    bus.faults.switch(Fault::Cut);
    // Until the new link is refused.
    sleep(Duration::from_secs(1)).await;
    let start = Instant::now();
    let error = sender.send(Message::new("a")).await.unwrap_err();
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(error.kind(), ErrorKind::NotAllowed);
    assert!(!error.is_unknown());
    assert!(
        error
            .to_string()
            .contains("set the entity's status to Active"),
        "{error}"
    );
    bus.engine
        .update_queue("crm", status(EntityStatus::Active))
        .unwrap();
    let sent = async {
        while sender.send(Message::new("b")).await.is_err() {
            sleep(Duration::from_secs(1)).await;
        }
    };
    timeout(Duration::from_secs(120), sent).await.unwrap();
    assert_eq!(bodies(&bus), ["b"]);
}

#[tokio::test(start_paused = true)]
async fn many_go_in_as_few_transfers_as_fit_and_in_their_order() {
    let bus = Bus::new();
    let sender = sender(&bus).await;
    // Of 1 MiB as the link says, so that it takes several.
    let large = |number| large(number, 100_000);
    sender.send_all((0..30).map(large)).await.unwrap();
    let bodies = bodies(&bus);
    let numbers: Vec<u32> = bodies.iter().map(|body| body.parse().unwrap()).collect();
    assert_eq!(numbers, (0..30).collect::<Vec<_>>());
    sender.send_all([]).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_is_refused_says_how_many_were_taken() {
    let queue = QueueOptions {
        max_bytes: 700_000,
        ..QueueOptions::default()
    };
    let bus = Bus::of(queue, None);
    let sender = sender(&bus).await;
    let large = |number| large(number, 400_000);
    // Two to a transfer, and the queue is full after the first.
    let error = sender.send_all((0..4).map(large)).await.unwrap_err();
    assert_eq!((error.kind(), error.taken()), (ErrorKind::QuotaExceeded, 2));
    assert!(
        error
            .to_string()
            .starts_with("after 2 were taken, it was not sent: "),
        "{error}"
    );
    assert!(!error.is_unknown());
    assert_eq!(bodies(&bus).len(), 2);
    bus.faults.switch(Fault::CutAfterBytes(1));
    let error = sender.send_all((0..2).map(large)).await.unwrap_err();
    assert!(error.is_unknown() && error.taken() == 0, "{error}");
}

#[tokio::test(start_paused = true)]
async fn what_is_too_large_fails_alone_and_before_it_is_sent() {
    let bus = Bus::new();
    let sender = sender(&bus).await;
    let large = || Message::new(vec![b'x'; 3 << 20]);
    let error = sender.send(large()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(!error.is_unknown() && !error.is_transient());
    let error = sender
        .send_all([Message::new("a"), large()])
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.taken()), (ErrorKind::TooLarge, 0));
    assert!(bodies(&bus).is_empty());
    sender.send(Message::new("b")).await.unwrap();
    assert_eq!(bodies(&bus), ["b"]);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_lives_for_a_second_is_gone_after_two() {
    let bus = Bus::new();
    let sender = sender(&bus).await;
    let short = Message::new("a").time_to_live(Duration::from_secs(1));
    sender.send(short).await.unwrap();
    sender.send(Message::new("b")).await.unwrap();
    sleep(Duration::from_secs(2)).await;
    assert_eq!(bodies(&bus), ["b"]);
}

#[tokio::test]
async fn scheduled_messages_have_numbers_and_can_be_cancelled() {
    let bus = Bus::new();
    let sender = sender(&bus).await;
    let later = SystemTime::now() + Duration::from_secs(3_600);
    let numbers = sender
        .schedule_all(["a", "b"].map(Message::new), later)
        .await
        .unwrap();
    let third = sender.schedule(Message::new("c"), later).await.unwrap();
    assert!(
        numbers[0] < numbers[1] && numbers[1] < third,
        "{numbers:?}, {third}"
    );
    assert!(bodies(&bus).is_empty());
    sender.cancel(&numbers).await.unwrap();
    let error = sender.cancel(&numbers[..1]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(!error.is_unknown(), "{error}");
    sender.cancel(&[third]).await.unwrap();
    assert!(sender.schedule_all([], later).await.unwrap().is_empty());
    let now = sender.schedule(Message::new("d"), SystemTime::now()).await;
    now.unwrap();
    bus.holds(1).await;
    assert_eq!(bodies(&bus), ["d"]);
}

#[tokio::test(start_paused = true)]
async fn a_schedule_without_an_answer_is_not_done_twice() {
    let bus = Bus::new();
    let sender = opened(&bus, at_least_once()).await;
    let later = SystemTime::now() + Duration::from_secs(3_600);
    sender.schedule(Message::new("first"), later).await.unwrap();
    bus.faults.switch(Fault::CutAfterBytes(1));
    let error = sender.schedule(Message::new("a"), later).await.unwrap_err();
    assert!(error.is_unknown(), "{error}");
    // On the new link it works as before.
    bus.faults.switch(Fault::Throttle(Times::Next(1)));
    sender.schedule(Message::new("b"), later).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn nothing_about_a_message_shows() {
    let bus = Bus::new();
    let sender = sender(&bus).await;
    bus.faults.switch(Fault::CutAfterBytes(1));
    let error = sender
        .send(Message::new("canary").message_id("canary"))
        .await;
    let error = error.unwrap_err();
    let shown = format!("{sender:?} {error} {error:?}");
    assert!(!shown.contains("canary"), "{shown}");
}
