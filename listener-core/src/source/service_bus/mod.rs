//! Queues and topic subscriptions of Azure Service Bus.
//!
//! Messages are taken in [peek-lock](Mode::PeekLock): a message stays in its queue, locked for a while, until its outcome
//! is known.
//!
//! | outcome | on Service Bus |
//! |---|---|
//! | accept | complete: it is deleted |
//! | release | kept for a [pause](Options::first_pause), then abandoned: it comes again |
//! | reject | dead-lettered, with reason and description |
//! | defer | deferred: only its sequence number brings it back |
//!
//! An abandoned message carries why: the application properties `listener-cause` and `listener-attempt`.
//!
//! **Locks** are renewed from receipt on, for as long as [`Options::max_lock_renewal`] says. Their age is judged by the
//! monotonic clock from arrival, and their length by the service's own times, so that a wrong clock does no harm.
//!
//! **Sessions** of an entity that requires them are a source of their own: [`Queue::sessions`].
//!
//! **Deferred messages** come back by their numbers alone: [`Queue::on_defer`] tells these, and a [`Handle`] brings the
//! messages into the source that runs. It also [peeks](Handle::peek), whether or not it runs.
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

mod bring;
mod came;
mod convert;
mod defer;
mod desk;
mod entity;
mod handle;
mod hub;
mod locks;
mod options;
mod pauses;
mod peek;
mod reach;
mod sessions;
mod settle;

pub use defer::DeferredMessage;
pub use entity::{Queue, Subscription};
pub use handle::{Brought, Handle, HandleError};
pub use options::{Foreign, Mode, Options};
pub use peek::{MessageState, Peeked};
pub use sessions::Sessions;
