//! The rules of subscriptions: adding, removing and telling them.

use super::{
    core::{Core, Entity},
    error::EngineError,
    namespace::Namespace,
    time::Timestamp,
    topic::Installed,
};
use crate::service_bus::rules::{Rule, same_name};

impl Namespace {
    /// Adds a rule to a subscription.
    ///
    /// # Errors
    ///
    /// `NotFound`, `AlreadyExists`, `LimitExceeded`, and `NotAllowed` for what is no subscription.
    pub fn add_rule(&self, path: &str, rule: Rule) -> Result<(), EngineError> {
        let mut core = self.shared.lock();
        let limit = core.options.max_rules;
        let path = path.to_lowercase();
        let rules = core.rules_mut(&path)?;
        let mut known = rules.iter();
        if known.any(|known| same_name(known.rule.name(), rule.name())) {
            return Err(EngineError::AlreadyExists {
                entity: rule.name().to_owned(),
            });
        }
        if rules.len() >= limit {
            return Err(EngineError::LimitExceeded("rules of the subscription"));
        }
        let created = self.shared.clock.now();
        rules.push(Installed { rule, created });
        core.record_again(&path);
        Ok(())
    }

    /// Removes a rule from a subscription.
    ///
    /// # Errors
    ///
    /// `NotFound`, and `NotAllowed` for what is no subscription.
    pub fn remove_rule(&self, path: &str, name: &str) -> Result<(), EngineError> {
        let mut core = self.shared.lock();
        let path = path.to_lowercase();
        let rules = core.rules_mut(&path)?;
        let before = rules.len();
        rules.retain(|rule| !same_name(rule.rule.name(), name));
        if rules.len() == before {
            return Err(EngineError::NotFound {
                entity: name.to_owned(),
            });
        }
        core.record_again(&path);
        Ok(())
    }

    /// The rules of a subscription, and when each was added.
    ///
    /// # Errors
    ///
    /// `NotFound`, and `NotAllowed` for what is no subscription.
    pub fn rules(&self, path: &str) -> Result<Vec<(Rule, Timestamp)>, EngineError> {
        let mut core = self.shared.lock();
        let rules = core.rules_mut(&path.to_lowercase())?.iter();
        Ok(rules
            .map(|each| (each.rule.clone(), each.created))
            .collect())
    }
}

impl Core {
    fn rules_mut(&mut self, path: &str) -> Result<&mut Vec<Installed>, EngineError> {
        match self.entities.get_mut(path) {
            Some(Entity::Subscription(_, rules)) => Ok(rules),
            Some(_) => Err(EngineError::NotAllowed("only subscriptions have rules")),
            None => Err(EngineError::NotFound {
                entity: path.to_owned(),
            }),
        }
    }
}
