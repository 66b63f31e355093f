use std::time::Duration;

use crate::service_bus::{
    config::{
        Defaults, Loaded, Logging, NamespaceConfig, QueueConfig, ServiceBusConfig,
        SubscriptionConfig, TopicConfig,
    },
    rules::{CorrelationFilter, Filter, Rule, Value},
};

const SAMPLE: &str = include_str!("sample.json");

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

fn rules() -> Vec<Rule> {
    let text = |text: &str| Some(text.to_owned());
    let property = |name: &str, value: Value<'static>| (name.to_owned(), value);
    let correlation = CorrelationFilter {
        content_type: text("application/json"),
        correlation_id: text("id1"),
        label: text("label1"),
        message_id: text("message1"),
        reply_to: text("someone"),
        reply_to_session_id: text("session2"),
        session_id: text("session1"),
        to: text("somewhere"),
        properties: vec![
            property("flag", Value::Bool(true)),
            property("number", Value::Long(2)),
            property("share", Value::Double(0.5)),
            property("text", "a".into()),
        ],
    };
    let sql = "[http://schemas.microsoft.com/xrm/2011/Claims/EntityLogicalName] = 'account'";
    vec![
        Rule::new("by-label", Filter::Correlation(correlation)).expect("a name"),
        Rule::new("accounts", Filter::Sql(sql.parse().expect("a filter")))
            .expect("a name")
            .with_action("SET sys.To = 'billing'".parse().expect("an action")),
    ]
}

#[test]
fn every_member_of_the_official_file_is_read() {
    let Loaded {
        mut config,
        warnings,
    } = ServiceBusConfig::from_json(SAMPLE.as_bytes()).expect("read");
    assert_eq!(warnings, []);
    for namespace in &mut config.namespaces {
        for subscription in namespace
            .topics
            .iter_mut()
            .flat_map(|topic| &mut topic.subscriptions)
        {
            for rule in &mut subscription.rules {
                // The order of properties is that of the file or of their names, as the features of serde_json have it.
                if let Filter::Correlation(filter) = rule.filter().clone() {
                    let mut filter = filter;
                    filter.properties.sort_by(|one, other| one.0.cmp(&other.0));
                    *rule = Rule::new(rule.name(), Filter::Correlation(filter)).expect("a name");
                }
            }
        }
    }
    let expected = NamespaceConfig {
        name: "sbemulatorns".to_owned(),
        queues: vec![
            QueueConfig {
                name: "crm".to_owned(),
                dead_lettering_on_message_expiration: true,
                default_message_time_to_live: Some(minutes(10)),
                duplicate_detection_history_time_window: Duration::from_secs(30),
                forward_dead_lettered_messages_to: Some("graveyard".to_owned()),
                forward_to: None,
                lock_duration: minutes(2),
                max_delivery_count: 7,
                requires_duplicate_detection: true,
                requires_session: true,
            },
            QueueConfig::new("graveyard", &Defaults::emulator()),
        ],
        topics: vec![TopicConfig {
            name: "crm-events".to_owned(),
            default_message_time_to_live: Some(minutes(20)),
            duplicate_detection_history_time_window: Duration::from_secs(40),
            requires_duplicate_detection: true,
            subscriptions: vec![
                SubscriptionConfig {
                    name: "billing".to_owned(),
                    dead_lettering_on_message_expiration: true,
                    default_message_time_to_live: Some(minutes(30)),
                    forward_dead_lettered_messages_to: None,
                    forward_to: Some("crm".to_owned()),
                    lock_duration: minutes(3),
                    max_delivery_count: 5,
                    requires_session: true,
                    rules: rules(),
                },
                SubscriptionConfig::new("everything", &Defaults::emulator()),
            ],
        }],
    };
    assert_eq!(config.namespaces, [expected]);
    assert_eq!(
        config.logging,
        Logging {
            file: true,
            console: true
        }
    );
}

#[test]
fn names_of_members_have_no_case_and_simple_values_may_be_strings() {
    let file = r#"{"userconfig": {"NAMESPACES": [{"name": "n", "queues": [{"name": "q", "properties": {
        "maxdeliverycount": " 12 ", "requiressession": "True", "lockDuration": null
    }}]}]}}"#;
    let Loaded { config, warnings } = ServiceBusConfig::from_json(file.as_bytes()).expect("read");
    assert_eq!(warnings, []);
    let queue = &config.namespaces[0].queues[0];
    assert_eq!(
        (
            queue.max_delivery_count,
            queue.requires_session,
            queue.lock_duration
        ),
        (12, true, minutes(1))
    );
}

#[test]
fn the_limits_of_the_official_emulator_do_not_hold() {
    let queues: Vec<_> = (0..200)
        .map(|number| format!(r#"{{"Name": "q{number}"}}"#))
        .collect();
    let file = format!(
        r#"{{"UserConfig": {{"Namespaces": [{{"Name": "n", "Queues": [{}], "Topics": [{{"Name": "t", "Subscriptions": [
            {{"Name": "s", "Properties": {{"MaxDeliveryCount": 100, "LockDuration": "PT30M", "DefaultMessageTimeToLive": "P14D"}}}}
        ]}}]}}]}}}}"#,
        queues.join(",")
    );
    let config = ServiceBusConfig::from_json(file.as_bytes())
        .expect("read")
        .config;
    assert_eq!(config.namespaces[0].queues.len(), 200);
    let subscription = &config.namespaces[0].topics[0].subscriptions[0];
    assert_eq!(
        (subscription.max_delivery_count, subscription.lock_duration),
        (100, minutes(30))
    );
    assert_eq!(subscription.rules, [Rule::default()]);
}

#[test]
fn a_time_to_live_without_end_is_none() {
    let file = r#"{"UserConfig": {"Namespaces": [{"Name": "n", "Queues": [{"Name": "q", "Properties": {
        "DefaultMessageTimeToLive": "P10675199DT2H48M5.4775807S"
    }}]}]}}"#;
    let config = ServiceBusConfig::from_json(file.as_bytes())
        .expect("read")
        .config;
    assert_eq!(
        config.namespaces[0].queues[0].default_message_time_to_live,
        None
    );
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    let file = format!("\u{feff}{SAMPLE}");
    assert!(ServiceBusConfig::from_json(file.as_bytes()).is_ok());
}
