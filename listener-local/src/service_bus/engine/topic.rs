use std::sync::Arc;

use super::{
    core::{Core, Entity},
    error::EngineError,
    filter::Rule,
    message::{Message, Patch},
    queue::{Entry, QueueId},
    time::Timestamp,
};

impl Core {
    /// Gives each subscription of a topic its copies.
    pub(super) fn publish(
        &mut self,
        topic: &str,
        entry: Entry,
        now: Timestamp,
        touched: &mut Vec<QueueId>,
    ) -> Result<(), EngineError> {
        let copies: Vec<(QueueId, Arc<Message>)> = self
            .subscriptions(topic)
            .filter_map(|entity| match entity {
                Entity::Subscription(trio, rules) => Some((trio.main, rules)),
                _ => None,
            })
            .flat_map(|(id, rules)| {
                let copies = copies(rules, &entry.message);
                copies.into_iter().map(move |message| (id, message))
            })
            .collect();
        let limit = self
            .entities
            .get(topic)
            .and_then(|entity| match entity {
                Entity::Topic(inbox) => self.queues.get(inbox),
                _ => None,
            })
            .and_then(|queue| queue.options.default_time_to_live);
        for (id, message) in copies {
            let mut copy = entry.clone();
            copy.message = message;
            copy.enqueued = now;
            let queue = self.queue_mut(id)?;
            if queue.check(&copy.message) == Err(EngineError::Disabled) {
                continue;
            }
            queue.arrive_limited(copy, limit, now);
            touched.push(id);
        }
        Ok(())
    }

    pub(super) fn rules_mut(&mut self, path: &str) -> Result<&mut Vec<Rule>, EngineError> {
        match self.entities.get_mut(path) {
            Some(Entity::Subscription(_, rules)) => Ok(rules),
            Some(_) => Err(EngineError::NotAllowed("only subscriptions have rules")),
            None => Err(EngineError::NotFound {
                entity: path.to_owned(),
            }),
        }
    }
}

/// One copy for all passed rules without an action together, and one for each passed rule with one.
fn copies(rules: &[Rule], message: &Arc<Message>) -> Vec<Arc<Message>> {
    let mut copies = Vec::new();
    let mut plain = false;
    for rule in rules.iter().filter(|rule| rule.filter.matches(message)) {
        match &rule.action {
            None if plain => {}
            None => {
                plain = true;
                copies.push(Arc::clone(message));
            }
            Some(action) => match Patch::new(action.changes(message)) {
                Ok(patch) => copies.push(message.patched(&patch).into()),
                // The sender must not suffer from a subscription's rule.
                Err(error) => {
                    tracing::warn!(rule = %rule.name, %error, "An action failed; its copy is dropped.");
                }
            },
        }
    }
    copies
}
