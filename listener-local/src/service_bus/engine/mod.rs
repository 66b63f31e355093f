//! The message engine: what Service Bus means, without how it is framed.
//!
//! A [`Namespace`] holds queues, topics and subscriptions. [`Namespace::send`] puts a [`Message`] in,
//! [`Namespace::open`] gives a [`MessageQueue`] to receive from and to settle on, and
//! [`MessageQueue::accept_session`] a [`Session`].
//!
//! ```
//! use listener_local::service_bus::engine::{Message, Namespace, QueueOptions, ReceiveMode, Settlement};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let namespace = Namespace::new(Default::default());
//! namespace.create_queue("orders", QueueOptions::default())?;
//! namespace.send("orders", Message::from_data(b"hello")?)?;
//!
//! let queue = namespace.open("Orders")?;
//! let received = queue.receive(ReceiveMode::PeekLock, 1).await?;
//! queue.settle(received[0].lock_token(), Settlement::Complete)?;
//! # Ok(())
//! # }
//! ```
//!
//! # How it is built
//!
//! Everything lives in one state behind one lock, since dead-lettering and forwarding move messages between queues in
//! one step. The state's functions take the time as an argument, never wait and never fail half-way. Each operation
//! first brings its queue up to date (`Queue::advance`: ended locks, expired and due messages), so that results do not
//! depend on when a timer fires; one task for each namespace does the same for queues that nobody asks, and wakes
//! their waiting receivers.
//!
//! # Durability
//!
//! [`Namespace::new`] keeps nothing over a restart, [`Namespace::open_in`] keeps all. Calls do not wait for the disk:
//! who has to know that something is on it awaits [`Namespace::committed`] after the call.
//!
//! All messages of a queue come, go and change through three functions in `queue/store.rs` (`append`, `remove`,
//! `change`): the journal is written there, and for numbers, session states, remembered ids and entities where these
//! change.

mod address;
mod catalog;
mod core;
mod durability;
mod durable;
mod error;
mod expire;
mod handle;
mod line;
mod message;
mod namespace;
mod on_use;
mod options;
mod queue;
mod session;
mod subscription_rules;
mod time;
mod topic;
mod transaction;
mod update;

#[cfg(test)]
mod tests;

pub(crate) use self::address::path_in;
pub use self::{
    address::{Address, SubQueue},
    catalog::{Description, EntityKind},
    durable::StoreError,
    error::EngineError,
    handle::{MessageQueue, Receive},
    message::{Message, Received},
    namespace::Namespace,
    options::{EntityStatus, NamespaceOptions, QueueOptions, SubscriptionOptions, TopicOptions},
    queue::{Counts, MessageState, ReceiveMode, Settlement},
    session::{AcceptSession, Session},
    time::Timestamp,
    transaction::Transaction,
};
