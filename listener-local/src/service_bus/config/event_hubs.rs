use super::{
    ConfigError, Loaded, Logging,
    node::{Members, Node, parse},
    problem::Report,
    service_bus::{Names, logging, namespaces, user_config},
};

/// The consumer group that every event hub has.
const DEFAULT_GROUP: &str = "$Default";

/// As many partitions as Azure's largest plan takes.
const PARTITION_LIMIT: u32 = 1_024;

/// The longest names that Azure takes, in characters.
const HUB_NAME_LIMIT: usize = 256;
const GROUP_NAME_LIMIT: usize = 50;

/// What the `Config.json` of the official Event Hubs emulator declares
/// ([schema](https://github.com/Azure/azure-event-hubs-emulator-installer)).
///
/// ```
/// use listener_local::service_bus::config::EventHubsConfig;
///
/// let loaded = EventHubsConfig::from_json(
///     br#"{"UserConfig": {"NamespaceConfig": [{"Type": "EventHub", "Name": "emulatorNs1", "Entities": [
///         {"Name": "crm", "PartitionCount": "2", "ConsumerGroups": [{"Name": "audit"}]}
///     ]}]}}"#,
/// )?;
/// assert_eq!(loaded.config.namespaces[0].event_hubs[0].consumer_groups, ["$Default", "audit"]);
/// # Ok::<(), listener_local::service_bus::config::ConfigError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventHubsConfig {
    /// `NamespaceConfig`; at least one.
    pub namespaces: Vec<EventHubsNamespaceConfig>,
    /// `LoggingConfig`.
    pub logging: Logging,
}

/// A namespace and its event hubs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventHubsNamespaceConfig {
    /// Its name; the official emulator knows `emulatorNs1` alone.
    pub name: String,
    /// Its event hubs. No two have the same name, whatever the case.
    pub event_hubs: Vec<EventHubConfig>,
}

/// An event hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventHubConfig {
    /// Its name.
    pub name: String,
    /// How many partitions it has; at least one.
    pub partition_count: u32,
    /// Its consumer groups, `$Default` among them. No two have the same name, whatever the case.
    pub consumer_groups: Vec<String>,
}

impl EventHubsConfig {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// If it is no JSON, or declares something that cannot be; all such problems at once.
    pub fn from_json(file: &[u8]) -> Result<Loaded<Self>, ConfigError> {
        let json = parse(file)?;
        let mut report = Report::default();
        let mut config = Self::default();
        if let Some(mut user) = user_config(&json, &mut report) {
            config.namespaces = namespaces(&mut user, "NamespaceConfig", &mut report, namespace);
            config.logging = logging(&mut user, "LoggingConfig", &mut report);
            user.finish(&mut report);
        }
        report.finish(config)
    }
}

fn namespace(
    node: &Node<'_>,
    names: &mut Names,
    report: &mut Report,
) -> Option<EventHubsNamespaceConfig> {
    let mut members = node.object(report)?;
    if let Some(kind) = members.take("Type", report)
        && kind
            .text(report)
            .is_some_and(|text| !text.eq_ignore_ascii_case("EventHub"))
    {
        kind.expected("`EventHub`", report);
    }
    let name = read_name(&mut members, HUB_NAME_LIMIT, report)
        .and_then(|(path, name)| names.add(&name, &path, report).then_some(name));
    let mut hubs = Names::default();
    let event_hubs = members
        .list("Entities", report)
        .iter()
        .filter_map(|item| event_hub(item, &mut hubs, report))
        .collect();
    members.finish(report);
    Some(EventHubsNamespaceConfig {
        name: name?,
        event_hubs,
    })
}

fn event_hub(node: &Node<'_>, names: &mut Names, report: &mut Report) -> Option<EventHubConfig> {
    let mut members = node.object(report)?;
    let name = read_name(&mut members, HUB_NAME_LIMIT, report)
        .and_then(|(path, name)| names.add(&name, &path, report).then_some(name));
    let partition_count = members
        .require("PartitionCount", report)
        .and_then(|node| node.integer(1..=PARTITION_LIMIT, report));
    let mut consumer_groups = vec![DEFAULT_GROUP.to_owned()];
    let mut groups = Names::default();
    for item in members.list("ConsumerGroups", report) {
        let Some(mut group) = item.object(report) else {
            continue;
        };
        if let Some((path, name)) = read_name(&mut group, GROUP_NAME_LIMIT, report)
            && groups.add(&name, &path, report)
            // Naming the one that exists anyway does no harm.
            && !name.eq_ignore_ascii_case(DEFAULT_GROUP)
        {
            consumer_groups.push(name);
        }
        group.finish(report);
    }
    members.finish(report);
    Some(EventHubConfig {
        name: name?,
        partition_count: partition_count?,
        consumer_groups,
    })
}

/// A name and its path: letters, digits and `-_.`, and `$` for the group that is always there.
fn read_name(
    members: &mut Members<'_>,
    limit: usize,
    report: &mut Report,
) -> Option<(String, String)> {
    let node = members.require("Name", report)?;
    let name = node.text(report)?;
    let own = !name.is_empty()
        && name.chars().count() <= limit
        && name
            .chars()
            .all(|each| each.is_ascii_alphanumeric() || "-_.".contains(each));
    if own || name.eq_ignore_ascii_case(DEFAULT_GROUP) {
        return Some((node.path().to_owned(), name.to_owned()));
    }
    node.expected(
        format_args!("a name of 1 to {limit} letters, digits and `-_.`"),
        report,
    );
    None
}
