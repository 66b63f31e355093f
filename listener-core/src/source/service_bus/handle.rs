//! What one can ask of an entity beside listening on it.

use std::{error::Error as StdError, fmt, sync::Arc};

use tokio::sync::oneshot;

use super::{Peeked, bring::Bring, hub::Hub, sessions::name_session};
use crate::amqp::{Error, Value};

/// The most messages that one call of [`Handle::peek`] shows.
const MOST_PEEKED: u32 = 1_000;

/// A handle on a [`Queue`](super::Queue), [`Subscription`](super::Subscription) or [`Sessions`](super::Sessions), taken
/// before the source is given to its host: it peeks at messages, and has deferred ones received. It is cheap to clone.
///
/// ```no_run
/// use listener_core::source::service_bus::Queue;
///
/// # async fn run(string: &str) -> Result<(), Box<dyn std::error::Error>> {
/// let queue = Queue::from_string(string, "crm")?;
/// let handle = queue.handle();
/// for message in handle.peek(0, 100).await? {
///     println!("{} {:?}", message.sequence_number(), message.state());
/// }
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Handle {
    hub: Arc<Hub>,
    session: Option<Arc<str>>,
}

/// What came of asking for deferred messages.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "some may not have been found"]
pub struct Brought {
    received: usize,
    not_found: Vec<i64>,
}

/// Why a [`Handle`] could not do what it was asked for.
#[derive(Debug)]
#[non_exhaustive]
pub enum HandleError {
    /// Deferred messages go to a source that runs, and this one does not.
    NotRunning,
    /// What belongs to sessions is asked for by [`Handle::in_session`], and other messages are not.
    Session,
    /// The service, or the way to it, failed.
    Amqp(Error),
}

impl Handle {
    pub(super) fn new(hub: Arc<Hub>) -> Self {
        Self { hub, session: None }
    }

    /// The same for the messages of one session.
    #[must_use]
    pub fn in_session(&self, id: &str) -> Self {
        Self {
            hub: self.hub.clone(),
            session: Some(id.into()),
        }
    }

    /// Brings deferred messages into the running source. They are deliveries like all others: with claims and an attempt,
    /// their locks renewed, settled by their outcomes. One that is released stays deferred for the service, and is asked
    /// for again here; so do not forget its number before its listener has accepted it.
    ///
    /// Of a session that is not held here, it waits until the session is accepted.
    ///
    /// ```no_run
    /// # async fn run(handle: listener_core::source::service_bus::Handle) -> Result<(), Box<dyn std::error::Error>> {
    /// let brought = handle.receive_deferred(&[17, 42]).await?;
    /// println!("{brought}"); // 1 received; not among the deferred messages: 42
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the source does not run, or the service does not answer. Messages that were received before the fault run all the
    /// same.
    pub async fn receive_deferred(&self, sequence_numbers: &[i64]) -> Result<Brought, HandleError> {
        let mut numbers = sequence_numbers.to_vec();
        numbers.sort_unstable();
        numbers.dedup();
        let asked = numbers.len();
        let (answer, answered) = oneshot::channel();
        let bring = Bring {
            numbers,
            answer: Some(answer),
        };
        self.hub.send(bring, self.session.as_ref())?;
        let answer = answered.await.map_err(|_| HandleError::NotRunning)?;
        let not_found = answer.map_err(HandleError::Amqp)?;
        Ok(Brought {
            received: asked - not_found.len(),
            not_found,
        })
    }

    /// Looks at up to `count` messages, 1000 at most, from this sequence number on, whatever their state, and takes none.
    /// Begin with 0, and go on with the number after the last. Fewer messages than asked for are the last ones.
    ///
    /// It works whether or not the source runs: if not, on a connection of its own, which is made at the first call and
    /// kept.
    ///
    /// # Errors
    /// If the service cannot be reached, refuses, or answers with what is no message.
    ///
    /// <https://learn.microsoft.com/azure/service-bus-messaging/message-browsing>
    pub async fn peek(
        &self,
        from_sequence_number: i64,
        count: u32,
    ) -> Result<Vec<Peeked>, HandleError> {
        let within = self.hub.within();
        let mut reach = self.hub.reach().await?;
        let count = usize::try_from(count.min(MOST_PEEKED)).unwrap_or_default();
        let mut from = from_sequence_number;
        let mut found = Vec::new();
        // An answer holds as many as fit.
        while found.len() < count {
            let wanted = i32::try_from(count - found.len()).unwrap_or(i32::MAX);
            let mut body = Value::map([
                ("from-sequence-number", Value::Long(from)),
                ("message-count", Value::Int(wanted)),
            ]);
            if let Some(session) = &self.session {
                name_session(&mut body, session);
            }
            let operation = "com.microsoft:peek-message";
            let (answer, _) = reach.ask(operation, body, within).await?;
            let messages = answer.get("messages").and_then(Value::items);
            let before = found.len();
            for entry in messages.unwrap_or_default() {
                if let Some(Value::Binary(bytes)) = entry.get("message") {
                    found.push(Peeked::read(bytes.clone(), self.hub.address())?);
                }
            }
            match found.last() {
                // A service that never moves on would keep us here.
                Some(last) if found.len() > before && last.sequence_number() >= from => {
                    from = last.sequence_number().saturating_add(1);
                }
                _ => break,
            }
        }
        found.truncate(count);
        Ok(found)
    }
}

impl Brought {
    /// How many are on their way to their listeners.
    pub fn received(&self) -> usize {
        self.received
    }

    /// The numbers that no deferred message has, in order: it is settled, dead-lettered or expired, another receiver
    /// holds it, or it was never deferred.
    pub fn not_found(&self) -> &[i64] {
        &self.not_found
    }
}

impl From<Error> for HandleError {
    fn from(error: Error) -> Self {
        Self::Amqp(error)
    }
}

impl fmt::Display for Brought {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} received", self.received)?;
        let mut between = "; not among the deferred messages: ";
        for number in &self.not_found {
            write!(f, "{between}{number}")?;
            between = ", ";
        }
        Ok(())
    }
}

impl fmt::Display for HandleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotRunning => {
                "deferred messages can be received only while their source runs: give it to a host, and try again"
            }
            Self::Session => {
                "expected `in_session` for a source of sessions, and no session for a queue or subscription without them"
            }
            Self::Amqp(_) => "the service could not be asked",
        })
    }
}

impl StdError for HandleError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::NotRunning | Self::Session => None,
            Self::Amqp(error) => Some(error),
        }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The session's id is the sender's data.
        f.debug_struct("Handle")
            .field("address", &self.hub.address())
            .field("in_session", &self.session.is_some())
            .finish_non_exhaustive()
    }
}
