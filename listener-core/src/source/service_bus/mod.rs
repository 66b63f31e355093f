//! Queues and topic subscriptions of Azure Service Bus.
//!
//! Messages are taken in [peek-lock](Mode::PeekLock): a message stays in its queue, locked for a while, until its outcome
//! is known.
//!
//! | outcome | on Service Bus |
//! |---|---|
//! | accept | complete: it is deleted |
//! | release | kept for a [pause](Options::first_pause), then abandoned: it comes again |
//! | reject | dead-lettered, with reason and description; in a queue of dead letters abandoned after the longest pause |
//! | defer | deferred: only its sequence number brings it back |
//!
//! A message that no listener saw (an earlier one of its record was released, or the host ends) is *released* on the
//! wire: it comes again, and this delivery is not counted.
//!
//! **An abandoned message tells why** by its application properties, and so do the dead letters that are made of it, the
//! service's own (`MaxDeliveryCountExceeded`) among them. Dead letters of the host carry the last three, too.
//!
//! | property | says |
//! |---|---|
//! | `listener-cause` | the listener's error, in its own words, clipped |
//! | `listener-error` | its kind, by [`Failure`](crate::Failure): `transient`, `panic`, `timeout`, ... |
//! | `listener-route` | the binding by which the listener was chosen |
//! | `listener-attempt` | the delivery that failed, as a number |
//!
//! **Order.** While a released message pauses, later ones of its record wait behind it unseen, and go back after it. So a
//! record's messages run in the order in which they were sent, within one process, and for messages that name their row
//! as primary entity. They count as held meanwhile: a record that gets many messages while its first one pauses can fill
//! all places.
//!
//! **Outages.** A pause doubles with the deliveries of its message and with the failures in a row of all before it, and
//! while all fails, no more messages are tried than may run at once (two at least). So a system that is away for half an
//! hour costs a message about five of the ten deliveries that a queue allows by default, or seven where one runs at a
//! time. For longer outages raise the queue's limit and the host's `max_attempts`, or
//! [`longest_pause`](Options::longest_pause). Many messages in a row that each fail for a reason of their own look like an
//! outage: let a listener fail with a permanent error where it knows that trying again is useless.
//!
//! **Locks** are renewed from receipt on, for as long as [`Options::max_lock_renewal`] says. Their age is judged by the
//! monotonic clock from arrival, and their length by the service's own times, so that a wrong clock does no harm.
//!
//! **Breaks** of link, session or connection are mended in the background, each with a line in the log. What runs then
//! goes on: its lock is renewed, and it is settled, by its lock token on the new connection.
//!
//! ```no_run
//! use listener_core::{Binding, Host, Router, source::service_bus::Queue};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> listener_core::Result {
//! let router = Router::new().on(Binding::message("Create").entity("account"), || async {});
//! let queue = Queue::from_string(&std::env::var("SERVICEBUS_CONNECTION_STRING")?, "crm")?;
//! let report = Host::new(queue).serve(router.with_state(())).await?;
//! println!("{report}");
//! # Ok(())
//! # }
//! ```

mod books;
mod clock;
mod convert;
mod desk;
mod entity;
mod held;
mod locks;
mod options;
mod pauses;
mod settle;
mod shelf;
mod work;

#[cfg(test)]
mod tests;

pub use entity::{Queue, Subscription};
pub use options::{Foreign, Mode, Options};
