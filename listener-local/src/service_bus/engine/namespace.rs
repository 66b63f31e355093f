use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use tokio::sync::Notify;

use super::{
    address::{Address, subscription_path},
    catalog::Description,
    core::{Core, Entity},
    durable::{Log, Writer},
    error::EngineError,
    handle::MessageQueue,
    message::Message,
    options::{NamespaceOptions, QueueOptions, SubscriptionOptions, TopicOptions},
    queue::{Entry, QueueId},
    time::{Clock, Timestamp},
};

/// All entities of a Service Bus namespace. Clones are the same namespace.
#[derive(Clone)]
pub struct Namespace {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    core: Arc<Mutex<Core>>,
    pub(super) clock: Clock,
    alarm: Arc<Notify>,
    /// Of a durable namespace.
    writer: Option<Writer>,
}

impl Namespace {
    /// An empty namespace in memory. One task watches its time and ends with it.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime.
    pub fn new(options: NamespaceOptions) -> Self {
        Self::start(Arc::new(Mutex::new(Core::new(options))), None)
    }

    pub(super) fn start(core: Arc<Mutex<Core>>, writer: Option<Writer>) -> Self {
        let alarm = Arc::new(Notify::new());
        let shared = Arc::new(Shared {
            core,
            clock: Clock::start(),
            alarm: Arc::clone(&alarm),
            writer,
        });
        tokio::spawn(watch(Arc::downgrade(&shared), alarm));
        Self { shared }
    }

    /// The settings and limits that it was made with.
    pub fn options(&self) -> NamespaceOptions {
        self.shared.lock().options.clone()
    }

    /// Creates a queue.
    ///
    /// # Errors
    ///
    /// `AlreadyExists`, `LimitExceeded`, or `Argument` for a name or options that do not hold.
    pub fn create_queue(&self, name: &str, options: QueueOptions) -> Result<(), EngineError> {
        self.shared.lock().create_queue(name, options, None)
    }

    /// Creates a topic.
    ///
    /// # Errors
    ///
    /// As [`create_queue`](Self::create_queue).
    pub fn create_topic(&self, name: &str, options: &TopicOptions) -> Result<(), EngineError> {
        self.shared.lock().create_topic(name, options)
    }

    /// Creates a subscription of a topic; it starts with the rule `$Default`, which lets everything pass.
    ///
    /// # Errors
    ///
    /// As [`create_queue`](Self::create_queue), and `NotFound` without the topic.
    pub fn create_subscription(
        &self,
        topic: &str,
        name: &str,
        options: SubscriptionOptions,
    ) -> Result<(), EngineError> {
        let now = self.shared.clock.now();
        let mut core = self.shared.lock();
        core.create_subscription(topic, name, options, now)
    }

    /// Changes the options of a queue, for messages that come from then on. What is there stays as it is, but goes on
    /// where the queue forwards now.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Argument` for options that do not hold, and `NotAllowed` for what Azure decides at the creation:
    /// whether sessions are required, and whether duplicates are detected.
    pub fn update_queue(&self, name: &str, options: QueueOptions) -> Result<(), EngineError> {
        let now = self.shared.clock.now();
        let mut core = self.shared.lock();
        let before = core.next_deadline();
        let result = core.update_queue(&name.to_lowercase(), options, now);
        self.shared.rearm(&core, before);
        result
    }

    /// Changes the options of a subscription.
    ///
    /// # Errors
    ///
    /// As [`update_queue`](Self::update_queue).
    pub fn update_subscription(
        &self,
        topic: &str,
        name: &str,
        options: SubscriptionOptions,
    ) -> Result<(), EngineError> {
        self.update_queue(&subscription_path(topic, name), options)
    }

    /// Changes the options of a topic.
    ///
    /// # Errors
    ///
    /// As [`update_queue`](Self::update_queue).
    pub fn update_topic(&self, name: &str, options: &TopicOptions) -> Result<(), EngineError> {
        let now = self.shared.clock.now();
        let mut core = self.shared.lock();
        core.update_topic(&name.to_lowercase(), options, now)
    }

    /// Deletes an entity and its messages, a topic with its subscriptions. Receivers that wait get `NotFound`.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub fn delete(&self, path: &str) -> Result<(), EngineError> {
        self.shared.lock().delete(path)
    }

    /// What an entity is, and how full.
    ///
    /// # Errors
    ///
    /// `NotFound`.
    pub fn describe(&self, path: &str) -> Result<Description, EngineError> {
        let now = self.shared.clock.now();
        self.shared.lock().describe(path, now)
    }

    /// The paths of all entities, in order and in lower case.
    pub fn entities(&self) -> Vec<String> {
        self.shared.lock().entities.keys().cloned().collect()
    }

    /// Sends one message to a queue or topic; gives its sequence number, 0 for a duplicate that was dropped.
    ///
    /// A message whose scheduled time is still to come waits for it.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Disabled`, `TooLarge`, `LimitExceeded`, and `NotAllowed` for a message without a session id where
    /// one is required.
    pub fn send(&self, path: &str, message: Message) -> Result<i64, EngineError> {
        let sequences = self.send_batch(path, vec![message])?;
        Ok(sequences.first().copied().unwrap_or(0))
    }

    /// Sends several messages: all, or none.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn send_batch(&self, path: &str, messages: Vec<Message>) -> Result<Vec<i64>, EngineError> {
        self.put(path, messages, None)
    }

    /// Sends messages that are due at a time to come; gives the numbers by which they can be cancelled.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub fn schedule(
        &self,
        path: &str,
        messages: Vec<Message>,
        due: Timestamp,
    ) -> Result<Vec<i64>, EngineError> {
        self.put(path, messages, Some(due))
    }

    /// Cancels scheduled messages of a queue or topic: all, or none.
    ///
    /// # Errors
    ///
    /// `NotFound`, and `MessageNotFound` for a number that is not scheduled (any more).
    pub fn cancel_scheduled(&self, path: &str, sequences: &[i64]) -> Result<(), EngineError> {
        let address = Address::parse(path)?;
        let mut core = self.shared.lock();
        let id = match core.entities.get(&address.entity) {
            Some(Entity::Topic(inbox)) => *inbox,
            _ => core.resolve(&address)?,
        };
        let now = self.shared.clock.now();
        let done = core.visit(id, now, |queue| queue.cancel(sequences));
        done.unwrap_or_else(|| Err(super::core::gone()))
    }

    /// A queue, a subscription or one of their dead-letter queues, to receive from.
    ///
    /// # Errors
    ///
    /// `NotFound`, `NotAllowed` for a topic, and `Argument` for what is no address.
    pub fn open(&self, address: &str) -> Result<MessageQueue, EngineError> {
        self.open_or_make(address, false)
    }

    /// As [`open`](Self::open) for a receiver that accepts sessions: what is created on use requires them.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_with_session(&self, address: &str) -> Result<MessageQueue, EngineError> {
        self.open_or_make(address, true)
    }

    fn open_or_make(&self, address: &str, sessions: bool) -> Result<MessageQueue, EngineError> {
        let address = Address::parse(address)?;
        let now = self.shared.clock.now();
        let mut core = self.shared.lock();
        core.make_for_receiver(&address, sessions, now)?;
        let id = core.resolve(&address)?;
        Ok(MessageQueue {
            shared: Arc::clone(&self.shared),
            id,
        })
    }

    /// The present time of this namespace.
    pub fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }

    fn put(
        &self,
        path: &str,
        messages: Vec<Message>,
        due: Option<Timestamp>,
    ) -> Result<Vec<i64>, EngineError> {
        let address = Address::parse(path)?;
        if address.sub_queue != super::address::SubQueue::Main {
            return Err(EngineError::NotAllowed(
                "a dead-letter queue cannot be sent to",
            ));
        }
        self.shared.check_disk()?;
        let now = self.shared.clock.now();
        let entry = |message| Entry::sent(message, due, now);
        let sessions = messages
            .first()
            .is_some_and(|first| first.session().is_some());
        let entries = messages.into_iter().map(entry).collect();
        let mut core = self.shared.lock();
        core.make_for_sender(&address, sessions)?;
        let before = core.next_deadline();
        let sequences = core.send(&address.entity, entries, now);
        self.shared.rearm(&core, before);
        sequences
    }
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, Core> {
        // Nothing in here panics; if it did, the namespace would still serve.
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with a queue, as it is now.
    pub(super) fn visit<R>(
        &self,
        id: QueueId,
        what: impl FnOnce(&mut super::queue::Queue, Timestamp) -> Result<R, EngineError>,
    ) -> Result<R, EngineError> {
        let mut core = self.lock();
        let now = self.clock.now();
        let before = core.next_deadline();
        let result = core.visit(id, now, |queue| what(queue, now));
        self.rearm(&core, before);
        result.unwrap_or_else(|| Err(super::core::gone()))
    }

    pub(super) fn log(&self) -> Option<&Arc<Log>> {
        self.writer.as_ref().map(Writer::log)
    }

    /// Refuses what could not be kept at present.
    pub(super) fn check_disk(&self) -> Result<(), EngineError> {
        match self.log().and_then(|log| log.failure()) {
            Some(failure) => Err(failure),
            None => Ok(()),
        }
    }

    pub(super) fn rearm(&self, core: &Core, before: Option<Timestamp>) {
        if let Some(next) = core.next_deadline()
            && before.is_none_or(|before| next < before)
        {
            self.alarm.notify_one();
        }
    }
}

impl fmt::Debug for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Namespace").finish_non_exhaustive()
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.alarm.notify_one();
    }
}

/// Wakes queues whose time has come, until the namespace is gone.
async fn watch(shared: Weak<Shared>, alarm: Arc<Notify>) {
    while let Some(strong) = shared.upgrade() {
        let next = {
            let mut core = strong.lock();
            core.advance(strong.clock.now());
            core.next_deadline()
        };
        let until = next.and_then(|next| strong.clock.instant(next));
        drop(strong);
        match until {
            Some(until) => {
                let _ = tokio::time::timeout_at(until, alarm.notified()).await;
            }
            None => alarm.notified().await,
        }
    }
}
