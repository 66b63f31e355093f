//! Which listener gets a delivery.

mod choose;
mod explain;
mod future;
mod route;
#[allow(clippy::module_inception)]
mod router;
mod service;

pub use explain::{Conclusion, Explanation, Fit, RouteExplanation};
pub use future::RouterFuture;
pub use route::RouteInfo;
pub use router::Router;
pub use service::RouterService;

#[cfg(test)]
mod tests;
