use std::{ops::RangeInclusive, time::Duration};

use super::{node::Members, problem::Report, service_bus::Names};

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

/// Where messages are forwarded to, and where that is written.
pub(super) type Forwards = Vec<(String, String)>;

pub(super) fn set<T>(target: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *target = value;
    }
}

pub(super) fn properties<'a>(
    members: &mut Members<'a>,
    report: &mut Report,
) -> Option<Members<'a>> {
    members.take("Properties", report)?.object(report)
}

/// The name of an entity: letters, digits and `-_./`, of which it begins and ends with a letter or a digit.
pub(super) fn read_name(
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

pub(super) fn time_to_live(
    target: &mut Option<Duration>,
    properties: &mut Members<'_>,
    report: &mut Report,
) {
    let time_to_live = properties
        .take("DefaultMessageTimeToLive", report)
        .and_then(|node| node.duration(LEAST..=Duration::MAX, report));
    set(
        target,
        time_to_live.map(|time| (time < FOR_EVER).then_some(time)),
    );
}

pub(super) fn duplicates(
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

pub(super) fn delivery(
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
pub(super) fn forward(
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
