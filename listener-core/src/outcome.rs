//! What becomes of a message.

use std::{borrow::Cow, fmt, time::Duration};

use crate::{Error, Properties, Result};

/// What becomes of a message, once its listener has ended.
///
/// `R` is the answer: `()` for what sends nothing back (queues, topics, Event Hubs, webhooks), [`Reply`] for two-way and
/// REST endpoints. Most listeners return `Result` and never name an outcome: `Ok` accepts, a transient error releases, a
/// permanent error rejects, a panic or a timeout releases.
///
/// ```
/// use std::time::Duration;
/// use listener_core::{Outcome, Reason};
///
/// let later: Outcome = Outcome::release("the ERP is in maintenance").after(Duration::from_secs(60));
/// let never: Outcome = Outcome::reject(Reason::Other("NoContract".into()), "the account has no contract");
/// assert_ne!(later, never);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub enum Outcome<R = ()> {
    /// It was handled; this is the answer.
    Accept(R),
    /// It was not handled and may be later: it comes again.
    Release {
        /// Why, for people.
        cause: Cow<'static, str>,
        /// How long it should stay away.
        after: Option<Duration>,
        /// What to note on it, where the transport can.
        properties: Properties,
    },
    /// It will never be handled: it is parked, or answered with a fault.
    Reject {
        /// Why, for programs.
        reason: Reason,
        /// Why, for people. Empty where the host can say it by the reason.
        description: Cow<'static, str>,
        /// What to note on it, where the transport can.
        details: Properties,
    },
    /// It is set aside, to be received by its number later.
    Defer {
        /// What to note on it, where the transport can.
        properties: Properties,
    },
}

/// Why a message was rejected, for programs: a source picks its status by it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The body is cut, malformed or of types that its contract does not have.
    Undecodable,
    /// No listener is registered for the message.
    NoRoute,
    /// The listener failed with a permanent error.
    Permanent,
    /// Dataverse cut the message down because it was too large, and the listener needs what is missing.
    Truncated,
    /// The listener failed as often as the host allows, each time with what may pass.
    MaxAttempts,
    /// A reason of the listener's own.
    Other(Cow<'static, str>),
}

/// The text that a two-way or REST listener answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply(pub String);

/// What a listener may return, where its answer is `R`.
#[diagnostic::on_unimplemented(
    message = "a listener whose answer is `{R}` cannot return `{Self}`",
    label = "the answer here is `{R}`",
    note = "queues, topics, Event Hubs, one-way relays and webhooks send nothing back: return `()` or `Result`",
    note = "two-way and REST endpoints send a `Reply`: `#[listener(.., two_way)]`"
)]
pub trait IntoOutcome<R> {
    /// The outcome.
    ///
    /// # Errors
    /// If the listener failed.
    fn into_outcome(self) -> Result<Outcome<R>>;
}

impl<R> Outcome<R> {
    /// Releases the message at once, for this cause.
    pub fn release(cause: impl Into<Cow<'static, str>>) -> Self {
        Self::Release {
            cause: cause.into(),
            after: None,
            properties: Properties::new(),
        }
    }

    /// Rejects the message.
    pub fn reject(reason: Reason, description: impl Into<Cow<'static, str>>) -> Self {
        Self::Reject {
            reason,
            description: description.into(),
            details: Properties::new(),
        }
    }

    /// Sets the message aside.
    pub const fn defer() -> Self {
        Self::Defer {
            properties: Properties::new(),
        }
    }

    /// The same release, after this time; other outcomes stay what they are.
    pub fn after(self, after: Duration) -> Self {
        match self {
            Self::Release {
                cause, properties, ..
            } => Self::Release {
                cause,
                after: Some(after),
                properties,
            },
            other => other,
        }
    }

    /// The same outcome without its answer.
    pub fn map<T>(self, answer: impl FnOnce(R) -> T) -> Outcome<T> {
        match self {
            Self::Accept(reply) => Outcome::Accept(answer(reply)),
            Self::Release {
                cause,
                after,
                properties,
            } => Outcome::Release {
                cause,
                after,
                properties,
            },
            Self::Reject {
                reason,
                description,
                details,
            } => Outcome::Reject {
                reason,
                description,
                details,
            },
            Self::Defer { properties } => Outcome::Defer { properties },
        }
    }

    /// Whether the message was handled.
    pub const fn is_accept(&self) -> bool {
        matches!(self, Self::Accept(_))
    }

    /// Whether the message comes again.
    pub const fn is_release(&self) -> bool {
        matches!(self, Self::Release { .. })
    }

    /// Whether the message is parked.
    pub const fn is_reject(&self) -> bool {
        matches!(self, Self::Reject { .. })
    }

    /// The outcome in one word, for logs and spans.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Accept(_) => "accepted",
            Self::Release { .. } => "released",
            Self::Reject { .. } => "rejected",
            Self::Defer { .. } => "deferred",
        }
    }
}

impl Reason {
    /// The reason in one word, as it stands on a dead letter.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Undecodable => "Undecodable",
            Self::NoRoute => "NoRoute",
            Self::Permanent => "Permanent",
            Self::Truncated => "Truncated",
            Self::MaxAttempts => "MaxAttempts",
            Self::Other(reason) => reason,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl IntoOutcome<()> for () {
    fn into_outcome(self) -> Result<Outcome> {
        Ok(Outcome::Accept(()))
    }
}

macro_rules! replies {
    ($($type:ty),*) => { $(
        impl IntoOutcome<Reply> for $type {
            fn into_outcome(self) -> Result<Outcome<Reply>> {
                Ok(Outcome::Accept(self.into()))
            }
        }
    )* };
}

replies!(Reply, String, &'static str);

impl From<String> for Reply {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Reply {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

#[diagnostic::do_not_recommend]
impl<R> IntoOutcome<R> for Outcome<R> {
    fn into_outcome(self) -> Result<Self> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<R, T: IntoOutcome<R>, E: Into<Error>> IntoOutcome<R> for Result<T, E> {
    fn into_outcome(self) -> Result<Outcome<R>> {
        self.map_err(Into::into)?.into_outcome()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_within_ten_words() {
        assert!(
            size_of::<Outcome>() <= 10 * size_of::<usize>(),
            "{}",
            size_of::<Outcome>()
        );
    }

    #[test]
    fn a_failed_listener_stays_an_error() {
        let failed: Result<(), Error> = Err(Error::permanent("no"));
        assert!(failed.into_outcome().unwrap_err().is_permanent());
    }

    #[test]
    fn strings_are_replies() {
        assert_eq!(
            "x".into_outcome().unwrap(),
            Outcome::Accept(Reply("x".into()))
        );
    }
}
