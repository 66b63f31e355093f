use std::{fmt, sync::Arc};

use fe2o3_amqp_types::primitives::SimpleValue;

use super::message::Message;

/// Application properties to set, by name; a later entry of the same name wins.
pub type Changes = Vec<(String, SimpleValue)>;

/// Which messages a rule lets into a subscription. Closures `Fn(&Message) -> bool` are filters.
pub trait Filter: Send + Sync + 'static {
    /// Whether the message passes.
    ///
    /// Called with the namespace locked: it must not wait, panic or call the engine.
    fn matches(&self, message: &Message) -> bool;
}

impl<F> Filter for F
where
    F: Fn(&Message) -> bool + Send + Sync + 'static,
{
    fn matches(&self, message: &Message) -> bool {
        self(message)
    }
}

/// What a rule changes in the copy that its subscription gets. Closures `Fn(&Message) -> Changes` are actions.
pub trait RuleAction: Send + Sync + 'static {
    /// The application properties to set.
    ///
    /// Called with the namespace locked: it must not wait, panic or call the engine.
    fn changes(&self, message: &Message) -> Changes;
}

impl<F> RuleAction for F
where
    F: Fn(&Message) -> Changes + Send + Sync + 'static,
{
    fn changes(&self, message: &Message) -> Changes {
        self(message)
    }
}

/// A named rule of a subscription: a filter, and what to change in what passes.
///
/// A message that passes rules without an action comes once; each passed rule with an action adds a copy of its own.
#[derive(Clone)]
pub struct Rule {
    /// The name, compared without case.
    pub name: String,
    /// Which messages pass.
    pub filter: Arc<dyn Filter>,
    /// What is changed in them.
    pub action: Option<Arc<dyn RuleAction>>,
}

impl Rule {
    /// A rule without an action.
    pub fn new(name: impl Into<String>, filter: impl Filter) -> Self {
        Self {
            name: name.into(),
            filter: Arc::new(filter),
            action: None,
        }
    }

    /// The same rule with an action.
    #[must_use]
    pub fn with_action(mut self, action: impl RuleAction) -> Self {
        self.action = Some(Arc::new(action));
        self
    }

    /// The rule that each new subscription has: `$Default`, which lets everything pass.
    pub fn all() -> Self {
        Self::new("$Default", |_: &Message| true)
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule")
            .field("name", &self.name)
            .field("action", &self.action.is_some())
            .finish_non_exhaustive()
    }
}
