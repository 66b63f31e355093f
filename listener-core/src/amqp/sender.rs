//! Sending: messages to one queue, topic or hub, and what became of each.

use std::{fmt, sync::Arc, time::Duration};

use fe2o3_amqp::{
    Sender as Link,
    link::{
        SendError,
        delivery::{DeliveryFut, Sendable},
    },
    types::messaging::{Batch, Data, Message as Wire, Outcome, Source, Target},
};
use tokio::{
    sync::{OnceCell, mpsc, oneshot},
    task::JoinSet,
    time::timeout,
};

use super::{Error, ErrorKind, Message, Session, batch, error::Told, outcome, random::new_uuid};

/// Sends messages to one entity, any number at a time. Clones share the link; with the last clone it closes.
#[derive(Clone)]
pub struct Sender {
    calls: mpsc::Sender<Call>,
    shared: Arc<Shared>,
}

struct Shared {
    address: Box<str>,
    max_message_size: Option<u64>,
    failure: OnceCell<Error>,
}

struct Call {
    message: Sendable<Batch<Data>>,
    sent: oneshot::Sender<Result<Delivery, Error>>,
}

/// Messages in one envelope.
#[derive(Clone)]
pub(crate) struct Packed(Wire<Batch<Data>>);

impl Packed {
    /// How many messages are in it.
    #[cfg(feature = "service-bus")]
    pub(crate) fn len(&self) -> usize {
        self.0.body.iter().count()
    }
}

/// What failed, and whether it may have been done all the same.
#[derive(Debug)]
#[cfg_attr(
    not(feature = "service-bus"),
    expect(dead_code, reason = "senders that last ask for it")
)]
pub(crate) struct Unsent {
    pub(crate) error: Error,
    pub(crate) unknown: bool,
}

/// How far it came.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stage {
    /// Not out of this process.
    Kept,
    /// On its way, and nothing came back.
    Left,
    /// The peer has answered.
    Answered,
}

impl Unsent {
    pub(super) fn at(stage: Stage, error: Error) -> Self {
        let unknown = match stage {
            Stage::Kept => false,
            // A link that ends because of the size has not taken the message.
            Stage::Left => error.kind() != ErrorKind::TooLarge,
            // The peer's own time ran out, or it failed in the middle: it does not know either.
            Stage::Answered => {
                matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::ServerFault)
            }
        };
        Self { error, unknown }
    }
}

type Delivery = DeliveryFut<Result<Outcome, SendError>>;

/// How many calls wait for the link, beside those that wait for an outcome.
const QUEUED: usize = 64;

/// What a batch may take on a link that names no limit: Service Bus's standard tier.
const USUAL_SIZE: u64 = 256 << 10;

impl Session {
    /// Attaches a sender to a queue, topic or hub.
    ///
    /// # Errors
    /// If the peer refuses, or does not answer in time.
    pub async fn sender(&mut self, address: &str, within: Duration) -> Result<Sender, Error> {
        let doing = || format!("attaching a sender to `{address}`");
        let name = format!("{address}-{}", new_uuid());
        let attaching = Link::builder()
            .name(&*name)
            .source(Source::builder().address(&*name).build())
            .target(Target::builder().address(address).build())
            .attach(&mut self.handle);
        let link = timeout(within, attaching)
            .await
            .map_err(|_| Error::timed_out(doing(), within))?
            .map_err(|error| error.told(doing()))?;
        let shared = Arc::new(Shared {
            address: address.into(),
            max_message_size: link.max_message_size().filter(|size| *size > 0),
            failure: OnceCell::new(),
        });
        let (calls, incoming) = mpsc::channel(QUEUED);
        tokio::spawn(drive(link, incoming, shared.clone()));
        Ok(Sender { calls, shared })
    }
}

impl Sender {
    /// Sends one message and waits until the peer has taken it. Dropped or out of time, the message may be taken yet.
    ///
    /// # Errors
    /// If the peer does not take it, the link or connection is lost, or that takes too long.
    pub async fn send(&self, message: Message, within: Duration) -> Result<(), Error> {
        let (builder, data) = message.into_wire();
        let message = builder.data_batch([data]).build();
        self.finish(Sendable::from(message), within).await
    }

    /// Sends messages in as few transfers as the link's message size allows, in their order, and waits until all are
    /// taken. All messages of a transfer are taken or none; those of other transfers than the failed one may be taken.
    ///
    /// # Errors
    /// As [`send`](Self::send): the first failure, once all transfers have ended. A message that alone is too large
    /// fails before anything is sent.
    pub async fn send_batch(&self, messages: Vec<Message>, within: Duration) -> Result<(), Error> {
        let packed = self.pack(messages)?;
        let mut sending = JoinSet::new();
        for Packed(message) in packed {
            let message = Sendable::builder()
                .message(message)
                .message_format(batch::FORMAT)
                .build();
            // Handed over one after the other, so that they arrive in their order.
            let sent = timeout(within, self.hand_over(message)).await;
            let sent = sent.unwrap_or_else(|_| Err(Error::timed_out("", within)));
            sending.spawn(async move {
                timeout(within, taken(sent?))
                    .await
                    .unwrap_or_else(|_| Err(Error::timed_out("", within)))
            });
        }
        let mut result = Ok(());
        while let Some(ended) = sending.join_next().await {
            let ended = ended.unwrap_or_else(|_| Err(Error::new(ErrorKind::LinkDetached, "")));
            result = result.and(ended);
        }
        result.map_err(|error| error.doing(self.doing()))
    }

    /// The largest message that the link takes, in bytes, where the peer said.
    pub fn max_message_size(&self) -> Option<u64> {
        self.shared.max_message_size
    }

    /// Whether the link has ended.
    pub fn is_closed(&self) -> bool {
        self.calls.is_closed()
    }

    /// Waits until the link has ended, and tells why.
    pub async fn closed(&self) -> Error {
        self.calls.closed().await;
        self.failure().doing(self.doing())
    }

    async fn finish(&self, message: Sendable<Batch<Data>>, within: Duration) -> Result<(), Error> {
        self.transfer(message, within)
            .await
            .map_err(|unsent| unsent.error)
    }

    /// As [`send`](Self::send), and tells whether what failed may have arrived.
    #[cfg(feature = "service-bus")]
    pub(super) async fn try_send(&self, message: Message, within: Duration) -> Result<(), Unsent> {
        let least = message.least_size();
        if let Some(most) = self.shared.max_message_size
            && u64::try_from(least).unwrap_or(u64::MAX) > most
        {
            // The service would detach the link, and with it what others send.
            let detail = format!("at least {least} bytes, and the link takes {most}");
            let error = Error::new(ErrorKind::TooLarge, self.doing()).with_detail(&detail);
            return Err(Unsent::at(Stage::Kept, error));
        }
        let (builder, data) = message.into_wire();
        let message = builder.data_batch([data]).build();
        self.transfer(Sendable::from(message), within).await
    }

    /// Sends what was [packed](Self::pack).
    #[cfg(feature = "service-bus")]
    pub(super) async fn try_send_packed(
        &self,
        packed: Packed,
        within: Duration,
    ) -> Result<(), Unsent> {
        let message = Sendable::builder()
            .message(packed.0)
            .message_format(batch::FORMAT)
            .build();
        self.transfer(message, within).await
    }

    /// Packs messages, in their order, into as few transfers as the link's message size allows.
    pub(super) fn pack(&self, messages: Vec<Message>) -> Result<Vec<Packed>, Error> {
        let most = self.shared.max_message_size.unwrap_or(USUAL_SIZE);
        batch::pack(messages, usize::try_from(most).unwrap_or(usize::MAX))
            .map(|packed| packed.into_iter().map(Packed).collect())
            .map_err(|error| error.doing(self.doing()))
    }

    async fn transfer(
        &self,
        message: Sendable<Batch<Data>>,
        within: Duration,
    ) -> Result<(), Unsent> {
        // Whoever stops waiting for the link's credit does not learn whether it came at last.
        let mut stage = Stage::Left;
        let sending = async {
            let delivery = self.hand_over(message).await.inspect_err(|_| {
                stage = Stage::Kept;
            })?;
            let outcome = delivery.await.map_err(|error| error.told(""))?;
            stage = Stage::Answered;
            outcome::taken(outcome, "")
        };
        let sent = timeout(within, sending).await;
        sent.unwrap_or_else(|_| Err(Error::timed_out("", within)))
            .map_err(|error| Unsent::at(stage, error.doing(self.doing())))
    }

    /// Waits for the link's credit, and gives out what waits for the outcome.
    async fn hand_over(&self, message: Sendable<Batch<Data>>) -> Result<Delivery, Error> {
        let (sent, delivery) = oneshot::channel();
        if self.calls.send(Call { message, sent }).await.is_err() {
            return Err(self.failure());
        }
        delivery.await.unwrap_or_else(|_| Err(self.failure()))
    }

    fn failure(&self) -> Error {
        let failure = self.shared.failure.get().cloned();
        failure.unwrap_or_else(|| Error::new(ErrorKind::LinkDetached, ""))
    }

    fn doing(&self) -> String {
        format!("sending to `{}`", self.shared.address)
    }
}

async fn taken(delivery: Delivery) -> Result<(), Error> {
    outcome::taken(delivery.await.map_err(|error| error.told(""))?, "")
}

/// Owns the link, which the library below lends to one call at a time.
async fn drive(mut link: Link, mut calls: mpsc::Receiver<Call>, shared: Arc<Shared>) {
    let failure = loop {
        tokio::select! {
            detached = link.on_detach() => break detached.told(""),
            call = calls.recv() => {
                let Some(Call { message, sent }) = call else { return };
                // Whoever gave up before its turn came has been told that it was not sent in time.
                if sent.is_closed() {
                    continue;
                }
                match link.send_batchable(message).await {
                    Ok(delivery) => {
                        let _ = sent.send(Ok(delivery));
                    }
                    // The message's own fault: the link is as good as before.
                    Err(error) if error.recovery().link_is_usable() => {
                        let _ = sent.send(Err(error.told("")));
                    }
                    Err(error) => {
                        let error = error.told("");
                        let _ = sent.send(Err(error.clone()));
                        break error;
                    }
                }
            }
        }
    };
    // Before the calls that wait see their channel close.
    let _ = shared.failure.set(failure);
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("address", &self.shared.address)
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
