//! What is sent: by Azure's libraries and read by our listener, and by us and read by them.

use std::time::{Duration, SystemTime};

use listener_core::{
    amqp::{ConnectionString, Message, Namespace, Value as Amqp},
    context::RemoteExecutionContext,
    decode::{DecodeOptions, Document, decode},
    encode,
};
use serde_json::{Value, json};
use tests::fixtures::golden;

use super::{Place, account, with};
use crate::{
    Checked,
    bus::{PATIENCE, hex, text},
    expect::equal,
    hand::Language,
    listener::{Listener, Told, What},
    messages::{CLAIMS, FORMATS},
    wrong::Wrong,
};

fn read(bytes: &[u8], content_type: &str) -> RemoteExecutionContext {
    match decode(bytes, Some(content_type), &DecodeOptions::default()) {
        Ok(decoded) => match decoded.document {
            Document::Context(context) => context,
            _ => panic!("a fixture that is no context"),
        },
        Err(error) => panic!("{error}"),
    }
}

/// A fixture as Dataverse would send it.
fn fixture(name: &str, fixture: &str, (extension, content_type): (&str, &str)) -> Value {
    let bytes = golden(fixture, extension);
    let context = read(&bytes, content_type);
    json!({
        "message_id": name,
        "content_type": content_type,
        "body": hex(&bytes),
        "properties": {
            "name": name,
            format!("{CLAIMS}RequestName"): context.message_name(),
            format!("{CLAIMS}EntityLogicalName"): context.primary_entity_name(),
        },
    })
}

/// Sees that a message has arrived as it was sent.
fn is_whole(told: &Told, sent: &Value) -> Checked {
    let message = told.delivery.message();
    let bytes = message.body().cloned().unwrap_or_default();
    equal("body", hex(&bytes), text(sent, "body").to_owned())?;
    let content_type = text(sent, "content_type");
    let context = message.context().map_err(|error| error.to_string())?;
    let expected = read(&bytes, content_type);
    let claims = told.delivery.claims();
    let claimed = [&claims.request_name, &claims.entity_logical_name].map(|claim| claim.as_deref());
    let named = [expected.message_name(), expected.primary_entity_name()].map(Some);
    equal("claims", claimed, named)?;
    let print =
        |context: &RemoteExecutionContext| encode::canonical(&Document::Context(context.clone()));
    equal("context", print(context), print(&expected))
}

async fn what_a_library_sends_is_read(place: &mut Place, language: Language) -> Checked {
    let mut listener = place.listener(Wrong::Nothing);
    for how in ["single", "list", "batch"] {
        let mut messages = Vec::new();
        for of in ["create-all-types", "delete", "size-5k"] {
            for format in FORMATS {
                messages.push(fixture(&format!("{how} {of}.{}", format.0), of, format));
            }
        }
        let sent = json!({"how": how, "messages": &messages});
        place.hand.run("send", sent).await?;
        for message in &messages {
            let name = text(message, "message_id");
            let told = listener.told(name, What::Began).await?;
            is_whole(&told, message).map_err(|error| format!("{name}: {error}"))?;
        }
    }
    let [json, _, binary] = FORMATS;
    let mut value = fixture("value", "assign", json);
    value["kind"] = "value".into();
    let mut bytes = fixture("bytes", "assign", binary);
    bytes["kind"] = "bytes".into();
    let mut sequence = fixture("sequence", "assign", json);
    sequence["kind"] = "sequence".into();
    let sent = json!({"messages": [&value, &bytes, &sequence]});
    place.hand.run("send", sent).await?;
    is_whole(&listener.told("value", What::Began).await?, &value)?;
    is_whole(&listener.told("bytes", What::Began).await?, &bytes)?;
    let dead = place.hand.run("receive", json!({"dead": true})).await?;
    equal("dead", text(&dead, "message_id"), "sequence")?;
    equal("reason", text(&dead, "reason"), "Undecodable")?;
    typed_properties_are_read(place, &mut listener, language).await?;
    let later = json!({"after_ms": 1500, "messages": [account("later", "")]});
    let began = tokio::time::Instant::now();
    let numbers = place.hand.run("schedule", later).await?;
    equal("numbers", numbers.as_array().map(Vec::len), Some(1))?;
    let waited = listener.told("later", What::Began).await?.at - began;
    // Of two clocks.
    if waited < Duration::from_millis(1300) {
        return Err(format!("it came after {waited:?}"));
    }
    equal("refused", listener.stop().await?.refused, 0)
}

/// Of each type that a library can send, and how it reads.
async fn typed_properties_are_read(
    place: &mut Place,
    listener: &mut Listener,
    language: Language,
) -> Checked {
    let mut message = account("typed", "");
    let typed = match language {
        Language::Python => vec![
            ("ubyte", json!({"type": "UBYTE", "value": 200}), "200"),
            ("byte", json!({"type": "BYTE", "value": -100}), "-100"),
            (
                "ushort",
                json!({"type": "USHORT", "value": 60_000}),
                "60000",
            ),
            (
                "short",
                json!({"type": "SHORT", "value": -30_000}),
                "-30000",
            ),
            (
                "uint",
                json!({"type": "UINT", "value": 4_000_000_000_u32}),
                "4000000000",
            ),
            (
                "int",
                json!({"type": "INT", "value": -2_000_000_000}),
                "-2000000000",
            ),
            (
                "ulong",
                json!({"type": "ULONG", "value": u64::MAX}),
                "18446744073709551615",
            ),
            (
                "long",
                json!({"type": "LONG", "value": i64::MIN}),
                "-9223372036854775808",
            ),
            ("float", json!({"type": "FLOAT", "value": 0.5}), "0.5"),
            (
                "symbol",
                json!({"type": "SYMBOL", "value": "symbol"}),
                "symbol",
            ),
            (
                "uuid",
                json!({"type": "UUID", "value": "00112233-4455-6677-8899-aabbccddeeff"}),
                "00112233-4455-6677-8899-aabbccddeeff",
            ),
            ("when", json!({"type": "TIMESTAMP", "value": 1000}), "1000"),
            ("text", json!("ü"), "ü"),
            ("yes", json!(true), "true"),
            ("half", json!(-0.5), "-0.5"),
        ],
        Language::JavaScript => vec![
            ("whole", json!(7), "7"),
            ("less", json!(-70_000), "-70000"),
            ("large", json!(1_u64 << 40), "1099511627776"),
            ("half", json!(-0.5), "-0.5"),
            ("when", json!({"type": "TIMESTAMP", "value": 1000}), "1000"),
            ("text", json!("ü"), "ü"),
            ("no", json!(false), "false"),
        ],
    };
    for (name, value, _) in &typed {
        message["properties"][name] = value.clone();
    }
    place
        .hand
        .run("send", json!({"messages": [message]}))
        .await?;
    let told = listener.told("typed", What::Began).await?;
    for (name, _, expected) in typed {
        equal(name, told.property(name), Some(expected))?;
    }
    Ok(())
}

#[tokio::test]
async fn what_python_sends_is_read() {
    let python = Language::Python;
    with(python, async |place| {
        what_a_library_sends_is_read(place, python).await
    })
    .await;
}

#[tokio::test]
async fn what_javascript_sends_is_read() {
    let javascript = Language::JavaScript;
    with(javascript, async |place| {
        what_a_library_sends_is_read(place, javascript).await
    })
    .await;
}

async fn what_we_send_is_read(place: &mut Place) -> Checked {
    // A library needs its time to start, and the message is not scheduled for long.
    place.hand.run("peek", json!({})).await?;
    let string: Result<ConnectionString, _> = place.azure.connection_string().parse();
    let namespace = Namespace::new(&string.map_err(|error| error.to_string())?);
    let mut connection = namespace
        .connect()
        .await
        .map_err(|error| error.to_string())?;
    let mut session = connection
        .session()
        .await
        .map_err(|error| error.to_string())?;
    let sender = session.sender("crm", PATIENCE).await;
    let sender = sender.map_err(|error| error.to_string())?;
    let body = golden("create-all-types", "msbin1");
    let message = |id: &str| {
        Message::new(body.clone())
            .message_id(id)
            .content_type("application/msbin1")
            .correlation_id("correlation")
            .property("text", "ü".into())
            .property("whole", Amqp::Long(7))
    };
    let later = message("later").scheduled_at(SystemTime::now() + Duration::from_secs(4));
    for message in [message("now"), later] {
        let sent = sender.send(message, PATIENCE).await;
        sent.map_err(|error| error.to_string())?;
    }
    let there = place.hand.run("peek", json!({})).await?;
    equal("later", &there[1]["state"], &json!("scheduled"))?;
    for name in ["now", "later"] {
        let found = place.hand.run("receive", json!({})).await?;
        equal("message id", text(&found, "message_id"), name)?;
        equal("body", text(&found, "body"), &hex(&body))?;
        equal(
            "content type",
            text(&found, "content_type"),
            "application/msbin1",
        )?;
        equal("text", text(&found["properties"], "text"), "ü")?;
        equal("whole", text(&found["properties"], "whole"), "7")?;
    }
    Ok(())
}

#[tokio::test]
async fn what_we_send_and_schedule_is_read_by_python() {
    with(Language::Python, what_we_send_is_read).await;
}

#[tokio::test]
async fn what_we_send_and_schedule_is_read_by_javascript() {
    with(Language::JavaScript, what_we_send_is_read).await;
}
