//! The entities of a `Config.json`, made in a namespace.

use std::{error::Error, fmt};

use super::{
    config::{NamespaceConfig, QueueConfig, ServiceBusConfig, SubscriptionConfig, TopicConfig},
    engine::{EngineError, EntityKind, Namespace, QueueOptions, SubscriptionOptions, TopicOptions},
};

/// Creates what a file declares.
///
/// What a namespace has kept from an earlier run keeps its messages, and gets the settings and rules of the file.
/// Entities that the file does not have stay.
///
/// ```
/// use listener_local::service_bus::{config::ServiceBusConfig, declare, engine::Namespace};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let file = br#"{"UserConfig": {"Namespaces": [{"Name": "sbemulatorns", "Queues": [{"Name": "crm"}]}]}}"#;
/// let namespace = Namespace::new(Default::default());
/// declare(&ServiceBusConfig::from_json(file)?.config, &namespace)?;
/// assert_eq!(namespace.entities(), ["crm"]);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// If the engine refuses an entity or its new settings, or another kind of entity has its name already. Those before it
/// are made by then.
pub fn declare(config: &ServiceBusConfig, namespace: &Namespace) -> Result<(), DeclareError> {
    if config.namespaces.len() > 1 {
        let cause = Cause::Namespaces(config.namespaces.len());
        return Err(cause.at("$.UserConfig.Namespaces".to_owned()));
    }
    for (index, each) in config.namespaces.iter().enumerate() {
        let path = format!("$.UserConfig.Namespaces[{index}]");
        declare_namespace(each, namespace, &path)?;
    }
    Ok(())
}

fn declare_namespace(
    config: &NamespaceConfig,
    namespace: &Namespace,
    path: &str,
) -> Result<(), DeclareError> {
    for (index, topic) in config.topics.iter().enumerate() {
        let place = Place::new(namespace, &topic.name, EntityKind::Topic);
        let options = topic_options(topic);
        place
            .make(namespace.create_topic(&topic.name, &options), || {
                namespace.update_topic(&topic.name, &options)
            })
            .map_err(|cause| cause.at(format!("{path}.Topics[{index}]")))?;
    }
    // What is forwarded to comes before what forwards: the engine looks for a target only when a message goes there, but
    // a fault of the target is to be told before one of its user.
    for forwards in [false, true] {
        let queues = config.queues.iter().enumerate();
        for (index, queue) in queues.filter(|(_, queue)| queue_forwards(queue) == forwards) {
            let place = Place::new(namespace, &queue.name, EntityKind::Queue);
            let options = queue_options(queue);
            place
                .make(namespace.create_queue(&queue.name, options.clone()), || {
                    namespace.update_queue(&queue.name, options)
                })
                .map_err(|cause| cause.at(format!("{path}.Queues[{index}]")))?;
        }
    }
    for (index, topic) in config.topics.iter().enumerate() {
        for (inner, subscription) in topic.subscriptions.iter().enumerate() {
            let path = format!("{path}.Topics[{index}].Subscriptions[{inner}]");
            declare_subscription(&topic.name, subscription, namespace, &path)?;
        }
    }
    Ok(())
}

fn declare_subscription(
    topic: &str,
    subscription: &SubscriptionConfig,
    namespace: &Namespace,
    path: &str,
) -> Result<(), DeclareError> {
    let name = &subscription.name;
    let address = format!("{topic}/Subscriptions/{name}");
    let options = subscription_options(subscription);
    Place::new(namespace, &address, EntityKind::Subscription)
        .make(
            namespace.create_subscription(topic, name, options.clone()),
            || namespace.update_subscription(topic, name, options),
        )
        .map_err(|cause| cause.at(path.to_owned()))?;

    let refused = |error| Cause::Refused(error).at(format!("{path}.Rules"));
    let there = namespace.rules(&address).map_err(refused)?;
    if there.iter().map(|(rule, _)| rule).eq(&subscription.rules) {
        return Ok(());
    }
    for (rule, _) in there {
        namespace
            .remove_rule(&address, rule.name())
            .map_err(refused)?;
    }
    for (index, rule) in subscription.rules.iter().enumerate() {
        namespace
            .add_rule(&address, rule.clone())
            .map_err(|error| Cause::Refused(error).at(format!("{path}.Rules[{index}]")))?;
    }
    Ok(())
}

/// Where an entity goes.
struct Place<'a> {
    namespace: &'a Namespace,
    address: &'a str,
    kind: EntityKind,
}

impl<'a> Place<'a> {
    fn new(namespace: &'a Namespace, address: &'a str, kind: EntityKind) -> Self {
        Self {
            namespace,
            address,
            kind,
        }
    }

    /// What becomes of an attempt to create it: what was kept from an earlier run gets the settings of the file.
    fn make(
        &self,
        created: Result<(), EngineError>,
        update: impl FnOnce() -> Result<(), EngineError>,
    ) -> Result<(), Cause> {
        match created {
            Err(EngineError::AlreadyExists { .. }) => {}
            created => return created.map_err(Cause::Refused),
        }
        let there = self.namespace.describe(self.address);
        let found = there.map_err(Cause::Refused)?.kind;
        if found != self.kind {
            let expected = self.kind;
            return Err(Cause::OtherKind { expected, found });
        }
        update().map_err(Cause::Refused)
    }
}

fn queue_forwards(queue: &QueueConfig) -> bool {
    queue.forward_to.is_some() || queue.forward_dead_lettered_messages_to.is_some()
}

fn queue_options(queue: &QueueConfig) -> QueueOptions {
    QueueOptions {
        lock_duration: queue.lock_duration,
        max_delivery_count: queue.max_delivery_count,
        default_time_to_live: queue.default_message_time_to_live,
        dead_letter_on_expiration: queue.dead_lettering_on_message_expiration,
        requires_session: queue.requires_session,
        duplicate_detection: queue
            .requires_duplicate_detection
            .then_some(queue.duplicate_detection_history_time_window),
        forward_to: queue.forward_to.clone(),
        forward_dead_lettered_to: queue.forward_dead_lettered_messages_to.clone(),
        ..QueueOptions::default()
    }
}

fn topic_options(topic: &TopicConfig) -> TopicOptions {
    TopicOptions {
        default_time_to_live: topic.default_message_time_to_live,
        duplicate_detection: topic
            .requires_duplicate_detection
            .then_some(topic.duplicate_detection_history_time_window),
        ..TopicOptions::default()
    }
}

fn subscription_options(subscription: &SubscriptionConfig) -> SubscriptionOptions {
    SubscriptionOptions {
        lock_duration: subscription.lock_duration,
        max_delivery_count: subscription.max_delivery_count,
        default_time_to_live: subscription.default_message_time_to_live,
        dead_letter_on_expiration: subscription.dead_lettering_on_message_expiration,
        requires_session: subscription.requires_session,
        forward_to: subscription.forward_to.clone(),
        forward_dead_lettered_to: subscription.forward_dead_lettered_messages_to.clone(),
        ..SubscriptionOptions::default()
    }
}

/// Why an entity of a `Config.json` cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclareError {
    path: String,
    cause: Cause,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Cause {
    Refused(EngineError),
    OtherKind {
        expected: EntityKind,
        found: EntityKind,
    },
    Namespaces(usize),
}

impl Cause {
    fn at(self, path: String) -> DeclareError {
        DeclareError { path, cause: self }
    }
}

impl DeclareError {
    /// Where in the file the entity is declared: `$.UserConfig.Namespaces[0].Queues[2]`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Display for DeclareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.path)?;
        match &self.cause {
            Cause::Refused(error) => error.fmt(f),
            Cause::OtherKind { expected, found } => write!(
                f,
                "expected that the kept entity of this name is a {}, found a {}; rename it, or delete the kept data",
                kind_name(*expected),
                kind_name(*found),
            ),
            Cause::Namespaces(count) => write!(
                f,
                "expected one namespace, found {count}; give each a file and a program of its own"
            ),
        }
    }
}

/// Its cause is in its text already, so that there is no source.
impl Error for DeclareError {}

fn kind_name(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Queue => "queue",
        EntityKind::Topic => "topic",
        EntityKind::Subscription => "subscription",
    }
}

#[cfg(test)]
mod tests;
