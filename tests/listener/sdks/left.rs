//! What is left behind: by our listener for Azure's libraries, and by them for our listener.

use std::time::Duration;

use listener_core::Outcome;
use serde_json::json;

use super::{Place, account, with};
use crate::{
    Checked,
    bus::text,
    expect::equal,
    hand::Language,
    listener::{Setup, What},
    wrong::Wrong,
};

async fn what_our_listener_leaves_is_read(place: &mut Place, wrong: Wrong) -> Checked {
    let mut setup = Setup::from(wrong);
    // Nothing comes again before the listener ends.
    setup.options.first_pause = Duration::from_secs(60);
    let mut listener = place.listener(setup);
    let sent = [
        account("a", "reject"),
        account("b", "fail 9"),
        account("c", "defer"),
    ];
    place.hand.run("send", json!({"messages": &sent})).await?;
    for name in ["a", "b", "c"] {
        listener.told(name, What::Ended).await?;
    }
    listener.stop().await?;
    let left = place.hand.run("peek", json!({})).await?;
    let left = left.as_array().into_iter().flatten();
    let left: Vec<_> = left
        .map(|message| (text(message, "message_id"), text(message, "state")))
        .collect();
    equal("left", left, vec![("b", "active"), ("c", "deferred")])?;

    let dead = place.hand.run("receive", json!({"dead": true})).await?;
    equal("dead", &dead["message_id"], &json!("a"))?;
    equal("reason", text(&dead, "reason"), "NoContract")?;
    let description = text(&dead, "description");
    equal("description", description, "the account has no contract")?;
    let abandoned = place.hand.run("receive", json!({})).await?;
    equal("abandoned", &abandoned["message_id"], &json!("b"))?;
    equal("delivery count", &abandoned["delivery_count"], &json!(1))?;
    let properties = &abandoned["properties"];
    equal(
        "cause",
        text(properties, "listener-cause"),
        "the ERP is away",
    )?;
    equal("attempt", text(properties, "listener-attempt"), "1")?;
    let deferred = place.hand.run("deferred", json!({})).await?;
    equal("deferred", deferred.as_array().map(Vec::len), Some(1))?;
    equal("deferred", &deferred[0]["message_id"], &json!("c"))?;
    for (message, found) in sent.iter().zip([&dead, &abandoned, &deferred[0]]) {
        equal("body", &found["body"], &message["body"])?;
        equal(
            "content type",
            &found["content_type"],
            &message["content_type"],
        )?;
        for (name, value) in message["properties"].as_object().into_iter().flatten() {
            equal(name, &found["properties"][name], value)?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_our_listener_leaves_is_read_by_python() {
    with(Language::Python, async |place| {
        what_our_listener_leaves_is_read(place, Wrong::Nothing).await
    })
    .await;
}

#[tokio::test]
async fn what_our_listener_leaves_is_read_by_javascript() {
    with(Language::JavaScript, async |place| {
        what_our_listener_leaves_is_read(place, Wrong::Nothing).await
    })
    .await;
}

#[tokio::test]
async fn it_is_noticed_when_our_listener_leaves_nothing() {
    with(Language::JavaScript, async |place| {
        let accepts = Wrong::Says(|_| Outcome::Accept(()));
        let found = what_our_listener_leaves_is_read(place, accepts).await;
        found.err().map(drop).ok_or_else(|| "passed".to_owned())
    })
    .await;
}

async fn what_a_library_leaves_is_read(place: &mut Place) -> Checked {
    let sent = ["a", "b", "c"].map(|name| account(name, ""));
    place.hand.run("send", json!({"messages": sent})).await?;
    let dead = json!({"then": "dead_letter", "reason": "late", "description": "by a day"});
    for then in [dead, json!({"then": "defer"}), json!({"then": "abandon"})] {
        place.hand.run("receive", then).await?;
    }
    let mut listener = place.listener(Wrong::Nothing);
    equal("attempt", listener.told("c", What::Began).await?.attempt, 2)?;
    listener.told("c", What::Ended).await?;
    equal("the deferred one", listener.begun("b"), 0)?;
    listener.stop().await?;
    let deferred = place.hand.run("deferred", json!({})).await?;
    equal("deferred", &deferred[0]["message_id"], &json!("b"))?;
    let setup = Setup {
        dead_letters: true,
        ..Setup::default()
    };
    let mut listener = place.listener(setup);
    let dead = listener.told("a", What::Began).await?;
    equal("reason", dead.property("DeadLetterReason"), Some("late"))?;
    let description = dead.property("DeadLetterErrorDescription");
    equal("description", description, Some("by a day"))?;
    listener.told("a", What::Ended).await?;
    equal("accepted", listener.stop().await?.accepted, 1)
}

#[tokio::test]
async fn what_python_leaves_is_read() {
    with(Language::Python, what_a_library_leaves_is_read).await;
}

#[tokio::test]
async fn what_javascript_leaves_is_read() {
    with(Language::JavaScript, what_a_library_leaves_is_read).await;
}
