//! Queues of any AMQP 1.0 broker, such as RabbitMQ, where Dataverse's messages do not come from Azure directly.
//!
//! A message is ours until it is settled, or the link ends that it came on: there are no times to keep, and nothing to
//! renew. The same work is done as for [Service Bus](super::service_bus), with its [`Options`], as far as a broker
//! without Azure's additions allows:
//!
//! | outcome | on the broker |
//! |---|---|
//! | accept | `accepted`: it is deleted |
//! | release | kept for a [pause](Options::first_pause), then `released`, or [`modified`](Queue::counting_failures): it comes again |
//! | reject | `rejected`: it is dead-lettered or dropped, as the broker's policy says |
//! | defer | it cannot be set aside, and is released |
//!
//! **Rejected messages are lost where no policy keeps them.** On RabbitMQ that is a `dead-letter-exchange`. The reason
//! goes along in the error of `rejected`; RabbitMQ does not keep it, so it is to be found in the log.
//!
//! **Attempts** are counted by the broker, where it counts (`delivery-count`), and by the source, for the ids of the last
//! 10,000 messages at least that it was given; the larger number is told. Where RabbitMQ says no more than that a message
//! is not delivered for the first time (`first-acquirer`), and the source does not know its id, the attempt is 2.
//!
//! **A link that breaks** gives all its messages back. Those that wait here are dropped, those at work lose their
//! [`Lock`](crate::Lock), which their listeners can see, and count as failed: they come again, and their settlement
//! cannot be made any more. Link and connection are made again in the background, each with a line in the log.
//!
//! [RabbitMQ's plug-in](https://github.com/rabbitmq/rabbitmq-server/tree/v3.10.8/deps/rabbitmq_amqp1_0) judges this, and has
//! ways that are met here: it gives more messages than it was asked for, at times twice as many, and it cannot drain, so
//! that its credit is taken back instead.
//!
//! ```no_run
//! use listener_core::{Binding, Host, Router, source::amqp::Queue};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> listener_core::Result {
//! let router = Router::new().on(Binding::message("Create").entity("account"), || async {});
//! let queue = Queue::from_url("amqp://guest:guest@localhost", "/queue/crm")?;
//! let report = Host::new(queue).serve(router.with_state(())).await?;
//! println!("{report}");
//! # Ok(())
//! # }
//! ```

mod queue;

pub use super::service_bus::{Foreign, Mode, Options};
pub use queue::Queue;
