//! RabbitMQ judges the queue source of any AMQP 1.0 broker: a node of its own, in a temporary folder, on free ports.
//!
//! `tests/peers/install` installs it. Its plug-in for AMQP 1.0 has quirks that our side has to live with: it answers a
//! closed detach with one that is not, does not always end a drain, and ends the session of a link that it refuses.

mod breaking;
mod line;
mod node;
mod place;
mod settling;
mod starting;
mod volume;

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use listener_core::BoxFuture;
use tokio::time::timeout;

use crate::{node::Node, place::Place};

/// How long a check may take where a node takes as long as it may to be ready again.
const LIMIT: Duration = Duration::from_secs(300);

/// One check, with a queue of its name to itself.
struct Check {
    name: &'static str,
    run: fn(Place) -> BoxFuture<'static, ()>,
}

macro_rules! checks {
    ($($module:ident: $($name:ident),*;)*) => {
        &[$($(Check { name: stringify!($name), run: |place| Box::pin($module::$name(place)) },)*)*]
    };
}

const CHECKS: &[Check] = checks! {
    settling: accepted_messages_are_gone, released_messages_come_again_later_each_time,
        rejected_messages_are_dead_lettered_by_policy, rejected_messages_without_a_policy_are_gone,
        deferred_messages_come_again, a_drain_gives_back_what_nobody_has_seen;
    breaking: a_cut_connection_gives_back_what_is_at_work;
    volume: one_at_a_time_comes_in_order, twenty_at_a_time_come_once, two_hundred_at_a_time_come_once,
        a_megabyte_is_carried, ten_thousand_messages_come_once;
    starting: a_wrong_password_ends_the_start, a_queue_that_is_missing_ends_the_start,
        a_login_is_believed_on_its_virtual_host, a_queue_is_made_where_its_address_asks_for_it;
};

/// Stops the broker under all others, and so comes last.
const LAST: Check = Check {
    name: "a_broker_that_is_killed_loses_nothing",
    run: |place| Box::pin(breaking::a_broker_that_is_killed_loses_nothing(place)),
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rabbitmq_gets_and_gives_what_it_documents() {
    let names = || CHECKS.iter().chain([&LAST]).map(|check| check.name);
    if !Node::is_installed() {
        tests::judges::skip("RabbitMQ", names().count());
        return;
    }
    let begin = Instant::now();
    let node = Arc::new(Node::start(names()).await);
    println!("RabbitMQ was ready after {:.1?}", begin.elapsed());
    // They wait most of the time, and have nothing in common but the broker.
    let running: Vec<_> = CHECKS
        .iter()
        .map(|check| (check, tokio::spawn(timed(check, node.clone()))))
        .collect();
    let mut failed = Vec::new();
    for (check, task) in running {
        if task.await.is_err() {
            failed.push(check.name);
        }
    }
    if tokio::spawn(timed(&LAST, node.clone())).await.is_err() {
        failed.push(LAST.name);
    }
    tests::judges::count("run", names().count());
    println!("{} checks in {:.1?}", names().count(), begin.elapsed());
    assert!(
        failed.is_empty(),
        "{} checks failed, each with a panic above: {failed:?}",
        failed.len()
    );
}

fn timed(check: &'static Check, node: Arc<Node>) -> impl Future<Output = ()> + Send {
    let checking = (check.run)(Place::new(node, check.name));
    async move {
        let begin = Instant::now();
        let ended = timeout(LIMIT, checking).await;
        ended.expect("a check that ends");
        println!("{} ({:.1?})", check.name, begin.elapsed());
    }
}
