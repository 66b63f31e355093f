use std::{ops::RangeInclusive, time::Duration};

use super::{
    Defaults, NamespaceConfig, QueueConfig, SubscriptionConfig, TopicConfig,
    node::{Members, Node},
    problem::Report,
    read_rules::rules,
    service_bus::Names,
};

const DAY: Duration = Duration::from_secs(86_400);

/// Shorter than any timer of the broker makes no sense.
const LEAST: Duration = Duration::from_millis(1);

/// What is longer is for ever: .NET's longest `TimeSpan`, which templates write for that, has 10,675,199 days.
const FOR_EVER: Duration = Duration::from_secs(100 * 365 * 86_400);

const LOCK: RangeInclusive<Duration> = LEAST..=DAY;

/// Azure's longest history of seven days is kept, since memory holds it.
const HISTORY: RangeInclusive<Duration> = LEAST..=DAY.saturating_mul(7);

/// As many as Azure takes.
const DELIVERIES: RangeInclusive<u32> = 1..=2_000;

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

/// Where messages are forwarded to, and where that is written.
type Forwards = Vec<(String, String)>;

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

fn set<T>(target: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *target = value;
    }
}

fn properties<'a>(members: &mut Members<'a>, report: &mut Report) -> Option<Members<'a>> {
    members.take("Properties", report)?.object(report)
}

/// The name of an entity: letters, digits and `-_./`, of which it begins and ends with a letter or a digit.
fn read_name(
    members: &mut Members<'_>,
    limit: usize,
    names: &mut Names,
    report: &mut Report,
) -> Option<String> {
    let node = members.require("Name", report)?;
    let name = node.text(report)?;
    if !is_name(name) || name.chars().count() > limit {
        node.expected(
            format_args!(
                "a name of 1 to {limit} letters, digits and `-_./`, which begins and ends with a letter or a digit"
            ),
            report,
        );
        return None;
    }
    names
        .add(name, node.path(), report)
        .then(|| name.to_owned())
}

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.ends_with(|last: char| last.is_ascii_alphanumeric())
        && name
            .chars()
            .all(|each| each.is_alphanumeric() || "-_./".contains(each))
}

fn time_to_live(target: &mut Option<Duration>, properties: &mut Members<'_>, report: &mut Report) {
    let time_to_live = properties
        .take("DefaultMessageTimeToLive", report)
        .and_then(|node| node.duration(LEAST..=Duration::MAX, report));
    set(
        target,
        time_to_live.map(|time| (time < FOR_EVER).then_some(time)),
    );
}

fn duplicates(
    required: &mut bool,
    window: &mut Duration,
    properties: &mut Members<'_>,
    report: &mut Report,
) {
    let history = properties.take("DuplicateDetectionHistoryTimeWindow", report);
    set(
        window,
        history.and_then(|node| node.duration(HISTORY, report)),
    );
    let node = properties.take("RequiresDuplicateDetection", report);
    set(required, node.and_then(|node| node.boolean(report)));
}

fn delivery(
    lock: &mut Duration,
    deliveries: &mut u32,
    properties: &mut Members<'_>,
    report: &mut Report,
) {
    let node = properties.take("LockDuration", report);
    set(lock, node.and_then(|node| node.duration(LOCK, report)));
    let node = properties.take("MaxDeliveryCount", report);
    set(
        deliveries,
        node.and_then(|node| node.integer(DELIVERIES, report)),
    );
}

/// The name of another entity; an empty one is none.
fn forward(
    member: &'static str,
    own: &str,
    properties: &mut Members<'_>,
    forwards: &mut Forwards,
    report: &mut Report,
) -> Option<String> {
    let node = properties.take(member, report)?;
    let target = node.text(report)?;
    if target.is_empty() {
        return None;
    }
    if !is_name(target) {
        node.expected("the name of an entity, or an empty string", report);
        return None;
    }
    if target.eq_ignore_ascii_case(own) {
        node.expected("the name of another entity", report);
        return None;
    }
    forwards.push((node.path().to_owned(), target.to_owned()));
    Some(target.to_owned())
}
