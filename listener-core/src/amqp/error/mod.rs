//! What goes wrong between us and a namespace, by what can be done about it.

mod condition;
mod convert;
mod kind;

use std::{borrow::Cow, error::Error as StdError, fmt, time::Duration};

use condition::advice as condition_advice;
pub(super) use convert::Told;
pub use kind::ErrorKind;

/// Why something on a connection failed: [its kind](ErrorKind), in the peer's words where it had some, and what to change.
///
/// Neither `Display` nor `Debug` shows a key, a token or a message's content; the peer's own words are clipped.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    doing: Cow<'static, str>,
    place: Option<Box<str>>,
    condition: Option<Box<str>>,
    detail: Option<Box<str>>,
    advice: Option<&'static str>,
}

/// As much of the peer's words as an error keeps, in bytes.
const CLIPPED: usize = 512;

impl Error {
    /// `doing` completes "AMQP: … failed".
    pub(super) fn new(kind: ErrorKind, doing: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind,
            doing: doing.into(),
            place: None,
            condition: None,
            detail: None,
            advice: None,
        }))
    }

    pub(crate) fn timed_out(doing: impl Into<Cow<'static, str>>, after: Duration) -> Self {
        Self::new(ErrorKind::TimedOut, doing).with_detail(&format!("nothing came within {after:?}"))
    }

    /// The service lacks what is asked for.
    #[cfg(feature = "service-bus")]
    pub(crate) fn unsupported(doing: &'static str, what: &str) -> Self {
        Self::new(ErrorKind::NotAllowed, doing).with_detail(what)
    }

    /// What the service sent is not what it should be.
    #[cfg(feature = "service-bus")]
    pub(crate) fn unreadable(doing: &'static str, what: &str) -> Self {
        Self::new(ErrorKind::Protocol, doing).with_detail(what)
    }

    /// The same error, of what the caller did.
    pub(super) fn doing(mut self, doing: impl Into<Cow<'static, str>>) -> Self {
        self.0.doing = doing.into();
        self
    }

    pub(super) fn with_condition(mut self, condition: &str) -> Self {
        self.0.condition = Some(clip(condition));
        self
    }

    /// Our own words or the peer's; never a message's content.
    pub(super) fn with_detail(mut self, detail: &str) -> Self {
        self.0.detail = Some(clip(detail));
        self
    }

    /// Where, and as whom: a host and a key's name, say; never a secret.
    pub(super) fn at(mut self, place: impl Into<Box<str>>) -> Self {
        self.0.place = Some(place.into());
        self
    }

    /// What to change, where more is known than the kind tells.
    pub(super) fn with_advice(mut self, advice: &'static str) -> Self {
        self.0.advice = Some(advice);
        self
    }

    /// What to change, unless this error says so already.
    pub(super) fn with_advice_unless_known(mut self, advice: &'static str) -> Self {
        self.0.advice.get_or_insert(advice);
        self
    }

    /// Whether the service has taken away a link that nothing went over for ten minutes, as it says in its text:
    /// `AmqpMessagePublisher.IdleTimerExpired: Idle timeout: 00:10:00`.
    pub(super) fn is_idle(&self) -> bool {
        let says = |text: &str| text.contains("IdleTimerExpired");
        self.condition() == Some("amqp:link:detach-forced")
            && self.0.detail.as_deref().is_some_and(says)
    }

    /// What can be done about it.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the same may succeed later, be it on a new link or connection.
    pub fn is_transient(&self) -> bool {
        self.kind().is_transient()
    }

    /// The peer's symbol, such as `com.microsoft:server-busy`.
    pub fn condition(&self) -> Option<&str> {
        self.0.condition.as_deref()
    }

    /// How long the service wants to be left alone: 10 seconds when it is busy, as
    /// [Microsoft's page](https://learn.microsoft.com/azure/service-bus-messaging/service-bus-throttling) says.
    pub fn retry_after(&self) -> Option<Duration> {
        (self.kind() == ErrorKind::ServerBusy).then_some(Duration::from_secs(10))
    }
}

/// One line, so that a peer cannot forge a second line of a log, without what looks like a token, and not too long.
fn clip(text: &str) -> Box<str> {
    let end = ["sig=", "SharedAccessSignature ", "eyJ"]
        .iter()
        .filter_map(|secret| text.find(secret))
        .min();
    let text = end.map_or(text, |end| &text[..end]);
    text[..floor_char_boundary(text, CLIPPED)]
        .chars()
        .map(|char| if char.is_control() { ' ' } else { char })
        .collect::<String>()
        .trim()
        .into()
}

/// `str::floor_char_boundary` is newer than our oldest compiler.
fn floor_char_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end))
        .unwrap_or_default()
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            kind,
            doing,
            place,
            condition,
            detail,
            advice,
        } = &*self.0;
        write!(f, "AMQP: {doing} ")?;
        if let Some(place) = place {
            write!(f, "({place}) ")?;
        }
        write!(f, "failed: {}", kind.words())?;
        match (condition, detail) {
            (Some(condition), Some(detail)) => write!(f, " (`{condition}`: {detail})")?,
            (Some(condition), None) => write!(f, " (`{condition}`)")?,
            (None, Some(detail)) => write!(f, " ({detail})")?,
            (None, None) => {}
        }
        let advice = advice
            .or_else(|| condition.as_deref().and_then(condition_advice))
            .unwrap_or_else(|| kind.advice());
        write!(f, "; {advice}")
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("doing", &self.0.doing)
            .field("place", &self.0.place)
            .field("condition", &self.0.condition)
            .field("detail", &self.0.detail)
            .finish()
    }
}

impl StdError for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_failed_why_and_what_to_change() {
        let error = Error::new(ErrorKind::Unauthorized, "attaching a sender to `crm`")
            .with_condition("amqp:unauthorized-access")
            .with_detail("'Send' claim is required");
        assert_eq!(
            error.to_string(),
            "AMQP: attaching a sender to `crm` failed: not authorized (`amqp:unauthorized-access`: 'Send' claim is \
             required); give a key or identity that has the Send, Listen or Manage right on this entity"
        );
    }

    #[test]
    fn the_peers_words_are_one_clipped_line_without_tokens() {
        let error = |text: &str| {
            Error::new(ErrorKind::Protocol, "x")
                .with_detail(text)
                .to_string()
        };
        assert!(!error("a\nb").contains('\n'));
        assert!(error(&"é".repeat(9_999)).len() < 2 * CLIPPED);
        for secret in [
            "sr=h&sig=canary",
            "SharedAccessSignature canary",
            "eyJcanary",
        ] {
            assert!(!error(secret).contains("canary"), "{secret}");
        }
    }

    #[test]
    fn a_busy_service_is_left_alone_for_a_while() {
        let busy = Error::new(ErrorKind::ServerBusy, "x");
        assert_eq!(busy.retry_after(), Some(Duration::from_secs(10)));
        assert_eq!(Error::new(ErrorKind::TimedOut, "x").retry_after(), None);
    }

    #[test]
    fn stays_one_pointer_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }

    #[test]
    fn says_where_and_as_whom_and_what_the_condition_asks_for() {
        let error = Error::new(ErrorKind::NotAllowed, "attaching to `crm`")
            .with_condition("com.microsoft:entity-disabled")
            .at("at `h`, with the key `k`");
        assert_eq!(
            error.to_string(),
            "AMQP: attaching to `crm` (at `h`, with the key `k`) failed: not allowed (`com.microsoft:entity-disabled`); set \
             the entity's status to Active in the portal, or what is disabled of it: sending or receiving"
        );
        let error = error.with_advice("wait");
        assert!(error.to_string().ends_with("; wait"), "{error}");
    }

    #[test]
    fn a_link_that_was_idle_is_told_from_one_that_broke() {
        let detached = |text| {
            Error::new(ErrorKind::LinkDetached, "x")
                .with_condition("amqp:link:detach-forced")
                .with_detail(text)
        };
        let idle = "Detach origin: AmqpMessagePublisher.IdleTimerExpired: Idle timeout: 00:10:00.";
        assert!(detached(idle).is_idle());
        assert!(!detached("The link is forced to detach.").is_idle());
    }
}
