//! Switches for what goes wrong: lost connections, slow networks, a busy broker, locks that end.
//!
//! [`Faults`] is one handle, shared by the wire and the broker; a test switches at any time what it wants to see:
//!
//! - [`Faults::stream`] and [`Faults::accept`] stand between the network and the [`Server`](crate::amqp::Server), below
//!   TLS: they cut, stall, slow down and fall silent;
//! - [`Faults::service`] stands between the server and the broker: it refuses links and messages, and detaches links;
//! - a broker asks [`Faults::on_management`] and [`Faults::on_put_token`] about requests, which only it can answer, and
//!   says by [`Faults::when_locks_are_lost`] how locks are taken away.
//!
//! As long as nothing is switched, each costs the look at one number.
//!
//! ```
//! use listener_local::faults::{Fault, FaultPlan, Faults, Times};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let faults = Faults::new();
//! // The next three sends, attaches or requests hear that the server is busy.
//! faults.switch(Fault::Throttle(Times::Next(3)));
//! // Every connection is dropped, again and again, when a hundred further messages have gone out.
//! faults.switch(Fault::Cut.every(100));
//! // The same from a command line.
//! faults.switch("cut=every:100".parse::<FaultPlan>()?);
//! faults.heal();
//! # Ok(())
//! # }
//! ```

mod accept;
mod answers;
mod fault;
mod handle;
mod links;
mod parse;
mod service;
mod stream;
mod trigger;
mod wire;
mod wrong;

#[cfg(test)]
mod tests;

pub use accept::FaultAccept;
pub use fault::{Fault, FaultPlan, Times, When};
pub use handle::Faults;
pub use parse::FaultPlanError;
pub use service::FaultService;
pub use stream::FaultStream;
