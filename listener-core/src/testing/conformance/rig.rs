use std::{future::Future, time::Duration};

use bytes::Bytes;
use uuid::Uuid;

use crate::source::Source;

/// A transport under test, with nothing in it.
pub trait Rig: Send {
    /// The source.
    type Source: Source;

    /// What the transport can, besides the source's [`Capabilities`](crate::source::Capabilities).
    fn features(&self) -> Features;

    /// The source, connected to the transport; called once.
    fn source(&mut self) -> impl Future<Output = Self::Source> + Send;

    /// Sends a message into the transport.
    fn send(&mut self, sample: Sample) -> impl Future<Output = ()> + Send;

    /// The next settlement that the far side sees. It is dropped while it waits, and must lose nothing then.
    fn event(&mut self) -> impl Future<Output = Event> + Send;

    /// How many messages the source has taken and not settled, as the far side sees it.
    fn in_flight(&mut self) -> impl Future<Output = usize> + Send;
}

/// What a transport can.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Features {
    /// The far side delivers a released message again, and says how often it did.
    pub redelivers: bool,
    /// The far side sees the reason and description of a rejection.
    pub reasons: bool,
    /// How long a message is locked; `None` without locks.
    pub lock: Option<Duration>,
    /// The source takes a message when it is asked for one, and not before.
    pub pulls: bool,
    /// Messages come in the order in which they were sent.
    pub ordered: bool,
}

impl Features {
    /// With or without redelivery.
    #[must_use]
    pub const fn redelivers(mut self, can: bool) -> Self {
        self.redelivers = can;
        self
    }

    /// With or without reasons of rejections.
    #[must_use]
    pub const fn reasons(mut self, can: bool) -> Self {
        self.reasons = can;
        self
    }

    /// With locks of this duration.
    #[must_use]
    pub const fn lock(mut self, duration: Duration) -> Self {
        self.lock = Some(duration);
        self
    }

    /// Whether the source takes messages by itself.
    #[must_use]
    pub const fn pulls(mut self, can: bool) -> Self {
        self.pulls = can;
        self
    }

    /// Whether messages keep their order.
    #[must_use]
    pub const fn ordered(mut self, can: bool) -> Self {
        self.ordered = can;
        self
    }
}

/// A message that the suite sends.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Sample {
    /// Its number, by which an [`Event`] names it.
    pub number: u64,
    /// The claim RequestName.
    pub message: &'static str,
    /// The claim EntityLogicalName.
    pub entity: &'static str,
    /// The claim CorrelationId.
    pub correlation_id: Uuid,
    /// The body: JSON, and perhaps broken.
    pub body: Bytes,
    /// Whether to say that Dataverse cut it down.
    pub size_exceeded: bool,
}

/// What the far side saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The number of the message.
    pub number: u64,
    /// What became of it.
    pub fate: Fate,
}

/// What became of a delivery, as the far side sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was handled.
    Accepted,
    /// It was given back.
    Released,
    /// It was parked, or answered with a fault; reason and description are empty where the far side does not see them.
    Rejected {
        /// Why, for programs.
        reason: String,
        /// Why, for people.
        description: String,
    },
    /// It was set aside.
    Deferred,
    /// It was settled, and the far side refused that.
    Refused,
}
