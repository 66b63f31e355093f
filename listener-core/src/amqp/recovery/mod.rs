//! Making again what broke: the link with its session, or the whole connection.

mod backoff;
mod keep;
mod namespace;
mod steady;
#[cfg(test)]
mod tests;

#[cfg(feature = "service-bus")]
pub(crate) use backoff::shortened_by_chance;
pub use namespace::Namespace;
pub use steady::{Attached, Standing, SteadyReceiver, Watch};
