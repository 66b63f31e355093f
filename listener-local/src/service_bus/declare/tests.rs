use std::time::Duration;

use super::*;
use crate::service_bus::{config::Defaults, engine::Message};

fn file(namespaces: &str) -> ServiceBusConfig {
    let file = format!(r#"{{"UserConfig": {{"Namespaces": {namespaces}}}}}"#);
    ServiceBusConfig::from_json(file.as_bytes()).unwrap().config
}

fn namespace() -> Namespace {
    Namespace::new(Default::default())
}

#[tokio::test(start_paused = true)]
async fn makes_each_entity_with_its_settings() {
    let json = include_bytes!("../config/tests/sample.json");
    let config = ServiceBusConfig::from_json(json).unwrap().config;
    let namespace = namespace();
    // An entity that requires sessions cannot forward, in Azure neither.
    let mut config = config;
    config.namespaces[0].topics[0].subscriptions[0].requires_session = false;
    declare(&config, &namespace).unwrap();

    let queue = namespace.describe("crm").unwrap();
    assert_eq!(queue.kind, EntityKind::Queue);
    assert_eq!(queue.options.lock_duration, Duration::from_secs(120));
    assert_eq!(queue.options.max_delivery_count, 7);
    assert_eq!(
        queue.options.default_time_to_live,
        Some(Duration::from_secs(600))
    );
    assert_eq!(
        queue.options.duplicate_detection,
        Some(Duration::from_secs(30))
    );
    assert_eq!(
        queue.options.forward_dead_lettered_to.as_deref(),
        Some("graveyard")
    );
    assert!(queue.options.requires_session);
    assert!(queue.options.dead_letter_on_expiration);

    let plain = namespace.describe("graveyard").unwrap();
    assert_eq!(plain.options.max_delivery_count, 3);
    assert_eq!(plain.options.duplicate_detection, None);

    let topic = namespace.describe("crm-events").unwrap();
    assert_eq!(topic.kind, EntityKind::Topic);
    let subscription = namespace
        .describe("crm-events/subscriptions/billing")
        .unwrap();
    assert_eq!(subscription.kind, EntityKind::Subscription);
    assert_eq!(subscription.options.max_delivery_count, 5);
    assert_eq!(subscription.options.forward_to.as_deref(), Some("crm"));
}

#[tokio::test(start_paused = true)]
async fn a_queue_may_forward_to_one_that_is_declared_after_it() {
    let config = file(
        r#"[{"Name": "sbemulatorns", "Queues": [
            {"Name": "in", "Properties": {"ForwardTo": "out"}}, {"Name": "out"}]}]"#,
    );
    let namespace = namespace();
    declare(&config, &namespace).unwrap();
    let message = Message::from_data(b"hello").unwrap();
    namespace.send("in", message).unwrap();
    assert_eq!(namespace.describe("out").unwrap().counts.active, 1);
}

#[tokio::test(start_paused = true)]
async fn what_the_engine_refuses_is_told_with_its_path() {
    let config = file(
        r#"[{"Name": "sbemulatorns", "Queues": [{"Name": "out"},
            {"Name": "in", "Properties": {"ForwardTo": "out", "RequiresSession": true}}]}]"#,
    );
    let error = declare(&config, &namespace()).unwrap_err();
    assert_eq!(error.path(), "$.UserConfig.Namespaces[0].Queues[1]");
    assert!(error.to_string().contains("cannot forward"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn what_is_there_already_keeps_its_messages_and_gets_the_settings() {
    let queues = |queues: &str| {
        file(&format!(
            r#"[{{"Name": "sbemulatorns", "Queues": {queues}}}]"#
        ))
    };
    let namespace = namespace();
    declare(
        &queues(r#"[{"Name": "crm"}, {"Name": "other"}]"#),
        &namespace,
    )
    .unwrap();
    let message = Message::from_data(b"hello").unwrap();
    namespace.send("crm", message).unwrap();
    let changed = queues(r#"[{"Name": "CRM", "Properties": {"MaxDeliveryCount": 9}}]"#);
    declare(&changed, &namespace).unwrap();
    let crm = namespace.describe("crm").unwrap();
    assert_eq!((crm.counts.active, crm.options.max_delivery_count), (1, 9));
    namespace.describe("other").unwrap();

    let sessions = queues(r#"[{"Name": "crm", "Properties": {"RequiresSession": true}}]"#);
    let error = declare(&sessions, &namespace).unwrap_err();
    assert_eq!(error.path(), "$.UserConfig.Namespaces[0].Queues[0]");
}

#[tokio::test(start_paused = true)]
async fn a_subscription_has_the_rules_of_the_file_and_no_others() {
    let with = |rules: &str| {
        file(&format!(
            r#"[{{"Name": "sbemulatorns", "Topics": [{{"Name": "crm", "Subscriptions": [
                {{"Name": "billing", "Rules": {rules}}}]}}]}}]"#
        ))
    };
    let red = r#"[{"Name": "red", "Properties": {
        "FilterType": "Correlation", "CorrelationFilter": {"Label": "red"}}}]"#;
    let namespace = namespace();
    let address = "crm/Subscriptions/billing";
    let names = || {
        let rules = namespace.rules(address).unwrap();
        let names = rules.iter().map(|(rule, _)| rule.name().to_owned());
        names.collect::<Vec<_>>()
    };
    let taken = || {
        namespace
            .send("crm", Message::from_data(b"colourless").unwrap())
            .unwrap();
        namespace.describe(address).unwrap().counts.active
    };
    declare(&with(red), &namespace).unwrap();
    assert_eq!(names(), ["red"]);
    assert_eq!(taken(), 0);
    declare(&with("[]"), &namespace).unwrap();
    assert_eq!(names(), ["$Default"]);
    assert_eq!(taken(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_topic_cannot_take_the_name_of_a_queue_that_is_there() {
    let namespace = namespace();
    declare(
        &file(r#"[{"Name": "sbemulatorns", "Queues": [{"Name": "crm"}]}]"#),
        &namespace,
    )
    .unwrap();
    let topic = file(r#"[{"Name": "sbemulatorns", "Topics": [{"Name": "CRM"}]}]"#);
    let error = declare(&topic, &namespace).unwrap_err();
    assert_eq!(
        error.to_string(),
        "$.UserConfig.Namespaces[0].Topics[0]: expected that the kept entity of this name is a topic, found a queue; \
         rename it, or delete the kept data"
    );
}

#[tokio::test(start_paused = true)]
async fn one_program_serves_one_namespace() {
    let config = file(r#"[{"Name": "one"}, {"Name": "two"}]"#);
    let error = declare(&config, &namespace()).unwrap_err();
    assert!(error.to_string().contains("found 2"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_configuration_can_be_made_without_a_file() {
    let mut topic = TopicConfig::new("crm", &Defaults::azure());
    let subscription = SubscriptionConfig::new("all", &Defaults::azure());
    topic.subscriptions.push(subscription);
    let config = ServiceBusConfig {
        namespaces: vec![NamespaceConfig {
            name: "local".to_owned(),
            queues: vec![QueueConfig::new("orders", &Defaults::azure())],
            topics: vec![topic],
        }],
        ..ServiceBusConfig::default()
    };
    let namespace = namespace();
    declare(&config, &namespace).unwrap();
    assert_eq!(
        namespace.entities(),
        ["crm", "crm/subscriptions/all", "orders"]
    );
}
