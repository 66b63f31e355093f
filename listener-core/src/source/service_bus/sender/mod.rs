//! Sending to a queue or topic, through breaks.

mod attempts;
mod error;

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

pub use error::SendError;

use crate::amqp::{self, Message, Namespace, SteadySender};

/// Sends to one queue or topic, for listeners that answer, forward or schedule. Clones are one; with the last it closes.
///
/// Breaks of link, session or connection are mended in the background, as those of a source are, and what had not left
/// this process waits for the next link. **What had left it, and was not answered, may have arrived**: then
/// [`SendError::is_unknown`] holds, and nothing is sent twice, unless
/// [`at_least_once`](SenderOptions::at_least_once) asks for it. The same is true of a call that is dropped while it waits.
///
/// It has a connection of its own, which is opened once: open it with the application, and give out clones.
///
/// ```no_run
/// use listener_core::{Context, Result, State, amqp::Message, listener};
/// use listener_core::source::service_bus::{Sender, SenderOptions};
///
/// #[listener(message = "Create", entity = "account")]
/// async fn on_create(context: Context, State(answers): State<Sender>) -> Result {
///     let answer = Message::new(r#"{"seen":true}"#)
///         .content_type("application/json")
///         .correlation_id(context.correlation_id().to_string());
///     answers.send(answer).await?;
///     Ok(())
/// }
///
/// # async fn run() -> Result {
/// let namespace = std::env::var("SERVICEBUS_CONNECTION_STRING")?.parse()?;
/// let answers = Sender::open(namespace, "answers", SenderOptions::default()).await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Sender {
    link: SteadySender,
    options: SenderOptions,
    entity: Arc<str>,
}

/// How to send.
///
/// ```
/// use std::time::Duration;
/// use listener_core::source::service_bus::SenderOptions;
///
/// let mut options = SenderOptions::default();
/// options.timeout = Duration::from_secs(10);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SenderOptions {
    /// How long a call may take, with waiting for a link and with what is sent again. A minute.
    pub timeout: Duration,
    /// Sends again what may have arrived already, under the same message id. Ask for it where the entity detects
    /// duplicates, or where a message may come twice. No. Scheduling is never done again: of a message that the entity drops
    /// as a duplicate nobody learns the sequence number.
    pub at_least_once: bool,
}

impl Default for SenderOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(60),
            at_least_once: false,
        }
    }
}

impl Sender {
    /// Attaches to a queue or topic.
    ///
    /// # Errors
    /// As a source's start, by [the same table](super#errors-at-the-start): at once what will not pass by itself, such as
    /// a key without the Send right; the rest once the namespace's
    /// [`start_timeout`](Namespace::start_timeout) has passed.
    pub async fn open(
        namespace: Namespace,
        entity: &str,
        options: SenderOptions,
    ) -> Result<Self, amqp::Error> {
        Ok(Self {
            link: SteadySender::open(namespace, entity).await?,
            options,
            entity: entity.into(),
        })
    }

    /// The queue's or topic's name.
    pub fn entity(&self) -> &str {
        &self.entity
    }

    /// Sends a message, and waits until the service has taken it. One without an id gets one.
    ///
    /// # Errors
    /// If the service does not take it, or there is no link until the [timeout](SenderOptions::timeout), or the answer is
    /// [unknown](SendError::is_unknown). While the service refuses every link, of a deleted entity say, it fails at once.
    pub async fn send(&self, message: Message) -> Result<(), SendError> {
        let message = message.with_id();
        let mut attempts = self.attempts();
        loop {
            let link = attempts.link().await?;
            match link.send(message.clone(), attempts.left()).await {
                Ok(()) => return Ok(()),
                Err(unsent) => attempts.again(unsent, 0).await?,
            }
        }
    }

    /// Sends messages in as few transfers as the link's message size allows, one after the other and in their order, and
    /// waits until all are taken. Those of one transfer are taken together or not at all.
    ///
    /// # Errors
    /// As [`send`](Self::send): the first failure, with [how many](SendError::taken) were taken before it. Those after
    /// the failed transfer were not sent. A message that alone is too large fails before anything is sent.
    pub async fn send_all(
        &self,
        messages: impl IntoIterator<Item = Message>,
    ) -> Result<(), SendError> {
        let messages = messages.into_iter().map(Message::with_id).collect();
        let mut attempts = self.attempts();
        let mut link = attempts.link().await?;
        let packed = link.pack(messages).map_err(SendError::not_sent)?;
        let mut taken = 0;
        for packed in packed {
            while let Err(unsent) = link.send_packed(packed.clone(), attempts.left()).await {
                attempts.again(unsent, taken).await?;
                link = attempts.link().await.map_err(|error| error.after(taken))?;
            }
            taken += packed.len();
        }
        Ok(())
    }

    /// Sends a message that becomes active at this time, in whole milliseconds, and tells its sequence number, by which it
    /// can be [cancelled](Self::cancel).
    ///
    /// # Errors
    /// As [`send`](Self::send); what may have been scheduled is not scheduled again.
    pub async fn schedule(&self, message: Message, at: SystemTime) -> Result<i64, SendError> {
        let numbers = self.schedule_all([message], at).await?;
        Ok(*numbers
            .first()
            .expect("there are as many numbers as messages"))
    }

    /// Sends messages that become active at this time, all of them or none, and tells their sequence numbers in their
    /// order.
    ///
    /// # Errors
    /// As [`schedule`](Self::schedule); also if they are too large for one request.
    pub async fn schedule_all(
        &self,
        messages: impl IntoIterator<Item = Message>,
        at: SystemTime,
    ) -> Result<Vec<i64>, SendError> {
        let due = |message: Message| message.with_id().scheduled_at(at);
        let messages: Vec<_> = messages.into_iter().map(due).collect();
        if messages.is_empty() {
            return Ok(Vec::new());
        }
        let mut attempts = self.attempts().never_twice();
        loop {
            let link = attempts.link().await?;
            match link.schedule(messages.clone(), attempts.left()).await {
                Ok(numbers) => return Ok(numbers),
                Err(unsent) => attempts.again(unsent, 0).await?,
            }
        }
    }

    /// Takes back scheduled messages, all of them or none.
    ///
    /// # Errors
    /// `NotFound` if one of them is active already, or cancelled; where the answer to an earlier attempt was lost, that may
    /// have been this call, and the error is [unknown](SendError::is_unknown). Else as [`send`](Self::send).
    pub async fn cancel(&self, sequence_numbers: &[i64]) -> Result<(), SendError> {
        if sequence_numbers.is_empty() {
            return Ok(());
        }
        // Done twice, it is done once.
        let mut attempts = self.attempts().at_least_once();
        loop {
            let link = attempts.link().await?;
            match link.cancel(sequence_numbers, attempts.left()).await {
                Ok(()) => return Ok(()),
                Err(unsent) => attempts.again(unsent, 0).await?,
            }
        }
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("entity", &self.entity)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
