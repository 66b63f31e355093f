use serde::Serialize;

/// The longest expression that a rule takes, in characters
/// ([quotas](https://learn.microsoft.com/azure/service-bus-messaging/service-bus-quotas)). They are counted as UTF-16 does,
/// by which no count is smaller.
pub const EXPRESSION_LIMIT: usize = 1_024;

/// The longest name of a rule, in characters.
pub const RULE_NAME_LIMIT: usize = 50;

/// One rule of a subscription: an SQL filter without an action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SubscriptionRule {
    name: String,
    expression: String,
}

impl SubscriptionRule {
    /// Names are of letters, digits and hyphens, so that nothing has to be quoted.
    pub(super) fn new(name: String, expression: String) -> Self {
        Self { name, expression }
    }

    /// Its name, which no other rule of the same [`SubscriptionRules`](super::SubscriptionRules) has; of at most
    /// [`RULE_NAME_LIMIT`] characters.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Which messages it takes, in Service Bus's dialect of SQL
    /// ([syntax](https://learn.microsoft.com/azure/service-bus-messaging/service-bus-messaging-sql-filter)); of at most
    /// [`EXPRESSION_LIMIT`] characters.
    pub fn expression(&self) -> &str {
        &self.expression
    }
}
