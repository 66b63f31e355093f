//! Links and connections that break while messages are handled.

use serde_json::{Value, json};

use crate::{
    Checked,
    bus::{Bus, text},
    expect::{equal, outcome},
    faults::goes_on,
    listener::{Listener, What},
    messages::{create, send},
    notices, passes,
    wrong::Wrong,
};

/// A message is handled while its link breaks, and settled on the next one.
async fn settles_after(bus: &mut Bus, wrong: Wrong, breaks: &str) -> Checked {
    let mut listener = Listener::on(bus, wrong).await;
    if breaks == "stolen" {
        bus.switch("stolen", 1).await;
    }
    send(bus, [create("a", "wait")]).await;
    listener.told("a", What::Began).await?;
    match breaks {
        "detach" => drop(bus.run("detach", json!({"queue": "crm"})).await),
        "cut" => drop(bus.run("cut", json!({})).await),
        _ => {}
    }
    let detached = |event: &Value| event["event"] == "detached";
    bus.event("the end of the link", detached).await?;
    bus.attached("crm").await?;
    listener.gate.add_permits(1);
    let settled = outcome(bus.outcome("a").await?, "accepted")?;
    equal("by", text(&settled, "by"), "management")?;
    goes_on(bus).await?;
    equal("begun again", listener.begun("a"), 0)?;
    let log = listener.log.clone();
    let report = listener.stop().await?;
    equal("outcomes", (report.accepted, report.refused), (2, 0))?;
    log.says("Broken; trying again.")
}

#[tokio::test]
async fn what_runs_when_its_link_is_detached_is_settled_by_its_token() {
    passes(async |bus, wrong| settles_after(bus, wrong, "detach").await).await;
}

#[tokio::test]
async fn what_runs_when_its_link_is_stolen_is_settled_by_its_token() {
    passes(async |bus, wrong| settles_after(bus, wrong, "stolen").await).await;
}

#[tokio::test]
async fn what_runs_when_its_connection_is_cut_is_settled_by_its_token() {
    passes(async |bus, wrong| settles_after(bus, wrong, "cut").await).await;
}

#[tokio::test]
async fn it_is_noticed_when_what_runs_was_completed_before_the_break() {
    notices(Wrong::CompletesFirst, async |bus, wrong| {
        settles_after(bus, wrong, "cut").await
    })
    .await;
}

#[tokio::test]
async fn a_cut_in_the_middle_of_many_loses_nothing() {
    passes(async |bus, wrong| {
        bus.run("queue", json!({"name": "crm", "lock_ms": 3000}))
            .await;
        let listener = Listener::on(bus, wrong).await;
        let names: Vec<_> = (0..60).map(|number| format!("m{number}")).collect();
        send(bus, names.iter().map(|name| create(name, "work 20"))).await;
        bus.outcome("m20").await?;
        bus.run("cut", json!({})).await;
        bus.attached("crm").await?;
        for name in &names {
            if name == "m20" {
                continue;
            }
            while bus.outcome(name).await?["taken"] == false {}
        }
        goes_on(bus).await?;
        listener.stop().await.map(drop)
    })
    .await;
}
