//! The one inner queue: main queues, subscriptions and dead-letter queues are all of this type.

mod advance;
mod deferred;
mod duplicates;
mod peek;
mod receive;
mod restore;
mod sessions;
mod settle;
mod store;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt,
    sync::Arc,
    time::Duration,
};

use fe2o3_amqp_types::primitives::SimpleValue;
use uuid::Uuid;

use self::{duplicates::Duplicates, sessions::Sessions};
pub(super) use self::{sessions::SessionLock, settle::Prepared};
use super::{
    address::SubQueue,
    durable::Journal,
    error::EngineError,
    line::Line,
    message::{Message, Patch, Received},
    options::QueueOptions,
    time::Timestamp,
};

/// The most that annotations and properties of a message take, in bytes: Azure's limit.
const MAX_HEADER: usize = 64 * 1024;

/// How a receiver takes messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiveMode {
    /// Locked until settled, or until the lock ends.
    PeekLock,
    /// Gone once received.
    ReceiveAndDelete,
}

/// The state of a message (`x-opt-message-state`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageState {
    /// To be received, or being received.
    Active,
    /// Set aside; received by its sequence number only.
    Deferred,
    /// Not due yet.
    Scheduled,
}

impl MessageState {
    /// The number that goes over the wire.
    pub fn code(self) -> i32 {
        match self {
            Self::Active => 0,
            Self::Deferred => 1,
            Self::Scheduled => 2,
        }
    }
}

/// What becomes of a locked message. Changes set application properties.
#[derive(Clone)]
pub enum Settlement {
    /// Done: the message goes.
    Complete,
    /// Failed: the delivery counts, and the message comes again.
    Abandon(Vec<(String, SimpleValue)>),
    /// Set aside until it is received by its sequence number.
    Defer(Vec<(String, SimpleValue)>),
    /// To the dead-letter queue.
    DeadLetter {
        /// What becomes `DeadLetterReason`.
        reason: Option<String>,
        /// What becomes `DeadLetterErrorDescription`.
        description: Option<String>,
        /// Other properties to set.
        changes: Vec<(String, SimpleValue)>,
    },
    /// Given back unused: the delivery does not count.
    Release,
}

/// How many messages a queue holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Active messages, with those that are locked.
    pub active: usize,
    /// Deferred messages.
    pub deferred: usize,
    /// Scheduled messages.
    pub scheduled: usize,
    /// Locked messages.
    pub locked: usize,
    /// What all messages take, in bytes.
    pub bytes: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct QueueId(pub(super) u64);

/// A message in a queue.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) message: Arc<Message>,
    pub(super) state: MessageState,
    pub(super) lock: Option<(Uuid, Timestamp)>,
    pub(super) delivery_count: u32,
    pub(super) enqueue_sequence: i64,
    pub(super) enqueued: Timestamp,
    pub(super) expires: Option<Timestamp>,
    pub(super) dead_letter_source: Option<Arc<str>>,
    pub(super) hops: u8,
    /// How long it lives at most, by the topic it came through.
    pub(super) limit: Option<Duration>,
}

/// A message that leaves its queue for another.
pub(super) struct Outgoing {
    pub(super) entry: Entry,
    pub(super) sequence: i64,
    pub(super) way: Way,
}

pub(super) enum Way {
    DeadLetter(Patch),
    Forward,
    /// A scheduled message of a topic is due.
    Publish,
}

impl Arrivals {
    pub(super) fn of(options: &QueueOptions) -> Self {
        match options.forward_to {
            Some(_) => Self::Forward,
            None => Self::Stay,
        }
    }
}

impl Way {
    pub(super) fn dead_letter(reason: &str, description: &str) -> Self {
        let mut patch = Patch::default();
        patch.set("DeadLetterReason", reason);
        patch.set("DeadLetterErrorDescription", description);
        Self::DeadLetter(patch)
    }
}

/// What becomes of a message that comes into a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrivals {
    /// It stays to be received.
    Stay,
    /// It goes on at once.
    Forward,
    /// It goes to the subscriptions of a topic; only scheduled messages stay.
    Publish,
}

pub(super) struct Queue {
    pub(super) path: Arc<str>,
    pub(super) kind: SubQueue,
    pub(super) options: QueueOptions,
    pub(super) arrivals: Arrivals,
    pub(super) outbox: Vec<Outgoing>,
    /// Where the namespace's timer expects this queue.
    pub(super) armed: Option<Timestamp>,
    pub(super) line: Line,
    pub(super) journal: Journal,
    entries: BTreeMap<i64, Entry>,
    ready: BTreeSet<i64>,
    tokens: HashMap<Uuid, i64>,
    locks: BTreeSet<(Timestamp, i64)>,
    expiries: BTreeSet<(Timestamp, i64)>,
    due: BTreeSet<(Timestamp, i64)>,
    sessions: Sessions,
    duplicates: Duplicates,
    last_sequence: i64,
    deferred: usize,
    bytes: u64,
}

impl Queue {
    pub(super) fn new(
        path: Arc<str>,
        kind: SubQueue,
        options: QueueOptions,
        arrivals: Arrivals,
    ) -> Self {
        Self {
            path,
            kind,
            options,
            arrivals,
            outbox: Vec::new(),
            armed: None,
            line: Line::default(),
            journal: Journal::default(),
            entries: BTreeMap::new(),
            ready: BTreeSet::new(),
            tokens: HashMap::new(),
            locks: BTreeSet::new(),
            expiries: BTreeSet::new(),
            due: BTreeSet::new(),
            sessions: Sessions::default(),
            duplicates: Duplicates::default(),
            last_sequence: 0,
            deferred: 0,
            bytes: 0,
        }
    }

    pub(super) fn counts(&self) -> Counts {
        Counts {
            active: self.entries.len() - self.deferred - self.due.len(),
            deferred: self.deferred,
            scheduled: self.due.len(),
            locked: self.tokens.len(),
            bytes: self.bytes,
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Refuses what the queue cannot take, before anything is changed.
    pub(super) fn check(&self, message: &Message) -> Result<(), EngineError> {
        if !self.options.status.can_send() {
            return Err(EngineError::Disabled);
        }
        if self.options.requires_session && message.session().is_none() {
            return Err(EngineError::NotAllowed(
                "the entity requires sessions: set a session id on the message",
            ));
        }
        if self.lacks_session_room(message) {
            return Err(EngineError::LimitExceeded("sessions of the entity"));
        }
        Ok(())
    }

    fn lacks_session_room(&self, message: &Message) -> bool {
        let limit = self.options.max_sessions;
        let mut id = message.session().into_iter();
        self.options.requires_session && id.any(|id| self.sessions.full(id, limit))
    }

    /// Remembers the message's id, and tells whether it was known.
    pub(super) fn is_duplicate(&mut self, message: &Message, now: Timestamp) -> bool {
        let Some(window) = self.options.duplicate_detection else {
            return false;
        };
        let id = message.message_id();
        self.duplicates.seen(id, now, window, &self.journal)
    }

    /// Takes in a message: to be received, to wait until it is due, or to go on.
    ///
    /// Returns its sequence number.
    pub(super) fn arrive(&mut self, mut entry: Entry, now: Timestamp) -> i64 {
        let sequence = self.next_sequence();
        if entry.enqueue_sequence == 0 {
            entry.enqueue_sequence = sequence;
        }
        if entry.enqueued > now {
            entry.state = MessageState::Scheduled;
            self.append(sequence, entry);
            return sequence;
        }
        entry.state = MessageState::Active;
        match self.arrivals {
            Arrivals::Stay if entry.message.header_size() > MAX_HEADER => {
                self.send_out(sequence, entry, header_size_exceeded());
            }
            Arrivals::Stay => {
                entry.expires = self.expiry(&entry);
                self.append(sequence, entry);
            }
            Arrivals::Forward => self.send_out(sequence, entry, Way::Forward),
            Arrivals::Publish => self.send_out(sequence, entry, Way::Publish),
        }
        sequence
    }

    /// As [`arrive`](Self::arrive) for a topic's copy: the topic's limit of life counts too, and what the subscription
    /// cannot hold is dead-lettered, since the sender must not suffer from it.
    pub(super) fn arrive_limited(
        &mut self,
        mut entry: Entry,
        limit: Option<Duration>,
        now: Timestamp,
    ) {
        if self.options.requires_session && entry.message.session().is_none() {
            self.arrive_dead(
                entry,
                "Session id is null.",
                "Session enabled entity doesn't allow a message whose session identifier is null.",
            );
            return;
        }
        if self.lacks_session_room(&entry.message) {
            self.arrive_dead(
                entry,
                "SessionLimitExceeded",
                "The subscription has as many sessions as it can have.",
            );
            return;
        }
        entry.limit = limit;
        self.arrive(entry, now);
    }

    /// Takes in a message for the dead-letter queue only.
    pub(super) fn arrive_dead(&mut self, mut entry: Entry, reason: &str, description: &str) {
        let sequence = self.next_sequence();
        entry.enqueue_sequence = sequence;
        self.send_out(sequence, entry, Way::dead_letter(reason, description));
    }

    pub(super) fn wake_everyone(&mut self) {
        self.line.wake_all();
        self.sessions.wake_everyone();
    }

    /// Takes in a dead letter, which keeps its sequence number: all that come here are from one queue.
    pub(super) fn bury(&mut self, sequence: i64, mut entry: Entry) {
        entry.state = MessageState::Active;
        entry.lock = None;
        entry.expires = None;
        self.append(sequence, entry);
    }

    fn next_sequence(&mut self) -> i64 {
        self.last_sequence += 1;
        self.journal.number(self.last_sequence);
        self.last_sequence
    }

    fn expiry(&self, entry: &Entry) -> Option<Timestamp> {
        let own = entry.message.time_to_live().map(Duration::from_millis);
        let limit = match (self.options.default_time_to_live, entry.limit) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let ttl = match (own, limit) {
            (Some(own), Some(limit)) => own.min(limit),
            (own, limit) => own.or(limit)?,
        };
        Some(entry.enqueued.after(ttl))
    }

    fn send_out(&mut self, sequence: i64, mut entry: Entry, way: Way) {
        entry.lock = None;
        self.outbox.push(Outgoing {
            entry,
            sequence,
            way,
        });
    }
}

fn header_size_exceeded() -> Way {
    Way::dead_letter(
        "HeaderSizeExceeded",
        "The size quota for this stream has been exceeded.",
    )
}

impl fmt::Debug for Settlement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is set on a message is business data.
        f.write_str(match self {
            Self::Complete => "Complete",
            Self::Abandon(_) => "Abandon",
            Self::Defer(_) => "Defer",
            Self::DeadLetter { .. } => "DeadLetter",
            Self::Release => "Release",
        })
    }
}

impl Entry {
    fn received(&self, sequence: i64) -> Received {
        Received {
            message: Arc::clone(&self.message),
            sequence_number: sequence,
            enqueue_sequence_number: self.enqueue_sequence,
            enqueued: self.enqueued,
            expires: self.expires,
            delivery_count: self.delivery_count,
            state: self.state,
            lock: self.lock,
            dead_letter_source: self.dead_letter_source.clone(),
        }
    }

    /// A message that is sent now, and is due then or when it says.
    pub(super) fn sent(message: Message, due: Option<Timestamp>, now: Timestamp) -> Self {
        let due = due.or(message.scheduled_enqueue_time()).unwrap_or(now);
        Self::new(message.into(), due.max(now))
    }

    pub(super) fn new(message: Arc<Message>, enqueued: Timestamp) -> Self {
        Self {
            message,
            state: MessageState::Active,
            lock: None,
            delivery_count: 0,
            enqueue_sequence: 0,
            enqueued,
            expires: None,
            dead_letter_source: None,
            hops: 0,
            limit: None,
        }
    }
}
