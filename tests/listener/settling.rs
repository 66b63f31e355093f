//! Every outcome, as the server sees it.

use std::time::Duration;

use listener_core::{Outcome, Reason};
use serde_json::json;

use crate::{
    Checked,
    bus::{Bus, text},
    expect::{equal, outcome},
    listener::{Listener, Setup, What},
    messages::{create, send},
    notices, passes,
    wrong::Wrong,
};

async fn completes_after_the_handler(bus: &mut Bus, wrong: Wrong) -> Checked {
    let mut listener = Listener::on(bus, wrong).await;
    send(bus, [create("a", "wait")]).await;
    listener.told("a", What::Began).await?;
    bus.no_event("outcome", "a").await?;
    equal("while it is handled", bus.counts("crm").await, [0, 1, 0, 0])?;
    listener.gate.add_permits(1);
    listener.told("a", What::Ended).await?;
    outcome(bus.outcome("a").await?, "accepted")?;
    equal("at the end", bus.counts("crm").await, [0; 4])?;
    let report = listener.stop().await?;
    equal("accepted", (report.accepted, report.refused), (1, 0))
}

#[tokio::test]
async fn a_message_is_completed_when_its_handler_has_ended() {
    passes(completes_after_the_handler).await;
}

#[tokio::test]
async fn it_is_noticed_when_messages_are_completed_before_they_are_handled() {
    notices(Wrong::CompletesFirst, completes_after_the_handler).await;
}

#[tokio::test]
async fn it_is_noticed_when_messages_are_abandoned_in_place_of_completed() {
    let abandons = Wrong::Says(|_| Outcome::release("wrong"));
    notices(abandons, completes_after_the_handler).await;
}

async fn abandons_after_a_pause(bus: &mut Bus, wrong: Wrong) -> Checked {
    let mut setup = Setup::from(wrong);
    setup.options.first_pause = Duration::from_millis(500);
    let mut listener = Listener::on(bus, setup).await;
    send(bus, [create("a", "fail")]).await;
    let failed = listener.told("a", What::Ended).await?;
    let abandoned = outcome(bus.outcome("a").await?, "abandoned")?;
    let properties = &abandoned["properties"];
    equal(
        "cause",
        text(properties, "listener-cause"),
        "the ERP is away",
    )?;
    equal("attempt", &properties["listener-attempt"], &json!(1))?;
    listener.told("a", What::Began).await?;
    let again = listener.told("a", What::Began).await?;
    equal("attempt", again.attempt, 2)?;
    let cause = again.property("listener-cause");
    equal("cause", cause, Some("the ERP is away"))?;
    // A pause is shortened by chance, but never to less than half.
    let pause = again.at - failed.at;
    if pause < Duration::from_millis(250) {
        return Err(format!("it came again after {pause:?}"));
    }
    outcome(bus.outcome("a").await?, "accepted")?;
    let report = listener.stop().await?;
    equal("outcomes", (report.accepted, report.released), (1, 1))
}

#[tokio::test]
async fn a_message_that_failed_comes_again_after_a_pause_with_cause_and_count() {
    passes(abandons_after_a_pause).await;
}

#[tokio::test]
async fn it_is_noticed_when_a_failure_is_taken_for_a_success() {
    let accepts = Wrong::Says(|_| Outcome::Accept(()));
    notices(accepts, abandons_after_a_pause).await;
}

#[tokio::test]
async fn it_is_noticed_when_a_message_comes_again_at_once() {
    let hurries = Wrong::Says(|outcome| outcome.after(Duration::ZERO));
    notices(hurries, abandons_after_a_pause).await;
}

#[tokio::test]
async fn it_is_noticed_when_the_server_does_not_count_deliveries() {
    let Some(mut bus) = Bus::start().await else {
        return;
    };
    let wrong = json!({"name": "wrong-echo", "times": 1, "as": "released"});
    bus.run("switch", wrong).await;
    let found = abandons_after_a_pause(&mut bus, Wrong::Nothing).await;
    assert!(found.is_err());
}

async fn dead_letters_with_reason(bus: &mut Bus, wrong: Wrong) -> Checked {
    let listener = Listener::on(bus, wrong).await;
    send(bus, [create("a", "reject"), create("b", "refuse")]).await;
    let rejected = outcome(bus.outcome("a").await?, "rejected")?;
    equal("reason", text(&rejected, "reason"), "NoContract")?;
    let description = text(&rejected, "description");
    equal("description", description, "the account has no contract")?;
    let refused = outcome(bus.outcome("b").await?, "rejected")?;
    equal("description", text(&refused, "description"), "never")?;
    equal("at the end", bus.counts("crm").await, [0, 0, 0, 2])?;
    equal("rejected", listener.stop().await?.rejected, 2)
}

#[tokio::test]
async fn a_rejected_message_is_dead_lettered_with_reason_and_description() {
    passes(dead_letters_with_reason).await;
}

#[tokio::test]
async fn it_is_noticed_when_a_reason_is_lost() {
    let forgets = Wrong::Says(|_| Outcome::reject(Reason::Permanent, ""));
    notices(forgets, dead_letters_with_reason).await;
}

#[tokio::test]
async fn dead_letters_are_listened_on_with_the_reasons_they_have() {
    passes(async |bus, _| {
        let listener = Listener::on(bus, Wrong::Nothing).await;
        send(bus, [create("a", "fail 9")]).await;
        bus.run("queue", json!({"name": "crm", "max_deliveries": 2}))
            .await;
        for _ in 0..2 {
            outcome(bus.outcome("a").await?, "abandoned")?;
        }
        listener.stop().await?;
        let setup = Setup {
            dead_letters: true,
            ..Setup::default()
        };
        let mut listener = Listener::on(bus, setup).await;
        let dead = listener.told("a", What::Began).await?;
        let reason = dead.property("DeadLetterReason");
        equal("reason", reason, Some("MaxDeliveryCountExceeded"))?;
        let cause = dead.property("listener-cause");
        equal("cause", cause, Some("the ERP is away"))?;
        listener.stop().await.map(drop)
    })
    .await;
}

async fn defers(bus: &mut Bus, wrong: Wrong) -> Checked {
    let mut listener = Listener::on(bus, wrong).await;
    send(bus, [create("a", "defer")]).await;
    outcome(bus.outcome("a").await?, "deferred")?;
    bus.no_event("outcome", "a").await?;
    equal("at the end", bus.counts("crm").await, [0, 0, 1, 0])?;
    equal("begun", listener.begun("a"), 1)?;
    equal("deferred", listener.stop().await?.deferred, 1)
}

#[tokio::test]
async fn a_deferred_message_stays_and_does_not_come_again() {
    passes(defers).await;
}

#[tokio::test]
async fn it_is_noticed_when_messages_are_abandoned_in_place_of_deferred() {
    let abandons = Wrong::Says(|_| Outcome::release("wrong"));
    notices(abandons, defers).await;
}

async fn renews(bus: &mut Bus, wrong: Wrong) -> Checked {
    bus.run("queue", json!({"name": "crm", "lock_ms": 1500}))
        .await;
    let mut listener = Listener::on(bus, wrong).await;
    send(bus, [create("a", "work 3500")]).await;
    let ended = bus
        .event("the end of it", |event| {
            ["outcome", "expired"].contains(&text(event, "event"))
        })
        .await?;
    outcome(ended, "accepted")?;
    let renewals = bus.told("renewed", "a").await;
    if renewals < 2 {
        return Err(format!("renewed {renewals} times"));
    }
    equal("begun", listener.begun("a"), 1)?;
    let report = listener.stop().await?;
    equal("accepted", (report.accepted, report.lock_lost), (1, 0))
}

#[tokio::test]
async fn the_lock_of_a_long_handler_is_renewed_until_it_ends() {
    passes(renews).await;
}

#[tokio::test]
async fn it_is_noticed_when_locks_are_not_renewed() {
    notices(Wrong::NeverRenews, renews).await;
}
