//! What Azure's own libraries write, our listener reads; and what our listener leaves behind, they read.

use std::time::{Duration, SystemTime};

use listener_core::{
    amqp::{ConnectionString, Message, Namespace, Value as Amqp},
    context::RemoteExecutionContext,
    decode::{DecodeOptions, Document, decode},
    encode,
};
use listener_local::{local::LocalAzure, service_bus::config::ServiceBusConfig};
use serde_json::{Value, json};
use tests::fixtures::golden;

use crate::{
    Checked,
    bus::{PATIENCE, hex, text},
    expect::equal,
    hand::{Hand, Language},
    listener::{Listener, Setup, Told, What},
    messages::{CLAIMS, FORMATS, create},
    wrong::Wrong,
};

/// A Service Bus on loopback with the queue `crm`, and a library beside our listener.
struct Place {
    azure: LocalAzure,
    hand: Hand,
}

async fn with(language: Language, check: impl AsyncFnOnce(&mut Place) -> Checked) {
    let queue =
        json!({"Name": "crm", "Properties": {"LockDuration": "PT30S", "MaxDeliveryCount": 10}});
    let config =
        json!({"UserConfig": {"Namespaces": [{"Name": "sbemulatorns", "Queues": [queue]}]}});
    let config = ServiceBusConfig::from_json(config.to_string().as_bytes());
    let config = config.expect("a Config.json").config;
    let azure = LocalAzure::builder().config(config).start().await;
    let azure = azure.expect("a Service Bus on loopback");
    let Some(hand) = Hand::start(language, &azure.connection_string()) else {
        return;
    };
    if let Err(error) = check(&mut Place { azure, hand }).await {
        panic!("{language:?}: {error}");
    }
}

impl Place {
    fn listener(&self, setup: impl Into<Setup>) -> Listener {
        Listener::start(&self.azure.connection_string(), setup)
    }
}

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

/// A new account, with properties of types that every language has.
fn account(name: &str, task: &str) -> Value {
    let mut message = create(name, task);
    if let Some(properties) = message["properties"].as_object_mut() {
        properties.retain(|_, value| value.is_string());
    }
    message
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
        let accepts = Wrong::Says(|_| listener_core::Outcome::Accept(()));
        let found = what_our_listener_leaves_is_read(place, accepts).await;
        found.err().map(drop).ok_or_else(|| "passed".to_owned())
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
