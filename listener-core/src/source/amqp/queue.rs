use std::future::Future;

use super::Options;
use crate::{
    amqp::{Broker, BrokerUrlError},
    source::service_bus::{Dialect, Entity, entity_source},
};

/// A queue of an AMQP 1.0 broker, as a source. What becomes of a rejected message is up to the broker, so that the host
/// rejects none for its attempts alone; and none can be deferred.
#[derive(Debug)]
pub struct Queue(Entity);

impl Queue {
    /// A queue of the broker at this URL: see [`Broker::from_url`].
    ///
    /// # Errors
    /// If the URL is none.
    pub fn from_url(url: &str, address: &str) -> Result<Self, BrokerUrlError> {
        Ok(Self::new(Broker::from_url(url)?, address))
    }

    /// A queue of this broker. The address is the broker's own name for it: RabbitMQ 3 takes `/queue/NAME`, which makes
    /// the queue if it is not there, and `/amq/queue/NAME`, which does not.
    pub fn new(broker: Broker, address: &str) -> Self {
        let entity = Entity::new(broker.into_namespace(), address.to_owned());
        Self(entity.dialect(Dialect::Plain { modifies: false }))
    }

    /// Releases messages with the outcome `modified`, by which a broker counts the failed delivery: its own limit of
    /// deliveries then applies, as on Artemis and RabbitMQ 4. Without it they are `released`, which RabbitMQ 3 wants: it
    /// ends the session at the other word.
    #[must_use]
    pub fn counting_failures(self) -> Self {
        Self(self.0.dialect(Dialect::Plain { modifies: true }))
    }

    /// How it is listened on. What the options say about locks and `$management` does not matter here.
    #[must_use]
    pub fn options(self, options: Options) -> Self {
        Self(self.0.options(options))
    }
}

entity_source!(Queue);
