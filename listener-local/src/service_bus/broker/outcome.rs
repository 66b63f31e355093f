//! What a client says about a delivery, and what it hears back
//! ([settlement](https://learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-protocol-guide#receive-messages)).

use crate::{
    amqp::{
        serde_amqp::Value,
        types::{
            definitions::{Error, Fields},
            messaging::{DeliveryState, Modified, Rejected},
            primitives::SimpleValue,
        },
    },
    service_bus::engine::Settlement,
};

/// The settlement that a state asks for; none for states that settle nothing.
pub(super) fn settlement(state: &DeliveryState) -> Option<Settlement> {
    Some(match state {
        DeliveryState::Accepted(_) => Settlement::Complete,
        DeliveryState::Released(_) => Settlement::Release,
        DeliveryState::Modified(modified) => {
            let changes = changes(modified.message_annotations.as_ref(), &[]);
            if modified.undeliverable_here == Some(true) {
                Settlement::Defer(changes)
            } else {
                Settlement::Abandon(changes)
            }
        }
        DeliveryState::Rejected(rejected) => dead_letter(rejected.error.as_ref()),
        _ => return None,
    })
}

const REASON: &str = "DeadLetterReason";
const DESCRIPTION: &str = "DeadLetterErrorDescription";

/// Reason and description are in the error's info under their names; without them, condition and description say why.
fn dead_letter(error: Option<&Error>) -> Settlement {
    let info = error.and_then(|error| error.info.as_deref());
    let text = |name: &str| match info?.get(name) {
        Some(Value::String(text)) => Some(text.clone()),
        _ => None,
    };
    let condition = error.map(condition).filter(|text| text != DEAD_LETTER);
    Settlement::DeadLetter {
        reason: text(REASON).or(condition),
        description: text(DESCRIPTION).or_else(|| error?.description.clone()),
        changes: changes(info, &[REASON, DESCRIPTION]),
    }
}

const DEAD_LETTER: &str = "com.microsoft:dead-letter";

fn condition(error: &Error) -> String {
    use crate::amqp::types::definitions::ErrorCondition;
    match &error.condition {
        ErrorCondition::Custom(symbol) => symbol.as_str().to_owned(),
        other => format!("{other:?}"),
    }
}

/// Fields as the application properties to set. What is no simple value cannot be one, and stays away.
fn changes(fields: Option<&Fields>, but: &[&str]) -> Vec<(String, SimpleValue)> {
    let fields = fields.into_iter().flat_map(|fields| fields.iter());
    fields
        .filter(|(name, _)| !but.contains(&name.as_str()))
        .filter_map(|(name, value)| {
            let value = SimpleValue::try_from(value.clone()).ok()?;
            Some((name.as_str().to_owned(), value))
        })
        .collect()
}

/// What the client hears: its own outcome, or why it does not stand.
///
/// Python's client wants the outcome that it sent, and takes a rejection with an error for a failure.
pub(super) fn told(asked: DeliveryState, result: Result<(), Error>) -> DeliveryState {
    match result {
        Err(error) => DeliveryState::Rejected(Rejected { error: Some(error) }),
        Ok(()) => match asked {
            DeliveryState::Rejected(_) => DeliveryState::Rejected(Rejected { error: None }),
            DeliveryState::Modified(modified) => DeliveryState::Modified(Modified {
                message_annotations: None,
                ..modified
            }),
            other => other,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amqp::{
        serde_amqp::primitives::Symbol,
        types::{
            definitions::ErrorCondition,
            messaging::{Accepted, Received, Released},
        },
    };
    use crate::service_bus::{broker::error::link_error, engine::EngineError};

    fn info(pairs: &[(&str, &str)]) -> Fields {
        pairs
            .iter()
            .map(|(name, value)| (Symbol::from(*name), Value::from(*value)))
            .collect()
    }

    fn rejected(condition: &str, info: Option<Fields>) -> DeliveryState {
        let condition = ErrorCondition::Custom(Symbol::from(condition));
        let mut error = Error::new(condition, "by hand".to_owned(), None);
        error.info = info.map(Box::new);
        DeliveryState::Rejected(Rejected { error: Some(error) })
    }

    #[test]
    fn each_outcome_is_the_settlement_that_azure_documents() {
        let modified = |undeliverable_here| {
            DeliveryState::Modified(Modified {
                delivery_failed: Some(true),
                undeliverable_here,
                message_annotations: Some(info(&[("try", "1")])),
            })
        };
        assert!(matches!(
            settlement(&DeliveryState::Accepted(Accepted {})),
            Some(Settlement::Complete)
        ));
        assert!(matches!(
            settlement(&DeliveryState::Released(Released {})),
            Some(Settlement::Release)
        ));
        for (undeliverable, defers) in [(None, false), (Some(false), false), (Some(true), true)] {
            match settlement(&modified(undeliverable)) {
                Some(Settlement::Abandon(changes)) if !defers => assert_eq!(changes.len(), 1),
                Some(Settlement::Defer(changes)) if defers => assert_eq!(changes.len(), 1),
                other => panic!("{other:?}"),
            }
        }
        let received = Received {
            section_number: 0,
            section_offset: 0,
        };
        assert!(settlement(&DeliveryState::Received(received)).is_none());
    }

    #[test]
    fn a_rejection_tells_reason_description_and_properties_in_its_info() {
        let info = info(&[(REASON, "why"), (DESCRIPTION, "how"), ("route", "account")]);
        let Some(Settlement::DeadLetter {
            reason,
            description,
            changes,
        }) = settlement(&rejected(DEAD_LETTER, Some(info)))
        else {
            panic!("no dead letter");
        };
        assert_eq!(reason.as_deref(), Some("why"));
        assert_eq!(description.as_deref(), Some("how"));
        assert_eq!(
            changes,
            [(
                "route".to_owned(),
                SimpleValue::String("account".to_owned())
            )]
        );
    }

    #[test]
    fn a_rejection_without_info_is_told_by_its_error() {
        let Some(Settlement::DeadLetter {
            reason,
            description,
            ..
        }) = settlement(&rejected("my:fault", None))
        else {
            panic!("no dead letter");
        };
        assert_eq!(reason.as_deref(), Some("my:fault"));
        assert_eq!(description.as_deref(), Some("by hand"));
    }

    #[test]
    fn a_dead_letter_is_told_without_the_error_that_the_client_sent() {
        assert_eq!(
            told(rejected(DEAD_LETTER, None), Ok(())),
            DeliveryState::Rejected(Rejected { error: None })
        );
        let lost = told(
            DeliveryState::Accepted(Accepted {}),
            Err(link_error(&EngineError::MessageLockLost)),
        );
        let DeliveryState::Rejected(Rejected { error: Some(error) }) = lost else {
            panic!("{lost:?}");
        };
        assert_eq!(condition(&error), "com.microsoft:message-lock-lost");
    }
}
