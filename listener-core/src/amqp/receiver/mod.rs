//! Receiving: deliveries of one queue, subscription or partition, by credit, and what becomes of each.

mod delivery;
mod link;
mod message;
mod partial;
mod settle;
mod setup;
mod state;

use std::{fmt, sync::Arc, time::Duration};

use tokio::time::timeout;

pub use self::{
    delivery::Delivery,
    message::{Body, MessageError, ReceivedMessage},
    settle::{Answer, Settlement, Settling},
    setup::ReceiverOptions,
};
pub(super) use self::{
    link::{Link, Next},
    setup::Setup,
};
use super::{Connection, Error, Value, mux::Mux};

/// Receives from one entity, on a session of its own. Dropped, it detaches without waiting for the peer: deliveries that
/// are not settled by then can be settled no more on this link, and come again when their locks end.
///
/// It asks for nothing by itself: [`set_credit`](Self::set_credit) says how many deliveries may come.
///
/// ```no_run
/// # async fn run(connection: listener_core::amqp::Connection) -> Result<(), listener_core::amqp::Error> {
/// use std::time::Duration;
/// use listener_core::amqp::ReceiverOptions;
///
/// let minute = Duration::from_secs(60);
/// let receiver = connection.receiver("crm", ReceiverOptions::peek_lock(), minute).await?;
/// receiver.set_credit(10);
/// let delivery = receiver.recv().await?;
/// println!("message {:?}", delivery.message().ok().and_then(|message| message.sequence_number()));
/// delivery.accept().within(minute).await?;
/// # Ok(()) }
/// ```
pub struct Receiver {
    link: Arc<Link>,
}

impl Connection {
    /// Attaches a receiver to a queue, subscription, partition or sub-queue.
    ///
    /// # Errors
    /// If the peer refuses, or does not answer in time.
    pub async fn receiver(
        &self,
        address: &str,
        options: ReceiverOptions,
        within: Duration,
    ) -> Result<Receiver, Error> {
        Receiver::attach(self.mux(), address, options, within).await
    }
}

impl Receiver {
    pub(super) async fn attach(
        mux: &Mux,
        address: &str,
        options: ReceiverOptions,
        within: Duration,
    ) -> Result<Self, Error> {
        let doing = || format!("attaching a receiver to `{address}`");
        let link = mux.open(options.setup(address));
        // Given up, it leaves.
        let receiver = Self { link };
        timeout(within, receiver.link.attached())
            .await
            .map_err(|_| Error::timed_out(doing(), within))?
            .map_err(|error| error.doing(doing()))?;
        Ok(receiver)
    }

    /// The next delivery. It is safe to drop while it waits: nothing is lost.
    ///
    /// # Errors
    /// If the link has ended, once all that had arrived before is given out. A message that cannot be read is no error
    /// here: its delivery [says so](Delivery::message), and can be settled.
    pub async fn recv(&self) -> Result<Delivery, Error> {
        let raw = self.link.next().await;
        let raw = raw.map_err(|error| error.doing(self.doing()))?;
        Ok(Delivery::new(raw, self.link.clone()))
    }

    /// The next delivery, if one has arrived.
    pub fn try_recv(&self) -> Option<Delivery> {
        let raw = self.link.try_next()?;
        Some(Delivery::new(raw, self.link.clone()))
    }

    /// How many deliveries have arrived and are not yet given out.
    pub fn buffered(&self) -> usize {
        self.link.buffered()
    }

    /// Lets this many deliveries come from now on, in place of what is left of the credit before (AMQP 1.0, transport,
    /// 2.6.7). It ends a [`drain`](Self::drain).
    pub fn set_credit(&self, credit: u32) {
        self.link.set_credit(credit);
    }

    /// Grants as much credit as lets `most` deliveries wait here to be given out, and leaves it if half of that is still
    /// on its way. It takes no credit back.
    pub fn keep_buffered(&self, most: u32) {
        self.link.keep_buffered(most);
    }

    /// How many deliveries may still come.
    pub fn credit(&self) -> u32 {
        self.link.credit()
    }

    /// Asks the peer to use up the credit at once, or to give it back; whether it did so in time. After that nothing more
    /// arrives: where the peer did not answer, the credit is taken away, and only what is on its way may yet come.
    ///
    /// # Errors
    /// If the link has ended.
    pub async fn drain(&self, within: Duration) -> Result<bool, Error> {
        match timeout(within, self.link.drain()).await {
            Ok(drained) => drained
                .map(|()| true)
                .map_err(|error| error.doing(self.doing())),
            Err(_) => {
                self.link.set_credit(0);
                Ok(false)
            }
        }
    }

    /// Takes the credit back, and waits until the peer says that it has heard so; whether it did in time. After that
    /// nothing more arrives. For brokers that cannot [drain](Self::drain): RabbitMQ 3.10 ends the session.
    ///
    /// # Errors
    /// If the link has ended.
    pub async fn recall(&self, within: Duration) -> Result<bool, Error> {
        match timeout(within, self.link.recall()).await {
            Ok(recalled) => recalled
                .map(|()| true)
                .map_err(|error| error.doing(self.doing())),
            Err(_) => Ok(false),
        }
    }

    /// What the peer made of a filter of the source: the session that it chose, for one. Null if it said nothing.
    pub fn filter(&self, key: &str) -> Value {
        self.link.told().0.get(key).cloned().unwrap_or(Value::Null)
    }

    /// A property of the link as the peer attached it; null if it said nothing.
    pub fn property(&self, key: &str) -> Value {
        self.link.told().1.get(key).cloned().unwrap_or(Value::Null)
    }

    /// The link's name, by which management requests know it.
    pub fn name(&self) -> &str {
        &self.link.setup().name
    }

    /// Whether the link has ended.
    pub fn is_closed(&self) -> bool {
        self.link.failure().is_some()
    }

    /// Waits until the link has ended, and tells why.
    pub async fn closed(&self) -> Error {
        self.link.ended().await.doing(self.doing())
    }

    /// Detaches, and waits for the peer to agree. First drain, and settle what was given out.
    ///
    /// # Errors
    /// If the peer does not answer in time; the link is gone all the same.
    pub async fn close(self, within: Duration) -> Result<(), Error> {
        let doing = format!(
            "detaching the receiver from `{}`",
            self.link.setup().address
        );
        self.link.leave();
        timeout(within, self.link.left())
            .await
            .map_err(|_| Error::timed_out(doing, within))
    }

    fn doing(&self) -> String {
        format!("receiving from `{}`", self.link.setup().address)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.link.leave();
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("address", &self.link.setup().address)
            .field("credit", &self.credit())
            .field("buffered", &self.buffered())
            .field("closed", &self.is_closed())
            .finish()
    }
}
