use std::{fmt, future::Future, sync::Arc, time::Duration};

use tokio::task::{AbortHandle, JoinHandle};

use super::{
    Mode, Options,
    books::Books,
    convert::{self, Unfit},
    desk::Desk,
    held::Held,
    settle,
    shelf::{self, Shelf, Taken},
};
use crate::{
    BoxError, LockKeeper, Settler,
    amqp::{
        Attached, ConnectionString, ConnectionStringError, Delivery, Namespace, ReceiverOptions,
        Standing, SteadyReceiver,
    },
    source::{Capabilities, Closed, Received, Settings, Source, SourceError},
};

/// How long a drain, or the answers to what is given back in one, may take.
const DRAIN: Duration = Duration::from_secs(5);

/// A queue, or its dead letters, as a source.
#[derive(Debug)]
pub struct Queue(Entity);

/// A subscription of a topic, or its dead letters, as a source.
#[derive(Debug)]
pub struct Subscription(Entity);

impl Queue {
    /// A queue of the namespace of this connection string.
    ///
    /// # Errors
    /// If the string is none.
    pub fn from_string(string: &str, name: &str) -> Result<Self, ConnectionStringError> {
        Ok(Self::new(
            Namespace::new(&string.parse::<ConnectionString>()?),
            name,
        ))
    }

    /// A queue of this namespace.
    pub fn new(namespace: Namespace, name: &str) -> Self {
        Self(Entity::new(namespace, name.to_owned()))
    }

    /// Its dead letters in place of its messages.
    #[must_use]
    pub fn dead_letters(self) -> Self {
        Self(self.0.dead_letters())
    }

    /// How it is listened on.
    #[must_use]
    pub fn options(self, options: Options) -> Self {
        Self(self.0.options(options))
    }
}

impl Subscription {
    /// A subscription of the namespace of this connection string.
    ///
    /// # Errors
    /// If the string is none.
    pub fn from_string(
        string: &str,
        topic: &str,
        name: &str,
    ) -> Result<Self, ConnectionStringError> {
        let namespace = Namespace::new(&string.parse::<ConnectionString>()?);
        Ok(Self::new(namespace, topic, name))
    }

    /// A subscription of this namespace.
    pub fn new(namespace: Namespace, topic: &str, name: &str) -> Self {
        Self(Entity::new(
            namespace,
            format!("{topic}/Subscriptions/{name}"),
        ))
    }

    /// Its dead letters in place of its messages.
    #[must_use]
    pub fn dead_letters(self) -> Self {
        Self(self.0.dead_letters())
    }

    /// How it is listened on.
    #[must_use]
    pub fn options(self, options: Options) -> Self {
        Self(self.0.options(options))
    }
}

macro_rules! delegate {
    ($source:ty) => {
        impl Source for $source {
            type Reply = ();

            fn name(&self) -> &str {
                &self.0.address
            }

            fn capabilities(&self) -> Capabilities {
                self.0.capabilities()
            }

            fn start(
                &mut self,
                settings: &Settings,
            ) -> impl Future<Output = Result<(), SourceError>> + Send {
                self.0.start(*settings)
            }

            fn next(
                &mut self,
            ) -> impl Future<Output = Result<Option<Received<()>>, SourceError>> + Send {
                self.0.next()
            }

            fn stop(&mut self) {
                self.0.stop();
            }

            fn close(self) -> impl Future<Output = Closed> + Send {
                self.0.close()
            }
        }
    };
}

delegate!(Queue);
delegate!(Subscription);

struct Entity {
    namespace: Namespace,
    address: Arc<str>,
    options: Options,
    at_work: Option<AtWork>,
}

/// A source that has started.
struct AtWork {
    shelf: Arc<Shelf>,
    receiving: JoinHandle<SteadyReceiver>,
    desk: Arc<Desk>,
    work: AbortHandle,
}

impl Entity {
    fn new(namespace: Namespace, address: String) -> Self {
        Self {
            namespace,
            address: address.into(),
            options: Options::default(),
            at_work: None,
        }
    }

    fn dead_letters(mut self) -> Self {
        self.address = format!("{}/$DeadLetterQueue", self.address).into();
        self
    }

    fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    fn capabilities(&self) -> Capabilities {
        match self.options.mode {
            Mode::PeekLock => Capabilities::ALL.reject(!settle::is_dead_letters(&self.address)),
            Mode::ReceiveAndDelete => Capabilities::NONE,
        }
    }

    async fn start(&mut self, settings: Settings) -> Result<(), SourceError> {
        let attach = match self.options.mode {
            Mode::PeekLock => ReceiverOptions::peek_lock(),
            Mode::ReceiveAndDelete => ReceiverOptions::receive_and_delete(),
        };
        let receiver = SteadyReceiver::open(self.namespace.clone(), &self.address, attach)
            .await
            .map_err(SourceError::failed)?;
        let shelf = Arc::new(Shelf::default());
        let (name, options) = (self.address.clone(), self.options.clone());
        let books = Books::new(settings.concurrency);
        let (desk, work) = Desk::new(name, options, receiver.watch(), books, shelf.clone());
        let most = settings.concurrency + settings.buffer + self.options.prefetch as usize;
        let receiving = receive(receiver, desk.clone(), most, shelf.clone());
        self.at_work = Some(AtWork {
            shelf,
            receiving: tokio::spawn(receiving),
            desk,
            work: tokio::spawn(work).abort_handle(),
        });
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<Received<()>>, SourceError> {
        let at_work = self.at_work.as_mut().ok_or_else(not_started)?;
        let (shelf, books) = (&at_work.shelf, &at_work.desk.books);
        while let Some((delivery, held)) = shelf.next(books).await {
            if books.any_pauses() {
                let record = shelf::record(&delivery);
                if books.is_behind(held.place(record)) {
                    held.join(record);
                    continue;
                }
            }
            books.given_out();
            let message = delivery.clone();
            let record = move || shelf::record(&message);
            let settler = Settler::noting(move |outcome, note| held.settle(outcome, note, record));
            return Ok(Some((delivery, settler)));
        }
        Ok(None)
    }

    fn stop(&mut self) {
        if let Some(at_work) = &mut self.at_work {
            at_work.desk.stop.cancel();
            // At once, and not when the last listener has ended: others can have them meanwhile.
            at_work.shelf.close().into_iter().for_each(Held::release);
        }
    }

    async fn close(mut self) -> Closed {
        self.stop();
        let Some(mut at_work) = self.at_work.take() else {
            return Closed::default();
        };
        // Kept until all is settled: what came on its link is settled there.
        let receiver = (&mut at_work.receiving).await;
        at_work.desk.empty().await;
        drop(receiver);
        Closed {
            refused: at_work.desk.refused(),
        }
    }
}

/// Takes what comes, as long as there is room, and holds its locks from then on.
async fn receive(
    mut receiver: SteadyReceiver,
    desk: Arc<Desk>,
    most: usize,
    shelf: Arc<Shelf>,
) -> SteadyReceiver {
    loop {
        let free = most.saturating_sub(desk.held());
        receiver.keep_buffered(u32::try_from(free).unwrap_or(u32::MAX));
        tokio::select! {
            biased;
            () = desk.stop.cancelled() => break,
            (delivery, attached) = receiver.recv() => {
                if let Some(taken) = take(&desk, delivery, attached)
                    && let Some((_, held)) = shelf.push(taken)
                {
                    held.release();
                }
            }
            // There is room for more.
            () = desk.freed.notified() => {}
        }
    }
    let unseen = stop_coming(&receiver).await;
    // What went back sooner would come again, to us.
    desk.hurry.cancel();
    give_back(unseen, &desk).await;
    receiver
}

/// Ends the credit, and takes what had come.
async fn stop_coming(receiver: &SteadyReceiver) -> Vec<Delivery> {
    let Standing::Up(attached) = receiver.standing() else {
        return Vec::new();
    };
    let receiver = attached.receiver();
    // A link that breaks meanwhile brings nothing more either.
    let _ = receiver.drain(DRAIN).await;
    std::iter::from_fn(|| receiver.try_recv()).collect()
}

/// Gives back what nobody has seen, without its delivery being counted.
async fn give_back(unseen: Vec<Delivery>, desk: &Desk) {
    let released: Vec<_> = unseen.iter().map(Delivery::release).collect();
    for answer in released {
        if let Err(error) = answer.within(DRAIN).await {
            let source = &*desk.name;
            tracing::debug!(source, %error, "A message could not be given back; it comes again when its lock ends.");
        }
    }
}

/// Makes a delivery of what came; what is fit for no listener is settled here.
fn take(desk: &Arc<Desk>, delivery: Delivery, attached: Arc<Attached>) -> Option<Taken> {
    let options = &desk.options;
    let received = delivery.received();
    let (mut attempt, mut sequence) = (1, None);
    let built = match delivery.message() {
        Ok(message) => {
            attempt = message.delivery_count().saturating_add(1);
            sequence = message.sequence_number();
            desk.clock.look_at(message, &desk.name);
            convert::delivery(message, options.foreign)
        }
        Err(error) => Err(Unfit {
            reason: "Undecodable",
            description: error.to_string(),
        }),
    };
    let lock = match (options.mode, delivery.lock_token()) {
        (Mode::PeekLock, Some(token)) => {
            let at_most = delivery
                .message()
                .ok()
                .and_then(|message| message.lock_at_most());
            let length = desk.locks.length(options.lock_duration, at_most);
            let keeper = LockKeeper::new(Some(received + length));
            let until = received + options.max_lock_renewal;
            let held = desk
                .locks
                .hold(token, keeper.clone(), received, length, until);
            Some((token, held, keeper))
        }
        _ => None,
    };
    desk.hold();
    let shown = lock.as_ref().map(|(.., keeper)| keeper.lock());
    let held = Held {
        desk: desk.clone(),
        delivery,
        _attached: attached,
        lock,
        attempt,
        sequence,
        pausing: None,
    };
    desk.books.arrived(attempt);
    match built {
        Ok(builder) => {
            let builder = builder.source(&*desk.name);
            let builder = match shown {
                Some(lock) => builder.lock(lock),
                None => builder,
            };
            Some((builder.build(), held))
        }
        Err(Unfit {
            reason,
            description,
        }) => {
            let source = &*desk.name;
            tracing::warn!(
                source,
                reason,
                description,
                "Fit for no listener; dead-lettered where that can be."
            );
            held.dead_letter(reason, description);
            None
        }
    }
}

fn not_started() -> SourceError {
    SourceError::failed(BoxError::from("the source was not started"))
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.desk.stop.cancel();
        self.work.abort();
    }
}

impl fmt::Debug for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entity")
            .field("address", &self.address)
            .field("options", &self.options)
            .field("started", &self.at_work.is_some())
            .finish_non_exhaustive()
    }
}
