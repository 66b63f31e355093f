//! A topic on loopback delivers what the router takes, and nothing else.

use std::time::Duration;

use listener_core::{
    Binding, Delivery,
    context::RemoteExecutionContext,
    decode::{Format, Message},
    router::Conclusion,
};
use listener_local::{
    local::LocalAzure,
    poster::{QueuePoster, QueueSettings, StatusReason},
    service_bus::{
        config::{Loaded, ServiceBusConfig},
        engine::ReceiveMode,
    },
};

use crate::{MESSAGES, TABLES, router};

#[tokio::test]
async fn a_topic_delivers_exactly_what_the_router_takes() {
    let router = router([
        Binding::message("Create").entity("account"),
        Binding::message("Create").entity("contact"),
        Binding::message("Update").entity("account"),
        Binding::message("Delete"),
        Binding::message("new_O'Hara").entity("''"),
    ]);
    let config = format!(
        r#"{{"UserConfig": {{"Namespaces": [{{"Name": "sbemulatorns", "Topics": [
            {{"Name": "crm", "Subscriptions": [{{"Name": "listener", "Rules": {}}}]}}
        ]}}]}}}}"#,
        router.subscription_rules().config()
    );
    let Loaded { config, warnings } = ServiceBusConfig::from_json(config.as_bytes()).unwrap();
    assert!(warnings.is_empty(), "{warnings:?}");
    let azure = LocalAzure::builder().config(config).start().await.unwrap();
    let string = azure.connection_string().parse().unwrap();
    let settings = QueueSettings {
        format: Format::Json,
        ..QueueSettings::default()
    };
    let poster = QueuePoster::new(&string, Some("crm"), settings).unwrap();

    let (mut posted, mut expected) = (0, Vec::new());
    for message in MESSAGES.iter().copied() {
        for table in TABLES.iter().copied() {
            let context = RemoteExecutionContext::new(message, table);
            let explanation = router.explain(&Delivery::from_context(context.clone()));
            if let Conclusion::Runs { .. } = explanation.conclusion {
                expected.push(format!("{message} of {table}"));
            }
            let job = poster
                .post_context(context)
                .await
                .unwrap()
                .completed()
                .await;
            assert_eq!(job.status, StatusReason::Succeeded, "{:?}", job.error);
            posted += 1;
        }
    }
    poster.close(Duration::from_secs(60)).await;
    assert!(expected.len() > 5 && expected.len() < posted);

    let subscription = azure.namespace().open("crm/Subscriptions/listener");
    let received = subscription
        .unwrap()
        .try_receive(ReceiveMode::ReceiveAndDelete, 1_000);
    let delivered: Vec<_> = received
        .unwrap()
        .iter()
        .map(|received| {
            // The body is one data section: some bytes of AMQP's in front of the JSON (AMQP 1.0, messaging, 3.2.6).
            let body = received.message().body();
            let start = body.windows(2).position(|bytes| bytes == b"{\"").unwrap();
            let message = Message::new(
                body.slice(start..),
                Some("application/json"),
                Default::default(),
            );
            format!(
                "{} of {}",
                message.message_name().unwrap(),
                message.primary_entity_name().unwrap()
            )
        })
        .collect();
    assert_eq!(delivered, expected);
    azure.shutdown().await.unwrap();
}
