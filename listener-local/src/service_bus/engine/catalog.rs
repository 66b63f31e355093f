//! Creating, deleting and describing entities.

use std::sync::Arc;

use super::{
    address::{SubQueue, subscription_path},
    core::{Core, Entity, Trio},
    durable::{EntityRecord, Journal},
    error::EngineError,
    options::{QueueOptions, SubscriptionOptions, TopicOptions},
    queue::{Arrivals, Counts, Queue, QueueId},
    time::Timestamp,
    topic::Installed,
};
use crate::service_bus::rules::Rule;

/// The longest path of an entity, in bytes: Azure's limit.
const MAX_PATH: usize = 260;

/// What kind of entity a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntityKind {
    /// A queue.
    Queue,
    /// A topic.
    Topic,
    /// A subscription of a topic.
    Subscription,
}

/// An entity as it is now.
#[derive(Clone, Debug)]
pub struct Description {
    /// What it is.
    pub kind: EntityKind,
    /// Its options; for a topic those that topics have.
    pub options: QueueOptions,
    /// What it holds; for a topic its scheduled messages.
    pub counts: Counts,
    /// What its dead-letter queue holds.
    pub dead_letter: Counts,
    /// What its transfer dead-letter queue holds.
    pub transfer_dead_letter: Counts,
}

impl Core {
    pub(super) fn create_queue(
        &mut self,
        path: &str,
        options: QueueOptions,
        rules: Option<Vec<Installed>>,
    ) -> Result<(), EngineError> {
        let key = self.free_path(path)?;
        check_options(&options)?;
        let trio = Trio {
            main: self.next_id(),
            dead_letter: self.next_id(),
            transfer: self.next_id(),
        };
        self.place_queues(&key, trio, options);
        let entity = match rules {
            Some(rules) => Entity::Subscription(trio, rules),
            None => Entity::Queue(trio),
        };
        self.record(&key, &entity);
        self.entities.insert(key, entity);
        Ok(())
    }

    pub(super) fn create_topic(
        &mut self,
        path: &str,
        options: &TopicOptions,
    ) -> Result<(), EngineError> {
        let key = self.free_path(path)?;
        let inbox = self.next_id();
        self.place_inbox(&key, inbox, topic_options(options));
        let entity = Entity::Topic(inbox);
        self.record(&key, &entity);
        self.entities.insert(key, entity);
        Ok(())
    }

    /// Makes a subscription with the rule that takes everything.
    pub(super) fn create_subscription(
        &mut self,
        topic: &str,
        name: &str,
        options: SubscriptionOptions,
        now: Timestamp,
    ) -> Result<(), EngineError> {
        let topic = topic.to_lowercase();
        match self.entities.get(&topic) {
            Some(Entity::Topic(_)) => {}
            _ => return Err(EngineError::NotFound { entity: topic }),
        }
        let rule = Installed {
            rule: Rule::default(),
            created: now,
        };
        let path = subscription_path(&topic, name);
        self.create_queue(&path, options, Some(vec![rule]))
    }

    /// Deletes an entity and all its messages; a topic with its subscriptions.
    pub(super) fn delete(&mut self, path: &str) -> Result<(), EngineError> {
        let key = path.to_lowercase();
        if !self.entities.contains_key(&key) {
            return Err(EngineError::NotFound { entity: key });
        }
        let below = format!("{key}/subscriptions/");
        let mut doomed: Vec<String> = self
            .entities
            .range(below.clone()..)
            .take_while(|(path, _)| path.starts_with(&below))
            .map(|(path, _)| path.clone())
            .collect();
        doomed.push(key);
        for path in doomed {
            let ids = match self.entities.remove(&path) {
                Some(Entity::Topic(inbox)) => vec![inbox],
                Some(Entity::Queue(trio) | Entity::Subscription(trio, _)) => {
                    vec![trio.main, trio.dead_letter, trio.transfer]
                }
                None => Vec::new(),
            };
            if let Some(log) = &self.log {
                log.entity(&path, None);
                ids.iter().for_each(|id| log.drop_queue(*id));
            }
            for id in ids {
                if let Some(mut queue) = self.queues.remove(&id) {
                    if let Some(armed) = queue.armed {
                        self.deadlines.remove(&(armed, id));
                    }
                    queue.wake_everyone();
                }
            }
        }
        Ok(())
    }

    /// What an entity is, and how full.
    pub(super) fn describe(
        &mut self,
        path: &str,
        now: Timestamp,
    ) -> Result<Description, EngineError> {
        let path = path.to_lowercase();
        let (kind, main, dead) = match self.entities.get(&path) {
            Some(Entity::Queue(trio)) => (EntityKind::Queue, trio.main, Some(*trio)),
            Some(Entity::Subscription(trio, _)) => {
                (EntityKind::Subscription, trio.main, Some(*trio))
            }
            Some(Entity::Topic(inbox)) => (EntityKind::Topic, *inbox, None),
            None => return Err(EngineError::NotFound { entity: path }),
        };
        let mut counts = |id: QueueId| {
            let counts = self.visit(id, now, |queue| queue.counts());
            counts.unwrap_or_default()
        };
        // In this order: the first visit may move messages into the others.
        let main_counts = counts(main);
        let (dead_letter, transfer_dead_letter) = dead
            .map(|trio| (counts(trio.dead_letter), counts(trio.transfer)))
            .unwrap_or_default();
        Ok(Description {
            kind,
            options: self.queue(main)?.options.clone(),
            counts: main_counts,
            dead_letter,
            transfer_dead_letter,
        })
    }

    /// Puts the queues of an entity under these numbers.
    pub(super) fn place_queues(&mut self, path: &str, trio: Trio, options: QueueOptions) {
        let arrivals = Arrivals::of(&options);
        let dead = for_dead_letters(&options);
        let queues = [
            (trio.main, SubQueue::Main, options, arrivals),
            (
                trio.dead_letter,
                SubQueue::DeadLetter,
                dead.clone(),
                Arrivals::Stay,
            ),
            (
                trio.transfer,
                SubQueue::TransferDeadLetter,
                dead,
                Arrivals::Stay,
            ),
        ];
        let path: Arc<str> = path.into();
        for (id, kind, options, arrivals) in queues {
            self.place(id, Queue::new(Arc::clone(&path), kind, options, arrivals));
        }
    }

    /// Puts the inbox of a topic under this number.
    pub(super) fn place_inbox(&mut self, path: &str, inbox: QueueId, options: QueueOptions) {
        let queue = Queue::new(path.into(), SubQueue::Main, options, Arrivals::Publish);
        self.place(inbox, queue);
    }

    fn place(&mut self, id: QueueId, mut queue: Queue) {
        if let Some(log) = &self.log {
            queue.journal = Journal::new(id, Arc::clone(log));
        }
        self.queues.insert(id, queue);
    }

    fn next_id(&mut self) -> QueueId {
        self.last_id += 1;
        QueueId(self.last_id)
    }

    /// Journals what an entity is now.
    fn record(&self, path: &str, entity: &Entity) {
        if let Some(log) = &self.log {
            let record = self.entity_record(entity).map(|record| record.encode());
            log.entity(path, record);
        }
    }

    /// As [`record`](Self::record), after a change of an entity that is there.
    pub(super) fn record_again(&self, path: &str) {
        if let Some(entity) = self.entities.get(path) {
            self.record(path, entity);
        }
    }

    fn entity_record(&self, entity: &Entity) -> Option<EntityRecord> {
        let main = match entity {
            Entity::Queue(trio) | Entity::Subscription(trio, _) => trio.main,
            Entity::Topic(inbox) => *inbox,
        };
        let options = &self.queues.get(&main)?.options;
        Some(EntityRecord::new(entity, options.clone()))
    }

    fn free_path(&self, path: &str) -> Result<String, EngineError> {
        let key = path.to_lowercase();
        if key.is_empty() || key.len() > MAX_PATH || key.contains('$') {
            return Err(EngineError::Argument(
                "expected a name of 1 to 260 bytes without $",
            ));
        }
        if self.entities.contains_key(&key) {
            return Err(EngineError::AlreadyExists { entity: key });
        }
        if self.entities.len() >= self.options.max_entities {
            return Err(EngineError::LimitExceeded("entities of the namespace"));
        }
        Ok(key)
    }
}

/// The options of a queue's dead-letter queues.
pub(super) fn for_dead_letters(options: &QueueOptions) -> QueueOptions {
    QueueOptions {
        default_time_to_live: None,
        dead_letter_on_expiration: false,
        requires_session: false,
        duplicate_detection: None,
        forward_to: None,
        forward_dead_lettered_to: None,
        ..options.clone()
    }
}

/// The options of a topic's inbox.
pub(super) fn topic_options(options: &TopicOptions) -> QueueOptions {
    QueueOptions {
        default_time_to_live: options.default_time_to_live,
        duplicate_detection: options.duplicate_detection,
        status: options.status,
        ..QueueOptions::default()
    }
}

pub(super) fn check_options(options: &QueueOptions) -> Result<(), EngineError> {
    if options.lock_duration.as_millis() == 0 {
        return Err(EngineError::Argument(
            "expected a lock duration of at least 1 ms",
        ));
    }
    if options.max_delivery_count == 0 {
        return Err(EngineError::Argument(
            "expected a max delivery count of at least 1",
        ));
    }
    if options.requires_session && options.forward_to.is_some() {
        return Err(EngineError::Argument(
            "an entity that requires sessions cannot forward",
        ));
    }
    Ok(())
}
