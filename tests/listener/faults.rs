//! Locks that are lost, and answers that are wrong or missing: nothing is lost by them, nor taken for a success.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    Checked,
    bus::{Bus, text},
    expect::{equal, outcome},
    listener::{Listener, Setup, What},
    messages::{create, send},
    notices, passes,
    wrong::Wrong,
};

/// Sees that a listener still handles what comes.
pub(crate) async fn goes_on(bus: &mut Bus) -> Checked {
    send(bus, [create("next", "")]).await;
    outcome(bus.outcome("next").await?, "accepted")?;
    let [ready, locked, ..] = bus.counts("crm").await;
    equal("ready and locked", [ready, locked], [0, 0])
}

/// Waits until a message is completed at last. It comes again meanwhile, and may be given back for what its first delivery
/// has still to do.
async fn at_last(bus: &mut Bus, message: &str) -> Checked {
    while outcome(bus.outcome(message).await?, "accepted").is_err() {}
    Ok(())
}

/// Sees that a settlement was refused.
fn refused(event: &Value) -> Checked {
    equal("whether it was taken", &event["taken"], &json!(false))
}

async fn notices_a_lost_lock(bus: &mut Bus, wrong: Wrong) -> Checked {
    let mut listener = Listener::on(bus, wrong).await;
    bus.switch("lock-lost", 1).await;
    send(bus, [create("a", "")]).await;
    refused(&bus.outcome("a").await?)?;
    outcome(bus.outcome("a").await?, "accepted")?;
    goes_on(bus).await?;
    for attempt in [1, 2] {
        let begun = listener.told("a", What::Began).await?;
        equal("attempt", begun.attempt, attempt)?;
    }
    let log = listener.log.clone();
    equal("refused", listener.stop().await?.refused, 1)?;
    log.says("A settlement was not taken; the message comes again.")
}

#[tokio::test]
async fn a_lock_that_is_lost_at_settling_is_told_and_the_message_is_handled_again() {
    passes(notices_a_lost_lock).await;
}

#[tokio::test]
async fn it_is_noticed_when_a_message_is_handled_only_once_after_a_lost_lock() {
    notices(Wrong::CompletesFirst, async |bus, wrong| {
        let mut listener = Listener::on(bus, wrong).await;
        bus.switch("lock-lost", 1).await;
        send(bus, [create("a", "wait")]).await;
        listener.told("a", What::Began).await?;
        bus.no_event("outcome", "a").await
    })
    .await;
}

#[tokio::test]
async fn a_lock_that_is_lost_while_the_handler_runs_tells_it_and_never_counts_as_success() {
    passes(async |bus, wrong| {
        bus.run("queue", json!({"name": "crm", "lock_ms": 2000}))
            .await;
        let mut listener = Listener::on(bus, wrong).await;
        bus.switch("renewal-lost", 1).await;
        send(bus, [create("a", "work 60000")]).await;
        listener.told("a", What::LockLost).await?;
        // By the server's word, and not by our clock alone.
        listener.log.says("A lock is lost.")?;
        listener.told("a", What::Began).await?;
        let again = listener.told("a", What::Began).await?;
        if again.attempt < 2 {
            return Err("the lost delivery does not count".to_owned());
        }
        at_last(bus, "a").await?;
        goes_on(bus).await?;
        let report = listener.stop().await?;
        equal("outcomes", (report.accepted, report.lock_lost), (2, 1))
    })
    .await;
}

#[tokio::test]
async fn a_renewal_that_is_refused_for_the_time_being_is_tried_again() {
    passes(async |bus, wrong| {
        bus.run("queue", json!({"name": "crm", "lock_ms": 4000}))
            .await;
        let listener = Listener::on(bus, wrong).await;
        bus.switch("renewal-busy", 1).await;
        send(bus, [create("a", "work 4500")]).await;
        outcome(bus.outcome("a").await?, "accepted")?;
        listener
            .log
            .says("A lock could not be renewed; trying again.")?;
        let report = listener.stop().await?;
        equal("outcomes", (report.accepted, report.lock_lost), (1, 0))
    })
    .await;
}

/// The server does something else than what this work asked for: that is refused, and told.
async fn answered_otherwise(
    work: &'static str,
    answer: &'static str,
    outcomes: &'static [&'static str],
) {
    passes(async |bus, wrong| {
        let listener = Listener::on(bus, wrong).await;
        let wrong_echo = json!({"name": "wrong-echo", "times": 1, "as": answer});
        bus.run("switch", wrong_echo).await;
        send(bus, [create("a", work)]).await;
        for expected in outcomes {
            outcome(bus.outcome("a").await?, expected)?;
        }
        goes_on(bus).await?;
        let log = listener.log.clone();
        equal("refused", listener.stop().await?.refused, 1)?;
        log.says("another outcome")
    })
    .await;
}

#[tokio::test]
async fn a_completion_that_is_answered_as_released_is_no_success() {
    answered_otherwise("", "released", &["released", "accepted"]).await;
}

#[tokio::test]
async fn a_dead_letter_that_is_answered_as_accepted_is_told() {
    answered_otherwise("reject", "accepted", &["accepted"]).await;
}

#[tokio::test]
async fn a_tag_that_names_no_lock_settles_on_its_link() {
    passes(async |bus, wrong| {
        let listener = Listener::on(bus, wrong).await;
        bus.switch("short-tag", 4).await;
        send(
            bus,
            [create("a", ""), create("b", "fail"), create("c", "reject")],
        )
        .await;
        outcome(bus.outcome("a").await?, "accepted")?;
        outcome(bus.outcome("b").await?, "abandoned")?;
        outcome(bus.outcome("c").await?, "rejected")?;
        outcome(bus.outcome("b").await?, "accepted")?;
        goes_on(bus).await?;
        equal("refused", listener.stop().await?.refused, 0)
    })
    .await;
}

#[tokio::test]
async fn a_lock_that_cannot_be_renewed_for_its_short_tag_tells_its_handler_when_it_ends() {
    passes(async |bus, wrong| {
        bus.run("queue", json!({"name": "crm", "lock_ms": 1500}))
            .await;
        let mut listener = Listener::on(bus, wrong).await;
        bus.switch("short-tag", 1).await;
        send(bus, [create("a", "work 60000")]).await;
        listener.told("a", What::LockLost).await?;
        at_last(bus, "a").await?;
        goes_on(bus).await?;
        let report = listener.stop().await?;
        equal("outcomes", (report.accepted, report.lock_lost), (2, 1))
    })
    .await;
}

#[tokio::test]
async fn what_is_not_answered_is_settled_by_its_token() {
    passes(async |bus, wrong| {
        let mut setup = Setup::from(wrong);
        setup.options.answer_timeout = Duration::from_millis(300);
        let listener = Listener::on(bus, setup).await;
        bus.switch("no-reply", 4).await;
        let tasks = ["", "fail", "reject", "defer"];
        send(bus, tasks.map(|task| create(&format!("<{task}>"), task))).await;
        for (task, expected) in tasks
            .iter()
            .zip(["accepted", "abandoned", "rejected", "deferred"])
        {
            let name = format!("<{task}>");
            refused(&bus.outcome(&name).await?)?;
            let settled = outcome(bus.outcome(&name).await?, expected)?;
            equal("by", text(&settled, "by"), "management")?;
            if expected == "rejected" {
                equal("reason", text(&settled, "reason"), "NoContract")?;
            }
            if expected == "abandoned" {
                let cause = text(&settled["properties"], "listener-cause");
                equal("cause", cause, "the ERP is away")?;
            }
        }
        outcome(bus.outcome("<fail>").await?, "accepted")?;
        goes_on(bus).await?;
        equal("at the end", bus.counts("crm").await, [0, 0, 1, 1])?;
        equal("refused", listener.stop().await?.refused, 0)
    })
    .await;
}

#[tokio::test]
async fn a_completion_whose_answer_is_lost_is_told_and_not_done_again() {
    passes(async |bus, wrong| {
        let mut setup = Setup::from(wrong);
        setup.options.answer_timeout = Duration::from_millis(300);
        let mut listener = Listener::on(bus, setup).await;
        bus.switch("no-answer", 1).await;
        send(bus, [create("a", "")]).await;
        outcome(bus.outcome("a").await?, "accepted")?;
        refused(&bus.outcome("a").await?)?;
        goes_on(bus).await?;
        listener.told("a", What::Began).await?;
        equal("begun again", listener.begun("a"), 0)?;
        equal("refused", listener.stop().await?.refused, 1)
    })
    .await;
}
