//! Making again what broke: the link with its session, or the whole connection.

mod backoff;
mod keep;
mod namespace;
#[cfg(feature = "service-bus")]
mod shared;
mod steady;
#[cfg(test)]
mod tests;

#[cfg(feature = "service-bus")]
pub(crate) use backoff::Backoff;
#[cfg(feature = "service-bus")]
pub(crate) use backoff::shortened_by_chance;
pub use namespace::Namespace;
#[cfg(feature = "service-bus")]
pub(crate) use shared::Shared;
pub use steady::{Attached, Standing, SteadyReceiver, Watch};
