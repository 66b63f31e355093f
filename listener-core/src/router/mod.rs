//! Which listener gets a delivery.

mod choose;
mod explain;
mod future;
mod route;
#[allow(clippy::module_inception)]
mod router;
mod rules;
mod service;

pub use explain::{Conclusion, Explanation, Fit, RouteExplanation};
pub use future::RouterFuture;
pub use route::RouteInfo;
pub use router::Router;
pub use rules::{
    AzCommands, ConfigRules, EXPRESSION_LIMIT, RULE_NAME_LIMIT, SubscriptionAddress,
    SubscriptionRule, SubscriptionRules,
};
pub use service::RouterService;

#[cfg(test)]
mod tests;
