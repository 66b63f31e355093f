//! What Azure's libraries judge, and what a Service Bus without it lacks.

use listener_local::amqp::{
    serde_amqp::{Value, primitives::Symbol},
    types::performatives::Attach,
};

use crate::{
    loss::{
        Loss::{self, *},
        no_abandon, no_complete, no_count, no_dead_letter, no_defer, no_properties, no_reason,
    },
    meddler::address,
};

/// Every feature that a check may judge.
pub(crate) const FEATURES: &[(&str, &[Loss])] = &[
    ("send", &[Dropped]),
    ("contents", &[Emptied]),
    (
        "service-annotations",
        &[
            Untold("x-opt-sequence-number"),
            Untold("x-opt-enqueued-time"),
            Untold("x-opt-locked-until"),
        ],
    ),
    ("receive-and-delete", &[SentUnsettled]),
    ("complete", &[Settled(no_complete)]),
    ("abandon", &[Settled(no_abandon)]),
    ("delivery-count", &[Settled(no_count)]),
    ("properties-to-modify", &[Settled(no_properties)]),
    ("defer", &[Settled(no_defer)]),
    (
        "receive-deferred",
        &[Unheard("com.microsoft:receive-by-sequence-number")],
    ),
    (
        "update-disposition",
        &[Unheard("com.microsoft:update-disposition")],
    ),
    ("dead-letter", &[Settled(no_dead_letter)]),
    ("dead-letter-reason", &[Settled(no_reason)]),
    ("dead-letter-queue", &[Refused(dead_letters)]),
    ("max-delivery-count", &[Undeclared("MaxDeliveryCount")]),
    ("lock-renewal", &[Unheard("com.microsoft:renew-lock")]),
    ("lock-expiry", &[Undeclared("LockDuration")]),
    ("lock-loss", &[Undeclared("LockDuration")]),
    ("close-keeps-locks", &[ReleasedByDetach]),
    ("peek", &[Unheard("com.microsoft:peek-message")]),
    ("message-state", &[Untold("x-opt-message-state")]),
    (
        "schedule",
        &[
            Unheard("com.microsoft:schedule-message"),
            Unheard("x-opt-scheduled-enqueue-time"),
        ],
    ),
    (
        "cancel",
        &[Unheard("com.microsoft:cancel-scheduled-message")],
    ),
    ("sessions", &[Undeclared("RequiresSession")]),
    ("next-session", &[Refused(any_session)]),
    ("session-timeout", &[Untimed]),
    ("session-lock", &[Granted]),
    ("session-release", &[KeptByDetach]),
    (
        "session-state",
        &[Unheard("com.microsoft:get-session-state")],
    ),
    (
        "session-lock-renewal",
        &[Unheard("com.microsoft:renew-session-lock")],
    ),
    ("session-lock-loss", &[Undeclared("LockDuration")]),
    (
        "session-listing",
        &[Unheard("com.microsoft:get-message-sessions")],
    ),
    (
        "time-to-live",
        &[Timeless, Undeclared("DefaultMessageTimeToLive")],
    ),
    (
        "dead-letter-on-expiration",
        &[Undeclared("DeadLetteringOnMessageExpiration")],
    ),
    (
        "duplicate-detection",
        &[Undeclared("RequiresDuplicateDetection")],
    ),
    ("forward-to", &[Undeclared("ForwardTo")]),
    (
        "forward-dead-letters",
        &[Undeclared("ForwardDeadLetteredMessagesTo")],
    ),
    ("topics", &[Dropped]),
    ("sql-filters", &[Undeclared("Rules")]),
    ("correlation-filters", &[Undeclared("Rules")]),
    ("rule-actions", &[Undeclared("Action")]),
    (
        "rule-management",
        &[
            Unheard("com.microsoft:add-rule"),
            Unheard("com.microsoft:remove-rule"),
            Unheard("com.microsoft:enumerate-rules"),
        ],
    ),
    ("size-limit", &[Unlimited, Dropped]),
    ("not-found", &[MadeOnUse]),
    ("authorization", &[Keyless]),
    ("tls", &[Plain]),
    ("websockets", &[Plain]),
];

fn dead_letters(attach: &Attach) -> bool {
    address(attach)
        .to_ascii_lowercase()
        .ends_with("/$deadletterqueue")
}

fn any_session(attach: &Attach) -> bool {
    let filters = attach
        .source
        .as_ref()
        .and_then(|source| source.filter.as_ref());
    let filter =
        filters.and_then(|filters| filters.get(&Symbol::from("com.microsoft:session-filter")));
    match filter {
        Some(Value::Described(described)) => described.value == Value::Null,
        other => other == Some(&Value::Null),
    }
}
