//! The poster for queues and topics against the broker of the stand-in, over AMQP on loopback.
#![expect(unreachable_pub, reason = "the modules are of this test program alone")]

mod bus;

use std::{collections::HashMap, time::Duration};

use bus::{Arrived, Bus};
use listener_core::{
    context::RemoteExecutionContext,
    decode::{DecodeOptions, Format, decode},
    encode::canonical,
};
use listener_local::{
    poster::{
        CLAIMS, Job, PostError, QUEUE_BODY_LIMIT, QueuePoster, QueueSettings, Retries, StatusReason,
    },
    service_bus::{
        engine::{QueueOptions, SubscriptionOptions, TopicOptions},
        rules::{Rule, SqlFilter},
    },
};
use tests::fixtures::goldens;

/// Many retries after short pauses: how many are needed depends on how fast the machine is.
fn settings(format: Format) -> QueueSettings {
    QueueSettings {
        format,
        retries: Retries {
            most: 10_000,
            first_pause: Duration::from_millis(5),
            factor: 1,
            ..Retries::default()
        },
        ..QueueSettings::default()
    }
}

async fn until_waiting(job: &mut Job) {
    while let Some(now) = job.changed().await {
        if now.status == StatusReason::Waiting {
            return;
        }
    }
    panic!("expected the job to wait");
}

/// What a message says, whatever its format.
fn print(content_type: Option<&str>, body: &[u8]) -> String {
    let decoded = decode(body, content_type, &DecodeOptions::default()).unwrap();
    canonical(&decoded.document)
}

#[tokio::test]
async fn all_goldens_arrive_in_all_formats_byte_for_byte() {
    let bus = Bus::away().await;
    let options = QueueOptions::default();
    bus.namespace.create_queue("crm", options).unwrap();
    let _server = bus.up().await;
    for (format, extension) in [
        (Format::Binary, "msbin1"),
        (Format::Json, "json"),
        (Format::Xml, "xml"),
    ] {
        let poster = QueuePoster::new(&bus.string(), Some("crm"), settings(format)).unwrap();
        let mut posted = Vec::new();
        let mut no_contexts = Vec::new();
        for golden in goldens(extension) {
            match poster.post(golden.bytes.clone()).await {
                Ok(job) => posted.push((golden, job)),
                Err(PostError::NotAContext(_)) => no_contexts.push(golden.name),
                Err(error) => panic!("{}: {error}", golden.name),
            }
        }
        assert_eq!(no_contexts, ["serviceendpointfault", "string-response"]);
        let mut ended = Vec::new();
        for (golden, job) in posted {
            ended.push((golden, job.completed().await));
        }
        let arrived = bus.take("crm").into_iter();
        let mut arrived: HashMap<String, Arrived> =
            arrived.map(|one| (one.message_id.clone(), one)).collect();
        for (golden, job) in ended {
            let name = golden.name;
            assert_eq!(job.status, StatusReason::Succeeded, "{name}");
            let arrived = arrived.remove(&job.message_id.unwrap()).unwrap();
            assert_eq!(arrived.content_type, format.content_type());
            let large = golden.bytes.len() > QUEUE_BODY_LIMIT;
            assert_eq!(job.trimmed, large, "{name}");
            let marked = arrived
                .properties
                .contains(&"MessageMaxSizeExceeded".to_owned());
            assert_eq!(marked, large, "{name}");
            if !large {
                assert!(arrived.body == golden.bytes, "{name}");
                let said = print(Some(&arrived.content_type), &arrived.body);
                assert_eq!(said, print(None, &golden.bytes), "{name}");
            }
        }
        assert!(arrived.is_empty());
        poster.close(Duration::from_secs(60)).await;
    }
}

#[tokio::test]
async fn rules_of_subscriptions_see_the_claims() {
    let bus = Bus::away().await;
    let namespace = &bus.namespace;
    namespace
        .create_topic("crm", &TopicOptions::default())
        .unwrap();
    for (name, filter) in [
        (
            "accounts",
            format!(r#""{CLAIMS}EntityLogicalName" = 'account'"#),
        ),
        (
            "new-or-gone",
            format!(r#""{CLAIMS}RequestName" IN ('Create', 'Delete')"#),
        ),
        (
            "of-contoso",
            format!(r#""{CLAIMS}Organization" LIKE 'contoso.%' AND "{CLAIMS}User" IS NULL"#),
        ),
        ("trimmed", "MessageMaxSizeExceeded = TRUE".to_owned()),
    ] {
        let options = SubscriptionOptions::default();
        namespace.create_subscription("crm", name, options).unwrap();
        let path = format!("crm/Subscriptions/{name}");
        let filter: SqlFilter = filter.parse().unwrap();
        namespace.remove_rule(&path, Rule::DEFAULT_NAME).unwrap();
        namespace
            .add_rule(&path, Rule::new("claims", filter).unwrap())
            .unwrap();
    }
    let _server = bus.up().await;
    let mut settings = settings(Format::Binary);
    settings.claims.organization = Some("Contoso.CRM.dynamics.com".to_owned());
    let poster = QueuePoster::new(&bus.string(), Some("crm"), settings).unwrap();
    for (message, table, length) in [
        ("Create", "account", 1),
        ("Update", "account", QUEUE_BODY_LIMIT),
        ("Delete", "contact", 1),
        ("Update", "contact", 1),
    ] {
        let mut context = RemoteExecutionContext::new(message, table);
        context.set_input("text", "x".repeat(length));
        let job = poster.post_context(context).await.unwrap();
        let job = job.completed().await;
        assert_eq!(job.status, StatusReason::Succeeded, "{:?}", job.error);
    }
    let count = |name: &str| bus.take(&format!("crm/Subscriptions/{name}")).len();
    let counts = ["accounts", "new-or-gone", "of-contoso", "trimmed"].map(count);
    assert_eq!(counts, [2, 2, 4, 1]);
}

#[tokio::test]
async fn what_is_posted_while_the_broker_is_away_arrives_when_it_is_back() {
    let bus = Bus::away().await;
    let options = QueueOptions::default();
    bus.namespace.create_queue("crm", options).unwrap();
    let poster = QueuePoster::new(&bus.string(), Some("crm"), settings(Format::Json)).unwrap();
    let post = async || {
        let context = RemoteExecutionContext::new("Update", "account");
        poster.post_context(context).await.unwrap()
    };
    for _ in 0..2 {
        let mut jobs = Vec::new();
        for _ in 0..20 {
            jobs.push(post().await);
        }
        until_waiting(&mut jobs[0]).await;
        let server = bus.up().await;
        for job in jobs {
            assert_eq!(job.completed().await.status, StatusReason::Succeeded);
        }
        assert_eq!(bus.take("crm").len(), 20);
        server.shutdown().await;
    }
}
