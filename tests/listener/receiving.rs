//! What comes that is no good message, and what is given back unseen.

use listener_core::source::service_bus::{Foreign, Mode};
use serde_json::{Value, json};

use crate::{
    Checked,
    bus::{Bus, text},
    expect::{equal, outcome},
    listener::{Listener, Setup, What},
    messages::{create, raw, send},
    notices, passes,
    wrong::Wrong,
};

async fn survives_a_panic(bus: &mut Bus, wrong: Wrong) -> Checked {
    let listener = Listener::on(bus, wrong).await;
    send(bus, [create("a", "panic"), create("b", "")]).await;
    outcome(bus.outcome("b").await?, "accepted")?;
    outcome(bus.outcome("a").await?, "abandoned")?;
    outcome(bus.outcome("a").await?, "accepted")?;
    let report = listener.stop().await?;
    equal("outcomes", (report.accepted, report.released), (2, 1))
}

#[tokio::test]
async fn a_panic_gives_the_message_back_and_the_next_one_is_handled() {
    passes(survives_a_panic).await;
}

async fn parks_what_nobody_can_read(bus: &mut Bus, wrong: Wrong) -> Checked {
    let listener = Listener::on(bus, wrong).await;
    let mut foreign = raw("foreign", b"hello", "text/plain");
    foreign["properties"] = json!({});
    let mut number = raw("number", b"", "application/json");
    number["as"] = "number".into();
    let mut sequence = raw("sequence", b"{}", "application/json");
    sequence["as"] = "sequence".into();
    let cut = raw("cut", br#"{"MessageName":"Cre"#, "application/json");
    send(bus, [foreign, number, sequence, cut, create("good", "")]).await;
    for (name, reason) in [
        ("foreign", "Foreign"),
        ("number", "Undecodable"),
        ("sequence", "Undecodable"),
        ("cut", "Undecodable"),
    ] {
        let rejected = outcome(bus.outcome(name).await?, "rejected")?;
        equal(name, text(&rejected, "reason"), reason)?;
    }
    outcome(bus.outcome("good").await?, "accepted")?;
    equal("at the end", bus.counts("crm").await, [0, 0, 0, 4])?;
    listener.stop().await.map(drop)
}

#[tokio::test]
async fn what_nobody_can_read_is_parked_and_the_next_one_is_handled() {
    passes(parks_what_nobody_can_read).await;
}

#[tokio::test]
async fn it_is_noticed_when_nothing_is_settled() {
    notices(Wrong::SettlesNothing, parks_what_nobody_can_read).await;
}

#[tokio::test]
async fn released_messages_do_not_count_as_delivered() {
    passes(async |bus, _| {
        let mut setup = Setup {
            concurrency: 1,
            ..Setup::default()
        };
        setup.options.prefetch = 10;
        let mut listener = Listener::on(bus, setup).await;
        let names = ["a", "b", "c", "d"];
        send(bus, names.map(|name| create(name, "wait"))).await;
        listener.told("a", What::Began).await?;
        for name in names {
            let delivered =
                |event: &Value| event["event"] == "delivered" && event["message_id"] == name;
            bus.event("a delivery", delivered).await?;
        }
        let gate = listener.gate.clone();
        let given_back = async {
            for name in ["b", "c", "d"] {
                outcome(bus.outcome(name).await?, "released")?;
            }
            gate.add_permits(1);
            outcome(bus.outcome("a").await?, "accepted")
        };
        let (stopped, given_back) = tokio::join!(listener.stop(), given_back);
        given_back?;
        equal("accepted", stopped?.accepted, 1)?;
        let left = bus.run("messages", json!({"queue": "crm"})).await;
        let counts: Vec<_> = left["messages"].as_array().into_iter().flatten().collect();
        equal("left", counts.len(), 3)?;
        for message in counts {
            equal("deliveries", &message["deliveries"], &json!(0))?;
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_is_received_and_deleted_is_not_settled() {
    passes(async |bus, _| {
        let mut setup = Setup::default();
        setup.options.mode = Mode::ReceiveAndDelete;
        setup.options.foreign = Foreign::Deliver;
        let mut listener = Listener::on(bus, setup).await;
        send(bus, [create("a", "fail"), create("b", "")]).await;
        listener.told("a", What::Ended).await?;
        listener.told("b", What::Ended).await?;
        bus.no_event("outcome", "a").await?;
        bus.no_event("outcome", "b").await?;
        equal("at the end", bus.counts("crm").await, [0; 4])?;
        equal("lost", listener.stop().await?.lost, 1)
    })
    .await;
}
