//! Queues and topic subscriptions of Azure Service Bus. New to peek-lock? Begin with the [guide].
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
//! **Sessions** of an entity that requires them are a source of their own: [`Queue::sessions`].
//!
//! **Deferred messages** come back by their numbers alone: [`Queue::on_defer`] tells these, and a [`Handle`] brings the
//! messages into the source that runs. It also [peeks](Handle::peek), whether or not it runs.
//!
//! **Breaks** of link, session or connection are mended in the background, each with a line in the log. What runs then
//! goes on: its lock is renewed, and it is settled, by its lock token on the new connection.
//!
//! **Sending**, for listeners that answer, forward or schedule, is done by a [`Sender`]; what lost its answer is never sent
//! twice unasked.
//!
//! ## As whom
//!
//! | with | tokens | |
//! |---|---|---|
//! | `SharedAccessKeyName` and `SharedAccessKey` | signed here, renewed long before their end | [`Namespace::new`] |
//! | `SharedAccessSignature` | fixed; warnings at the start, a day and an hour before its end | [`Namespace::new`] |
//! | a credential of Microsoft Entra ID | renewed long before their end, with the feature `entra` | `Namespace::with_credential` |
//! | tokens from elsewhere | as they are provided | [`Tokens::from_fn`] |
//!
//! ## Errors at the start
//!
//! What will not pass by itself ends `serve`, and [`Sender::open`], at once; what may pass is tried again for the
//! [`start_timeout`] of the namespace, a minute, with a line in the log each time. Each error names host, entity and key,
//! never a key or token. **After the first success** none of them ends anything: each is logged, as an error where somebody
//! has to change something, and tried again for ever, with pauses that grow to a minute.
//!
//! | what is wrong | [kind](crate::amqp::ErrorKind) | ends the start | what to change |
//! |---|---|---|---|
//! | the connection string | [`ConnectionStringError`] | before it | the member that the error names |
//! | the string is for another entity (`EntityPath`) | [`ConnectionStringError`] | before it | the name, or the string |
//! | wrong key, key without the right | `Unauthorized` | at once | the key, or its policy's rights |
//! | identity without a role | `Unauthorized` | at once | the role Azure Service Bus Data Receiver or Sender |
//! | fixed signature has expired | `Unauthorized` | at once | the signature, or take a key |
//! | the credential gives no token | `NoToken` | after the timeout | the credential: tenant, client, secret |
//! | no such entity | `NotFound` | at once | the entity's name, or the namespace |
//! | entity requires sessions | `NotAllowed` | at once | the entity: sessions can be set only when it is made |
//! | entity is disabled | `NotAllowed` | at once | the entity's status |
//! | host is unknown, port is closed | `CannotConnect` | after the timeout | the endpoint, the firewall, the network |
//! | port speaks no TLS | `CannotConnect` | after the timeout | the port; `UseDevelopmentEmulator=true` for a stand-in |
//! | port wants TLS | `ConnectionLost` | after the timeout | the port; no `UseDevelopmentEmulator` |
//! | port speaks something else | `Protocol` | at once | the port |
//! | certificate is not trusted | `NotTrusted` | at once | the system's roots, or [`Connector::trust`] |
//!
//! [`Namespace::new`]: crate::amqp::Namespace::new
//! [`Tokens::from_fn`]: crate::amqp::Tokens::from_fn
//! [`start_timeout`]: crate::amqp::Namespace::start_timeout
//! [`ConnectionStringError`]: crate::amqp::ConnectionStringError
//! [`Connector::trust`]: crate::amqp::Connector::trust
//!
//! ## Example
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

mod attempts;
mod books;
mod bring;
mod came;
mod clock;
mod convert;
mod defer;
mod desk;
mod dialect;
mod entity;
mod handle;
mod held;
mod hub;
mod intake;
mod links;
mod locks;
mod options;
mod pauses;
mod peek;
mod queue;
mod reach;
mod sender;
mod sessions;
mod settle;
mod shelf;
mod work;

#[cfg(test)]
mod tests;

#[doc = include_str!("../../../docs/service-bus.md")]
pub mod guide {}

pub use defer::DeferredMessage;
pub(super) use dialect::Dialect;
pub(super) use entity::{Entity, entity_source};
pub use handle::{Brought, Handle, HandleError};
pub use options::{Foreign, Mode, Options};
pub use peek::{MessageState, Peeked};
pub use queue::{Queue, Subscription};
pub use sender::{SendError, Sender, SenderOptions};
pub use sessions::Sessions;
