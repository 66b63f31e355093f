//! Setting aside: who is told of it, and when.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use tokio::{
    runtime::Handle as Runtime,
    time::{Instant, timeout},
};
use uuid::Uuid;

use super::{held::Held, shelf};
use crate::{BoxFuture, Delivery, Failure, Note, Outcome, Result, amqp::Value};

/// A message that is about to be deferred, and what it is about.
///
/// `Debug` leaves out the ids that its sender chose.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeferredMessage {
    /// What alone brings it back: [`Handle::receive_deferred`](super::Handle::receive_deferred). It stays the same, however
    /// often the message is deferred.
    pub sequence_number: i64,
    /// The session that it belongs to.
    pub session_id: Option<String>,
    /// The id that its sender gave it, where that is a text.
    pub message_id: Option<String>,
    /// The message's name, such as `Update`.
    pub message_name: String,
    /// The table's logical name.
    pub entity_logical_name: String,
    /// The row's id.
    pub primary_entity_id: Option<Uuid>,
    /// How often it was delivered, this delivery included.
    pub attempt: u32,
}

/// Who is told of what is deferred.
#[derive(Clone)]
pub(super) struct OnDefer(Arc<dyn Fn(DeferredMessage) -> BoxFuture<'static, Result> + Send + Sync>);

impl OnDefer {
    pub(super) fn new<F>(tell: impl Fn(DeferredMessage) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result> + Send + 'static,
    {
        Self(Arc::new(move |message| Box::pin(tell(message))))
    }
}

impl Held {
    /// Settles it, as the message that this delivery shows. It neither blocks nor waits.
    ///
    /// What is to be deferred is told first, and deferred after that. The other way round, a process that dies in between
    /// leaves a deferred message whose number nobody has; this way it leaves a number whose message comes again by itself.
    pub(super) fn conclude(
        self,
        outcome: Outcome,
        note: Note,
        shown: &Delivery,
        on_defer: Option<OnDefer>,
    ) {
        if let Some(session) = &self.desk.session
            && outcome.is_release()
        {
            session.note_release();
            if self.is_lost() {
                // It comes again already, and its session waits for it to be over.
                return;
            }
        }
        let record = shown.clone();
        let record = move || shelf::record(&record);
        if !matches!(outcome, Outcome::Defer { .. }) {
            return self.settle(outcome, note, record);
        }
        let Some(message) = self.deferred(shown) else {
            let source = &*self.desk.name;
            tracing::warn!(source, "Deferring a message that has no sequence number.");
            return self.settle(outcome, note, record);
        };
        let DeferredMessage {
            sequence_number,
            message_name,
            entity_logical_name: entity,
            ..
        } = &message;
        let source = &*self.desk.name;
        tracing::info!(
            source,
            sequence_number,
            message_name,
            entity,
            "Deferring: its number alone brings it back."
        );
        match on_defer {
            None => self.settle(outcome, note, record),
            Some(on_defer) => self.defer(outcome, note, message, &on_defer, record),
        }
    }

    fn defer(
        self,
        outcome: Outcome,
        note: Note,
        message: DeferredMessage,
        on_defer: &OnDefer,
        record: impl FnOnce() -> Option<Uuid> + Send + 'static,
    ) {
        let Ok(runtime) = Runtime::try_current() else {
            let outcome = Outcome::release("on_defer could not run");
            return self.settle(outcome, failed_to_tell(note), record);
        };
        let within = self.desk.options.answer_timeout;
        self.renew_until(Instant::now() + within);
        let on_defer = on_defer.clone();
        // A task of its own, so that a panic ends nothing but it.
        let mut told = runtime.spawn(async move { (on_defer.0)(message).await });
        runtime.spawn(async move {
            let failed = match timeout(within, &mut told).await {
                Ok(Ok(Ok(()))) => None,
                Ok(Ok(Err(error))) => Some(format!("on_defer failed: {error}")),
                Ok(Err(_)) => Some("on_defer panicked".to_owned()),
                Err(_) => Some(late(within)),
            };
            told.abort();
            match failed {
                None => self.settle(outcome, note, record),
                Some(cause) => {
                    let source = &*self.desk.name;
                    tracing::error!(source, cause, "Not deferred, but released.");
                    self.settle(Outcome::release(cause), failed_to_tell(note), record);
                }
            }
        });
    }

    fn deferred(&self, shown: &Delivery) -> Option<DeferredMessage> {
        let message = self.came.message().ok()?;
        let session_id = message.session_id().map(str::to_owned);
        Some(DeferredMessage {
            sequence_number: message.sequence_number()?,
            session_id,
            message_id: match message.message_id() {
                Value::String(id) => Some(id.clone()),
                Value::Uuid(id) => Some(id.to_string()),
                _ => None,
            },
            message_name: shown.message_name().unwrap_or_default().to_owned(),
            entity_logical_name: shown.primary_entity_name().unwrap_or_default().to_owned(),
            primary_entity_id: shown.primary_entity_id().ok().filter(|id| !id.is_nil()),
            attempt: self.attempt,
        })
    }
}

/// The message fails as if its listener had.
fn failed_to_tell(note: Note) -> Note {
    let mut failed = Note::new(Failure::Transient);
    failed.route = note.route;
    failed
}

fn late(within: Duration) -> String {
    format!("on_defer did not end within {within:?}")
}

impl fmt::Debug for DeferredMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeferredMessage")
            .field("sequence_number", &self.sequence_number)
            .field("message_name", &self.message_name)
            .field("entity_logical_name", &self.entity_logical_name)
            .field("primary_entity_id", &self.primary_entity_id)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for OnDefer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnDefer")
    }
}
