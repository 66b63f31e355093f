//! All entities of a namespace, and the ways of messages between them. Nothing here waits or reads a clock.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use super::{
    address::{Address, SubQueue},
    durable::Log,
    error::EngineError,
    message::Message,
    options::NamespaceOptions,
    queue::{Entry, Outgoing, Queue, QueueId, Way},
    time::Timestamp,
    topic::Installed,
};

/// How often a message may be forwarded: Azure's limit.
const MAX_HOPS: u8 = 4;

pub(super) struct Core {
    pub(super) options: NamespaceOptions,
    pub(super) entities: BTreeMap<String, Entity>,
    pub(super) queues: HashMap<QueueId, Queue>,
    pub(super) deadlines: BTreeSet<(Timestamp, QueueId)>,
    pub(super) last_id: u64,
    /// Where a durable namespace writes what changes.
    pub(super) log: Option<Arc<Log>>,
}

pub(super) enum Entity {
    Queue(Trio),
    /// Holds scheduled messages in a queue of its own.
    Topic(QueueId),
    Subscription(Trio, Vec<Installed>),
}

/// A queue and its two dead-letter queues.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trio {
    pub(super) main: QueueId,
    pub(super) dead_letter: QueueId,
    pub(super) transfer: QueueId,
}

impl Core {
    pub(super) fn new(options: NamespaceOptions) -> Self {
        Self {
            options,
            entities: BTreeMap::new(),
            queues: HashMap::new(),
            deadlines: BTreeSet::new(),
            last_id: 0,
            log: None,
        }
    }

    /// What all messages take, in bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.queues.values().map(Queue::bytes).sum()
    }

    pub(super) fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// Brings all queues up to date whose time has come.
    pub(super) fn advance(&mut self, now: Timestamp) {
        while let Some(&(_, id)) = self.deadlines.first().filter(|(at, _)| *at <= now) {
            self.visit(id, now, |_| ());
        }
    }

    /// Does something with a queue as it is now, then whatever follows from it elsewhere.
    pub(super) fn visit<R>(
        &mut self,
        id: QueueId,
        now: Timestamp,
        what: impl FnOnce(&mut Queue) -> R,
    ) -> Option<R> {
        let queue = self.queues.get_mut(&id)?;
        queue.advance(now);
        let result = what(queue);
        self.settle_down(id, now);
        Some(result)
    }

    /// Moves what left a queue to where it goes, and sets the timer.
    fn settle_down(&mut self, id: QueueId, now: Timestamp) {
        let mut touched = vec![id];
        while let Some(id) = touched.pop() {
            let Some(queue) = self.queues.get_mut(&id) else {
                continue;
            };
            let next = queue.next_deadline();
            // A timer that is too early only looks once more.
            let late = match (queue.armed, next) {
                (Some(armed), Some(next)) => next < armed || armed <= now,
                (armed, next) => armed != next,
            };
            if late {
                if let Some(armed) = queue.armed.take() {
                    self.deadlines.remove(&(armed, id));
                }
                queue.armed = next;
                self.deadlines.extend(next.map(|next| (next, id)));
            }
            if queue.outbox.is_empty() {
                continue;
            }
            let path = Arc::clone(&queue.path);
            for outgoing in std::mem::take(&mut queue.outbox) {
                self.move_on(&path, outgoing, now, &mut touched);
            }
        }
    }

    fn move_on(
        &mut self,
        from: &Arc<str>,
        outgoing: Outgoing,
        now: Timestamp,
        touched: &mut Vec<QueueId>,
    ) {
        let Outgoing {
            mut entry,
            sequence,
            way,
        } = outgoing;
        let Some(trio) = self.trio(from) else {
            if let Way::Publish = way {
                // Nothing holds what no subscription takes.
                let _ = self.publish(from, entry, now, touched);
            }
            return;
        };
        let options = self.queues.get(&trio.main).map(|queue| &queue.options);
        let target = options.and_then(|options| match way {
            Way::DeadLetter(_) => options.forward_dead_lettered_to.clone(),
            Way::Forward | Way::Publish => options.forward_to.clone(),
        });
        if let Way::DeadLetter(patch) = &way {
            entry.message = entry.message.patched(patch).into();
        }
        if let Some(target) = target {
            let mut forwarded = entry.clone();
            forwarded.hops += 1;
            forwarded.delivery_count = 0;
            if let Way::DeadLetter(_) = way {
                forwarded.dead_letter_source = Some(Arc::clone(from));
            }
            match self.forward(&target, forwarded, now, touched) {
                Ok(()) => return,
                Err((reason, description)) => {
                    let mut patch = super::message::Patch::default();
                    patch.set("DeadLetterReason", reason);
                    patch.set("DeadLetterErrorDescription", &description);
                    entry.message = entry.message.patched(&patch).into();
                    self.bury(trio.transfer, sequence, entry, touched);
                    return;
                }
            }
        }
        self.bury(trio.dead_letter, sequence, entry, touched);
    }

    fn bury(&mut self, id: QueueId, sequence: i64, entry: Entry, touched: &mut Vec<QueueId>) {
        if let Some(queue) = self.queues.get_mut(&id) {
            queue.bury(sequence, entry);
            touched.push(id);
        }
    }

    fn forward(
        &mut self,
        target: &str,
        entry: Entry,
        now: Timestamp,
        touched: &mut Vec<QueueId>,
    ) -> Result<(), (&'static str, String)> {
        if entry.hops > MAX_HOPS {
            return Err((
                "MaxTransferHopCountExceeded",
                "The maximum number of allowed hops when forwarding between queues has been exceeded."
                    .to_owned(),
            ));
        }
        let path = target.to_lowercase();
        let refused = |error: EngineError| (error.condition(), error.to_string());
        self.check_room(&path, &entry.message).map_err(refused)?;
        self.put(&path, entry, now, touched).map_err(refused)?;
        Ok(())
    }

    /// Refuses what the entity at `path` cannot take, before anything is changed.
    pub(super) fn check_room(&self, path: &str, message: &Message) -> Result<(), EngineError> {
        let size = message.size();
        if size > self.options.max_message_bytes {
            return Err(EngineError::TooLarge {
                bytes: size,
                limit: self.options.max_message_bytes,
            });
        }
        match self.entities.get(path) {
            Some(Entity::Queue(trio)) => {
                let queue = self.queue(trio.main)?;
                queue.check(message)?;
                self.check_quota(trio, queue)
            }
            Some(Entity::Topic(inbox)) => {
                let queue = self.queue(*inbox)?;
                queue.check(message)?;
                if queue.bytes() >= queue.options.max_bytes {
                    return Err(EngineError::LimitExceeded(
                        "size of the topic's scheduled messages; cancel some first",
                    ));
                }
                for trio in self.subscriptions(path).filter_map(Entity::trio) {
                    self.check_quota(trio, self.queue(trio.main)?)?;
                }
                Ok(())
            }
            Some(Entity::Subscription(..)) => Err(EngineError::NotAllowed(
                "a subscription cannot be sent to: send to its topic",
            )),
            None => Err(EngineError::NotFound {
                entity: path.to_owned(),
            }),
        }
    }

    fn check_quota(&self, trio: &Trio, queue: &Queue) -> Result<(), EngineError> {
        let ids = [trio.main, trio.dead_letter, trio.transfer];
        let bytes = ids
            .iter()
            .filter_map(|id| self.queues.get(id))
            .map(Queue::bytes);
        if bytes.sum::<u64>() >= queue.options.max_bytes {
            return Err(EngineError::LimitExceeded(
                "size of the entity with its dead-letter queues; receive or purge first",
            ));
        }
        Ok(())
    }

    /// Puts a message into a queue or topic that was checked.
    pub(super) fn put(
        &mut self,
        path: &str,
        entry: Entry,
        now: Timestamp,
        touched: &mut Vec<QueueId>,
    ) -> Result<i64, EngineError> {
        let id = match self.entities.get(path) {
            Some(Entity::Queue(trio)) => trio.main,
            Some(Entity::Topic(inbox)) => *inbox,
            _ => {
                return Err(EngineError::NotFound {
                    entity: path.to_owned(),
                });
            }
        };
        let queue = self.queue_mut(id)?;
        touched.push(id);
        if queue.is_duplicate(&entry.message, now) {
            // Azure accepts a duplicate and drops it.
            return Ok(0);
        }
        Ok(queue.arrive(entry, now))
    }

    /// Sends a batch: all messages, or none.
    pub(super) fn send(
        &mut self,
        path: &str,
        entries: Vec<Entry>,
        now: Timestamp,
    ) -> Result<Vec<i64>, EngineError> {
        self.check_send(path, entries.iter().map(|entry| &*entry.message))?;
        self.put_all(path, entries, now)
    }

    /// Refuses a batch that the entity at `path` cannot take, before anything is changed.
    pub(super) fn check_send<'a>(
        &self,
        path: &str,
        messages: impl ExactSizeIterator<Item = &'a Message> + Clone,
    ) -> Result<(), EngineError> {
        if messages.len() > self.options.max_batch {
            return Err(EngineError::LimitExceeded("messages of one batch"));
        }
        let limit = self.options.max_message_bytes;
        let bytes = messages.clone().map(Message::size).sum();
        if bytes > limit {
            // A batch travels as one message.
            return Err(EngineError::TooLarge { bytes, limit });
        }
        for message in messages {
            self.check_room(path, message)?;
        }
        Ok(())
    }

    /// Puts a batch that was checked.
    pub(super) fn put_all(
        &mut self,
        path: &str,
        entries: Vec<Entry>,
        now: Timestamp,
    ) -> Result<Vec<i64>, EngineError> {
        let mut sequences = Vec::with_capacity(entries.len());
        let mut touched = Vec::new();
        for entry in entries {
            sequences.push(self.put(path, entry, now, &mut touched)?);
        }
        touched.dedup();
        for id in touched {
            self.settle_down(id, now);
        }
        Ok(sequences)
    }

    /// The queue that an address names.
    pub(super) fn resolve(&self, address: &Address) -> Result<QueueId, EngineError> {
        match self.entities.get(&address.entity) {
            Some(Entity::Queue(trio) | Entity::Subscription(trio, _)) => {
                Ok(match address.sub_queue {
                    SubQueue::Main => trio.main,
                    SubQueue::DeadLetter => trio.dead_letter,
                    SubQueue::TransferDeadLetter => trio.transfer,
                })
            }
            Some(Entity::Topic(_)) => Err(EngineError::NotAllowed(
                "a topic cannot be received from: receive from a subscription",
            )),
            None => Err(EngineError::NotFound {
                entity: address.entity.clone(),
            }),
        }
    }

    pub(super) fn queue(&self, id: QueueId) -> Result<&Queue, EngineError> {
        self.queues.get(&id).ok_or_else(gone)
    }

    pub(super) fn queue_mut(&mut self, id: QueueId) -> Result<&mut Queue, EngineError> {
        self.queues.get_mut(&id).ok_or_else(gone)
    }

    pub(super) fn subscriptions(&self, topic: &str) -> impl Iterator<Item = &Entity> + '_ {
        let below = format!("{topic}/subscriptions/");
        self.entities
            .range(below.clone()..)
            .take_while(move |(path, _)| path.starts_with(&below))
            .map(|(_, entity)| entity)
    }

    fn trio(&self, path: &str) -> Option<Trio> {
        self.entities.get(path)?.trio().copied()
    }
}

impl Entity {
    pub(super) fn trio(&self) -> Option<&Trio> {
        match self {
            Self::Queue(trio) | Self::Subscription(trio, _) => Some(trio),
            Self::Topic(_) => None,
        }
    }
}

/// What a handle gets whose entity was deleted.
pub(super) fn gone() -> EngineError {
    EngineError::NotFound {
        entity: "(deleted)".to_owned(),
    }
}
