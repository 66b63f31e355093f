//! Making again what broke: the link with its session, or the whole connection.

mod backoff;
mod keep;
mod line;
mod namespace;
#[cfg(feature = "service-bus")]
mod sending;
#[cfg(feature = "service-bus")]
mod shared;
mod steady;
#[cfg(test)]
mod tests;

#[cfg(feature = "service-bus")]
pub(crate) use backoff::{Backoff, shortened_by_chance};
pub use namespace::Namespace;
#[cfg(feature = "service-bus")]
pub(crate) use sending::{SendingLink, SteadySender};
#[cfg(feature = "service-bus")]
pub(crate) use shared::Shared;
pub use steady::{Attached, Standing, SteadyReceiver, Watch};
