//! A listener is killed again and again, and loses nothing.
//!
//! A process listens on a queue, and what it does for a message is a line in a file. While messages come at a steady
//! rate, it is killed with SIGKILL: while it connects, while it receives, inside of a handler, between a handler's effect
//! and its settlement. Each time it starts anew. In the end every message has its effect, some have it twice, and none is
//! dead-lettered. Listeners that settle before they handle go through the same, and must lose messages, or this test
//! could find nothing.
//!
//! `LISTENER_KILLS` says how often the listener is killed (20), `LISTENER_KILL_SEED` when.

#![cfg(unix)]

mod application;
mod effects;
mod feed;
mod moment;
mod ordeal;
mod process;
mod server;
mod tally;

use std::env;

use tests::judges;

use crate::{
    application::{Application, Conduct},
    moment::{Moment, Plan},
    ordeal::endure,
    server::Server,
    tally::Tally,
};

/// Enough to lose something, by those who can.
const FEW: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_that_is_killed_loses_nothing() {
    loses_nothing("the Service Bus of listener-local", &Server::local().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_that_is_killed_loses_nothing_on_a_server_of_another_make() {
    let Some(server) = Server::rhea().await else {
        judges::skip("a server on rhea", 1);
        return;
    };
    loses_nothing("a server on rhea", &server).await;
    judges::count("run", 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_receives_and_deletes_loses_messages() {
    loses(Conduct::ReceivesAndDeletes).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_accepts_before_it_handles_loses_messages() {
    loses(Conduct::AcceptsFirst).await;
}

/// What the others start and kill: without a job in its environment, it has nothing to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the process that is killed"]
async fn listener() {
    if let Some(application) = Application::from_env() {
        application.run().await.expect("a listener that ends well");
    }
}

async fn loses_nothing(name: &str, server: &Server) {
    let kills = number("LISTENER_KILLS", 20);
    let plan = Plan::new(seed(), kills, &Moment::ALL);
    let tally = endure(server, Conduct::SettlesLast, plan).await;
    judge(name, &tally);
}

async fn loses(conduct: Conduct) {
    let plan = Plan::new(seed(), FEW, &[Moment::Handling]);
    let tally = endure(&Server::local().await, conduct, plan).await;
    println!("{conduct:?}: {tally}");
    assert!(
        !tally.lost.is_empty(),
        "this test would find no loss: {tally}"
    );
}

/// Tells the figures, and fails unless all came and were handled.
fn judge(server: &str, tally: &Tally) {
    println!("{server}: {tally}");
    let seed = seed();
    assert!(
        tally.lost.is_empty(),
        "seed {seed}: {tally}: {:?}",
        tally.lost
    );
    assert_eq!(tally.dead_lettered, 0, "seed {seed}: {tally}");
    assert!(
        tally.kills < 20 || tally.twice > 0,
        "seed {seed}: never killed between effect and settlement: {tally}"
    );
}

fn seed() -> u64 {
    number("LISTENER_KILL_SEED", 1) as u64
}

fn number(variable: &str, default: usize) -> usize {
    env::var(variable).map_or(default, |text| {
        let number = text.parse();
        number.unwrap_or_else(|_| panic!("expected a number in {variable}, found `{text}`"))
    })
}
