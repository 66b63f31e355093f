//! The one table from the peers' words to kinds.

use super::ErrorKind::{self, *};

/// Error conditions of AMQP 1.0 (transport, 2.8.15 to 2.8.18) and of Service Bus and Event Hubs
/// (<https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-troubleshoot>).
const CONDITIONS: &[(&str, ErrorKind)] = &[
    ("amqp:connection:forced", ConnectionLost),
    ("amqp:connection:framing-error", Protocol),
    ("amqp:connection:redirect", NotAllowed),
    ("amqp:decode-error", Protocol),
    ("amqp:frame-size-too-small", Protocol),
    ("amqp:illegal-state", Protocol),
    ("amqp:internal-error", ServerFault),
    ("amqp:invalid-field", Protocol),
    ("amqp:link:detach-forced", LinkDetached),
    ("amqp:link:message-size-exceeded", TooLarge),
    ("amqp:link:redirect", NotAllowed),
    ("amqp:link:stolen", LinkStolen),
    ("amqp:link:transfer-limit-exceeded", Protocol),
    ("amqp:not-allowed", NotAllowed),
    ("amqp:not-found", NotFound),
    ("amqp:not-implemented", NotAllowed),
    ("amqp:precondition-failed", NotAllowed),
    ("amqp:resource-deleted", NotFound),
    ("amqp:resource-limit-exceeded", QuotaExceeded),
    ("amqp:resource-locked", NotAllowed),
    ("amqp:session:errant-link", Protocol),
    ("amqp:session:handle-in-use", Protocol),
    ("amqp:session:unattached-handle", Protocol),
    ("amqp:session:window-violation", Protocol),
    ("amqp:unauthorized-access", Unauthorized),
    ("com.microsoft:argument-error", NotAllowed),
    ("com.microsoft:argument-out-of-range", NotAllowed),
    ("com.microsoft:auth-failed", Unauthorized),
    ("com.microsoft:container-close", LinkDetached),
    ("com.microsoft:entity-already-exists", NotAllowed),
    ("com.microsoft:entity-disabled", NotAllowed),
    ("com.microsoft:message-lock-lost", LockLost),
    ("com.microsoft:message-not-found", NotFound),
    ("com.microsoft:operation-cancelled", TimedOut),
    ("com.microsoft:partition-not-owned", LinkStolen),
    ("com.microsoft:precondition-failed", NotAllowed),
    ("com.microsoft:server-busy", ServerBusy),
    ("com.microsoft:session-cannot-be-locked", SessionLocked),
    ("com.microsoft:session-lock-lost", SessionLockLost),
    ("com.microsoft:timeout", TimedOut),
];

/// What to change, where the condition tells more than its kind.
pub(super) fn advice(condition: &str) -> Option<&'static str> {
    Some(match condition {
        "com.microsoft:entity-disabled" => {
            "set the entity's status to Active in the portal, or what is disabled of it: sending or receiving"
        }
        "amqp:not-allowed" => {
            "check whether the entity requires sessions, which only receivers of sessions can have; and the entity's other \
             settings"
        }
        _ => return None,
    })
}

impl ErrorKind {
    /// A condition that is not in the table is the service's own trouble: a new attempt does no harm.
    pub(in crate::amqp) fn of_condition(condition: &str) -> Self {
        CONDITIONS
            .iter()
            .find(|(known, _)| *known == condition)
            .map_or(ServerFault, |(_, kind)| *kind)
    }

    /// The status of a reply on `$cbs` or `$management` that came without a condition.
    pub(in crate::amqp) fn of_status(status: i32) -> Self {
        match status {
            401 | 403 => Unauthorized,
            404 => NotFound,
            408 | 504 => TimedOut,
            410 => LockLost,
            413 => TooLarge,
            429 | 503 => ServerBusy,
            400..=499 => NotAllowed,
            500..=599 => ServerFault,
            _ => Protocol,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_condition_has_its_kind_and_transience() {
        for (condition, kind, transient) in [
            ("amqp:connection:forced", ConnectionLost, true),
            ("amqp:internal-error", ServerFault, true),
            ("amqp:link:detach-forced", LinkDetached, true),
            ("amqp:link:message-size-exceeded", TooLarge, false),
            ("amqp:link:stolen", LinkStolen, false),
            ("amqp:not-allowed", NotAllowed, false),
            ("amqp:not-found", NotFound, false),
            ("amqp:resource-deleted", NotFound, false),
            ("amqp:resource-limit-exceeded", QuotaExceeded, false),
            ("amqp:session:window-violation", Protocol, false),
            ("amqp:unauthorized-access", Unauthorized, false),
            ("com.microsoft:argument-error", NotAllowed, false),
            ("com.microsoft:auth-failed", Unauthorized, false),
            ("com.microsoft:container-close", LinkDetached, true),
            ("com.microsoft:entity-disabled", NotAllowed, false),
            ("com.microsoft:message-lock-lost", LockLost, false),
            ("com.microsoft:message-not-found", NotFound, false),
            ("com.microsoft:operation-cancelled", TimedOut, true),
            ("com.microsoft:server-busy", ServerBusy, true),
            (
                "com.microsoft:session-cannot-be-locked",
                SessionLocked,
                true,
            ),
            ("com.microsoft:session-lock-lost", SessionLockLost, false),
            ("com.microsoft:timeout", TimedOut, true),
            ("com.contoso:news", ServerFault, true),
        ] {
            let found = ErrorKind::of_condition(condition);
            assert_eq!(
                (found, found.is_transient()),
                (kind, transient),
                "{condition}"
            );
        }
    }

    #[test]
    fn the_table_is_sorted_and_names_each_condition_once() {
        assert!(CONDITIONS.is_sorted_by(|one, next| one.0 < next.0));
    }

    #[test]
    fn a_status_without_a_condition_tells_the_kind() {
        for (status, kind) in [
            (400, NotAllowed),
            (401, Unauthorized),
            (403, Unauthorized),
            (404, NotFound),
            (408, TimedOut),
            (410, LockLost),
            (413, TooLarge),
            (429, ServerBusy),
            (500, ServerFault),
            (503, ServerBusy),
            (504, TimedOut),
            (0, Protocol),
            (-1, Protocol),
        ] {
            assert_eq!(ErrorKind::of_status(status), kind, "{status}");
        }
    }
}
