use std::sync::Arc;

use super::{
    core::{Core, Entity},
    error::EngineError,
    message::{Draft, Message},
    queue::{Entry, QueueId},
    time::Timestamp,
};
use crate::service_bus::rules::{Properties, Rule, SystemProperty, Value};

/// A rule of a subscription.
#[derive(Clone, Debug)]
pub(super) struct Installed {
    pub(super) rule: Rule,
    /// When it was added.
    pub(super) created: Timestamp,
}

/// What a subscription gets of a published message.
enum Copy {
    Takes(Arc<Message>),
    /// A filter or an action had no result for it: the kind of the fault, and its text.
    Fails(&'static str, String),
}

impl Core {
    /// Gives each subscription of a topic its copies.
    pub(super) fn publish(
        &mut self,
        topic: &str,
        entry: Entry,
        now: Timestamp,
        touched: &mut Vec<QueueId>,
    ) -> Result<(), EngineError> {
        let copies: Vec<(QueueId, Copy)> = self
            .subscriptions(topic)
            .filter_map(|entity| match entity {
                Entity::Subscription(trio, rules) => Some((trio.main, rules)),
                _ => None,
            })
            .flat_map(|(id, rules)| {
                let copies = copies(rules, &entry);
                copies.into_iter().map(move |copy| (id, copy))
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
        for (id, copy) in copies {
            let mut arrival = entry.clone();
            arrival.enqueued = now;
            let queue = self.queue_mut(id)?;
            match copy {
                Copy::Takes(message) => {
                    arrival.message = message;
                    // An action may have put it off.
                    let due = arrival.message.scheduled_enqueue_time();
                    arrival.enqueued = due.unwrap_or(now).max(now);
                    queue.arrive_limited(arrival, limit, now);
                }
                Copy::Fails(reason, description) => {
                    if !queue.options.dead_letter_on_filter_errors {
                        continue;
                    }
                    queue.arrive_dead(arrival, reason, &description);
                }
            }
            touched.push(id);
        }
        Ok(())
    }
}

/// One copy for all passed rules without an action together, one for each passed rule with one, and one for the first
/// rule that has no result.
fn copies(rules: &[Installed], entry: &Entry) -> Vec<Copy> {
    let mut copies = Vec::new();
    let (mut plain, mut failed) = (false, false);
    let mut fail = |copies: &mut Vec<Copy>, rule: &Rule, reason, description: String| {
        tracing::warn!(rule = %rule.name(), %description, "A rule has no result for a message.");
        if !std::mem::replace(&mut failed, true) {
            copies.push(Copy::Fails(reason, description));
        }
    };
    for Installed { rule, .. } in rules {
        match (rule.filter().matches(entry), rule.action()) {
            (Ok(false), _) => {}
            (Ok(true), None) if plain => {}
            (Ok(true), None) => {
                plain = true;
                copies.push(Copy::Takes(Arc::clone(&entry.message)));
            }
            (Ok(true), Some(action)) => {
                let mut draft = Draft::new(entry);
                let changed = action.apply(&mut draft).map_err(|error| error.to_string());
                match changed.and_then(|()| draft.finish().map_err(|error| error.to_string())) {
                    Ok(message) => copies.push(Copy::Takes(message.into())),
                    Err(error) => fail(&mut copies, rule, "RuleActionException", error),
                }
            }
            (Err(error), _) => fail(&mut copies, rule, "FilterException", error.to_string()),
        }
    }
    copies
}

/// What the message says, and what the topic knows of it.
impl Properties for Entry {
    fn system(&self, property: SystemProperty) -> Value<'_> {
        match property {
            SystemProperty::DeadLetterSource => {
                let source = self.dead_letter_source.as_deref();
                source.map_or(Value::Null, Value::from)
            }
            SystemProperty::DeliveryCount => Value::Uint(self.delivery_count),
            SystemProperty::EnqueuedSequenceNumber | SystemProperty::SequenceNumber => {
                Value::Long(self.enqueue_sequence)
            }
            SystemProperty::EnqueuedTimeUtc => Value::Timestamp(self.enqueued.as_millis()),
            SystemProperty::ExpiresAtUtc => {
                let expires = self.expires.map(Timestamp::as_millis);
                expires.map_or(Value::Null, Value::Timestamp)
            }
            SystemProperty::State => Value::Int(self.state.code()),
            own => self.message.system(own),
        }
    }

    fn user(&self, name: &str) -> Option<Value<'_>> {
        self.message.user(name)
    }
}
