//! Listener applications for Dataverse: a tower-style handler gets a decoded
//! [`RemoteExecutionContext`](context::RemoteExecutionContext) from a queue, topic, Event Hub, relay or webhook.
//!
//! A [`Source`](source::Source) gives out a [`Delivery`] and the [`Settler`] for it. The [`Host`] passes the delivery
//! through tower layers to a [`Router`], which runs one listener, and settles what the listener made of it: an
//! [`Outcome`].

#[cfg(feature = "amqp")]
pub mod amqp;
pub mod context;
pub mod decode;
pub mod encode;
pub mod entity;
pub mod layer;
pub mod router;
pub mod source;
#[cfg(feature = "testing")]
pub mod testing;

#[doc(hidden)]
pub mod __private;
mod binding;
mod delivery;
mod error;
mod extract;
mod handler;
mod host;
mod outcome;
mod properties;
mod settle;

pub use binding::Binding;
pub use delivery::{Claims, Delivery, DeliveryBuilder, Lock, LockKeeper, Session, SessionStore};
pub use entity::Serde;
pub use error::{BoxError, Error, Result};
pub use extract::{
    Attempt, Context, Depth, FromContext, FromRef, Input, Output, PostImage, PreImage,
    SharedVariables, State, Target, TargetReference, Truncation,
};
pub use handler::{Answer, Handler, Listener};
pub use host::{EndsGrace, Host, HostError, Hosts, Report, SecondSignal, Serves, shutdown_signal};
pub use outcome::{IntoOutcome, Outcome, Reason, Reply};
pub use properties::Properties;
pub use router::Router;
pub use settle::{Failure, Note, Settler};

#[cfg(feature = "macros")]
pub use entity::Choice;
#[cfg(feature = "macros")]
#[cfg_attr(docsrs, doc(cfg(feature = "macros")))]
pub use listener_macros::{Choice, Entity, Parameters, listener};

/// A boxed future that can move between threads.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The code of the README has to compile.
#[cfg(all(doctest, feature = "http", feature = "macros"))]
#[doc = include_str!("../../README.md")]
mod readme {}
