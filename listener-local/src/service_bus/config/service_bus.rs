use super::{
    ConfigError, Loaded, Logging, NamespaceConfig,
    node::{Members, Node, parse},
    problem::Report,
    read_entities::namespace,
};

/// What the `Config.json` of the official Service Bus emulator declares
/// ([schema](https://github.com/Azure/azure-service-bus-emulator-installer)).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServiceBusConfig {
    /// `Namespaces`; at least one.
    pub namespaces: Vec<NamespaceConfig>,
    /// `Logging`.
    pub logging: Logging,
}

impl ServiceBusConfig {
    /// Reads a file, with the emulator's own [defaults](super::Defaults::emulator).
    ///
    /// # Errors
    ///
    /// If it is no JSON, or declares something that cannot be; all such problems at once.
    pub fn from_json(file: &[u8]) -> Result<Loaded<Self>, ConfigError> {
        let json = parse(file)?;
        let mut report = Report::default();
        let mut config = Self::default();
        if let Some(mut user) = user_config(&json, &mut report) {
            config.namespaces = namespaces(&mut user, "Namespaces", &mut report, namespace);
            config.logging = logging(&mut user, "Logging", &mut report);
            user.finish(&mut report);
        }
        report.finish(config)
    }
}

/// The members of `UserConfig`, the only one of the file.
pub(super) fn user_config<'a>(
    json: &'a serde_json::Value,
    report: &mut Report,
) -> Option<Members<'a>> {
    let mut root = Node::root(json).object(report)?;
    let user = root.require("UserConfig", report);
    // Editors find the schema of a file by this member.
    root.take("$schema", report);
    root.finish(report);
    user?.object(report)
}

/// The namespaces of a file, at least one, each read by `read`.
pub(super) fn namespaces<T>(
    user: &mut Members<'_>,
    member: &'static str,
    report: &mut Report,
    read: impl Fn(&Node<'_>, &mut Names, &mut Report) -> Option<T>,
) -> Vec<T> {
    let Some(node) = user.require(member, report) else {
        return Vec::new();
    };
    let items = node.items(report);
    if items.is_empty() && node.json().is_array() {
        node.expected("at least one namespace", report);
    }
    let mut names = Names::default();
    let namespaces = items.iter();
    namespaces
        .filter_map(|item| read(item, &mut names, report))
        .collect()
}

/// `Type`: `File`, `Console` or both.
pub(super) fn logging(user: &mut Members<'_>, name: &'static str, report: &mut Report) -> Logging {
    let mut logging = Logging::default();
    let Some(mut members) = user.take(name, report).and_then(|node| node.object(report)) else {
        return logging;
    };
    if let Some(node) = members.require("Type", report)
        && let Some(text) = node.text(report)
    {
        for part in text.split(',').map(str::trim) {
            if part.eq_ignore_ascii_case("File") {
                logging.file = true;
            } else if part.eq_ignore_ascii_case("Console") {
                logging.console = true;
            } else {
                node.expected(
                    "`File`, `Console` or both with a comma between them",
                    report,
                );
                break;
            }
        }
    }
    members.finish(report);
    logging
}

/// The names of one level, of which no two are the same, whatever their case.
#[derive(Debug, Default)]
pub(super) struct Names(std::collections::HashMap<String, String>);

impl Names {
    /// Whether a name is new; if not, that is told.
    pub(super) fn add(&mut self, name: &str, path: &str, report: &mut Report) -> bool {
        if let Some(first) = self.0.get(&name.to_lowercase()) {
            report.error(
                path,
                format!("expected a name of its own, found that of {first}"),
            );
            return false;
        }
        self.0.insert(name.to_lowercase(), path.to_owned());
        true
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.0.contains_key(&name.to_lowercase())
    }
}
