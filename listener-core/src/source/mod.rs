//! Where deliveries come from.

#[cfg(feature = "service-bus")]
pub mod amqp;
mod capabilities;
mod error;
#[cfg(feature = "http")]
pub mod http;
pub mod memory;
#[cfg(feature = "service-bus")]
pub mod service_bus;

use std::future::{Future, ready};

pub use capabilities::{Capabilities, Settings};
pub use error::SourceError;

use crate::{Delivery, Settler};

/// A delivery, and the power to settle it.
pub type Received<R> = (Delivery, Settler<R>);

/// Where deliveries come from, and where their outcomes go. A source never sees a handler.
///
/// Receiving and settling are separate halves: a [`Settler`] works while `next` waits, and whether or not it is polled.
///
/// ```
/// use listener_core::{Delivery, Settler, context::RemoteExecutionContext};
/// use listener_core::source::{Capabilities, Closed, Received, Source, SourceError};
///
/// /// One message, once.
/// struct Once(Option<RemoteExecutionContext>);
///
/// impl Source for Once {
///     type Reply = ();
///
///     fn name(&self) -> &str {
///         "once"
///     }
///
///     fn capabilities(&self) -> Capabilities {
///         Capabilities::NONE
///     }
///
///     async fn next(&mut self) -> Result<Option<Received<()>>, SourceError> {
///         let settler = Settler::new(|outcome| println!("{}", outcome.name()));
///         Ok(self.0.take().map(|context| (Delivery::from_context(context), settler)))
///     }
///
///     async fn close(self) -> Closed {
///         Closed::default()
///     }
/// }
/// ```
pub trait Source: Send + 'static {
    /// What it answers: `()` where it sends nothing back, [`Reply`](crate::Reply) where it does.
    type Reply: Default + Send + 'static;

    /// Its name, for logs; never a secret.
    fn name(&self) -> &str;

    /// What it can do with an outcome.
    fn capabilities(&self) -> Capabilities;

    /// Called once, before the first [`next`](Self::next): it connects, and refuses settings that it cannot meet.
    ///
    /// # Errors
    /// If it cannot connect, or cannot meet the settings.
    fn start(
        &mut self,
        settings: &Settings,
    ) -> impl Future<Output = Result<(), SourceError>> + Send {
        let _ = settings;
        ready(Ok(()))
    }

    /// The next delivery; `None` when there will be no more.
    ///
    /// It is safe to drop while it waits: no delivery is lost. A source that can recover does so by itself.
    ///
    /// # Errors
    /// If it can receive no more; the host then drains and ends.
    fn next(
        &mut self,
    ) -> impl Future<Output = Result<Option<Received<Self::Reply>>, SourceError>> + Send;

    /// Called once, when the host receives no more and before it drains: whoever sends can be told at once.
    fn stop(&mut self) {}

    /// Called once, after all deliveries were settled: it sees that the settlements arrive.
    fn close(self) -> impl Future<Output = Closed> + Send;
}

/// What a source tells when it closes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Closed {
    /// Settlements that the far side refused, or that could not be sent: those messages come again. And those that it
    /// answered with another outcome.
    pub refused: u64,
}
