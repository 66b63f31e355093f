//! What AMQP leaves free, and rhea does in another way than we do.

use std::time::Duration;

use listener_core::{
    decode::{DecodeOptions, Document, decode},
    encode,
};
use serde_json::json;
use tests::fixtures::golden;
use tokio::time::Instant;

use crate::{
    Checked,
    bus::Bus,
    expect::{equal, outcome},
    listener::{Listener, Setup, What},
    messages::{create, raw, send},
    passes,
    wrong::Wrong,
};

/// The formats, by their extension and content type.
const FORMATS: [(&str, &str); 3] = [
    ("json", "application/json"),
    ("xml", "application/xml"),
    ("msbin1", "application/msbin1"),
];

async fn reads_every_body(bus: &mut Bus, wrong: Wrong) -> Checked {
    let mut listener = Listener::on(bus, wrong).await;
    for fixture in ["create-all-types", "size-5k"] {
        for (extension, content_type) in FORMATS {
            let bytes = golden(fixture, extension);
            for kind in ["data", "pieces", "binary", "text"] {
                if kind == "text" && extension == "msbin1" {
                    continue;
                }
                let name = format!("{fixture}.{extension} as {kind}");
                let mut message = raw(&name, &bytes, content_type);
                message["as"] = kind.into();
                send(bus, [message]).await;
                outcome(bus.outcome(&name).await?, "accepted")?;
                let told = listener.told(&name, What::Began).await?;
                let read = told.delivery.message();
                if read.body().map(|body| &**body) != Some(&*bytes) {
                    return Err(format!("{name}: other bytes"));
                }
                let context = read.context().map_err(|error| format!("{name}: {error}"))?;
                let print = encode::canonical(&Document::Context(context.as_ref().clone().into()));
                let expected = decode(&bytes, Some(content_type), &DecodeOptions::default());
                let expected = expected.map_err(|error| error.to_string())?;
                equal(&name, print, encode::canonical(&expected.document))?;
            }
        }
    }
    listener.stop().await.map(drop)
}

#[tokio::test]
async fn bodies_of_all_formats_are_read_from_all_kinds_of_sections() {
    passes(reads_every_body).await;
}

#[tokio::test]
async fn messages_in_many_small_frames_are_read_whole() {
    passes(async |bus, wrong| {
        bus.run("speak", json!({"frame": 100})).await;
        reads_every_body(bus, wrong).await
    })
    .await;
}

#[tokio::test]
async fn answers_that_come_together_settle_each_message() {
    passes(async |bus, wrong| {
        bus.run("speak", json!({"wait_ms": 50})).await;
        let mut setup = Setup::from(wrong);
        setup.options.prefetch = 50;
        let listener = Listener::on(bus, setup).await;
        // Some of them fail, so that not all answers are the same.
        let names: Vec<_> = (0..100).map(|number| format!("m{number}")).collect();
        let messages = names
            .iter()
            .enumerate()
            .map(|(number, name)| create(name, if number % 7 == 0 { "fail" } else { "" }));
        send(bus, messages).await;
        for (number, name) in names.iter().enumerate() {
            if number % 7 == 0 {
                outcome(bus.outcome(name).await?, "abandoned")?;
            }
            outcome(bus.outcome(name).await?, "accepted")?;
        }
        equal("at the end", bus.counts("crm").await, [0; 4])?;
        let report = listener.stop().await?;
        equal("outcomes", (report.accepted, report.refused), (100, 0))
    })
    .await;
}

#[tokio::test]
async fn credit_that_is_not_used_is_given_back_at_once() {
    passes(async |bus, wrong| {
        let listener = Listener::on(bus, wrong).await;
        send(bus, [create("a", "")]).await;
        outcome(bus.outcome("a").await?, "accepted")?;
        let began = Instant::now();
        listener.stop().await?;
        let took = began.elapsed();
        // A drain that is not answered takes five seconds.
        if took > Duration::from_secs(4) {
            return Err(format!("it took {took:?} to stop"));
        }
        send(bus, [create("b", "")]).await;
        equal("left", bus.counts("crm").await, [1, 0, 0, 0])
    })
    .await;
}
