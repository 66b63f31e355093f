//! Making again what broke: the link with its session, or the whole connection.

mod backoff;
mod keep;
mod namespace;
mod steady;
#[cfg(test)]
mod tests;

pub use namespace::Namespace;
pub use steady::{Attached, Standing, SteadyReceiver, Watch};
