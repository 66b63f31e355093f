use std::{fmt, future::Future, sync::Arc, time::Duration};

use tokio::{
    sync::mpsc,
    task::{AbortHandle, JoinHandle},
};
use tokio_util::sync::CancellationToken;

use super::{
    Dialect, Mode, Options,
    convert::{self, Unfit},
    desk::{Desk, Held},
};
use crate::{
    BoxError, LockKeeper, Settler,
    amqp::{
        Attached, ConnectionString, ConnectionStringError, Delivery, Namespace, Standing,
        SteadyReceiver,
    },
    source::{Capabilities, Closed, Received, Settings, Source, SourceError},
};

/// How long the answers to what is given back in a drain may take.
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
                self.0.name()
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

pub(in crate::source) struct Entity {
    dialect: Dialect,
    namespace: Namespace,
    address: Arc<str>,
    options: Options,
    at_work: Option<AtWork>,
}

/// A source that has started.
struct AtWork {
    /// What has been taken and not been given out.
    taken: mpsc::UnboundedReceiver<Taken>,
    receiving: JoinHandle<SteadyReceiver>,
    stop: CancellationToken,
    desk: Arc<Desk>,
    work: AbortHandle,
}

type Taken = (crate::Delivery, Held);

impl Entity {
    pub(in crate::source) fn new(namespace: Namespace, address: String) -> Self {
        Self {
            dialect: Dialect::ServiceBus,
            namespace,
            address: address.into(),
            options: Options::default(),
            at_work: None,
        }
    }

    pub(in crate::source) fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    pub(in crate::source) fn name(&self) -> &str {
        &self.address
    }

    fn dead_letters(mut self) -> Self {
        self.address = format!("{}/$DeadLetterQueue", self.address).into();
        self
    }

    pub(in crate::source) fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    pub(in crate::source) fn capabilities(&self) -> Capabilities {
        self.dialect.capabilities(self.options.mode)
    }

    pub(in crate::source) async fn start(&mut self, settings: Settings) -> Result<(), SourceError> {
        let most = settings.concurrency + settings.buffer + self.options.prefetch as usize;
        let attach = self.dialect.attach(self.options.mode, most);
        let receiver = SteadyReceiver::open(self.namespace.clone(), &self.address, attach)
            .await
            .map_err(SourceError::failed)?;
        let (desk, work) = Desk::new(
            self.address.clone(),
            self.dialect,
            self.options.clone(),
            receiver.watch(),
        );
        let (give, taken) = mpsc::unbounded_channel();
        let stop = CancellationToken::new();
        let receiving = receive(receiver, desk.clone(), most, give, stop.clone());
        self.at_work = Some(AtWork {
            taken,
            receiving: tokio::spawn(receiving),
            stop,
            desk,
            work: tokio::spawn(work).abort_handle(),
        });
        Ok(())
    }

    pub(in crate::source) async fn next(&mut self) -> Result<Option<Received<()>>, SourceError> {
        let at_work = self.at_work.as_mut().ok_or_else(not_started)?;
        let taken = at_work.taken.recv().await;
        Ok(taken.map(|(delivery, held)| {
            let message = delivery.clone();
            let record = move || message.message().primary_entity_id().ok();
            let settler = Settler::new(move |outcome| held.settle(outcome, record));
            (delivery, settler)
        }))
    }

    pub(in crate::source) fn stop(&mut self) {
        if let Some(at_work) = &mut self.at_work {
            at_work.stop.cancel();
            // At once, and not when the last listener has ended: others can have them meanwhile.
            at_work.taken.close();
            while let Ok((_, held)) = at_work.taken.try_recv() {
                held.release();
            }
        }
    }

    pub(in crate::source) async fn close(mut self) -> Closed {
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
    give: mpsc::UnboundedSender<Taken>,
    stop: CancellationToken,
) -> SteadyReceiver {
    loop {
        let free = most.saturating_sub(desk.held());
        receiver.keep_buffered(u32::try_from(free).unwrap_or(u32::MAX));
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            (delivery, attached) = receiver.recv() => {
                if let Some(taken) = take(&desk, delivery, attached)
                    && let Err(mpsc::error::SendError((_, held))) = give.send(taken)
                {
                    held.release();
                }
            }
            // There is room for more.
            () = desk.freed.notified() => {}
        }
    }
    let unseen = stop_coming(&receiver, desk.dialect).await;
    // What went back sooner would come again, to us.
    desk.hurry.cancel();
    give_back(unseen, &desk).await;
    receiver
}

/// Ends the credit, and takes what had come.
async fn stop_coming(receiver: &SteadyReceiver, dialect: Dialect) -> Vec<Delivery> {
    let Standing::Up(attached) = receiver.standing() else {
        return Vec::new();
    };
    let receiver = attached.receiver();
    dialect.stop_coming(receiver).await;
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
    let (mut attempt, mut remembered) = (1, None);
    let built = match delivery.message() {
        Ok(message) => {
            (attempt, remembered) = desk.arrived(message);
            convert::delivery(message, options.foreign)
        }
        Err(error) => Err(Unfit {
            reason: "Undecodable",
            description: error.to_string(),
        }),
    };
    let lock = match (options.mode, desk.dialect, delivery.lock_token()) {
        (Mode::PeekLock, Dialect::ServiceBus, Some(token)) => {
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
    let link = (options.mode == Mode::PeekLock && desk.dialect.is_plain())
        .then(|| desk.links.hold(attached.clone()));
    if link
        .as_ref()
        .is_some_and(|link| link.keeper.lock().is_lost())
    {
        // It comes again already.
        return None;
    }
    desk.hold();
    let keeper = lock.as_ref().map(|(.., keeper)| keeper);
    let keeper = keeper.or(link.as_ref().map(|link| &link.keeper));
    let shown = keeper.map(LockKeeper::lock);
    let held = Held {
        desk: desk.clone(),
        delivery,
        _attached: attached,
        lock,
        link,
        attempt,
        remembered,
    };
    match built {
        Ok(builder) => {
            let builder = builder.source(&*desk.name).attempt(attempt);
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
                "Dead-lettered: fit for no listener."
            );
            held.dead_letter(reason, &description);
            None
        }
    }
}

fn not_started() -> SourceError {
    SourceError::failed(BoxError::from("the source was not started"))
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.stop.cancel();
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
