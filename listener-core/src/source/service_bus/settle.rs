//! From outcomes to what Service Bus is told, on a link or over `$management`.

use std::borrow::Cow;

use uuid::Uuid;

use crate::{
    Note, Outcome, Properties,
    amqp::{Settlement, Value},
};

/// The most characters that Service Bus takes for a dead-letter reason or description.
const TEXT: usize = 4096;

/// The most characters of a cause or route among the application properties.
const CAUSE: usize = 1024;

/// Why a message was abandoned, by which listener and at which delivery: application properties, which its dead letter
/// has in the end.
const LISTENER_CAUSE: &str = "listener-cause";
const LISTENER_ERROR: &str = "listener-error";
const LISTENER_ROUTE: &str = "listener-route";
const LISTENER_ATTEMPT: &str = "listener-attempt";

/// Whether this is the address of a queue of dead letters. What is there cannot be dead-lettered again.
pub(super) fn is_dead_letters(address: &str) -> bool {
    let last = address.rsplit('/').next().unwrap_or_default();
    last.eq_ignore_ascii_case("$DeadLetterQueue")
}

pub(super) fn settlement(outcome: Outcome, attempt: u32, note: Note) -> Settlement {
    match outcome {
        Outcome::Accept(()) => Settlement::Accepted,
        Outcome::Release {
            cause, properties, ..
        } => {
            let mut properties = noted(&properties, attempt, note);
            properties.insert(0, (LISTENER_CAUSE.into(), (&*clip(&cause, CAUSE)).into()));
            Settlement::abandon(properties)
        }
        Outcome::Reject {
            reason,
            description,
            details,
        } => dead_letter(
            reason.as_str(),
            &description,
            noted(&details, attempt, note),
        ),
        Outcome::Defer { properties } => Settlement::defer(values(&properties)),
    }
}

/// These properties, with what the host knows.
fn noted(properties: &Properties, attempt: u32, note: Note) -> Vec<(String, Value)> {
    let mut properties = values(properties);
    if let Some(failure) = note.failure {
        properties.push((LISTENER_ERROR.into(), failure.as_str().into()));
    }
    if let Some(route) = note.route {
        let route = route.to_string();
        properties.push((LISTENER_ROUTE.into(), (&*clip(&route, CAUSE)).into()));
    }
    properties.push((LISTENER_ATTEMPT.into(), Value::Long(attempt.into())));
    properties
}

pub(super) fn dead_letter(
    reason: &str,
    description: &str,
    mut info: Vec<(String, Value)>,
) -> Settlement {
    info.push(("DeadLetterReason".into(), (&*clip(reason, TEXT)).into()));
    info.push((
        "DeadLetterErrorDescription".into(),
        (&*clip(description, TEXT)).into(),
    ));
    Settlement::Rejected {
        condition: "com.microsoft:dead-letter".into(),
        description: None,
        info,
    }
}

/// For a broker without Azure's additions. One that knows `modified` counts a failed delivery by it, and may keep the
/// annotations that tell why it failed (AMQP 1.0, messaging, 3.2.3: names of one's own begin with `x-opt-`).
pub(super) fn plain_settlement(
    outcome: Outcome,
    attempt: u32,
    note: Note,
    modifies: bool,
) -> Settlement {
    match outcome {
        Outcome::Accept(()) => Settlement::Accepted,
        Outcome::Release { .. } if !modifies => Settlement::Released,
        Outcome::Release { cause, .. } => {
            let mut why = noted(&Properties::new(), attempt, note);
            why.insert(0, (LISTENER_CAUSE.into(), (&*clip(&cause, CAUSE)).into()));
            let annotations = why.into_iter();
            Settlement::abandon(
                annotations
                    .map(|(name, value)| (format!("x-opt-{name}"), value))
                    .collect(),
            )
        }
        Outcome::Reject {
            reason,
            description,
            details,
        } => plain_rejection(
            reason.as_str(),
            &description,
            noted(&details, attempt, note),
        ),
        // The host has made a release of it.
        Outcome::Defer { .. } => Settlement::Released,
    }
}

/// A rejection whose error tells why, where the broker keeps it.
pub(super) fn plain_rejection(
    reason: &str,
    description: &str,
    mut info: Vec<(String, Value)>,
) -> Settlement {
    info.push(("reason".into(), (&*clip(reason, TEXT)).into()));
    Settlement::Rejected {
        condition: "listener:rejected".into(),
        description: Some(clip(description, TEXT).into_owned()),
        info,
    }
}

/// The body of the request that settles by the lock's token, for what came on a link that is gone.
///
/// <https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-request-response#update-disposition-status>
pub(super) fn update_disposition(token: Uuid, settlement: &Settlement) -> Value {
    let mut body = vec![("lock-tokens", Value::Array(vec![token.into()]))];
    let modify = |properties: &[(String, Value)]| {
        let entries = properties.iter();
        (
            "properties-to-modify",
            Value::map(entries.map(|(key, value)| (key.as_str(), value.clone()))),
        )
    };
    let status = match settlement {
        Settlement::Rejected { info, .. } => {
            let mut others = info.clone();
            for (field, key) in [
                ("deadletter-reason", "DeadLetterReason"),
                ("deadletter-description", "DeadLetterErrorDescription"),
            ] {
                if let Some(at) = others.iter().position(|(name, _)| name == key) {
                    body.push((field, others.swap_remove(at).1));
                }
            }
            if !others.is_empty() {
                body.push(modify(&others));
            }
            "suspended"
        }
        Settlement::Modified {
            undeliverable_here,
            annotations,
            ..
        } => {
            if !annotations.is_empty() {
                body.push(modify(annotations));
            }
            // One r, as the service spells it.
            if *undeliverable_here {
                "defered"
            } else {
                "abandoned"
            }
        }
        Settlement::Released => "abandoned",
        Settlement::Accepted => "completed",
    };
    body.push(("disposition-status", status.into()));
    Value::map(body)
}

fn values(properties: &Properties) -> Vec<(String, Value)> {
    let properties = properties.iter();
    properties
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect()
}

fn clip(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        // Room for the mark.
        Some(_) => text
            .chars()
            .take(most - 1)
            .chain(['…'])
            .collect::<String>()
            .into(),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Binding, Failure, Reason};

    const ROUTE: Binding = Binding::message("Update").entity("account");

    fn settlement(outcome: Outcome, attempt: u32) -> Settlement {
        super::settlement(outcome, attempt, Note::default())
    }

    fn info(settlement: &Settlement) -> Vec<(&str, String)> {
        let (Settlement::Rejected { info: entries, .. }
        | Settlement::Modified {
            annotations: entries,
            ..
        }) = settlement
        else {
            return Vec::new();
        };
        let text = |value: &Value| {
            value.as_str().map_or_else(
                || value.as_i64().unwrap_or_default().to_string(),
                str::to_owned,
            )
        };
        entries
            .iter()
            .map(|(key, value)| (key.as_str(), text(value)))
            .collect()
    }

    #[test]
    fn a_rejected_message_is_dead_lettered_with_reason_and_description() {
        let outcome = Outcome::reject(Reason::Undecodable, "at byte 7");
        let settlement = settlement(outcome, 1);
        assert!(
            matches!(&settlement, Settlement::Rejected { condition, .. } if condition == "com.microsoft:dead-letter")
        );
        assert_eq!(
            info(&settlement),
            [
                (LISTENER_ATTEMPT, "1".into()),
                ("DeadLetterReason", "Undecodable".into()),
                ("DeadLetterErrorDescription", "at byte 7".into())
            ]
        );
    }

    #[test]
    fn what_people_say_is_clipped_to_what_the_service_takes() {
        let outcome = Outcome::reject(Reason::Other("ä".repeat(5000).into()), "ö".repeat(5000));
        let settlement = settlement(outcome, 1);
        let texts = info(&settlement);
        for (key, text) in texts.iter().filter(|(key, _)| key.starts_with("Dead")) {
            assert_eq!(text.chars().count(), TEXT, "{key}");
        }
        assert_eq!(texts.len(), 3);
    }

    #[test]
    fn a_plain_broker_is_told_in_words_of_amqp_alone() {
        let plain = |outcome, modifies| plain_settlement(outcome, 3, Note::default(), modifies);
        let released = plain(Outcome::release("the ERP is away"), false);
        assert_eq!(released, Settlement::Released);
        let released = plain(Outcome::release("the ERP is away"), true);
        assert_eq!(
            info(&released),
            [
                ("x-opt-listener-cause", "the ERP is away".into()),
                ("x-opt-listener-attempt", "3".into())
            ]
        );
        let rejected = plain(Outcome::reject(Reason::Undecodable, "at byte 7"), true);
        assert!(
            matches!(&rejected, Settlement::Rejected { condition, description: Some(text), .. }
                if condition == "listener:rejected" && text == "at byte 7")
        );
        assert_eq!(
            info(&rejected),
            [
                (LISTENER_ATTEMPT, "3".into()),
                ("reason", "Undecodable".into())
            ]
        );
        let accepted = plain(Outcome::Accept(()), true);
        assert_eq!(accepted, Settlement::Accepted);
    }

    #[test]
    fn an_abandoned_message_tells_why_and_when() {
        let outcome = Outcome::release("the ERP is away");
        let note = Note::new(Failure::Timeout).route(Some(&ROUTE));
        let settlement = super::settlement(outcome, 3, note);
        assert_eq!(
            info(&settlement),
            [
                (LISTENER_CAUSE, "the ERP is away".into()),
                (LISTENER_ERROR, "timeout".into()),
                (LISTENER_ROUTE, "`Update` of `account`".into()),
                (LISTENER_ATTEMPT, "3".into())
            ]
        );
        assert!(matches!(
            settlement,
            Settlement::Modified {
                failed: true,
                undeliverable_here: false,
                ..
            }
        ));
    }

    #[test]
    fn a_dead_letter_of_the_host_tells_route_and_attempt() {
        let outcome = Outcome::reject(Reason::MaxAttempts, "failed at attempt 10: busy");
        let note = Note::new(Failure::Panic).route(Some(&ROUTE));
        let settlement = super::settlement(outcome, 10, note);
        assert_eq!(
            info(&settlement)[..3],
            [
                (LISTENER_ERROR, "panic".into()),
                (LISTENER_ROUTE, "`Update` of `account`".into()),
                (LISTENER_ATTEMPT, "10".into())
            ]
        );
    }

    #[test]
    fn dead_letters_are_told_by_their_address() {
        for address in ["crm/$DeadLetterQueue", "t/Subscriptions/s/$deadletterqueue"] {
            assert!(is_dead_letters(address), "{address}");
        }
        assert!(!is_dead_letters("DeadLetterQueue"));
    }

    #[test]
    fn each_settlement_has_its_status_over_management() {
        let token = Uuid::from_u128(1);
        for (outcome, status) in [
            (Outcome::Accept(()), "completed"),
            (Outcome::release("x"), "abandoned"),
            (Outcome::defer(), "defered"),
            (Outcome::reject(Reason::Permanent, "x"), "suspended"),
        ] {
            let body = update_disposition(token, &settlement(outcome, 1));
            assert_eq!(
                body.get("disposition-status").and_then(Value::as_str),
                Some(status)
            );
            let reason = body.get("deadletter-reason").and_then(Value::as_str);
            assert_eq!(reason.is_some(), status == "suspended");
        }
    }
}
