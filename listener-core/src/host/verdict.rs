//! From what a service gives back to what a source is told: the one place where this is decided.

use std::borrow::Cow;

use crate::{
    BoxError, Delivery, Error, Failure, Outcome, Reason,
    decode::{DecodeError, DecodeErrorKind},
    layer::Panicked,
    source::Capabilities,
};

/// The most characters of a cause or description: what a dead-letter description holds at most.
const TEXT: usize = 4096;
/// The most characters of a name that comes out of a message.
const NAME: usize = 128;

/// What became of a delivery, and what went wrong, if something did.
pub(super) type Judged<R> = (Outcome<R>, Option<Failure>);

/// The outcome of a listener that ended.
pub(super) fn outcome<R>(result: Result<Outcome<R>, BoxError>, delivery: &Delivery) -> Judged<R> {
    let (outcome, failure) = match result {
        Ok(outcome) => {
            let failure = of_outcome(&outcome);
            (outcome, failure)
        }
        Err(error) => {
            let error = Error::from_boxed(error);
            (of_error(&error), Some(failure(&error)))
        }
    };
    (in_words(outcome, delivery), failure)
}

/// The failure of a listener that named its outcome itself.
const fn of_outcome<R>(outcome: &Outcome<R>) -> Option<Failure> {
    match outcome {
        Outcome::Release { .. } => Some(Failure::Transient),
        Outcome::Reject { .. } => Some(Failure::Permanent),
        Outcome::Accept(_) | Outcome::Defer { .. } => None,
    }
}

fn failure(error: &Error) -> Failure {
    if error.is_permanent() {
        Failure::Permanent
    } else if error.find::<Panicked>().is_some() {
        Failure::Panic
    } else if is_timeout(error) {
        Failure::Timeout
    } else {
        Failure::Transient
    }
}

fn is_timeout(error: &Error) -> bool {
    error.find::<tokio::time::error::Elapsed>().is_some()
        || error
            .find::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::TimedOut)
        // Tower's own error, whose type is of a crate that is no dependency of this one.
        || error.chain().any(|cause| cause.to_string() == "request timed out")
}

fn of_error<R>(error: &Error) -> Outcome<R> {
    let text = format!("{error:#}");
    if error.is_permanent() {
        let reason = error
            .find::<DecodeError>()
            .map_or(Reason::Permanent, |error| match error.kind() {
                DecodeErrorKind::Truncated => Reason::Truncated,
                // The message is sound, but not what the listener needs.
                DecodeErrorKind::Missing => Reason::Permanent,
                _ => Reason::Undecodable,
            });
        Outcome::reject(reason, text)
    } else {
        let release = Outcome::release(text);
        match error.after() {
            Some(after) => release.after(after),
            None => release,
        }
    }
}

/// Says what the router's codes mean, and clips what people said.
fn in_words<R>(outcome: Outcome<R>, delivery: &Delivery) -> Outcome<R> {
    match outcome {
        Outcome::Release {
            cause,
            after,
            properties,
        } => Outcome::Release {
            cause: clip(cause),
            after,
            properties,
        },
        Outcome::Reject {
            reason: Reason::NoRoute,
            description,
            details,
        } if description.is_empty() => Outcome::Reject {
            reason: Reason::NoRoute,
            description: nobody_listens(delivery).into(),
            details,
        },
        Outcome::Reject {
            reason,
            description,
            details,
        } => Outcome::Reject {
            reason,
            description: clip(description),
            details,
        },
        outcome => outcome,
    }
}

fn nobody_listens(delivery: &Delivery) -> String {
    let name = |name: &str| {
        name.chars()
            .take(NAME)
            .flat_map(char::escape_debug)
            .collect::<String>()
    };
    let (message, table) = (delivery.message_name(), delivery.primary_entity_name());
    format!(
        "no listener for `{}` of `{}`",
        name(message.unwrap_or_default()),
        name(table.unwrap_or_default())
    )
}

pub(super) fn clip(text: Cow<'static, str>) -> Cow<'static, str> {
    match text.char_indices().nth(TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text,
    }
}

/// What an outcome became for a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expressed {
    /// The source can express it.
    Plainly,
    /// The source cannot: it is another one now.
    Mapped(&'static str),
    /// The source cannot give the message again: it is gone.
    Lost,
}

/// Maps an outcome that the source cannot express to one that it can.
pub(super) fn express<R>(outcome: Outcome<R>, able: Capabilities) -> (Outcome<R>, Expressed) {
    let (outcome, expressed) = match outcome {
        Outcome::Reject {
            reason,
            description,
            details,
        } if !able.reject && able.release => (
            Outcome::Release {
                cause: format!("{reason}: {description}").into(),
                after: None,
                properties: details,
            },
            Expressed::Mapped("reject to release"),
        ),
        Outcome::Defer { properties } if !able.defer => {
            let cause = "the listener deferred, which this source cannot".into();
            (
                Outcome::Release {
                    cause,
                    after: None,
                    properties,
                },
                Expressed::Mapped("defer to release"),
            )
        }
        Outcome::Release {
            cause,
            after: Some(_),
            properties,
        } if !able.delay => {
            let release = Outcome::Release {
                cause,
                after: None,
                properties,
            };
            (
                release,
                Expressed::Mapped("delayed release to release at once"),
            )
        }
        outcome => (outcome, Expressed::Plainly),
    };
    if outcome.is_release() && !able.release {
        (outcome, Expressed::Lost)
    } else {
        (outcome, expressed)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{Claims, context::RemoteExecutionContext};

    fn delivery() -> Delivery {
        Delivery::from_context(RemoteExecutionContext::new("Update", "account"))
    }

    fn of(error: Error) -> Outcome {
        outcome(Err(error.into()), &delivery()).0
    }

    #[test]
    fn errors_become_outcomes() {
        let minute = Duration::from_secs(60);
        assert_eq!(of(Error::transient("busy")), Outcome::release("busy"));
        assert_eq!(
            of(Error::retry_after(minute, "busy")),
            Outcome::release("busy").after(minute)
        );
        assert_eq!(
            of(Error::permanent("no")),
            Outcome::reject(Reason::Permanent, "no")
        );
        assert_eq!(
            outcome::<()>(Err("elapsed".into()), &delivery()).0,
            Outcome::release("elapsed")
        );
    }

    #[test]
    fn errors_tell_their_kind() {
        let kind = |error: BoxError| outcome::<()>(Err(error), &delivery()).1;
        assert_eq!(kind("busy".into()), Some(Failure::Transient));
        assert_eq!(
            kind(Error::permanent("no").into()),
            Some(Failure::Permanent)
        );
        assert_eq!(kind(Panicked.into()), Some(Failure::Panic));
        let late = std::io::Error::from(std::io::ErrorKind::TimedOut);
        assert_eq!(kind(late.into()), Some(Failure::Timeout));
        let late = tower::timeout::error::Elapsed::new();
        assert_eq!(kind(late.into()), Some(Failure::Timeout));
        let named = |outcome_: Outcome| outcome(Ok(outcome_), &delivery()).1;
        assert_eq!(named(Outcome::release("x")), Some(Failure::Transient));
        assert_eq!(named(Outcome::Accept(())), None);
    }

    #[test]
    fn decode_errors_tell_their_reason() {
        let reason = |kind| match of(DecodeError::new(kind, "x").into()) {
            Outcome::Reject { reason, .. } => reason,
            other => panic!("{other:?}"),
        };
        assert_eq!(reason(DecodeErrorKind::Truncated), Reason::Truncated);
        assert_eq!(reason(DecodeErrorKind::Missing), Reason::Permanent);
        assert_eq!(reason(DecodeErrorKind::WrongType), Reason::Undecodable);
    }

    #[test]
    fn says_for_what_there_is_no_listener() {
        let unrouted = outcome::<()>(Ok(Outcome::reject(Reason::NoRoute, "")), &delivery()).0;
        assert_eq!(
            unrouted,
            Outcome::reject(Reason::NoRoute, "no listener for `Update` of `account`")
        );
        let claims = Claims {
            request_name: Some("\u{1b}".repeat(1000).into()),
            ..Claims::default()
        };
        let message = crate::decode::Message::from_context(RemoteExecutionContext::default());
        let odd = Delivery::builder(message).claims(claims).build();
        assert!(nobody_listens(&odd).len() < 1000);
        assert!(!nobody_listens(&odd).contains('\u{1b}'));
    }

    #[test]
    fn clips_what_people_say() {
        match of(Error::permanent("ä".repeat(TEXT + 1))) {
            Outcome::Reject { description, .. } => {
                assert_eq!(description.chars().count(), TEXT + 1);
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_outcome_that_a_source_lacks_is_mapped() {
        let minute = Duration::from_secs(60);
        let all = Capabilities::ALL;
        let express = express::<()>;
        assert_eq!(
            express(Outcome::defer(), all),
            (Outcome::defer(), Expressed::Plainly)
        );
        let (released, how) = express(Outcome::defer(), all.defer(false));
        assert!(released.is_release() && how == Expressed::Mapped("defer to release"));
        let delayed = Outcome::release("x").after(minute);
        assert_eq!(
            express(delayed.clone(), all),
            (delayed.clone(), Expressed::Plainly)
        );
        let (at_once, how) = express(delayed.clone(), all.delay(false));
        assert!(at_once == Outcome::release("x") && matches!(how, Expressed::Mapped(_)));
        assert_eq!(
            express(Outcome::release("x"), Capabilities::NONE).1,
            Expressed::Lost
        );
        assert_eq!(
            express(Outcome::defer(), Capabilities::NONE).1,
            Expressed::Lost
        );
        let rejected = Outcome::reject(Reason::Permanent, "x");
        let (released, how) = express(rejected.clone(), all.reject(false));
        assert!(released == Outcome::release("Permanent: x") && how != Expressed::Plainly);
        assert_eq!(
            express(rejected.clone(), Capabilities::NONE),
            (rejected, Expressed::Plainly)
        );
    }
}
