//! Changing the options of entities that are there already.

use super::{
    catalog::{check_options, for_dead_letters, topic_options},
    core::{Core, Entity, Trio},
    error::EngineError,
    options::{QueueOptions, TopicOptions},
    queue::{Arrivals, QueueId},
    time::Timestamp,
};

impl Core {
    /// Changes a queue's options, or a subscription's.
    pub(super) fn update_queue(
        &mut self,
        path: &str,
        options: QueueOptions,
        now: Timestamp,
    ) -> Result<(), EngineError> {
        let Trio {
            main,
            dead_letter,
            transfer,
        } = match self.entities.get(path) {
            Some(Entity::Queue(trio) | Entity::Subscription(trio, _)) => *trio,
            Some(Entity::Topic(_)) => {
                return Err(EngineError::NotAllowed(
                    "a topic has other options than a queue: update it as a topic",
                ));
            }
            None => {
                return Err(EngineError::NotFound {
                    entity: path.to_owned(),
                });
            }
        };
        check_options(&options)?;
        self.check_unchangeable(main, &options)?;
        let dead = for_dead_letters(&options);
        let arrivals = Arrivals::of(&options);
        self.adopt(dead_letter, dead.clone(), Arrivals::Stay, now);
        self.adopt(transfer, dead, Arrivals::Stay, now);
        self.adopt(main, options, arrivals, now);
        self.record_again(path);
        Ok(())
    }

    pub(super) fn update_topic(
        &mut self,
        path: &str,
        options: &TopicOptions,
        now: Timestamp,
    ) -> Result<(), EngineError> {
        let inbox = match self.entities.get(path) {
            Some(Entity::Topic(inbox)) => *inbox,
            _ => {
                return Err(EngineError::NotFound {
                    entity: path.to_owned(),
                });
            }
        };
        let options = topic_options(options);
        self.check_unchangeable(inbox, &options)?;
        self.adopt(inbox, options, Arrivals::Publish, now);
        self.record_again(path);
        Ok(())
    }

    /// What Azure decides when an entity is created.
    fn check_unchangeable(&self, id: QueueId, options: &QueueOptions) -> Result<(), EngineError> {
        let known = &self.queue(id)?.options;
        if known.requires_session != options.requires_session {
            return Err(EngineError::NotAllowed(
                "whether sessions are required cannot be changed: create the entity anew",
            ));
        }
        if known.duplicate_detection.is_some() != options.duplicate_detection.is_some() {
            return Err(EngineError::NotAllowed(
                "duplicate detection cannot be switched on or off: create the entity anew",
            ));
        }
        Ok(())
    }

    fn adopt(&mut self, id: QueueId, options: QueueOptions, arrivals: Arrivals, now: Timestamp) {
        self.visit(id, now, |queue| {
            queue.options = options;
            queue.arrivals = arrivals;
            if arrivals == Arrivals::Forward {
                queue.forward_all();
            }
            // Whoever waits has to see whether it still may.
            queue.wake_everyone();
        });
    }
}
