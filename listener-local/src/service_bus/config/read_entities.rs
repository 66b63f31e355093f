use super::{
    Defaults, NamespaceConfig, QueueConfig, SubscriptionConfig, TopicConfig,
    node::Node,
    problem::Report,
    read_members::{
        Forwards, delivery, duplicates, forward, properties, read_name, set, time_to_live,
    },
    read_rules::rules,
    service_bus::Names,
};

/// The longest names that Azure takes, in characters.
const ENTITY_NAME_LIMIT: usize = 260;
const SUBSCRIPTION_NAME_LIMIT: usize = 50;

pub(super) fn namespace(
    node: &Node<'_>,
    names: &mut Names,
    report: &mut Report,
) -> Option<NamespaceConfig> {
    let mut members = node.object(report)?;
    let name = read_name(&mut members, ENTITY_NAME_LIMIT, names, report);
    let mut entities = Names::default();
    let mut forwards = Vec::new();
    let queues = members
        .list("Queues", report)
        .iter()
        .filter_map(|item| queue(item, &mut entities, &mut forwards, report))
        .collect();
    let topics = members
        .list("Topics", report)
        .iter()
        .filter_map(|item| topic(item, &mut entities, &mut forwards, report))
        .collect();
    members.finish(report);
    for (path, target) in forwards {
        if !entities.contains(&target) {
            report.warn(
                &path,
                "expected the name of an entity of this file, found another, which is made on use",
            );
        }
    }
    Some(NamespaceConfig {
        name: name?,
        queues,
        topics,
    })
}

fn queue(
    node: &Node<'_>,
    names: &mut Names,
    forwards: &mut Forwards,
    report: &mut Report,
) -> Option<QueueConfig> {
    let mut members = node.object(report)?;
    let name = read_name(&mut members, ENTITY_NAME_LIMIT, names, report);
    let mut queue = QueueConfig::new(name.clone().unwrap_or_default(), &Defaults::emulator());
    if let Some(mut properties) = properties(&mut members, report) {
        set(
            &mut queue.dead_lettering_on_message_expiration,
            properties
                .take("DeadLetteringOnMessageExpiration", report)
                .and_then(|node| node.boolean(report)),
        );
        time_to_live(
            &mut queue.default_message_time_to_live,
            &mut properties,
            report,
        );
        duplicates(
            &mut queue.requires_duplicate_detection,
            &mut queue.duplicate_detection_history_time_window,
            &mut properties,
            report,
        );
        queue.forward_dead_lettered_messages_to = forward(
            "ForwardDeadLetteredMessagesTo",
            &queue.name,
            &mut properties,
            forwards,
            report,
        );
        queue.forward_to = forward("ForwardTo", &queue.name, &mut properties, forwards, report);
        delivery(
            &mut queue.lock_duration,
            &mut queue.max_delivery_count,
            &mut properties,
            report,
        );
        set(
            &mut queue.requires_session,
            properties
                .take("RequiresSession", report)
                .and_then(|node| node.boolean(report)),
        );
        properties.finish(report);
    }
    members.finish(report);
    name.map(|_| queue)
}

fn topic(
    node: &Node<'_>,
    names: &mut Names,
    forwards: &mut Forwards,
    report: &mut Report,
) -> Option<TopicConfig> {
    let mut members = node.object(report)?;
    let name = read_name(&mut members, ENTITY_NAME_LIMIT, names, report);
    let mut topic = TopicConfig::new(name.clone().unwrap_or_default(), &Defaults::emulator());
    if let Some(mut properties) = properties(&mut members, report) {
        time_to_live(
            &mut topic.default_message_time_to_live,
            &mut properties,
            report,
        );
        duplicates(
            &mut topic.requires_duplicate_detection,
            &mut topic.duplicate_detection_history_time_window,
            &mut properties,
            report,
        );
        properties.finish(report);
    }
    let mut subscriptions = Names::default();
    topic.subscriptions = members
        .list("Subscriptions", report)
        .iter()
        .filter_map(|item| subscription(item, &topic.name, &mut subscriptions, forwards, report))
        .collect();
    members.finish(report);
    name.map(|_| topic)
}

fn subscription(
    node: &Node<'_>,
    topic: &str,
    names: &mut Names,
    forwards: &mut Forwards,
    report: &mut Report,
) -> Option<SubscriptionConfig> {
    let mut members = node.object(report)?;
    let name = read_name(&mut members, SUBSCRIPTION_NAME_LIMIT, names, report);
    let mut subscription =
        SubscriptionConfig::new(name.clone().unwrap_or_default(), &Defaults::emulator());
    if let Some(mut properties) = properties(&mut members, report) {
        set(
            &mut subscription.dead_lettering_on_message_expiration,
            properties
                .take("DeadLetteringOnMessageExpiration", report)
                .and_then(|node| node.boolean(report)),
        );
        time_to_live(
            &mut subscription.default_message_time_to_live,
            &mut properties,
            report,
        );
        subscription.forward_dead_lettered_messages_to = forward(
            "ForwardDeadLetteredMessagesTo",
            topic,
            &mut properties,
            forwards,
            report,
        );
        subscription.forward_to = forward("ForwardTo", topic, &mut properties, forwards, report);
        delivery(
            &mut subscription.lock_duration,
            &mut subscription.max_delivery_count,
            &mut properties,
            report,
        );
        set(
            &mut subscription.requires_session,
            properties
                .take("RequiresSession", report)
                .and_then(|node| node.boolean(report)),
        );
        properties.finish(report);
    }
    let own = rules(&members.list("Rules", report), report);
    if !own.is_empty() {
        subscription.rules = own;
    }
    members.finish(report);
    name.map(|_| subscription)
}
