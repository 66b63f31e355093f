use crate::service_bus::config::{
    EventHubConfig, EventHubsConfig, EventHubsNamespaceConfig, Loaded, Logging,
};

fn hub(name: &str, partition_count: u32, groups: &[&str]) -> EventHubConfig {
    EventHubConfig {
        name: name.to_owned(),
        partition_count,
        consumer_groups: groups.iter().map(|group| (*group).to_owned()).collect(),
    }
}

#[test]
fn every_member_of_the_official_file_is_read() {
    let file = r#"{"UserConfig": {
        "NamespaceConfig": [{"Type": "EventHub", "Name": "emulatorNs1", "Entities": [
            {"Name": "crm", "PartitionCount": "2", "ConsumerGroups": [{"Name": "audit"}, {"Name": "$default"}]},
            {"Name": "leads", "PartitionCount": 4}
        ]}],
        "LoggingConfig": {"Type": "Console"}
    }}"#;
    let Loaded { config, warnings } = EventHubsConfig::from_json(file.as_bytes()).expect("read");
    assert_eq!(warnings, []);
    let expected = EventHubsNamespaceConfig {
        name: "emulatorNs1".to_owned(),
        event_hubs: vec![
            hub("crm", 2, &["$Default", "audit"]),
            hub("leads", 4, &["$Default"]),
        ],
    };
    assert_eq!(config.namespaces, [expected]);
    assert_eq!(
        config.logging,
        Logging {
            file: false,
            console: true
        }
    );
}

#[test]
fn what_no_event_hub_can_be_is_told_with_its_path() {
    let file = r#"{"UserConfig": {"NamespaceConfig": [{"Type": "ServiceBus", "Name": "n", "Colour": 1, "Entities": [
        {"Name": "crm", "PartitionCount": 0},
        {"Name": "CRM", "PartitionCount": "many"},
        {"Name": "a b"},
        {"Name": "c", "PartitionCount": 1, "ConsumerGroups": [{"Name": "g"}, {"Name": "G"}, 1]}
    ]}]}}"#;
    let error = EventHubsConfig::from_json(file.as_bytes()).expect_err("refused");
    let namespace = "$.UserConfig.NamespaceConfig[0]";
    let expected = [
        format!("{namespace}.Type: expected `EventHub`, found a string of 10 characters"),
        format!(
            "{namespace}.Entities[0].PartitionCount: expected an integer from 1 to 1024, found a number"
        ),
        format!(
            "{namespace}.Entities[1].Name: expected a name of its own, found that of {namespace}.Entities[0].Name"
        ),
        format!(
            "{namespace}.Entities[1].PartitionCount: expected an integer from 1 to 1024, found a string of 4 characters"
        ),
        format!(
            "{namespace}.Entities[2].Name: expected a name of 1 to 256 letters, digits and `-_.`, found a string of 3 characters"
        ),
        format!("{namespace}.Entities[2]: expected a member `PartitionCount`, found none"),
        format!(
            "{namespace}.Entities[3].ConsumerGroups[1].Name: expected a name of its own, found that of {namespace}.Entities[3].ConsumerGroups[0].Name"
        ),
        format!("{namespace}.Entities[3].ConsumerGroups[2]: expected an object, found a number"),
    ];
    assert_eq!(error.to_string(), expected.join("\n"));
}
